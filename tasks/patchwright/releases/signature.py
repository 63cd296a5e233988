"""Signature: whether the signature of a public tag is wrong, or only cannot be verified in this clone."""

from __future__ import annotations

import re

from patchwright.halts import CommandFailed
from patchwright.releases.release import Release
from patchwright.text import safe_lines

# What gpg and ssh-keygen say of a signature that does not fit the signed text (git 2.39, OpenSSH 9.2).
_WRONG = re.compile(r"BAD signature|BADSIG|incorrect signature")
_NEEDS_SIGNERS = "gpg.ssh.allowedSignersFile"
_SSH = re.compile(r"allowedSignersFile|principal|ssh", re.IGNORECASE)


def find_problem(release: Release, sha: str) -> str | None:
    """Return why the signature of a tag object does not verify, or None if it does."""
    try:
        release.git.ask("verify-tag", sha)
    except CommandFailed as failure:
        return f"its signature does not verify ({_last_line(failure)})"
    return None


def find_wrong_signature(release: Release, sha: str) -> str | None:
    """Return why the signature of a public tag is wrong, or None if it is not.

    If the signer's key is not known here, add a note that says how to configure it.
    """
    try:
        release.git.ask("verify-tag", sha)
    except CommandFailed as failure:
        output = failure.output
        if _NEEDS_SIGNERS in output:
            # Without a file of signers git does not look at the signature. With an empty one it does.
            output += _ask_without_signers(release, sha)
        if _WRONG.search(output):
            return f"its signature does not verify ({_last_line(failure)})"
        release.note(
            f"{release.plan.tag} cannot be verified here ({_last_line(failure)}). {_how_to_configure(output)}"
        )
    return None


def _ask_without_signers(release: Release, sha: str) -> str:
    answer = release.git.ask("-c", f"{_NEEDS_SIGNERS}=/dev/null", "verify-tag", sha, ok=None)
    return answer.stdout + answer.stderr


def _how_to_configure(output: str) -> str:
    if _SSH.search(output):
        return (
            "Add the line `EMAIL KEY` of the signer to a file, and tell git: "
            f"git config {_NEEDS_SIGNERS} FILE"
        )
    return "Import the signer's public key: gpg --import FILE"


def _last_line(failure: CommandFailed) -> str:
    return (safe_lines(failure.output.strip()) or ["git verify-tag failed"])[-1]
