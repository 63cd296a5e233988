"""Snapshots of the clone, the origin and the home of a practice ground, to compare byte for byte."""

from __future__ import annotations

from pathlib import Path

from journeys.ground import Ground

# Objects that no ref names change nothing. patchwright keeps its lock in its own directory. gh and Hatch keep
# their configuration in the home.
PASSED_OVER = {
    ".git/objects",
    ".git/patchwright/lock",
    ".git/patchwright/holder.txt",
    "objects",
    "gh",
    ".config/hatch",
}


def snapshot(ground: Ground, clone: Path | None = None) -> dict[str, bytes]:
    """Return every file of the clone (work tree, refs, index, config, hooks), the origin and the home."""
    places = {
        "clone": clone or ground.clone,
        "origin": ground.project.origin,
        "home": Path(ground.env["HOME"]),
    }
    return {f"{name}/{path}": held for name, place in places.items() for path, held in _files(place).items()}


def changes(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Return the paths that differ."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def _files(place: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(place.rglob("*")):
        name = str(path.relative_to(place))
        if "__pycache__" in path.parts or any(
            name == passed or name.startswith(f"{passed}/") for passed in PASSED_OVER
        ):
            continue
        if path.is_symlink():
            found[name] = str(path.readlink()).encode()
        elif path.is_file():
            found[name] = bytes([path.stat().st_mode & 0o111 != 0]) + path.read_bytes()
    return found
