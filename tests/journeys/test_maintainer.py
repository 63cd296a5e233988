"""Commits, picks and tags are made as the maintainer's checkout makes them, wherever git works."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from histories import ADA, BEN, Files, History
from journeys.workshop import (
    AFTER_TAG,
    BEFORE_PREPARE,
    BEFORE_TAG,
    EVERYTHING,
    MakeShop,
    Workshop,
    integrate_later,
)
from patchwright.halts import BranchConflict, StepFailed
from patchwright.releases.release import Release

pytestmark = pytest.mark.journey

WORK = "Work <work@example.org>"
BRANCH, MAINLINE = "release-1.24", "master"
LEAP: Files = {"almanac/years.py": "def is_leap(year):\n    return year % 400 == 0\n"}


def add_fix(history: History) -> None:
    history.add("master", "3.bugfix", "#42: fix the crash", LEAP, author=BEN)


@pytest.fixture
def shop(make_shop: MakeShop) -> Workshop:
    """A clone in which a fix on the mainline waits to be released."""
    return make_shop(add_fix)


def release_all(shop: Workshop, **settings: object) -> Release:
    """Release the fix, up to the end."""
    fix = shop.origin("rev-parse", MAINLINE)
    return shop.run(shop.open("1.24", fix, **settings), EVERYTHING)


def people(shop: Workshop) -> set[str]:
    """Return the committers of the new commits on both branches of origin, and the tagger."""
    committers = shop.origin("log", "--format=%cn <%ce>", BRANCH, MAINLINE, "--not", *first(shop))
    tagger = shop.origin("for-each-ref", "--format=%(taggername) %(taggeremail)", "refs/tags/v1.24.1")
    return {*committers.splitlines(), tagger}


def first(shop: Workshop) -> list[str]:
    """Return the commits that origin had before the release."""
    return list(shop.history.branches.values())


def new_commits(shop: Workshop, revision: str, form: str) -> list[str]:
    """Return what a format says of the commits that the release added to a branch, the newest first."""
    shown = shop.origin("log", "-z", f"--format={form}", revision, "--not", *first(shop))
    return shown.strip("\0").split("\0")


def write_identity(path: Path, *more: str) -> Path:
    """Write a file of git's configuration with the identity for work."""
    path.write_text("\n".join(("[user]", "\tname = Work", "\temail = work@example.org", *more, "")))
    return path


# F1


@pytest.mark.parametrize("condition", ["gitdir:{clone}/.git", "gitdir/i:{clone}/.git", "onbranch:master"])
def test_an_identity_that_is_included_for_the_checkout_alone_is_used_everywhere(
    shop: Workshop, tmp_path: Path, condition: str
) -> None:
    work = write_identity(tmp_path / "work")
    shop.git("config", f"includeIf.{condition.format(clone=shop.clone)}.path", str(work))

    release_all(shop)

    assert people(shop) == {WORK}
    assert "Ben Tidewater" in new_commits(shop, "v1.24.1", "%an")


def test_an_identity_in_the_environment_is_used_everywhere(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Work")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "work@example.org")

    release_all(shop)

    assert people(shop) == {WORK}
    authors = new_commits(shop, "v1.24.1", "%an <%ae>")
    assert authors == [WORK, WORK, BEN]


def test_settings_in_the_environment_are_used_everywhere(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    for at, (key, value) in enumerate((("user.name", "Work"), ("user.email", "work@example.org"))):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{at}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{at}", value)
    release_all(shop)
    assert people(shop) == {WORK}


def test_a_hook_that_changes_the_committer_halts_before_anything_is_public(shop: Workshop) -> None:
    write_hook(
        shop.clone / ".git" / "hooks" / "post-commit",
        'test -z "$AMENDING" && AMENDING=1 GIT_COMMITTER_NAME=Bot git commit --amend --quiet --no-edit',
    )
    before = shop.origin("for-each-ref")

    with pytest.raises(StepFailed, match=r"its committer is Bot <cleo@example\.org>, not Cleo"):
        release_all(shop)

    assert shop.origin("for-each-ref") == before
    (shop.clone / ".git" / "hooks" / "post-commit").unlink()
    release_all(shop)
    assert people(shop) == {"Cleo <cleo@example.org>"}


def test_author_and_committer_of_their_own_are_used_everywhere(shop: Workshop) -> None:
    shop.git("config", "committer.name", "Committer")
    shop.git("config", "author.name", "Author")
    release_all(shop)
    assert people(shop) == {"Committer <cleo@example.org>"}
    assert set(new_commits(shop, "v1.24.1", "%an <%ae>")) == {BEN, "Author <cleo@example.org>"}


# F2


def make_key(path: Path, shop: Workshop) -> None:
    """Create a key, and let the clone verify what it signs."""
    subprocess.run(
        ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)),
        check=True,
        capture_output=True,
    )
    signers = path.parent / "signers"
    signers.write_text(f'* namespaces="git" {path.with_suffix(".pub").read_text()}')
    shop.git("config", "gpg.ssh.allowedSignersFile", str(signers))


