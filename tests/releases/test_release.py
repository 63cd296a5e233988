"""The facts of one release, with real git: where it begins, how far it is, what it pushes, how it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchwright.engine import resolve
from patchwright.halts import BranchConflict, CommandFailed, Prerequisite, RefusedPush, VersionConflict
from patchwright.progress import Silent
from patchwright.releases import plan
from patchwright.releases.journal import Intent
from patchwright.releases.release import Release, place
from patchwright.tools.git import Clone
from patchwright.tools.shell import Shell
from repository import START, Project, section, version

pytestmark = pytest.mark.journey

HEADS = "refs/heads/release-1.24"


def opened(project: Project, *, dry: bool = False) -> Release:
    """Return the next release of 1.24."""
    release = resolve.enter(Shell(project.path, dry=dry), {}, {}, Silent())
    resolve.choose(release, plan.request("1.24"))
    return release


def on_branch(project: Project, message: str, files: dict[str, str | None]) -> str:
    """Commit on the local release branch."""
    project.git("checkout", "--quiet", "release-1.24")
    made = project.commit(message, files)
    project.git("checkout", "--quiet", "master")
    return made


def test_it_begins_at_origins_branch(project: Project) -> None:
    release = opened(project)
    assert release.start == release.head == release.branch_tip == project.git("rev-parse", HEADS)
    assert release.local_commits() == []


def test_a_local_branch_that_is_behind_does_not_matter(project: Project) -> None:
    tip = on_branch(project, "More", {"more.py": "x\n"})
    project.publish("release-1.24")
    project.git("branch", "--force", "release-1.24", f"{tip}~")
    assert opened(project).start == tip


def test_local_commits_are_part_of_it(project: Project) -> None:
    tip = on_branch(project, "More", {"more.py": "x\n"})
    release = opened(project)
    assert release.start == tip != release.branch_tip
    assert [commit.sha for commit in release.local_commits()] == [tip]


def test_branches_that_have_diverged_halt(project: Project) -> None:
    theirs = on_branch(project, "Theirs", {"more.py": "theirs\n"})
    project.publish("release-1.24")
    project.git("branch", "--force", "release-1.24", f"{theirs}~")
    ours = on_branch(project, "Ours", {"more.py": "ours\n"})
    with pytest.raises(BranchConflict, match="have diverged") as halted:
        assert opened(project).start
    assert halted.value.evidence == (f"local:  {ours}", f"origin: {theirs}")
    assert halted.value.never == ("Do not force-push the release branch.",)


def test_it_is_prepared_with_version_and_section_and_pushed_when_origin_has_that(project: Project) -> None:
    assert not opened(project).is_prepared
    on_branch(project, "Repair", {"years.py": "x\n", "news/7.repair.rst": "Leap years.\n"})
    on_branch(project, "Version: 1.24.1", version("1.24.1"))
    assert not opened(project).is_prepared
    tip = on_branch(
        project, "Changelog", {"CHANGES.rst": f"{START}\n{section('1.24.1', 'Leap years. (#7)')}"}
    )
    prepared = opened(project)
    assert (prepared.is_prepared, prepared.is_pushed) == (True, False)
    assert [commit.subject for commit in prepared.landmarks().patches] == ["Repair"]
    assert project.git("log", "-1", "--format=%s", prepared.code) == "Repair"
    prepared.push(tip, HEADS)
    prepared.look_again()
    assert prepared.is_pushed
    assert opened(project).is_pushed


def test_a_push_is_to_one_ref_and_takes_nothing_along(project: Project) -> None:
    tip = on_branch(project, "More", {"more.py": "x\n"})
    project.git("tag", "--annotate", "--message=mine", "mine", tip)
    project.git("config", "push.followTags", "true")
    before = project.git("ls-remote", "origin").splitlines()
    opened(project).push(tip, HEADS)
    after = project.git("ls-remote", "origin").splitlines()
    assert set(after) - set(before) == {f"{tip}\t{HEADS}"}
    assert not any("mine" in row for row in after)


def test_a_push_that_is_no_fast_forward_is_refused_and_changes_nothing(project: Project) -> None:
    release = opened(project)
    tip = on_branch(project, "More", {"more.py": "x\n"})
    project.publish("release-1.24")
    with pytest.raises(RefusedPush, match=f"did not take the push to {HEADS}") as halted:
        release.push(f"{tip}~", HEADS)
    assert halted.value.never == ("Do not force-push.",)
    release.look_again()
    assert release.branch_tip == tip


def test_a_push_that_the_remote_declines_is_told_in_its_words(project: Project) -> None:
    hook = project.bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho GH006: Protected branch update failed >&2\nexit 1\n")
    hook.chmod(0o755)
    tip = on_branch(project, "More", {"more.py": "x\n"})
    with pytest.raises(RefusedPush) as halted:
        opened(project).push(tip, HEADS)
    assert any("GH006: Protected branch update failed" in row for row in halted.value.evidence)


def test_a_remote_that_is_gone_is_no_refusal(project: Project) -> None:
    release = opened(project)
    project.bare.rename(project.bare.with_name("gone.git"))
    with pytest.raises(CommandFailed) as halted:
        release.push(release.head, HEADS)
    assert not isinstance(halted.value, RefusedPush)


@pytest.mark.parametrize(
    ("there", "fits"), [("1.24.0", True), ("1.24.1", True), ("1.24.0.post1", False), ("1.25.0.dev0", False)]
)
def test_the_version_on_the_branch_is_the_last_or_the_next(
    project: Project, *, there: str, fits: bool
) -> None:
    on_branch(project, "Version", version(there))
    release = opened(project)
    if fits:
        release.require_version()
        return
    with pytest.raises(VersionConflict, match=there):
        release.require_version()


def test_intent_is_kept_from_the_checkout_on_and_only_of_this_version(project: Project) -> None:
    release = opened(project)
    release.intend(checked=("a" * 40,))
    assert not release.has_intent
    release.begin()
    release.intend(checked=("a" * 40,))
    assert opened(project).intent.checked == ("a" * 40,)
    release.journal.write("1.24", Intent(version="1.24.7", checked=("b" * 40,)))
    assert opened(project).intent == Intent(version="1.24.1")


def test_nothing_is_kept_when_dry(project: Project) -> None:
    release = opened(project, dry=True)
    release.begin()
    assert not release.has_intent


def test_where_it_stands_tells_public_from_untouched(project: Project) -> None:
    release = opened(project)
    start = release.branch_tip
    untouched = ("your checkout, its index and its branch", f"origin's release-1.24, at {start[:10]}")
    assert release.standing().public == ()
    assert release.standing().untouched[:2] == untouched

    tip = on_branch(project, "Version: 1.24.1", version("1.24.1"))
    release.push(tip, HEADS)
    release.look_again()

    assert release.standing().public == (f"origin's release-1.24, at {tip[:10]}",)


def test_a_remote_elsewhere_than_github_is_told(project: Project) -> None:
    with pytest.raises(Prerequisite, match="not a repository on GitHub"):
        assert opened(project).github


def test_a_place_is_of_the_clone_and_the_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    one, other = (
        Clone(Path(path), Path(path, ".git"), shallow=False) for path in ("/a/almanac", "/b/almanac")
    )
    linked = Clone(Path("/elsewhere/tree"), Path("/a/almanac/.git"), shallow=False)
    assert place(one, "1.24") == place(linked, "1.24")
    assert len({place(one, "1.24"), place(one, "1.25"), place(other, "1.24")}) == 3
    assert place(one, "1.24").is_relative_to(tmp_path / "patchwright")
    assert place(one, "1.24").parent.name.startswith("almanac-")
