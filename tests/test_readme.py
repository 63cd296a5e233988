"""The README's list of halts is the package's, whole and by exit status."""

from __future__ import annotations

import re
from pathlib import Path

from halt_sites import sites
from patchwright.halts import KINDS, Bug, combine

README = Path(__file__).parent.parent / "README.md"
# Said by `halts.together`, in a class that it chooses.
SEVERAL = "… problems must be fixed before this release can start."


def listed() -> dict[int, dict[str, str]]:
    """Return the rows of the recovery section: what a halt says, and how it is mended, by exit status."""
    section = README.read_text(encoding="utf-8").split("\n## Recovering from a halt\n")[1].split("\n## ")[0]
    parts = re.split(r"^### Exit (\d+): .*$", section, flags=re.MULTILINE)[1:]
    return {
        int(status): dict(re.findall(r"^\| (.+?) \| (.+) \|$", text, re.MULTILINE))
        for status, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_halt_is_in_the_readme_with_its_remedy() -> None:
    rows = listed()
    missing = [site for site in sites() if not rows.get(site.status, {}).get(site.sentence)]
    assert not missing, "the README's section `Recovering from a halt` lacks:\n" + "\n".join(
        f"exit {site.status}: | {site.sentence} | ... |   ({site.place})" for site in missing
    )


def test_every_row_of_the_readme_is_a_halt() -> None:
    said = {(site.status, site.sentence) for site in sites()}
    stale = [
        f"exit {status}: {sentence}"
        for status, rows in listed().items()
        for sentence in rows
        if sentence not in {"it says", SEVERAL} and (status, sentence) not in said
    ]
    assert not stale


def test_every_exit_status_has_its_table() -> None:
    assert set(listed()) == {Bug.status, *(kind.status for kind in KINDS)}


def test_the_halt_for_several_problems_is_listed() -> None:
    both = combine([KINDS[1]("One."), KINDS[1]("Two.")])
    assert SEVERAL.replace("…", "2") == both.cause
    assert SEVERAL in listed()[both.status]