def test_identity_and_key_of_the_worktree_are_used_everywhere(shop: Workshop, tmp_path: Path) -> None:
    make_key(tmp_path / "key", shop)
    shop.git("config", "extensions.worktreeConfig", "true")
    for key, value in {
        "user.name": "Work",
        "user.email": "work@example.org",
        "user.signingKey": str(tmp_path / "key.pub"),
        "gpg.format": "ssh",
        "commit.gpgSign": "true",
    }.items():
        shop.git("config", "--worktree", key, value)

    release_all(shop, sign=True)

    assert people(shop) == {WORK}
    tag = shop.git("ls-remote", "origin", "refs/tags/v1.24.1").partition("\t")[0]
    shop.git("verify-tag", tag)
    for revision in ("v1.24.1", BRANCH, MAINLINE):
        signed = new_commits(shop, revision, "%H")
        assert signed
        assert all("\ngpgsig " in shop.origin("cat-file", "commit", sha) for sha in signed)


def test_settings_that_changed_after_the_worktree_was_created_are_used(shop: Workshop) -> None:
    shop.git("config", "extensions.worktreeConfig", "true")
    shop.git("config", "--worktree", "user.name", "Old")
    shop.git("config", "--worktree", "commit.gpgSign", "true")
    fix = shop.origin("rev-parse", MAINLINE)
    shop.run(shop.open("1.24", fix), ("checkout",))
    for key in ("user.name", "commit.gpgSign"):
        shop.git("config", "--worktree", "--unset", key)

    release_all(shop)

    assert people(shop) == {"Cleo <cleo@example.org>"}


def test_a_relative_key_is_that_of_the_checkout(shop: Workshop) -> None:
    (shop.clone / "keys").mkdir()
    make_key(shop.clone / "keys" / "key", shop)
    for key, value in {
        "user.signingKey": "keys/key.pub",
        "gpg.format": "ssh",
        "commit.gpgSign": "true",
    }.items():
        shop.git("config", key, value)
    release_all(shop, sign=True)
    shas = new_commits(shop, "v1.24.1", "%H")
    assert all("\ngpgsig " in shop.origin("cat-file", "commit", sha) for sha in shas)


# F3


@pytest.mark.parametrize(
    ("key", "value"),
    [("commit.cleanup", "strip"), ("commit.cleanup", "scissors"), ("core.commentChar", "auto")],
)
@pytest.mark.parametrize("subject", ["#42: fix the crash", "; a semicolon"])
def test_messages_are_kept_word_for_word(make_shop: MakeShop, key: str, value: str, subject: str) -> None:
    shop = make_shop(lambda history: history.add("master", "3.bugfix", f"{subject}\n\n# A heading.", LEAP))
    shop.git("config", key, value)
    shop.git("config", "commit.verbose", "true")
    fix = shop.origin("rev-parse", MAINLINE)

    release_all(shop)

    message = new_commits(shop, "v1.24.1", "%B")[-1].rstrip()
    assert message == f"{subject}\n\n# A heading.\n\n(cherry picked from commit {fix})"
    assert subject in shop.subjects(BRANCH)


@pytest.mark.parametrize("char", ["#", ";", "auto"])
def test_the_message_of_a_resolved_pick_is_kept_word_for_word(make_shop: MakeShop, char: str) -> None:
    def add(history: History) -> None:
        history.commit(BRANCH, "Count.", {"almanac/years.py": "branch = 1\n"})
        history.add("master", "3.bugfix", "#42: fix the crash\n\n; and more", LEAP, author=BEN)

    shop = make_shop(add)
    shop.git("config", "commit.cleanup", "strip")
    shop.git("config", "core.commentChar", char)
    fix = shop.origin("rev-parse", MAINLINE)
    with pytest.raises(BranchConflict):
        release_all(shop)
    worktree = shop.open("1.24", fix).workspace.branch.path
    (worktree / "almanac" / "years.py").write_text("resolved = 1\n")
    shop.git("add", "almanac/years.py", cwd=worktree)

    shop.run(integrate_later(shop.open("1.24", fix)), BEFORE_TAG)

    pick = new_commits(shop, "v1.24.1", "%an <%ae>%n%B")[-1].rstrip()
    assert pick == f"{BEN}\n#42: fix the crash\n\n; and more\n\n(cherry picked from commit {fix})"


