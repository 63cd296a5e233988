"""Releases: everything that is known about one release."""
