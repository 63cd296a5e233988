"""The whole of a project's tasks.py: patchwright's collection as it is."""

from patchwright import ns  # noqa: F401  Invoke looks for the name `ns`