# F11


def test_the_words_of_a_signer_that_fails_are_shown(shop: Workshop, tmp_path: Path) -> None:
    make_key(tmp_path / "key", shop)
    signer = tmp_path / "signer"
    write_hook(signer, 'echo "sign_and_send: device not touched in time" >&2; exit 1')
    shop.git("config", "gpg.format", "ssh")
    shop.git("config", "user.signingKey", str(tmp_path / "key.pub"))
    shop.git("config", "gpg.ssh.program", str(signer))

    with pytest.raises(StepFailed) as halted:
        release_all(shop, sign=True)

    assert any("device not touched in time" in row for row in halted.value.evidence)
    assert "refs/tags/v1.24.1" not in shop.origin("for-each-ref")
    shop.git("config", "--unset", "gpg.ssh.program")
    release_all(shop, sign=True)


@pytest.mark.parametrize("form", ["openpgp", "ssh"])
def test_the_words_of_a_signer_that_fails_for_a_commit_are_shown(
    shop: Workshop, tmp_path: Path, form: str
) -> None:
    signer = tmp_path / "signer"
    write_hook(signer, 'echo "card: no card" >&2; exit 2')
    shop.git("config", "gpg.format", form)
    shop.git("config", "user.signingKey", "key::ssh-ed25519 AAAA" if form == "ssh" else "ABCD")
    shop.git("config", f"gpg.{form}.program", str(signer))
    shop.git("config", "commit.gpgSign", "true")

    with pytest.raises(StepFailed) as halted:
        release_all(shop)

    assert halted.value.cause == "git could not sign the commit."
    assert any("card: no card" in row for row in halted.value.evidence)
    shop.git("config", "commit.gpgSign", "false")
    release_all(shop)
    assert people(shop) == {"Cleo <cleo@example.org>"}


# D5 and other configuration that bends what is read


