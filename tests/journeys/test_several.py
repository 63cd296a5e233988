"""Exit status 0 means that everything that was asked for is published: for each version, and for each job."""

from __future__ import annotations

import time

import pytest

from journeys.ground import Ground, Make
from journeys.people import pushed
from journeys.shims import Shims
from patchwright.practice.actions import Run
from patchwright.practice.almanac import CHANGELOG, FRAGMENTS
from patchwright.practice.runs import Hold, JobScript, RunScript

pytestmark = pytest.mark.journey

OLD, NEW = "refs/tags/v1.24.1", "refs/tags/v1.25.1"
FLAGS = ("--yes", "--skip-check")


@pytest.fixture
def two(make_ground: Make) -> Ground:
    """A practice ground on which 1.24 and 1.25 both have something to release."""
    ground = make_ground(newer_series=True)
    files = {"almanac/moons.py": "MOONS = 1\n", f"{FRAGMENTS}/77.repair.rst": "Count the moons.\n"}
    pushed(ground, "release-1.25", files, "Count the moons.")
    return ground


def require_released(ground: Ground, *versions: str) -> None:
    """Assert that these versions are published and integrated."""
    for version in versions:
        tagged = ground.origin("rev-parse", f"v{version}^{{commit}}")
        assert f"__version__ = '{version}'" in ground.show(f"{tagged}:almanac/__init__.py")
        branch = f"release-{version.rpartition('.')[0]}"
        assert ground.origin("merge-base", tagged, branch) == tagged
        for name in (branch, "master"):
            assert ground.show(f"{name}:{CHANGELOG}").count(f"almanac {version} (") == 1
    assert ".repair." not in ground.origin("ls-tree", "-r", "--name-only", "master", f"{FRAGMENTS}/")


def test_two_releases_in_one_command_are_both_made(two: Ground) -> None:
    done = Shims(two).inv(
        "release.patch", "--version", "1.24", *FLAGS, "release.patch", "--version", "1.25", *FLAGS
    )
    assert done.status == 0, done.text
    require_released(two, "1.24.1", "1.25.1")
    assert done.out.index("Released 1.24.1") < done.out.index("Released 1.25.1")


def test_several_series_are_released_the_oldest_first(two: Ground) -> None:
    done = Shims(two).inv("release.patch", "--version", "1.25,1.24", *FLAGS)
    assert done.status == 0, done.text
    require_released(two, "1.24.1", "1.25.1")
    assert [event.ref for event in two.standin.events if event.ref in {OLD, NEW}][-2:] == [OLD, NEW]
    assert done.out.index("Released 1.24.1") < done.out.index("Released 1.25.1")


def test_the_first_halt_stops_the_later_series_and_the_next_command_continues(two: Ground) -> None:
    shims = Shims(two)
    two.standin.script("qa", RunScript(conclusion="failure"))

    halted = shims.inv("release.patch", "--version", "1.24,1.25", *FLAGS)

    assert halted.status == 5, halted.text
    assert not {OLD, NEW} & set(two.refs())
    assert "what this command releases next: 1.25" in halted.err
    two.standin.rerun(two.standin.runs[-1].id)
    again = shims.inv(*next_command(halted.err))
    assert again.status == 0, again.text
    require_released(two, "1.24.1", "1.25.1")


def test_a_later_series_that_halts_is_continued_without_the_finished_one(two: Ground) -> None:
    shims = Shims(two)
    two.standin.protect("refs/heads/release-1.25")

    halted = shims.inv("release.patch", "--version", "1.24,1.25", *FLAGS)

    assert halted.status == 7, halted.text
    assert "Released 1.24.1" in halted.out
    require_released(two, "1.24.1")
    assert NEW not in two.refs()
    assert next_command(halted.err) == ["release.patch", "--version", "1.25", *reversed(FLAGS)]
    two.standin.unprotect("refs/heads/release-1.25")
    again = shims.inv(*next_command(halted.err))
    assert again.status == 0, again.text
    require_released(two, "1.24.1", "1.25.1")


