"""What other people push during a release, and what the maintainer does by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from journeys.ground import Ground


def someone(ground: Ground) -> Path:
    """Return another person's clone, up to date. Create it at the first call."""
    elsewhere = ground.root / "someone" / ground.clone.name
    if not elsewhere.exists():
        ground.clone_again("someone")
    ground.git("fetch", "--quiet", "origin", cwd=elsewhere)
    return elsewhere


def pushed(ground: Ground, branch: str, files: Mapping[str, str], subject: str) -> str:
    """Let another person push a commit to a branch of origin, and return the commit."""
    clone = someone(ground)
    ground.git("checkout", "--quiet", "-B", branch, f"origin/{branch}", cwd=clone)
    for path, text in files.items():
        (clone / path).write_text(text)
        ground.git("add", path, cwd=clone)
    ground.git("commit", "--quiet", "-m", subject, cwd=clone)
    ground.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", cwd=clone)
    return ground.git("rev-parse", "HEAD", cwd=clone)


def by_hand(
    ground: Ground, *lines: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run shell commands as the maintainer does; each must succeed."""
    for line in lines:
        done = ground.run("/bin/sh", "-c", line, cwd=cwd, stdin=None, **(env or {}))
        assert done.status == 0, f"{line}\n{done.text}"