def test_rerere_does_not_resolve_a_pick(make_shop: MakeShop) -> None:
    def add(history: History) -> None:
        history.commit(BRANCH, "Count.", {"almanac/years.py": "branch = 1\n"})
        history.add("master", "3.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add)
    shop.git("config", "rerere.enabled", "true")
    shop.git("config", "rerere.autoUpdate", "true")
    fix = shop.origin("rev-parse", MAINLINE)
    shop.git("checkout", "--quiet", "--detach", f"origin/{BRANCH}")
    subprocess.run(("git", "cherry-pick", fix), cwd=shop.clone, check=False, capture_output=True)
    (shop.clone / "almanac" / "years.py").write_text("remembered = 1\n")
    shop.git("add", ".")
    shop.git("-c", "core.editor=true", "cherry-pick", "--continue")
    shop.git("checkout", "--quiet", "master")

    with pytest.raises(BranchConflict, match=r"conflicts in almanac/years\.py"):
        release_all(shop)

    worktree = shop.open("1.24", fix).workspace.branch
    assert worktree.unmerged_paths() == ["almanac/years.py"]
    assert "<<<<<<<" in (worktree.path / "almanac" / "years.py").read_text()


@pytest.mark.parametrize("driver", ["ours", "union", "theirs-only"])
def test_a_merge_driver_does_not_hide_a_conflict(make_shop: MakeShop, driver: str) -> None:
    def add(history: History) -> None:
        attributes = {".gitattributes": f"*.py merge={driver}\n"}
        history.commit(BRANCH, "Count.", {"almanac/years.py": "branch = 1\n", **attributes})
        history.commit("master", "Set attributes.", {**attributes})
        add_fix(history)

    shop = make_shop(add)
    if driver != "union":
        shop.git("config", f"merge.{driver}.driver", "true")
    with pytest.raises(BranchConflict, match=r"conflicts in almanac/years\.py"):
        release_all(shop)


def test_a_default_merge_driver_does_not_hide_a_conflict(make_shop: MakeShop) -> None:
    def add(history: History) -> None:
        history.commit(BRANCH, "Count.", {"almanac/years.py": "branch = 1\n"})
        add_fix(history)

    shop = make_shop(add)
    shop.git("config", "merge.default", "union")
    with pytest.raises(BranchConflict, match=r"conflicts in almanac/years\.py"):
        release_all(shop)


def test_a_replaced_commit_is_read_as_it_is(shop: Workshop) -> None:
    fix = shop.origin("rev-parse", MAINLINE)
    shop.git("checkout", "--quiet", "--detach", f"{fix}^")
    (shop.clone / "almanac" / "years.py").write_text("replaced = 1\n")
    shop.git("commit", "--quiet", "--all", "--message=Something else.")
    shop.git("replace", fix, "HEAD")
    shop.git("checkout", "--quiet", "master")

    release_all(shop)

    assert shop.show("v1.24.1:almanac/years.py") + "\n" == LEAP["almanac/years.py"]
    assert shop.show(f"{MAINLINE}:almanac/years.py") + "\n" == LEAP["almanac/years.py"]


def test_a_graft_does_not_change_history(shop: Workshop) -> None:
    info = shop.clone / ".git" / "info"
    info.mkdir(exist_ok=True)
    fix = shop.origin("rev-parse", MAINLINE)
    (info / "grafts").write_text(f"{fix}\n")
    release_all(shop)
    assert shop.show("v1.24.1:almanac/years.py") + "\n" == LEAP["almanac/years.py"]
    assert shop.origin("log", "-1", "--format=%an <%ae>", MAINLINE) in {ADA, "Cleo <cleo@example.org>"}


def test_an_encoding_in_the_configuration_does_not_change_messages(make_shop: MakeShop) -> None:
    shop = make_shop(lambda history: history.add("master", "3.bugfix", "Réparer l année", LEAP))
    shop.git("config", "i18n.commitEncoding", "ISO-8859-1")
    release_all(shop)
    assert all(
        "\nencoding " not in shop.origin("cat-file", "commit", sha)
        for sha in new_commits(shop, "v1.24.1", "%H")
    )
    assert shop.origin("log", "--format=%s", BRANCH).splitlines().count("Réparer l année") == 1


def write_hook(path: Path, script: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_words_of_gpg_that_fails_for_the_tag_are_shown(shop: Workshop, tmp_path: Path) -> None:
    write_hook(tmp_path / "signer", 'echo "card: no card" >&2; exit 2')
    shop.git("config", "gpg.program", str(tmp_path / "signer"))
    with pytest.raises(StepFailed) as halted:
        release_all(shop, sign=True)
    assert halted.value.cause == "git could not create the tag."
    assert any("card: no card" in row for row in halted.value.evidence)
    assert "refs/tags/v1.24.1" not in shop.origin("for-each-ref")


# By hand in the worktree

NOT_OURS = "Commits in patchwright's worktree are not the maintainer's"
EVE = {"GIT_COMMITTER_NAME": "Eve", "GIT_COMMITTER_EMAIL": "eve@example.org"}
EVE_EVERYWHERE = {**EVE, "GIT_AUTHOR_NAME": "Eve", "GIT_AUTHOR_EMAIL": "eve@example.org"}


def add_conflicting_fix(history: History) -> None:
    history.commit(BRANCH, "Count.", {"almanac/years.py": "branch = 1\n"})
    add_fix(history)


def run_by_hand(worktree: Path, *arguments: str, **variables: str) -> None:
    """Run git in a worktree as a person does, with some variables of a shell."""
    environment = {**os.environ, "GIT_EDITOR": "true", **variables}
    subprocess.run(("git", *arguments), cwd=worktree, env=environment, check=True, capture_output=True)


def pick_by_hand(shop: Workshop, *arguments: str, **variables: str) -> Path:
    """Resolve the conflict of the pick in the worktree, and end the pick as `git cherry-pick` has it."""
    with pytest.raises(BranchConflict):
        shop.run(shop.open(), ("checkout", "pick"))
    worktree = shop.open().workspace.branch.path
    (worktree / "almanac" / "years.py").write_text("resolved = 1\n")
    run_by_hand(worktree, "add", "almanac/years.py")
    run_by_hand(worktree, *arguments, **variables)
    return worktree


def release_after_remedy(shop: Workshop, *, way: int = 0, sign: bool = False) -> None:
    """Assert that the release halts before the push, paste the remedy, and release."""
    before = shop.origin("for-each-ref")
    with pytest.raises(StepFailed, match=NOT_OURS) as halted:
        shop.run(integrate_later(shop.open(sign=sign)), BEFORE_TAG)
    assert shop.origin("for-each-ref") == before
    command = halted.value.remedy[way].partition(": ")[2]
    subprocess.run(command, shell=True, check=True, cwd=shop.clone)  # noqa: S602  a person pastes it
    shop.run(integrate_later(shop.open(sign=sign)), BEFORE_TAG)


@pytest.mark.parametrize("ending", [("cherry-pick", "--continue"), ("commit", "--quiet", "--no-edit")])
def test_a_pick_that_is_ended_by_hand_as_somebody_else_is_not_published(
    make_shop: MakeShop, ending: tuple[str, ...]
) -> None:
    shop = make_shop(add_conflicting_fix)
    shop.git("config", "commit.cleanup", "strip")
    pick_by_hand(shop, *ending, **EVE)

    release_after_remedy(shop)

    assert people(shop) == {"Cleo <cleo@example.org>"}
    assert shop.show("v1.24.1:almanac/years.py") == "resolved = 1"
    assert BEN in new_commits(shop, "v1.24.1", "%an <%ae>")


def test_a_pick_by_hand_is_not_signed_but_the_checkout_signs(make_shop: MakeShop, tmp_path: Path) -> None:
    shop = make_shop(add_conflicting_fix)
    make_key(tmp_path / "key", shop)
    pick_by_hand(shop, "cherry-pick", "--continue")
    # Only the checkout has this configuration.
    shop.git("config", "extensions.worktreeConfig", "true")
    for key, value in {
        "user.email": "it's@example.org",
        "user.signingKey": str(tmp_path / "key.pub"),
        "gpg.format": "ssh",
        "commit.gpgSign": "true",
    }.items():
        shop.git("config", "--worktree", key, value)

    release_after_remedy(shop, sign=True)

    assert people(shop) == {"Cleo <it's@example.org>"}
    signed = new_commits(shop, "v1.24.1", "%H")
    assert all("\ngpgsig " in shop.origin("cat-file", "commit", sha) for sha in signed)


@pytest.mark.parametrize("way", [0, 1])
@pytest.mark.parametrize("what", ["section", "clean-up"])
def test_an_edit_by_hand_as_somebody_else_is_not_published(shop: Workshop, what: str, way: int) -> None:
    release = shop.run(shop.open(), BEFORE_PREPARE)
    worktree = release.workspace.branch.path
    if what == "section":
        text = (worktree / "CHANGES.rst").read_text()
        (worktree / "CHANGES.rst").write_text(text.replace("(#3)", "(#3)\n\nThanks to Eve.", 1))
    else:
        run_by_hand(worktree, "rm", "--quiet", "changes/3.bugfix")
    run_by_hand(worktree, "commit", "--quiet", "--all", "--message=By hand.", **EVE_EVERYWHERE)

    release_after_remedy(shop, way=way)
    shop.run(integrate_later(shop.open()), AFTER_TAG)

    assert people(shop) == {"Cleo <cleo@example.org>"}
    assert set(new_commits(shop, BRANCH, "%an <%ae>")) == {BEN, "Cleo <cleo@example.org>"}
    assert ("Thanks to Eve." in shop.show("v1.24.1:CHANGES.rst")) is (what == "section" and way == 0)
    assert "changes/3.bugfix" not in shop.origin("ls-tree", "-r", "--name-only", BRANCH)


def test_a_resolution_of_the_integration_as_somebody_else_is_not_published(make_shop: MakeShop) -> None:
    def add(history: History) -> None:
        history.add(BRANCH, "3.bugfix", "Count.", {"almanac/years.py": "branch = 1\n"}, author=BEN)
        history.commit("master", "Count anew.", {"almanac/years.py": "mainline = 1\n"})

    shop = make_shop(add)
    before = shop.origin("for-each-ref")
    with pytest.raises(BranchConflict):
        shop.run(shop.open(), BEFORE_TAG)
    worktree = shop.open().workspace.mainline.path
    (worktree / "almanac" / "years.py").write_text("resolved = 1\n")
    run_by_hand(worktree, "add", "almanac/years.py")
    run_by_hand(worktree, "cherry-pick", "--continue", **EVE)
    with pytest.raises(StepFailed, match=NOT_OURS) as halted:
        shop.run(shop.open(), BEFORE_TAG)
    assert shop.origin("for-each-ref") == before
    subprocess.run(str(halted.value.next_command), shell=True, check=True)  # noqa: S602  a person pastes it

    shop.run(shop.open(), EVERYTHING)

    assert people(shop) == {"Cleo <cleo@example.org>"}
    assert shop.show(f"{MAINLINE}:almanac/years.py") == "resolved = 1"


def test_local_commits_of_others_keep_their_committer(shop: Workshop) -> None:
    shop.git("checkout", "--quiet", BRANCH)
    (shop.clone / "almanac" / "tides.py").write_text("TIDES = 1\n")
    run_by_hand(shop.clone, "commit", "--quiet", "--all", "--message=Mend tides.", **EVE)
    shop.git("checkout", "--quiet", MAINLINE)

    release_all(shop)

    assert people(shop) == {"Cleo <cleo@example.org>", "Eve <eve@example.org>"}