def test_the_second_halt_of_a_chain_names_the_second_release(two: Ground) -> None:
    two.standin.protect("refs/heads/release-1.25")
    halted = Shims(two).inv(
        "release.patch", "--version", "1.24", *FLAGS, "release.patch", "--version", "1.25", *FLAGS
    )
    assert halted.status == 7, halted.text
    assert OLD in two.refs()
    assert next_command(halted.err) == ["release.patch", "--version", "1.25", *reversed(FLAGS)]


def next_command(text: str) -> list[str]:
    """Return the arguments of inv in the next command of a report."""
    words = text.rpartition("Next:")[2].split()
    return words[words.index("inv") + 1 :]


@pytest.mark.parametrize("typed", ["1.24,1.24", "1.24,1.24.1", "1.24,", "1.24 1.25", "1.24,x"])
def test_a_wrong_list_of_versions_starts_nothing(shared_ground: Ground, typed: str) -> None:
    before = shared_ground.refs()
    done = shared_ground.inv("release.patch", "--version", typed)
    assert done.status == 2, done.text
    assert done.out == ""
    assert shared_ground.refs() == before


@pytest.mark.parametrize("name", ["watch-qa", "status", "abandon", "rehearse"])
def test_the_other_tasks_take_one_series(shared_ground: Ground, name: str) -> None:
    done = shared_ground.inv(f"release.{name}", "--version", "1.24,1.25")
    assert done.status == 2, done.text


# As functions

OWN_TASKS = """

from invoke import task


@task
def ship(c):
    release["patch"](c, version="1.24", yes=True, skip_check=True)
    print("shipped")


@task
def step_by_step(c):
    for name in (
        "preflight", "checkout", "pick", "bump", "changelog", "prepare", "push", "watch-qa", "tag",
        "watch-release", "clean-up", "integrate-master",
    ):
        release[name](c, version="1.24", **({"yes": True} if name == "pick" else {}))


ns.add_task(ship)
ns.add_task(step_by_step)
"""


def add_tasks(ground: Ground) -> None:
    tasks = ground.clone / "tasks.py"
    tasks.write_text(f"{tasks.read_text()}\nfrom patchwright import release\n{OWN_TASKS}")


def test_a_task_of_the_project_can_release(ground: Ground) -> None:
    add_tasks(ground)
    done = Shims(ground).inv("ship")
    assert done.status == 0, done.text
    require_released(ground, "1.24.1")
    assert done.out.rstrip().endswith("shipped")


def test_a_task_of_the_project_ends_with_the_exit_status_of_the_halt(ground: Ground) -> None:
    add_tasks(ground)
    ground.standin.script("qa", RunScript(conclusion="failure"))
    done = Shims(ground).inv("ship")
    assert done.status == 5, done.text
    assert "shipped" not in done.out
    assert OLD not in ground.refs()


def test_a_task_of_the_project_can_call_the_steps(ground: Ground) -> None:
    add_tasks(ground)
    ground.git("commit", "--quiet", "-am", "Add tasks")
    shims = Shims(ground)
    done = shims.inv("step-by-step")
    # The checks have not run, and the bump needs them.
    assert done.status == 3, done.text
    assert shims.inv("release.check", "--version", "1.24").status == 0
    done = shims.inv("step-by-step")
    assert done.status == 0, done.text
    require_released(ground, "1.24.1")


# Jobs

SKIPPED = RunScript(jobs=[JobScript("package", 0.2), JobScript("publish", 0.2, "skipped")])
PUBLISHED = RunScript(jobs=[JobScript("package", 0.2), JobScript("publish", 0.2)])


def name_jobs(ground: Ground, *names: str) -> None:
    pyproject = ground.clone / "pyproject.toml"
    pyproject.write_text(f"{pyproject.read_text()}\n[tool.patchwright]\nrelease-jobs = {list(names)}\n")


def test_a_skipped_job_that_seems_to_publish_is_in_the_summary(ground: Ground) -> None:
    ground.standin.script("release", SKIPPED)
    done = Shims(ground).inv("release.patch", "--version", "1.24", *FLAGS)
    assert done.status == 0, done.text
    summary = done.out.partition("Released 1.24.1")[2]
    assert "the job publish of the release run did not succeed (skipped)" in summary


