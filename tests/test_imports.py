"""Who imports whom: the direction in which modules build on each other, and what a listing does without."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import patchwright
from patchwright.pipeline import STEPS

PACKAGE = Path(patchwright.__file__).parent
# What a release needs and a listing of tasks does not.
HEAVY = {
    "concurrent.futures", "filelock", "markdown_it", "packaging", "platformdirs", "rich", "tomllib", "yaml",
}  # fmt: skip  # one list
# The bottom of the package, from the lowest: a module of it builds on those before it alone.
FOUNDATION = ("text", "halts", "tools.shell", "tools.git")
# What puts a run of inv together, and what nothing else may know.
TOP = {"collection", "engine.session"}


def modules() -> dict[str, ast.Module]:
    """Return the modules of the package by their dotted names below `patchwright`."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full names that a tree imports at run time, wherever it does so."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imported(node)


def within(tree: ast.AST, known: set[str]) -> set[str]:
    """Return the modules of the package that a tree imports, by their names below `patchwright`."""
    names = (name.removeprefix("patchwright.") for name in imported(tree) if name.startswith("patchwright."))
    return {name if name in known else name.rpartition(".")[0] for name in names}


def importers_of(library: str) -> set[str]:
    """Return the modules that import a library, or a part of it."""
    return {
        module
        for module, tree in modules().items()
        if any(name == library or name.startswith(f"{library}.") for name in imported(tree))
    }


def test_one_door_leads_to_other_programs() -> None:
    for library in ("subprocess", "os.system", "os.popen", "pty", "asyncio.subprocess", "multiprocessing"):
        assert importers_of(library) <= {"tools.shell"}, library


def test_what_a_person_sees_is_in_the_modules_of_the_report() -> None:
    assert importers_of("rich") == {"report.terminal", "report.halt", "report.runs_table"}


def test_no_step_imports_a_step_and_nothing_else_does() -> None:
    known = modules()
    for module, tree in known.items():
        steps = {name for name in within(tree, set(known)) if name.startswith("steps.")}
        assert not steps, f"{module} imports {steps}: what two need belongs into a module of its own"


def test_the_foundation_builds_on_itself_alone() -> None:
    known = modules()
    for at, module in enumerate(FOUNDATION):
        assert within(known[module], set(known)) <= set(FOUNDATION[:at]), module


def test_nothing_below_knows_the_collection_and_the_session() -> None:
    known = modules()
    below = {module: tree for module, tree in known.items() if module not in {"__init__", *TOP}}
    knowing = {module: within(tree, set(known)) & TOP for module, tree in below.items()}
    assert not {module: top for module, top in knowing.items() if top}


def test_a_release_does_without_the_practice_ground() -> None:
    known = modules()
    for module, tree in known.items():
        if module != "collection" and not module.startswith("practice"):
            assert not {name for name in within(tree, set(known)) if name.startswith("practice")}, module


def test_every_step_is_a_module_and_every_module_of_steps_a_step() -> None:
    named = {f"steps.{step.name.replace('-', '_')}" for step in STEPS}
    assert named == {module for module in modules() if module.startswith("steps.")} - {"steps.__init__"}


@pytest.mark.journey
def test_a_listing_of_tasks_loads_nothing_heavy() -> None:
    code = "import json, sys, patchwright; print(json.dumps(sorted(sys.modules)))"
    before = "import json, sys, invoke, invoke.program; print(json.dumps(sorted(sys.modules)))"
    bare, loaded = (
        set(
            json.loads(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout)
        )
        for script in (before, code)
    )
    assert not (loaded - bare) & HEAVY
    assert len({name for name in loaded - bare if not name.startswith("patchwright")}) < 20
