"""Resolving a request: the clone, the series, the version, and what was recorded for it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from memory_release import BRANCH, MemoryRelease
from patchwright.engine import resolve
from patchwright.halts import BranchConflict, Halt, Prerequisite, VersionConflict
from patchwright.progress import SilentProgress
from patchwright.releases.journal import Journal, Record
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, Request, parse_request
from patchwright.tools.shell import Shell
from repository import START, Project, section, version


def request(asserted: str | None = "1.24", message: str | None = None) -> Request:
    """Return the request of the flags."""
    return parse_request(Flags(asserted, message=message), needs_series=False)


def resolve_in(
    where: Path, asserted: str | None = "1.24", *, message: str | None = None, prefers_last: bool = False
) -> Release:
    """Return the release of the flags in a clone."""
    release = resolve.open_clone(Shell(where), {}, {}, SilentProgress())
    resolve.resolve_release(release, request(asserted, message), prefers_last=prefers_last)
    return release


@pytest.fixture
def memory(tmp_path: Path) -> MemoryRelease:
    """Return a release in memory. Origin has the tag v1.24.0."""
    release = MemoryRelease(tmp_path)
    release.memory.remote["refs/tags/v1.24.0"] = release.plan.previous
    release.start_run()
    return release


class TestVersion:
    """The version of a release in memory."""

    def test_the_next_version_follows_the_last_tag(self, memory: MemoryRelease) -> None:
        resolve.resolve_release(memory, request())
        plan = memory.plan
        assert (plan.version, plan.tag, plan.branch) == ("1.24.1", "v1.24.1", "release-1.24")
        assert (plan.previous_version, plan.previous_tag) == ("1.24.0", "v1.24.0")
        assert (plan.message, plan.picks, plan.skip_check) == (None, None, False)

    def test_a_wrong_version_is_a_conflict(self, memory: MemoryRelease) -> None:
        with pytest.raises(VersionConflict, match=r"names 1\.24\.2, but the next release is 1\.24\.1"):
            resolve.resolve_release(memory, request("1.24.2"))

    def test_an_unfinished_release_is_resolved_again(self, memory: MemoryRelease) -> None:
        memory.publish()
        resolve.resolve_release(memory, request())
        assert memory.plan.version == "1.24.1"
        assert resolve.is_unfinished(memory)
        assert resolve.has_begun(memory)
        with pytest.raises(
            VersionConflict, match=r"v1\.24\.1 is public, but its clean-up or integration is missing"
        ):
            resolve.resolve_release(memory, request("1.24.2"))

    def test_a_release_by_another_process_is_not_finished_by_patchwright(self, memory: MemoryRelease) -> None:
        commit = memory.move_branch("Publish", {"almanac.py": '__version__ = "1.24.1"\n'})
        memory.memory.publish_tag("refs/tags/v1.24.1", memory.memory.add_tag(commit))
        memory.start_run()
        resolve.resolve_release(memory, request())
        assert memory.plan.version == "1.24.2"

    def test_a_release_has_begun_once_its_version_is_at_the_head(self, memory: MemoryRelease) -> None:
        resolve.resolve_release(memory, request())
        assert not resolve.has_begun(memory)
        memory.move_branch("Version: 1.24.1", {"almanac.py": '__version__ = "1.24.1"\n'})
        memory.refresh()
        assert resolve.has_begun(memory)

    def test_a_release_has_begun_once_it_is_recorded(self, memory: MemoryRelease) -> None:
        resolve.resolve_release(memory, request())
        memory.record.begin()
        assert resolve.has_begun(memory)


class TestSeries:
    """The series of a release in memory."""

    def test_the_only_series_need_not_be_named(self, memory: MemoryRelease) -> None:
        resolve.resolve_release(memory, request(None))
        assert memory.plan.series == "1.24"

    def test_one_of_several_series_must_be_named(self, memory: MemoryRelease) -> None:
        memory.memory.remote["refs/heads/release-1.26"] = memory.memory.remote[BRANCH]
        memory.start_run()
        with pytest.raises(Prerequisite) as halted:
            resolve.resolve_release(memory, request(None))
        assert halted.value.cause == "The series is not clear: 2 release branches are on origin."
        assert halted.value.evidence == ("1.24, 1.26",)

    def test_one_of_several_unfinished_series_must_be_named(self, memory: MemoryRelease) -> None:
        for series in ("1.24", "1.26"):
            memory.journal.write(series, Record(version=f"{series}.1"))
        with pytest.raises(Prerequisite) as halted:
            resolve.resolve_release(memory, request(None))
        assert halted.value.cause == "The series is not clear: 2 releases are in progress."


class TestClone:
    """The directory in which inv was started."""

    CLONE = ("git", "rev-parse", "--path-format=absolute")
    TOP = ("git", "rev-parse", "--show-toplevel")

    def refuse(self, fp: FakeProcess, stderr: str) -> None:
        """Let git read no clone in the directory."""
        fp.register([*self.CLONE, fp.any()], returncode=128)
        fp.register([*self.TOP], returncode=128, stderr=stderr)

    def test_a_directory_outside_a_clone_is_a_missing_prerequisite(
        self, fp: FakeProcess, tmp_path: Path
    ) -> None:
        self.refuse(fp, "fatal: not a git repository\n")
        with pytest.raises(Prerequisite, match="is not inside a git repository") as halted:
            resolve.open_clone(Shell(tmp_path), {}, {}, SilentProgress())
        assert halted.value.evidence == ("$ git rev-parse --show-toplevel", "  fatal: not a git repository")
        assert halted.value.remedy == ("Run inv in a clone of the project, inside its work tree.",)
        assert halted.value.next_command == ""

    def test_the_remedy_for_a_clone_of_another_user_is_a_safe_directory(
        self, fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".git").mkdir()
        monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
        self.refuse(fp, "fatal: dubious ownership\n")
        with pytest.raises(Prerequisite) as halted:
            resolve.open_clone(Shell(tmp_path / "news"), {}, {}, SilentProgress())
        assert halted.value.next_command == f"git config --global --add safe.directory {tmp_path}"

    def test_the_settings_are_those_of_the_clone(self, fp: FakeProcess, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[tool.patchwright]\nmainline = "main"\n')
        fp.register([*self.CLONE, fp.any()], stdout=f"{tmp_path}\n{tmp_path}/.git\nfalse\n")
        fp.register(["git", "symbolic-ref", "--quiet", "HEAD"], stdout="refs/heads/main\n")
        release = resolve.open_clone(Shell(tmp_path), {}, {}, SilentProgress())
        assert release.settings.mainline == "main"
        assert release.clone.common == tmp_path / ".git"
        assert not release.is_planned


def publish_release(project: Project, *, cleaned_up: bool, integrated: bool) -> None:
    """Release 1.24.1 as the written process does, up to its clean-up or its integration."""
    project.git("checkout", "--quiet", "release-1.24")
    project.commit("Repair", {"years.py": "x\n", "news/7.repair.rst": "Leap years.\n"})
    project.commit("Version: 1.24.1", version("1.24.1"))
    changelog = {"CHANGES.rst": f"{START}\n{section('1.24.1', 'Leap years. (#7)')}"}
    project.commit("Update changelog for v1.24.1 patch release.", changelog)
    project.release("1.24.1")
    if cleaned_up:
        project.commit("Clean up news fragments.", {"news/7.repair.rst": None})
    project.git("checkout", "--quiet", "master")
    if integrated:
        project.commit("Update changelog for v1.24.1 patch release.", changelog)
    project.publish("master", "release-1.24")


@pytest.mark.journey
class TestWithGit:
    """Requests in a clone with a real origin."""

    def test_the_next_version_follows_the_highest_tag_of_the_series(self, project: Project) -> None:
        for number in ("1.24.9", "1.24.10", "1.24.11rc1", "1.240.5", "1.2.4", "1.25.0", "1.24.x"):
            project.release(number)
        plan = resolve_in(project.path).plan
        assert (plan.version, plan.tag, plan.branch) == ("1.24.11", "v1.24.11", "release-1.24")
        assert (plan.previous_version, plan.previous_tag) == ("1.24.10", "v1.24.10")
        assert plan.previous == project.git("rev-parse", "v1.24.10^{commit}")

    def test_the_next_version_may_be_asserted(self, project: Project) -> None:
        assert resolve_in(project.path, "1.24.1").plan.version == "1.24.1"

    @pytest.mark.parametrize("asserted", ["1.24.2", "1.24.7"])
    def test_any_other_version_is_a_conflict(self, project: Project, asserted: str) -> None:
        with pytest.raises(
            VersionConflict, match=rf"names {asserted}, but the next release is 1\.24\.1"
        ) as halted:
            resolve_in(project.path, asserted)
        assert halted.value.next_command == "inv release.patch --version 1.24.1"

    @pytest.mark.parametrize(
        ("series", "kind", "pattern"),
        [
            ("1.23", BranchConflict, r"no branch release-1\.23.*1\.24, 1\.26"),
            (
                "1.26",
                VersionConflict,
                r"series 1\.26 has no release to patch: origin has no tag such as v1\.26",
            ),
            (None, Prerequisite, r"The series is not clear.*1\.24, 1\.26"),
        ],
    )
    def test_a_request_that_fits_no_release_halts(
        self, project: Project, series: str | None, kind: type[Halt], pattern: str
    ) -> None:
        project.git("branch", "release-1.26")
        project.publish("release-1.26")
        with pytest.raises(kind) as halted:
            resolve_in(project.path, series)
        assert re.search(pattern, " ".join([halted.value.cause, *halted.value.evidence]))

    def test_a_remote_without_the_mainline_is_a_conflict(self, project: Project) -> None:
        project.git("--git-dir", str(project.bare), "update-ref", "-d", "refs/heads/master")
        with pytest.raises(BranchConflict, match="origin has no branch master"):
            resolve_in(project.path)

    def test_the_series_that_is_under_way_need_not_be_named(self, project: Project) -> None:
        project.git("branch", "release-1.26")
        project.publish("release-1.26")
        Journal(project.path / ".git").write("1.24", Record(version="1.24.1"))
        assert resolve_in(project.path, None).plan.series == "1.24"

    @pytest.mark.parametrize(
        ("cleaned_up", "integrated", "chosen"),
        [
            (False, False, "1.24.1"),
            (True, False, "1.24.1"),
            (False, True, "1.24.1"),
            (True, True, "1.24.2"),
        ],
    )
    def test_a_public_release_is_finished_before_the_next_one(
        self, project: Project, *, cleaned_up: bool, integrated: bool, chosen: str
    ) -> None:
        publish_release(project, cleaned_up=cleaned_up, integrated=integrated)
        assert resolve_in(project.path).plan.version == chosen

    def test_the_last_release_is_preferred_until_the_next_one_has_begun(self, project: Project) -> None:
        publish_release(project, cleaned_up=True, integrated=True)
        assert resolve_in(project.path, prefers_last=True).plan.version == "1.24.1"
        Journal(project.path / ".git").write("1.24", Record(version="1.24.2"))
        assert resolve_in(project.path, prefers_last=True).plan.version == "1.24.2"

    def test_the_record_of_the_release_is_used(self, project: Project) -> None:
        picks = (project.git("rev-parse", "master"),)
        record = Record(version="1.24.1", date="2026-01-05", message="Repair", picks=picks, skip_check=True)
        Journal(project.path / ".git").write("1.24", record)
        plan = resolve_in(project.path).plan
        assert (plan.date, plan.message, plan.picks, plan.skip_check) == ("2026-01-05", "Repair", picks, True)
        assert resolve_in(project.path, message="Fix the years").plan.message == "Fix the years"

    def test_a_record_of_another_version_is_not_used(self, project: Project) -> None:
        record = Record(version="1.24.9", message="Other", picks=())
        Journal(project.path / ".git").write("1.24", record)
        plan = resolve_in(project.path).plan
        assert (plan.version, plan.message, plan.picks) == ("1.24.1", None, None)

    def test_a_shallow_clone_halts_with_the_command_to_complete_it(self, project: Project) -> None:
        project.commit("More")
        project.publish("master")
        shallow = project.path.with_name("shallow")
        flags = ("--quiet", "--depth=1", "--no-single-branch")
        subprocess.run(
            ["git", "clone", *flags, project.bare.as_uri(), str(shallow)], check=True, capture_output=True
        )
        with pytest.raises(Prerequisite) as halted:
            resolve_in(shallow)
        assert "--unshallow" in str(halted.value.next_command)

    def test_a_remote_with_another_push_url_halts(self, project: Project) -> None:
        project.git("config", "remote.origin.pushurl", "/elsewhere.git")
        with pytest.raises(Prerequisite, match="has different URLs for fetch and push") as halted:
            resolve_in(project.path)
        assert "push:  /elsewhere.git" in halted.value.evidence
