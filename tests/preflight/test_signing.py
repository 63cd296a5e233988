"""Checks of identity and signing, and the advice that they give."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from fake_release import HEAD, fake_release
from patchwright.halts import Prerequisite
from patchwright.preflight import signing
from patchwright.tools import maintainer
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
WITHOUT_SIGNATURES = "Or release without signatures: set sign = false in [tool.patchwright]."


def register_config(fp: FakeProcess, **values: str | None) -> None:
    """Let git have these configuration values; in the names, `__` stands for a dot."""
    for name, value in values.items():
        key = name.replace("__", ".")
        output = "" if value is None else f"{value}\n"
        fp.register(["git", "config", "--get", key], stdout=output, returncode=1 if value is None else 0)


def register_identity(fp: FakeProcess, name: str, *, is_known: bool = True) -> None:
    fp.register(["git", "var", name], returncode=0 if is_known else 128)


def register_signature(fp: FakeProcess, *, is_made: bool = True) -> None:
    """Let git write a signed test commit, or fail to."""
    fp.register(["git", "mktree"], stdout=f"{TREE}\n", stdin_callable=lambda _input: None)
    fp.register(
        ["git", "commit-tree", "-S", TREE, "-m", "throwaway"],
        stdout=f"{HEAD}\n" if is_made else "",
        stderr="" if is_made else "error: no key\n",
        returncode=0 if is_made else 128,
    )


# require_identity


def test_a_known_identity_passes(tmp_path: Path, fp: FakeProcess) -> None:
    register_identity(fp, "GIT_AUTHOR_IDENT")
    register_identity(fp, "GIT_COMMITTER_IDENT")
    signing.require_identity(fake_release(tmp_path))


def test_an_unknown_committer_halts(tmp_path: Path, fp: FakeProcess) -> None:
    register_identity(fp, "GIT_AUTHOR_IDENT")
    register_identity(fp, "GIT_COMMITTER_IDENT", is_known=False)
    with pytest.raises(Prerequisite) as raised:
        signing.require_identity(fake_release(tmp_path))
    assert raised.value.cause == "git does not know who you are: user.name or user.email is missing."
    assert raised.value.remedy == (
        "Set your name with `git config --global user.name`.",
        "Set your address with `git config --global user.email`.",
    )


# require_signing


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signer that says why it does not sign."""
    monkeypatch.setattr(maintainer, "signer_words", lambda _git: ["  gpg: no card"])


def test_a_signature_that_verifies_passes(tmp_path: Path, fp: FakeProcess) -> None:
    register_signature(fp)
    fp.register(["git", "verify-commit", HEAD])
    signing.require_signing(fake_release(tmp_path))


def test_nothing_is_signed_if_neither_tags_nor_commits_are(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(["git", "config", "--type=bool", "--get", "commit.gpgSign"], returncode=1)
    signing.require_signing(fake_release(tmp_path, sign=False))


def test_signed_commits_need_no_verification_if_the_tag_is_not_signed(
    tmp_path: Path, fp: FakeProcess
) -> None:
    fp.register(["git", "config", "--type=bool", "--get", "commit.gpgSign"], stdout="true\n")
    register_signature(fp)
    signing.require_signing(fake_release(tmp_path, sign=False))


def test_a_signature_that_does_not_verify_halts(tmp_path: Path, fp: FakeProcess) -> None:
    register_signature(fp)
    fp.register(["git", "verify-commit", HEAD], returncode=1, stderr="error: no allowed signers\n")
    register_config(fp, gpg__format=None)
    with pytest.raises(Prerequisite) as raised:
        signing.require_signing(fake_release(tmp_path))
    assert raised.value.cause == "git can sign in this clone, but it cannot verify its own signature."
    assert raised.value.evidence[-1] == "  error: no allowed signers"
    assert raised.value.remedy == (
        "Trust your own key. Type `trust` at the prompt of:",
        "$ gpg --edit-key KEY",
    )


@pytest.mark.usefixtures("signer")
@pytest.mark.parametrize(
    ("kind", "key", "rows"),
    [
        ("ssh", None, ["$ git config --global user.signingKey ~/.ssh/id_ed25519.pub"]),
        (
            "ssh",
            "/home/ada/.ssh/id",
            ["Make sure that the key exists, and add it to ssh-agent:", "$ ssh-add"],
        ),
        (
            None,
            None,
            [
                "Make sure that gpg has a secret key to sign with and can ask for its passphrase:",
                "$ gpg --list-secret-keys $(git config user.email)",
                "$ export GPG_TTY=$(tty); echo | gpg --clearsign",
            ],
        ),
        (
            None,
            "ABCD",
            [
                "Make sure that gpg has a secret key to sign with and can ask for its passphrase:",
                "$ gpg --list-secret-keys ABCD",
                "$ export GPG_TTY=$(tty); echo | gpg --clearsign",
            ],
        ),
    ],
)
def test_a_signature_that_cannot_be_made_halts(
    tmp_path: Path, fp: FakeProcess, kind: str | None, key: str | None, rows: list[str]
) -> None:
    register_signature(fp, is_made=False)
    register_identity(fp, "GIT_COMMITTER_IDENT")
    register_config(fp, user__signingKey=key, gpg__format=kind)
    with pytest.raises(Prerequisite, match=r"^git could not sign a test commit\.$") as raised:
        signing.require_signing(fake_release(tmp_path))
    assert raised.value.evidence[-2:] == ("  error: no key", "  gpg: no card")
    assert raised.value.remedy == (*rows, WITHOUT_SIGNATURES)


def test_an_unknown_committer_is_left_to_the_check_of_the_identity(tmp_path: Path, fp: FakeProcess) -> None:
    register_signature(fp, is_made=False)
    register_identity(fp, "GIT_COMMITTER_IDENT", is_known=False)
    signing.require_signing(fake_release(tmp_path))


# remedies_for_verifying


@pytest.mark.parametrize(
    ("key", "public"),
    [
        ("/home/ada/.ssh/id_ed25519", "$(cat /home/ada/.ssh/id_ed25519.pub)"),
        ("/home/ada/.ssh/id_ed25519.pub", "$(cat /home/ada/.ssh/id_ed25519.pub)"),
        ("/home/ada/my key", "$(cat '/home/ada/my key.pub')"),
        ("key::ssh-ed25519 AAAA ada", "ssh-ed25519 AAAA ada"),
        ("ssh-ed25519 AAAA ada", "ssh-ed25519 AAAA ada"),
    ],
)
def test_the_advice_names_the_signing_key(key: str, public: str, fp: FakeProcess, tmp_path: Path) -> None:
    register_config(
        fp, gpg__format="ssh", gpg__ssh__allowedSignersFile="/home/ada/signers", user__signingKey=key
    )
    rows = signing.remedies_for_verifying(Git(Shell(tmp_path), tmp_path))
    assert rows == [
        "Add your public key to git's file of allowed signers:",
        '$ mkdir -p "$(dirname /home/ada/signers)"',
        f'$ echo "$(git config user.email) namespaces=\\"git\\" {public}" >> /home/ada/signers',
    ]


def test_the_advice_configures_a_file_of_allowed_signers(fp: FakeProcess, tmp_path: Path) -> None:
    register_config(fp, gpg__format="ssh", gpg__ssh__allowedSignersFile=None, user__signingKey="/id")
    rows = signing.remedies_for_verifying(Git(Shell(tmp_path), tmp_path))
    assert rows[-1] == "$ git config --global gpg.ssh.allowedSignersFile ~/.ssh/allowed_signers"
