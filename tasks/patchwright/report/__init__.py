"""Report: everything that a person sees. Rich is imported in this folder alone."""
