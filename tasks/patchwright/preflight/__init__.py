"""Preflight: what is checked before a release begins, by subject."""
