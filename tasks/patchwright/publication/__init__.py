"""Publication: what becomes public, built and shown while it is still private."""
