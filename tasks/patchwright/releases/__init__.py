"""Releases: what is known of one release."""
