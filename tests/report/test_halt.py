"""The report of a halt: whole, in order, wrapped on a terminal, plain where it is piped."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from patchwright.halts import BranchConflict, Prerequisite, Standing, together
from patchwright.report.halt import halt_report

LONG = f"$ git -C /home/ada/.local/state/patchwright/almanac-0123abcd/1.24 add {'changelog.rst ' * 4}x.py"


def tag_halt() -> BranchConflict:
    halt = BranchConflict(
        "v1.24.1 is on origin and is not the tag of this release: it names 1a2b3c4d5e, and is not signed.",
        evidence=["object: 9f8e", "$ git verify-tag 9f8e", "  (exit status 1)"],
        remedy=["Find out who pushed it and what it is; the next version can be released after it.", LONG],
        never=["Do not delete or move a tag that is public: others have it."],
        next_command="inv release.patch --version 1.24",
    )
    halt.step = "tag"
    halt.standing = Standing(("the tag v1.24.1",), ("2 commits in /somewhere",), ("your checkout", "master"))
    return halt


PIPED = f"""\
Halted at tag: branch conflict, exit 7
  v1.24.1 is on origin and is not the tag of this release: it names 1a2b3c4d5e, and is not signed.

  Evidence:   object: 9f8e
              $ git verify-tag 9f8e
                (exit status 1)

  Public:     the tag v1.24.1
  Local:      2 commits in /somewhere
  Untouched:  your checkout
              master

  To mend it: Find out who pushed it and what it is; the next version can be released after it.
              {LONG}
  Never:      Do not delete or move a tag that is public: others have it.

Next:
  $ inv release.patch --version 1.24
"""

SEVERAL = """\
Halted: prerequisite, exit 3
  2 things stand in the way of this release.

  1. Not on PATH: gh.
     To mend it: Install it.

  2. The branches have diverged.
     local: 1a2b
     $ git log
     Do not force-push.
"""


def test_piped_each_row_is_a_line() -> None:
    shown = halt_report(tag_halt())
    assert shown.plain == PIPED
    assert shown.spans == []


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_prose_is_wrapped_and_commands_are_not_cut(width: int) -> None:
    shown = halt_report(tag_halt(), width=width)
    lines = shown.plain.splitlines()
    assert [row.strip() for row in lines if cell_len(row) >= width] == [LONG]
    assert " ".join(shown.plain.split()) == " ".join(PIPED.split())
    assert {str(span.style) for span in shown.spans} == {"bold", "bold red"}


def test_several_problems_are_numbered_each_with_its_way_out() -> None:
    problems = [
        Prerequisite("Not on PATH: gh.", remedy=["Install it."]),
        BranchConflict(
            "The branches have diverged.",
            evidence=["local: 1a2b"],
            never=["Do not force-push."],
            next_command="git log",
        ),
    ]
    assert halt_report(together(problems)).plain == SEVERAL


def test_what_looks_like_markup_is_text() -> None:
    halt = Prerequisite(
        "[bold red]Why.[/]", evidence=["[link=https://evil]x[/link] :smile:", "\x1b]8;;x\x07"]
    )
    shown = halt_report(halt, width=80).plain
    assert "[bold red]Why.[/]" in shown
    assert "[link=https://evil]x[/link] :smile:" in shown
    assert "\x1b" not in shown
