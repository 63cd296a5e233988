"""Practice: a small project for practice, and a stand-in for GitHub on this machine."""
