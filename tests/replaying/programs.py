"""Substitutes for a project's commands in a replay: `python programs.py (version|bump|changelog) FACTS`.

FACTS is a JSON file: `version`, `previous`, `date`, `files` (in which the version stands), `filename` and
`section` of the changelog. Runs in the worktree of the release.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(command: str, facts: dict[str, object]) -> int:
    """Do what the command says and return its exit status."""
    version, previous = str(facts["version"]), str(facts["previous"])
    files = [Path(str(name)) for name in facts["files"]]  # type: ignore[attr-defined]  # a list of names
    if command == "version":
        has = not files or any(version in _read(path) for path in files)
        sys.stdout.write(f"{version if has else previous}\n")
        return 0
    if command == "bump":
        for path in files:
            path.write_bytes(_read(path).replace(previous, version).encode("utf-8", "surrogateescape"))
        return 0
    return _changelog(version, facts)


def _changelog(version: str, facts: dict[str, object]) -> int:
    """Let towncrier build the section; where it can't, put the maintainers' section in its place."""
    date = str(facts["date"])
    argv = [sys.executable, "-m", "towncrier", "build", "--keep", "--version", version, "--date", date]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 0:
        return 0
    from patchwright.changelogs import placing  # noqa: PLC0415  only where towncrier can't

    subprocess.run(["git", "checkout", "--quiet", "--", "."], check=False)
    path = Path(str(facts["filename"]))
    after = placing.insert_section(_read(path), str(facts["section"]), version)
    path.write_bytes(after.encode("utf-8", "surrogateescape"))
    return 0


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
