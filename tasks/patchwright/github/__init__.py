"""GitHub: asked through gh, and its workflow runs watched and judged."""
