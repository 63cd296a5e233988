"""Integration: bring a release to the mainline."""
