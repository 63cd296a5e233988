"""Tools: one program each, and what it leaves behind."""
