"""Your own tasks.py needs only the import from patchwright; the rest is for those who work on patchwright."""

from development import dev
from patchwright import ns

ns.add_collection(dev)
