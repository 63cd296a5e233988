"""Hooks: git can run the hooks that it will start for the commits and pushes of the release."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from patchwright.halts import Prerequisite
from patchwright.releases.release import Release
from patchwright.tools import maintainer

# The hooks that stop a commit, a pick or a push if they fail. The others cannot stop it (git 2.39).
STOPPING = ("pre-commit", "prepare-commit-msg", "commit-msg", "pre-push", "reference-transaction")
_SCRIPT = b"#!"
_LONGEST_FIRST_LINE = 256


def require_hooks(release: Release) -> None:
    """Check that the interpreter of each hook exists. Raise Prerequisite if one is missing.

    git would fail to start the hook, and so the commit or the push.
    """
    directory = maintainer.hook_directory(release.git)
    broken = {
        name: missing
        for name in STOPPING
        if os.access(directory / name, os.X_OK) and (missing := _missing_interpreter(directory / name))
    }
    if broken:
        raise Prerequisite(
            f"git would refuse the release, because it cannot run hooks of this clone: {', '.join(broken)}.",
            evidence=[f"{directory / name}: {missing} does not exist" for name, missing in broken.items()],
            remedy=[
                "Install the program in the first line of the hook, or correct that line.",
                "If the hook was installed by a tool, such as pre-commit, let that tool install it again.",
            ],
        )


def report_ignored_hooks(release: Release) -> None:
    """Say which hooks git silently ignores, because they are not executable."""
    directory = maintainer.hook_directory(release.git)
    for name in STOPPING:
        hook = directory / name
        if hook.is_file() and not os.access(hook, os.X_OK):
            release.progress.say(
                f"the hook {name} is not executable, so git does not run it; "
                f"if it should run: chmod +x {shlex.quote(str(hook))}"
            )


def _missing_interpreter(hook: Path) -> str | None:
    """Return the program that the first line of a script names, if it does not exist."""
    try:
        with hook.open("rb") as file:
            first = file.readline(_LONGEST_FIRST_LINE)
    except OSError:
        return None
    words = first.removeprefix(_SCRIPT).decode("utf-8", "replace").split()
    if not first.startswith(_SCRIPT) or not words:
        return None
    if first.endswith(b"\r\n"):
        return f"{words[-1]}\\r"
    if not Path(words[0]).is_file():
        return words[0]
    if Path(words[0]).name != "env":
        return None
    # `env -S` and assignments may come before the program.
    program = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), None)
    return program if program and shutil.which(program) is None else None
