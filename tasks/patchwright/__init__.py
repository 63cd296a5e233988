"""patchwright: the patch release of a Hatch, towncrier and GitHub Actions project, as Invoke tasks."""

from patchwright.collection import ns, release

__version__ = "0.1.0"
__all__ = ["ns", "release"]
