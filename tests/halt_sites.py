"""Where the package halts, and the sentence that each halt says: read from its source."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import patchwright
from patchwright.halts import CommandFailed, Halt

# What stands for a value in a sentence.
GAP = "…"


@dataclass(frozen=True)
class Site:
    """One place in the source that halts: the exit status, and the sentence with gaps for its values.

    `has_next` is whether the place names a next command. Otherwise it is the command that was typed.
    """

    module: str
    place: str
    status: int
    sentence: str
    has_next: bool


def sites() -> list[Site]:
    """Return every place in the package that makes a halt and says its cause."""
    found = []
    for module in pkgutil.walk_packages(patchwright.__path__, "patchwright."):
        loaded = importlib.import_module(module.name)
        path = Path(str(loaded.__file__))
        for node, sentence, status in _halts(ast.parse(path.read_text(encoding="utf-8")), vars(loaded)):
            name = module.name.removeprefix("patchwright.")
            place = f"{path.name}:{getattr(node, 'lineno', 0)}"
            found.append(Site(name, place, status, sentence, _has_next(node)))
    return found


def _halts(tree: ast.Module, names: dict[str, object]) -> Iterator[tuple[ast.AST, str, int]]:
    for scope in ast.walk(tree):
        if isinstance(scope, ast.ClassDef) and (status := _status(names.get(scope.name))):
            for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
                    yield from ((call, said, status) for said in _sentences(call.args[0], scope))
        elif isinstance(scope, ast.FunctionDef):
            for node in _own(scope):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    kind = names.get(node.func.id)
                    if (status := _status(kind)) and _says_cause(kind):
                        yield from ((node, said, status) for said in _sentences(node.args[0], scope))
                elif isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "cause":
                    # What a command could not do, said better by who started it.
                    yield from ((node, said, CommandFailed.status) for said in _sentences(node.value, scope))


def _has_next(node: ast.AST) -> bool:
    """Return whether a halt names a next command; an empty one says that no command leads on."""
    given = [one.value for one in getattr(node, "keywords", ()) if one.arg == "next_command"]
    return any(not isinstance(value, ast.Constant) or value.value != "" for value in given)


def _own(scope: ast.FunctionDef) -> Iterator[ast.AST]:
    """What is in a function, and in no function within it."""
    todo: list[ast.AST] = list(scope.body)
    while todo:
        node = todo.pop()
        if not isinstance(node, ast.FunctionDef):
            yield node
            todo.extend(ast.iter_child_nodes(node))


def _status(value: object) -> int:
    """The exit status of a kind of halt; 0 for what is none."""
    return getattr(value, "status", 0) if isinstance(value, type) and issubclass(value, Halt) else 0


def _says_cause(kind: object) -> bool:
    """Whether the first thing that a kind of halt is made with is its sentence."""
    return callable(kind) and next(iter(inspect.signature(kind).parameters), "") == "cause"


def _sentences(cause: ast.expr, scope: ast.AST) -> Iterator[str]:
    """What a cause can say: a text, a side of a condition, or what a name was given in the function."""
    if isinstance(cause, ast.IfExp):
        yield from _sentences(cause.body, scope)
        yield from _sentences(cause.orelse, scope)
    elif isinstance(cause, ast.BoolOp):
        for side in cause.values:
            yield from _sentences(side, scope)
    elif isinstance(cause, ast.Name):
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == cause.id for target in node.targets
            ):
                yield from _sentences(node.value, scope)
    elif (text := _text(cause)) and text != GAP:
        yield text


def _text(cause: ast.expr) -> str:
    if isinstance(cause, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else GAP for part in cause.values]
        return re.sub(f"{GAP}+", GAP, " ".join("".join(str(part) for part in parts).split()))
    return (
        " ".join(cause.value.split())
        if isinstance(cause, ast.Constant) and isinstance(cause.value, str)
        else ""
    )
