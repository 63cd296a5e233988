"""History: the commits of two lines of history, what a release did with them, and how one is picked."""
