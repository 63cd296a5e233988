"""The rules about imports: which room may import which, what starts a process, and what a listing loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

from patchwright.pipeline import STEPS
from rooms import MODULES, PACKAGE, imported_modules, imported_names, room_of

# The rooms from the top to the bottom. A room imports only from lower levels, never from its own level.
LEVELS = (
    {"__init__"},
    {"collection"},
    {"commands"},
    {"engine"},
    {"steps"},
    {"preflight"},
    {"publication"},
    {"patches", "integration"},
    {"releases"},
    {"history"},
    {"github", "changelogs"},
    {"tools"},
    {"foundation"},
)
# These rooms are beside the levels: what they import, and which rooms import them.
REPORT_IMPORTS = {"releases", "history", "github", "changelogs", "tools", "foundation"}
REPORT_USERS = {"commands", "engine", "practice"}
PRACTICE_IMPORTS = {"github.triggers", "history", "releases", "report", "tools", "halts", "invocation"}
PRACTICE_USERS = {"commands"}
# Every late import, by the module that has it. `inv --list` does not need the commands, only some
# installations have the extra `practice`, and yaml is slow to load.
LATE_IMPORTS = {
    "collection": {
        f"patchwright.commands.{command}"
        for command in ("abandon", "patch", "practice", "preview", "rehearse", "status", "step")
    },
    "commands.practice": {"patchwright.practice.ground"},
    "commands.rehearse": {"patchwright.practice.rehearsal"},
    "github.triggers": {"yaml"},
}
# A release needs these modules, and a listing of the tasks does not.
SLOW_MODULES = {
    "concurrent.futures", "filelock", "markdown_it", "packaging", "platformdirs", "rich", "tomllib", "yaml",
}  # fmt: skip  # one list
PROCESS_MODULES = ("subprocess", "os.system", "os.popen", "pty", "asyncio.subprocess", "multiprocessing")


def level_of(room: str) -> int | None:
    """Return the position of a room, counted from the top, or None if it is beside the levels."""
    return next((at for at, rooms in enumerate(LEVELS) if room in rooms), None)


def importers_of(library: str) -> set[str]:
    """Return the modules that import a library or a part of it."""
    return {
        module
        for module, tree in MODULES.items()
        if any(name == library or name.startswith(f"{library}.") for name in imported_names(tree))
    }


def is_allowed(importer: str, imported: str) -> bool:
    """Return whether the rules between the rooms allow an import."""
    room, target = room_of(importer), room_of(imported)
    if room == target:
        return True
    if target == "report":
        return room in REPORT_USERS
    if target == "practice":
        return room in PRACTICE_USERS
    if room == "report":
        return target in REPORT_IMPORTS
    if room == "practice":
        return bool({target, imported} & PRACTICE_IMPORTS)
    above, below = level_of(room), level_of(target)
    return above is not None and below is not None and above < below


def late_imports(tree: ast.Module) -> set[str]:
    """Return the modules that the functions of a module import."""
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return {name for function in functions for name in imported_names(function)}


def find_cycles(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules that import themselves through others."""
    reachable: dict[str, set[str]] = {}
    for module, imported in graph.items():
        todo, seen = list(imported), set[str]()
        while todo:
            if (name := todo.pop()) not in seen:
                seen.add(name)
                todo.extend(graph[name])
        reachable[module] = seen
    return sorted(module for module, seen in reachable.items() if module in seen)


def test_each_module_is_in_a_known_room() -> None:
    rooms = {room for level in LEVELS for room in level} | {"report", "practice"}
    assert {room_of(module) for module in MODULES} == rooms


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_downwards_only(module: str) -> None:
    upwards = sorted(imported for imported in imported_modules(module) if not is_allowed(module, imported))
    assert not upwards


def test_no_modules_import_each_other_in_a_cycle_even_for_types() -> None:
    assert find_cycles({module: imported_modules(module) - {module} for module in MODULES}) == []


def test_no_module_imports_a_step() -> None:
    importers = {
        module: steps
        for module in MODULES
        if (steps := {name for name in imported_modules(module) if room_of(name) == "steps"})
    }
    assert not importers


def test_each_step_has_a_module_and_each_module_of_steps_is_a_step() -> None:
    named = {f"steps.{step.name.replace('-', '_')}" for step in STEPS}
    assert named == {module for module in MODULES if room_of(module) == "steps"} - {"steps.__init__"}


@pytest.mark.parametrize("library", PROCESS_MODULES)
def test_only_the_shell_starts_processes(library: str) -> None:
    # The streams are those of a process that the shell has started.
    assert importers_of(library) <= {"tools.shell", "tools.streams"}


def test_only_the_report_imports_rich() -> None:
    assert {room_of(module) for module in importers_of("rich")} == {"report"}


def test_only_listed_imports_are_late() -> None:
    found = {module: late for module, tree in MODULES.items() if (late := late_imports(tree))}
    assert found == LATE_IMPORTS


def test_each_late_import_is_marked_with_its_reason() -> None:
    sources = {module: (PACKAGE / f"{module.replace('.', '/')}.py").read_text("utf-8") for module in MODULES}
    marked = {module: source.count("# noqa: PLC0415  ") for module, source in sources.items()}
    assert {module: count for module, count in marked.items() if count} == {
        module: len(names) for module, names in LATE_IMPORTS.items()
    }


@pytest.mark.journey
def test_a_listing_of_the_tasks_loads_no_slow_module() -> None:
    code = "import json, sys, patchwright; print(json.dumps(sorted(sys.modules)))"
    before = "import json, sys, invoke, invoke.program; print(json.dumps(sorted(sys.modules)))"
    bare, loaded = (
        set(
            json.loads(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout)
        )
        for script in (before, code)
    )
    assert not (loaded - bare) & SLOW_MODULES
    assert len({name for name in loaded - bare if not name.startswith("patchwright")}) < 20