@pytest.mark.parametrize("names", [("publish",), ("package", "announce")])
def test_a_named_job_that_is_skipped_or_missing_halts_until_it_has_succeeded(
    ground: Ground, names: tuple[str, ...]
) -> None:
    name_jobs(ground, *names)
    shims = Shims(ground)
    ground.standin.script("release", SKIPPED)

    halted = shims.inv("release.patch", "--version", "1.24", *FLAGS)

    assert halted.status == 5, halted.text
    assert "not every job of the setting `release-jobs` did" in halted.err
    assert "Released" not in halted.out
    assert OLD in ground.refs()
    assert ".repair." in ground.origin("ls-tree", "-r", "--name-only", "release-1.24", f"{FRAGMENTS}/")
    jobs = [*(PUBLISHED.jobs or ()), JobScript("announce", 0.2)]
    ground.standin.rerun(ground.standin.runs[-1].id, RunScript(jobs=jobs))

    done = shims.inv("release.patch", "--version", "1.24", *FLAGS)

    assert done.status == 0, done.text
    require_released(ground, "1.24.1")


# Two series at the same time


def test_a_series_is_released_while_another_one_waits_for_qa(two: Ground) -> None:
    two.standin.script("qa", RunScript(hold=Hold("qa", ("alice",))))
    first = Shims(two).started("release.patch", "--version", "1.24", *FLAGS)
    try:
        await_run(two, "release-1.24")
        same = Shims(two, "same").inv("release.patch", "--version", "1.24", *FLAGS)
        assert same.status == 3, same.text
        assert "Another patchwright process is using this clone." in same.err
        assert f"process {first.pid}" in same.err

        second = Shims(two, "second").inv("release.patch", "--version", "1.25", *FLAGS)

        assert second.status == 0, second.text
        assert NEW in two.refs()
        assert OLD not in two.refs()
        assert first.poll() is None
        two.standin.approve(run_of(two, "release-1.24").id)
        out, err = first.communicate(timeout=120)
    finally:
        first.kill()
    assert first.returncode == 0, out + err
    require_released(two, "1.24.1", "1.25.1")
    left = [path.name for path in (two.clone / ".git" / "patchwright").iterdir()]
    assert sorted(left) == ["1.24.json", "1.25.json", "holder.txt", "lock"]


def test_a_run_whose_wait_is_over_waits_until_the_other_one_leaves_the_clone(two: Ground) -> None:
    two.standin.script("qa", RunScript(hold=Hold("qa", ("alice",))))
    first = Shims(two).started("release.patch", "--version", "1.24", *FLAGS)
    try:
        await_run(two, "release-1.24")
        second = Shims(two, "second")
        with second.held("commit --quiet", "release.patch", "--version", "1.25", *FLAGS) as running:
            running.await_held()
            two.standin.approve(run_of(two, "release-1.24").id)
            time.sleep(3)
            assert OLD not in two.refs()
            assert first.poll() is None
            done = running.end()
        out, err = first.communicate(timeout=120)
    finally:
        first.kill()
    assert (first.returncode, done.status) == (0, 0), out + err + done.text
    assert "another patchwright process is using this clone; waiting for it" in out
    require_released(two, "1.24.1", "1.25.1")


def run_of(ground: Ground, branch: str) -> Run:
    return next(run for run in ground.standin.runs if run.head_branch == branch)


def await_run(ground: Ground, branch: str) -> None:
    """Wait until a push has started a run on a branch, and the release waits for it."""
    end = time.monotonic() + 60
    while not any(run.head_branch == branch for run in ground.standin.runs):
        assert time.monotonic() < end
        time.sleep(0.1)
    while not any("/jobs" in asked.target for asked in ground.standin.api_requests):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_preflight_names_the_open_pull_request_of_another_series(two: Ground) -> None:
    two.standin.protect("refs/heads/master")
    first = two.inv("release.patch", "--version", "1.24", *FLAGS)
    assert first.status == 0, first.text
    [pull] = two.standin.pulls.opened

    shown = two.inv("release.preflight", "--version", "1.25")

    assert shown.status == 0, shown.text
    said = f"the pull request from patchwright/integrate-v1.24.1 is open and changes {CHANGELOG}"
    assert said in " ".join(shown.out.split())
    assert f"/pull/{pull.number}" in shown.out
    two.standin.merge(pull.number, "merge")
    assert said not in " ".join(two.inv("release.preflight", "--version", "1.25").out.split())
