"""The report of a halt: what happened, the evidence, where it leaves everything, and the way out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from patchwright.halts import Halt

    _Section = tuple[str, Sequence[str], str]

# The widest label, with two spaces before and after it.
INDENT = 14
# Beyond that, lines of prose are hard to read.
WIDEST = 110


def halt_report(halt: Halt, *, width: int | None = None) -> Text:
    """Return a halt as it is shown.

    With a width (in columns, of a terminal) prose is wrapped to it and emphasis is set. Commands and long
    words are never cut, so that they can be copied. Without one, each row is a line.
    """
    to = width and min(width - 1, WIDEST)
    where = f" at {halt.step}" if halt.step else ""
    parts = [
        _line(f"Halted{where}: {halt.kind}, exit {halt.status}", "bold red"),
        *_wrapped(halt.cause, to, indent=2, style="bold"),
    ]
    for block in _blocks(halt):
        filled = [(title, rows, style) for title, rows, style in block if rows]
        parts += [_line("")] if filled else []
        parts += [line for title, rows, style in filled for line in _labelled(title, rows, to, style)]
    for number, problem in enumerate(halt.problems, 1):
        parts += [_line(""), *_problem(number, problem, to)]
    parts += _ending(halt)
    whole = Text("").join(parts)
    return whole if width else Text(whole.plain)


def _blocks(halt: Halt) -> tuple[tuple[_Section, ...], ...]:
    """What happened, where it leaves everything, and the way out: a title, rows, and their style each."""
    standing = halt.standing
    return (
        (("Evidence", halt.evidence, ""),),
        (
            ("Public", standing.public, ""),
            ("Local", standing.local, ""),
            ("Untouched", standing.untouched, ""),
        ),
        (("To mend it", halt.remedy, ""), ("Never", halt.never, "bold red")),
    )


def _problem(number: int, problem: Halt, to: int | None) -> Iterator[Text]:
    """One of several things that stand in the way, with its own evidence and remedy."""
    yield from _wrapped(problem.cause, to, indent=5, style="bold", first=f"{number:>3}. ")
    for row in problem.evidence:
        yield from _wrapped(row, to, indent=5)
    for place, row in enumerate(problem.remedy):
        yield from _wrapped(row if place or row.startswith("$ ") else f"To mend it: {row}", to, indent=5)
    if problem.next_command:
        yield _line(f"{'':5}$ {problem.next_command}")
    for row in problem.never:
        yield from _wrapped(row, to, indent=5, style="bold red")


def _ending(halt: Halt) -> list[Text]:
    if not halt.next_command:
        return []
    title = "When all is mended:" if halt.problems else "Next:"
    return [_line(""), _line(title, "bold"), _line(f"  $ {halt.next_command}", "bold")]


def _labelled(title: str, rows: Sequence[str], to: int | None, style: str) -> Iterator[Text]:
    label = f"  {title + ':':<{INDENT - 2}}"
    for row in rows:
        yield from _wrapped(row, to, indent=INDENT, first=label, style=style)
        label = " " * INDENT


def _wrapped(row: str, to: int | None, *, indent: int, style: str = "", first: str = "") -> Iterator[Text]:
    """Lines of one row, below each other at an indentation; `first` stands before the first of them."""
    margin = first or " " * indent
    depth = len(row) - len(row.lstrip(" "))
    if to is None or row.lstrip().startswith("$ ") or "\n" in row:
        pieces = row.split("\n")
    else:
        pieces = textwrap.wrap(
            row.lstrip(" "), max(to - indent - depth, 20), break_long_words=False, break_on_hyphens=False
        ) or [""]
        pieces = [" " * depth + piece for piece in pieces]
    for piece in pieces:
        yield Text.assemble((margin, "bold" if first.strip() else ""), (piece, style), "\n")
        margin = " " * indent


def _line(text: str, style: str = "") -> Text:
    return Text.assemble((text, style), "\n")
