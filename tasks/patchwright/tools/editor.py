"""The editor in which the person edits a file: the one that git would open."""

from __future__ import annotations

import os
from pathlib import Path

from patchwright.tools.shell import Shell


def edit(shell: Shell, path: Path) -> int:
    """Open a file in git's editor, on this terminal. Return the exit status of the editor.

    Git's exit status is returned if git finds no editor.
    """
    # Programs get no editor from `shell`, so that none waits for a person. Git is asked as the person has it.
    own = os.environ.get("GIT_EDITOR")
    variable = ("-u", "GIT_EDITOR") if own is None else (f"GIT_EDITOR={own}",)
    found = shell.ask("env", *variable, "git", "var", "GIT_EDITOR", ok=None)
    if found.status:
        return found.status
    # The editor is a command for a shell, such as `code --wait`. Git starts it in this way, too.
    return shell.run_interactively("sh", "-c", f'{found.line} "$@"', found.line, str(path))
