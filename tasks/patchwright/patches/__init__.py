"""Patches: which commits belong in a release, and how they come onto another line of history."""
