"""Preflight: the checks that run before a release, by subject."""
