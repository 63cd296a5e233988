"""The list of candidates that a person edits, in the form that `git rebase -i` has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchwright.history.candidate import Candidate
from patchwright.text import quantity, safe_line

_COMMANDS = {
    "pick": "pick", "p": "pick", "drop": "drop", "d": "drop", "unsure": "unsure", "u": "unsure",
}  # fmt: skip  # git's own words and letters, and ours
_WORDS = {"proposed": "pick", "unsure": "unsure", "skipped": "drop"}
_SHA = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
_HELP = """
# The newest commit comes first; the commits are picked in the order of the mainline.
#
# pick SHA = pick the commit
# drop SHA = leave the commit out; so does a line that you delete
#
# Replace each `unsure` with `pick` or `drop`. Lines that begin with # are ignored.
# If no commit is left to pick, you are asked again.
"""


def write_todo_list(candidates: Sequence[Candidate], branch: str) -> str:
    """Return the list for an editor. The candidates come in the order in which they are shown."""
    rows = [f"# Pick onto {branch}: {quantity(len(candidates), 'candidate')}", ""]
    for one in candidates:
        rows.append(f"# {safe_line(one.evidence)}")
        rows.append(f"{_WORDS[one.verdict]} {one.commit.sha[:12]} {safe_line(one.commit.subject)}".rstrip())
    return "\n".join(rows) + f"\n{_HELP}"


def read_todo_list(text: str, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[str]]:
    """Return the candidates that an edited list picks, and the problems of the list, a sentence each."""
    chosen: dict[str, str] = {}
    problems: list[str] = []
    for number, row in enumerate(text.splitlines(), 1):
        words = row.split()
        if not words or words[0].startswith("#"):
            continue
        command, name = _COMMANDS.get(words[0]), words[1] if len(words) > 1 else ""
        one = _find(name, candidates)
        if command is None:
            problems.append(f"line {number}: {safe_line(words[0])} is not pick or drop")
        elif one is None:
            problems.append(f"line {number}: {safe_line(name) or 'nothing'} is not a candidate of the list")
        elif one.commit.sha in chosen:
            problems.append(f"line {number}: {one.commit.short} is in the list twice")
        else:
            chosen[one.commit.sha] = command
            if command == "unsure":
                problems.append(f"line {number}: replace `unsure` with `pick` or `drop`: {one.commit.short}")
    picked = [one for one in candidates if chosen.get(one.commit.sha) == "pick"]
    if not picked and not problems:
        problems.append("no commit is left to pick")
    return picked, problems


def _find(name: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the only candidate whose object name begins with these digits, or None."""
    if not _SHA.fullmatch(name):
        return None
    found = [one for one in candidates if one.commit.sha.startswith(name)]
    return found[0] if len(found) == 1 else None
