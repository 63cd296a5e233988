"""ssh: which host a name in ssh's configuration means."""

from __future__ import annotations

import os
import shlex
from functools import lru_cache

from patchwright.halts import CommandFailed, Prerequisite
from patchwright.tools.git import Git

# `ssh -G` uses no network, but a `Match exec` of the user's configuration may run a program.
SECONDS = 10.0


def resolve_host(git: Git, host: str) -> str:
    """Return the host that ssh connects to for the host in an SSH URL, when git runs ssh.

    `ssh -G` prints the configuration in force for a host and connects to nothing (OpenSSH 6.8 and newer).
    Return the host unchanged if the program is missing or is not OpenSSH.
    """
    for row in _configuration(git, host):
        key, _, value = row.partition(" ")
        if key == "hostname" and value:
            return value
    return host


@lru_cache(maxsize=64)
def _configuration(git: Git, host: str) -> tuple[str, ...]:
    try:
        return tuple(git.shell.ask(*_command(git), "-G", "--", host, timeout=SECONDS).lines)
    except (CommandFailed, Prerequisite, ValueError):
        return ()


def _command(git: Git) -> list[str]:
    """Return the ssh command that git runs: GIT_SSH_COMMAND, `core.sshCommand`, GIT_SSH (git 2.39)."""
    line = os.environ.get("GIT_SSH_COMMAND") or git.config("core.sshCommand")
    if line:
        return shlex.split(line)
    return [os.environ.get("GIT_SSH") or "ssh"]
