"""Integration: how a release comes to the mainline."""
