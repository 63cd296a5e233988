"""Identity and signing: git knows the committer, can sign, and can verify its signatures."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

from patchwright.halts import CommandFailed, Prerequisite
from patchwright.releases.release import Release
from patchwright.tools import maintainer
from patchwright.tools.git import Git


def require_identity(release: Release) -> None:
    """Raise Prerequisite if git does not know the name or the email address of the committer."""
    identities = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    if any(release.git.ask("var", name, ok=None).status for name in identities):
        raise Prerequisite(
            "git does not know who you are: user.name or user.email is missing.",
            remedy=[
                "Set your name with `git config --global user.name`.",
                "Set your address with `git config --global user.email`.",
            ],
        )


def require_signing(release: Release) -> None:
    """Check that git can sign a test commit and verify it. The test commit stays out of the clone.

    Raise Prerequisite if git cannot sign, or cannot verify a signature that the release needs.
    """
    git, needs_signature = release.git, release.settings.sign
    if not needs_signature and not _signs_commits(git):
        return
    with tempfile.TemporaryDirectory(prefix="patchwright-") as directory:
        env = {"GIT_OBJECT_DIRECTORY": directory}
        commit = _write_test_commit(git, env)
        if not commit or not needs_signature:
            return
        try:
            git.ask("verify-commit", commit, env=env)
        except CommandFailed as failure:
            raise Prerequisite(
                "git can sign in this clone, but it cannot verify its own signature.",
                evidence=failure.evidence,
                remedy=remedies_for_verifying(git),
            ) from None


def remedies_for_verifying(git: Git) -> list[str]:
    """Return how to make git verify your signatures. Rows that begin with `$ ` are shell commands."""
    if _signature_format(git) != "ssh":
        return ["Trust your own key. Type `trust` at the prompt of:", "$ gpg --edit-key KEY"]
    configured = git.config("gpg.ssh.allowedSignersFile")
    signers = shlex.quote(str(Path(configured).expanduser())) if configured else "~/.ssh/allowed_signers"
    rows = [
        "Add your public key to git's file of allowed signers:",
        f'$ mkdir -p "$(dirname {signers})"',
        f'$ echo "$(git config user.email) namespaces=\\"git\\" {_public_key(git)}" >> {signers}',
    ]
    return rows if configured else [*rows, f"$ git config --global gpg.ssh.allowedSignersFile {signers}"]


def _signs_commits(git: Git) -> bool:
    return git.ask("config", "--type=bool", "--get", "commit.gpgSign", ok=None).line == "true"


def _write_test_commit(git: Git, env: dict[str, str]) -> str | None:
    """Write a signed commit that no ref names.

    Return None if git does not know the committer: `require_identity` reports that.
    """
    try:
        tree = git.ask("mktree", stdin="", env=env).line
        return git.ask("commit-tree", "-S", tree, "-m", "throwaway", env=env).line
    except CommandFailed as failure:
        if git.ask("var", "GIT_COMMITTER_IDENT", ok=None).status:
            return None
        raise Prerequisite(
            "git could not sign a test commit.",
            evidence=[*failure.evidence, *maintainer.signer_words(git)],
            remedy=_remedies_for_signing(git),
        ) from None


def _remedies_for_signing(git: Git) -> list[str]:
    key = git.config("user.signingKey")
    if _signature_format(git) != "ssh":
        rows = [
            "Make sure that gpg has a secret key to sign with and can ask for its passphrase:",
            f"$ gpg --list-secret-keys {key or '$(git config user.email)'}",
            "$ export GPG_TTY=$(tty); echo | gpg --clearsign",
        ]
    elif key:
        rows = ["Make sure that the key exists, and add it to ssh-agent:", "$ ssh-add"]
    else:
        rows = ["$ git config --global user.signingKey ~/.ssh/id_ed25519.pub"]
    return [*rows, "Or release without signatures: set sign = false in [tool.patchwright]."]


def _signature_format(git: Git) -> str:
    return git.config("gpg.format") or "openpgp"


def _public_key(git: Git) -> str:
    """Return the public key that git signs with, as a word for a shell command."""
    key = git.config("user.signingKey") or "~/.ssh/id_ed25519"
    if key.startswith(("key::", "ssh-")):
        return key.removeprefix("key::")
    public = str(Path(key).expanduser()).removesuffix(".pub") + ".pub"
    return f"$(cat {shlex.quote(public)})"
