"""Replay past patch releases of a repository, and compare them with the releases of the maintainers."""
