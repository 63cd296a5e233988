"""History: commits on lines of history, and how they are picked."""
