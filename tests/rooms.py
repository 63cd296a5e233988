"""The rooms of the package, and which module imports which: read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import patchwright

PACKAGE = Path(patchwright.__file__).parent
# These top-level modules are one room. Any room may import them.
FOUNDATION = {
    "settings", "versions", "clock", "progress", "text", "masking", "files", "halts", "pipeline",
    "invocation",
}  # fmt: skip  # one set


def parse_modules() -> dict[str, ast.Module]:
    """Return the modules of the package by their dotted names below `patchwright`."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


MODULES = parse_modules()


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Yield the full names that a tree imports, anywhere in it and also for types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(module: str) -> set[str]:
    """Return the modules of the package that a module imports, by their names below `patchwright`."""
    names = (name.removeprefix("patchwright.") for name in imported_names(MODULES[module]) if is_own(name))
    return {name if name in MODULES else name.rpartition(".")[0] for name in names}


def is_own(name: str) -> bool:
    return name.startswith("patchwright.")


def room_of(module: str) -> str:
    """Return the room of a module: its folder, or `foundation` for a low top-level module."""
    return "foundation" if module in FOUNDATION else module.partition(".")[0]
