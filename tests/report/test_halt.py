"""The report of a halt: its parts and their order, wrapped on a terminal, and plain elsewhere."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from patchwright.halts import BranchConflict, Effects, Prerequisite, combine
from patchwright.report.halt import halt_report

LONG = f"$ git -C /home/ada/.local/state/patchwright/almanac-0123abcd/1.24 add {'changelog.rst ' * 4}x.py"


def tag_halt() -> BranchConflict:
    halt = BranchConflict(
        "v1.24.1 on origin is not the tag of this release: it names 1a2b3c4d5e, and it is not signed.",
        evidence=["object: 9f8e", "$ git verify-tag 9f8e", "  (exit status 1)"],
        remedy=["Find out who pushed it and what it is; the next version can be released after it.", LONG],
        never=["Do not delete or move a tag that is public: others have it."],
        next_command="inv release.patch --version 1.24",
    )
    halt.step = "tag"
    halt.effects = Effects(("the tag v1.24.1",), ("2 commits in /somewhere",), ("your checkout", "master"))
    return halt


PLAIN = f"""\
Halted at tag: branch conflict, exit 7
  v1.24.1 on origin is not the tag of this release: it names 1a2b3c4d5e, and it is not signed.

  Evidence:   object: 9f8e
              $ git verify-tag 9f8e
                (exit status 1)

  Public:     the tag v1.24.1
  Local:      2 commits in /somewhere
  Untouched:  your checkout
              master

  How to fix: Find out who pushed it and what it is; the next version can be released after it.
              {LONG}
  Never:      Do not delete or move a tag that is public: others have it.

Next:
  $ inv release.patch --version 1.24
"""

SEVERAL = """\
Halted: prerequisite, exit 3
  3 problems must be fixed before this release can start.

  1. Not on PATH: gh.
     How to fix: Install it.

  2. The branches have diverged.
     local: 1a2b
     $ git log
     Do not force-push.

  3. The index is locked.
     How to fix:
     $ rm /somewhere/index.lock

Next:
  $ inv release.preflight --version 1.24
"""


def test_without_a_width_each_row_is_one_line() -> None:
    shown = halt_report(tag_halt())
    assert shown.plain == PLAIN
    assert shown.spans == []


@pytest.mark.parametrize("width", [80, 120])
def test_with_a_width_prose_is_wrapped_and_commands_are_not_broken(width: int) -> None:
    shown = halt_report(tag_halt(), width=width)
    lines = shown.plain.splitlines()
    assert [row.strip() for row in lines if cell_len(row) >= width] == [LONG]
    assert " ".join(shown.plain.split()) == " ".join(PLAIN.split())
    assert {str(span.style) for span in shown.spans} == {"bold", "bold red"}


def test_several_problems_are_numbered_and_each_has_its_remedy() -> None:
    problems = [
        Prerequisite("Not on PATH: gh.", remedy=["Install it."]),
        BranchConflict(
            "The branches have diverged.",
            evidence=["local: 1a2b"],
            never=["Do not force-push."],
            next_command="git log",
        ),
        Prerequisite("The index is locked.", remedy=["$ rm /somewhere/index.lock"]),
    ]
    halt = combine(problems)
    halt.next_command = "inv release.preflight --version 1.24"
    assert halt_report(halt).plain == SEVERAL


def test_markup_from_outside_is_shown_as_text() -> None:
    halt = Prerequisite(
        "[bold red]Why.[/]", evidence=["[link=https://evil]x[/link] :smile:", "\x1b]8;;x\x07"]
    )
    shown = halt_report(halt, width=80).plain
    assert "[bold red]Why.[/]" in shown
    assert "[link=https://evil]x[/link] :smile:" in shown
    assert "\x1b" not in shown
