"""Questions do not write: the clone, its objects and index, and the state directory stay byte-identical."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from journeys import people
from journeys.ground import Ground, Make
from journeys.snapshot import changes

pytestmark = pytest.mark.journey

VERSION = ("--version", "1.24")
# Each line runs in one process, as a person would type it.
QUESTIONS = (
    ("release.status", *VERSION, "release.status", *VERSION, "--json", "release.preflight", *VERSION),
    ("--dry", "release.patch", *VERSION, "--yes"),
    ("release.preview", *VERSION, "--json"),
)
STAGES = (
    None, "checkout", "pick", "check", "bump", "changelog", "prepare", "push", "watch-qa", "tag",
    "watch-release", "clean-up", "integrate-master",
)  # fmt: skip  # one list
# What the runner asks of every step, whether the release has begun or not.
PROOFS = """
import os, sys
from pathlib import Path
from patchwright.engine import resolve
from patchwright.engine.runner import module_of
from patchwright.halts import Halt
from patchwright.pipeline import STEPS
from patchwright.progress import SilentProgress
from patchwright.releases.request import Flags, parse_request
from patchwright.tools.shell import Shell

release = resolve.open_clone(Shell(Path.cwd()), {}, os.environ, SilentProgress())
with release.git.questions_in_quarantine():
    resolve.resolve_release(release, parse_request(Flags("1.24")))
    for step in STEPS:
        try:
            print(step.name, module_of(step).proof(release))
        except Halt as halt:
            print(step.name, "halts:", halt)
"""


def contents(ground: Ground) -> dict[str, bytes]:
    """Return every file that a question could write: clone with objects and index, state, git's settings."""
    found = {}
    places = (ground.clone, Path(ground.env["XDG_STATE_HOME"]), Path(ground.env["HOME"]) / ".gitconfig")
    for place in places:
        for path in [place, *sorted(place.rglob("*"))]:
            # Python caches the person's tasks.py; patchwright does not ask it to.
            if path.is_file() and "__pycache__" not in path.parts:
                found[str(path)] = bytes([path.stat().st_mode & 0o111 != 0]) + path.read_bytes()
            elif path.is_dir() and "__pycache__" not in path.parts:
                found[str(path)] = b"directory"
    return found


def make_index_stale(ground: Ground) -> None:
    """Touch files whose contents stay the same, so that a careless question refreshes an index."""
    for place in (ground.clone, *Path(ground.env["XDG_STATE_HOME"]).glob("patchwright/*/1.24/*")):
        (place / "pyproject.toml").touch()


@pytest.mark.parametrize("patches", ["mainline", "release-branch"])
def test_no_question_changes_a_file_at_any_stage(make_ground: Make, patches: str) -> None:
    ground = make_ground(patches)
    for number, stage in enumerate(STAGES):
        if stage:
            done = ground.inv(f"release.{stage}", *VERSION)
            assert done.status == 0, done.text
        # The question has to look at commits that this clone does not have.
        people.pushed(ground, "master", {"almanac/moon.py": f"PHASE = {number}\n"}, f"Phase {number}.")
        make_index_stale(ground)
        before = contents(ground)

        answers = [ground.inv(*question) for question in QUESTIONS]
        answers.append(ground.run(sys.executable, "-c", PROOFS))

        # After the release there is nothing to release: preflight says so, with exit status 3.
        for answer in answers:
            assert answer.status in {0, 3 if number == len(STAGES) - 1 else 0}, answer.text
        assert changes(before, contents(ground)) == [], f"after {stage}"


def test_a_question_that_halts_changes_nothing_either(ground: Ground) -> None:
    assert ground.inv("release.checkout", *VERSION).status == 0
    ground.git("config", "remote.origin.pushurl", "https://github.localhost/elsewhere/almanac.git")
    before = contents(ground)

    halted = ground.inv("release.preflight", *VERSION)

    assert halted.status == 3, halted.text
    assert changes(before, contents(ground)) == []


def test_a_fix_that_is_merged_after_a_question_is_released(ground: Ground) -> None:
    """The picks are chosen when the release begins, and not when somebody looks at it."""
    assert ground.inv("release.checkout", *VERSION).status == 0
    for question in QUESTIONS:
        assert ground.inv(*question).status == 0
    fix = people.pushed(
        ground,
        "master",
        {
            "almanac/moon.py": "PHASE = 4\n",
            ".auxiliary/data/towncrier/99.repair.rst": "Repair the phase of the moon.\n",
        },
        "Repair the phase of the moon.",
    )

    done = ground.inv("release.patch", *VERSION, "--yes")

    assert done.status == 0, done.text
    assert f"(cherry picked from commit {fix})" in ground.origin("log", "--format=%b", "v1.24.1")
    assert "Repair the phase of the moon." in ground.show("v1.24.1:documentation/changelog.rst")


def test_preflight_does_not_wait_for_a_running_release(ground: Ground) -> None:
    """A question takes no lock."""
    (ground.clone / ".git" / "patchwright").mkdir()
    holding = (
        "import sys, subprocess; from pathlib import Path; from patchwright.engine import lock\n"
        "from patchwright.progress import SilentProgress\n"
        "with lock.hold(Path(sys.argv[1]), '1.24', SilentProgress()):\n"
        "    raise SystemExit(subprocess.run(sys.argv[2:]).returncode)"
    )
    inv = str(Path(sys.executable).parent / "inv")

    done = ground.run(
        sys.executable, "-c", holding, str(ground.clone / ".git"), inv, "release.preflight", *VERSION
    )

    assert done.status == 0, done.text
