from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess
from pytest_subprocess.process_recorder import ProcessRecorder
from pytest_subprocess.utils import Any

from memory_release import FLAVOUR, MemoryRelease
from patchwright.halts import CommandFailed, StepFailed
from patchwright.settings import Settings
from patchwright.steps import check

LINT, TEST = ("hatch", "run", "lint"), ("hatch", "run", "test")


@pytest.fixture
def release(tmp_path: Path) -> MemoryRelease:
    """A release with two checks, in its worktree."""
    release = MemoryRelease(tmp_path, Settings(checks=(LINT, TEST)))
    release.check_out()
    release.record.begin()
    return release


def test_checks_that_have_not_run_are_no_evidence(release: MemoryRelease) -> None:
    assert check.proof(release) is None


def test_checks_that_passed_are_recorded_for_the_code(release: MemoryRelease, fp: FakeProcess) -> None:
    fp.register(LINT)
    fp.register(TEST)

    check.act(release)

    assert check.proof(release) == f"every check passed on {release.repair[:10]}"
    assert release.shown.waits == ["hatch run lint", "hatch run test"]


def test_version_and_changelog_do_not_change_the_code(release: MemoryRelease, fp: FakeProcess) -> None:
    fp.register(LINT)
    fp.register(TEST)
    check.act(release)
    release.prepare()
    assert check.proof(release) == f"every check passed on {release.repair[:10]}"


def test_other_code_has_to_be_checked_again(release: MemoryRelease, fp: FakeProcess) -> None:
    fp.register(LINT)
    fp.register(TEST)
    check.act(release)
    release.move_branch("Repair more.", {"years.py": "leap = 4000\n"})
    release.refresh()
    assert check.proof(release) is None


def test_a_check_that_fails_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    fp.register(LINT, returncode=1, stdout="years.py:1: error\n")

    with pytest.raises(CommandFailed) as halted:
        check.act(release)

    assert halted.value.cause == "The check `hatch run lint` failed on the code to be released."
    assert "years.py:1: error" in halted.value.evidence[-1]
    assert halted.value.remedy == (
        f"Run it in {release.worktree.path} to see why.",
        "Commit a fix to release-1.24, and run the same command again.",
    )
    assert check.proof(release) is None


def test_a_check_that_edits_files_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    fp.register(LINT, callback=lambda _process: release.worktree.write({"years.py": "formatted\n"}))
    fp.register(TEST)
    with pytest.raises(StepFailed, match="The checks changed files that git tracks") as halted:
        check.act(release)
    assert halted.value.evidence == ("years.py",)
    assert check.proof(release) is None


def test_a_record_that_was_deleted_is_written_again(release: MemoryRelease, fp: FakeProcess) -> None:
    release.record.forget()
    fp.register(LINT)
    fp.register(TEST)
    check.act(release)
    assert release.record.is_under_way
    assert check.proof(release) == f"every check passed on {release.repair[:10]}"


def test_a_skip_is_shown(tmp_path: Path) -> None:
    release = MemoryRelease(tmp_path)
    release.resolve(replace(release.plan, skip_check=True))
    assert check.proof(release) == "skipped because of --skip-check"


def test_qa_decides_once_the_branch_is_pushed(release: MemoryRelease) -> None:
    release.push()
    assert check.proof(release) == "release-1.24 is pushed, so QA tests it"


def test_qa_decides_once_the_tag_is_public(release: MemoryRelease) -> None:
    release.publish()
    assert check.proof(release) == "release-1.24 is pushed, so QA tests it"


def test_a_dry_run_starts_no_check(dry: MemoryRelease) -> None:
    check.act(dry)
    assert not dry.record.exists


# A version that comes from the tag

FROM_TAG = FLAVOUR.pyproject.replace("path = 'almanac.py'", "source = 'vcs'")


def variables_of(call: ProcessRecorder) -> dict[str, str]:
    """Return the environment of a program's first start."""
    assert call.first_call
    assert call.first_call.kwargs
    return dict(call.first_call.kwargs["env"])


SHOW: list[str | Any] = ["hatch", "--env", "develop", "run", "python", "-c", Any()]
VARIABLE = "SETUPTOOLS_SCM_PRETEND_VERSION"


@pytest.mark.parametrize(
    ("installed", "skip", "removed"),
    [("1.24.0\n", False, True), ("1.24.1\n", False, False), ("", False, False), ("1.24.0\n", True, False)],
)
def test_checks_see_the_version_to_be_released(
    tmp_path: Path, fp: FakeProcess, installed: str, *, skip: bool, removed: bool
) -> None:
    release = MemoryRelease(tmp_path, Settings(checks=(("hatch", "run", "develop:lint"),)))
    table = f"[tool.hatch.envs.develop]\nskip-install = {str(skip).lower()}\n"
    release.move_branch("Take versions from tags.", {"pyproject.toml": f"{FROM_TAG}\n{table}"})
    release.refresh()
    release.check_out()
    release.record.begin()
    remove = ["hatch", "env", "remove", "develop"]
    if not skip:
        fp.register(SHOW, stdout=installed)
    if removed:
        fp.register(remove)
    lint = fp.register(["hatch", "run", "develop:lint"])

    check.act(release)

    assert fp.call_count(remove) == int(removed)
    assert variables_of(lint)[VARIABLE] == "1.24.1"


def test_checks_of_a_version_in_a_file_see_no_variable(release: MemoryRelease, fp: FakeProcess) -> None:
    lint = fp.register(LINT)
    fp.register(TEST)
    check.act(release)
    assert VARIABLE not in variables_of(lint)
