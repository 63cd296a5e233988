"""Halt: the report of a halt, with its evidence, its effects, how to fix it and the next command."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.text import Text

from patchwright.halts import Halt

# A label, its rows, and the style of the rows.
_Section = tuple[str, Sequence[str], str]

# The widest label, with two spaces before it and one after it.
INDENT = 14
# Longer lines of prose are hard to read.
WIDEST = 110


def halt_report(halt: Halt, *, width: int | None = None) -> Text:
    """Return the report of a halt.

    `width` is the width of a terminal in columns. With it, wrap prose and set emphasis, but never break
    commands and long words, so that they can be copied. Without it, print each row as one line.
    """
    limit = width and min(width - 1, WIDEST)
    where = f" at {halt.step}" if halt.step else ""
    parts = [
        _line(f"Halted{where}: {halt.kind}, exit {halt.status}", "bold red"),
        *_wrapped(halt.cause, limit, indent=2, style="bold"),
    ]
    for block in _blocks(halt):
        filled = [section for section in block if section[1]]
        parts += [_line("")] if filled else []
        parts += [row for section in filled for row in _labelled(section, limit)]
    for number, problem in enumerate(halt.problems, 1):
        parts += [_line(""), *_problem(number, problem, limit)]
    if halt.next_command:
        parts += [_line(""), _line("Next:", "bold"), _line(f"  $ {halt.next_command}", "bold")]
    report = Text("").join(parts)
    return report if width else Text(report.plain)


def _blocks(halt: Halt) -> tuple[tuple[_Section, ...], ...]:
    """Return the labelled sections, in blocks with an empty line between them."""
    effects = halt.effects
    return (
        (("Evidence", halt.evidence, ""),),
        (
            ("Public", effects.public, ""),
            ("Local", effects.local, ""),
            ("Untouched", effects.untouched, ""),
        ),
        (("How to fix", halt.remedy, ""), ("Never", halt.never, "bold red")),
    )


def _problem(number: int, problem: Halt, limit: int | None) -> Iterator[Text]:
    """Yield one of several problems, with its own evidence and remedy."""
    yield from _wrapped(problem.cause, limit, indent=5, style="bold", first=f"{number:>3}. ")
    for row in problem.evidence:
        yield from _wrapped(row, limit, indent=5)
    yield from (row for text in _remedy(problem) for row in _wrapped(text, limit, indent=5))
    if problem.next_command:
        yield _line(f"{'':5}$ {problem.next_command}")
    for row in problem.never:
        yield from _wrapped(row, limit, indent=5, style="bold red")


def _remedy(problem: Halt) -> Sequence[str]:
    """Return the rows of a problem's remedy after their label. A command stays alone on its line."""
    if not problem.remedy:
        return ()
    first, *others = problem.remedy
    label = "How to fix:"
    return [label, first, *others] if _is_command(first) else [f"{label} {first}", *others]


def _labelled(section: _Section, limit: int | None) -> Iterator[Text]:
    label, rows, style = section
    margin = f"  {label + ':':<{INDENT - 2}}"
    for row in rows:
        yield from _wrapped(row, limit, indent=INDENT, first=margin, style=style)
        margin = ""


def _wrapped(row: str, limit: int | None, *, indent: int, style: str = "", first: str = "") -> Iterator[Text]:
    """Yield the lines of one row with an indentation. `first` is the margin of the first line."""
    margin = first or " " * indent
    depth = len(row) - len(row.lstrip(" "))
    if limit is None or _is_command(row) or "\n" in row:
        pieces = row.split("\n")
    else:
        pieces = textwrap.wrap(
            row.lstrip(" "),
            max(limit - indent - depth, 20),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
        pieces = [" " * depth + piece for piece in pieces]
    for piece in pieces:
        yield Text.assemble((margin, "bold" if first.strip() else ""), (piece, style), "\n")
        margin = " " * indent


def _is_command(row: str) -> bool:
    return row.lstrip().startswith("$ ")


def _line(text: str, style: str = "") -> Text:
    return Text.assemble((text, style), "\n")
