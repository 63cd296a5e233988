"""Random journeys with fixed seeds: kills, commits of other people, a lost journal, steps by hand."""

from __future__ import annotations

import random
import signal
import sys
from dataclasses import dataclass, field

import pytest

from journeys import people, promises
from journeys.ground import Ground, Make, flags_of
from journeys.shims import QUESTION, REFS_LOCKED, Shims
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes")
STEPS = (
    "preflight", "checkout", "pick", "check", "bump", "changelog",
    "push", "watch-qa", "tag", "watch-release", "clean-up", "integrate-master",
)  # fmt: skip  # in their order
SEEDS = (1, 2, 3)
WRITES = 28  # in an undisturbed release
MISHAPS = 7
LAST_RUNS = 6
# The exit statuses that a run may have before the end: halts and kills, but no bug.
EXPECTED = {0, 3, 4, 5, 7, -signal.SIGKILL}


@dataclass
class Journey:
    """A release and its random mishaps."""

    ground: Ground
    shims: Shims
    witness: promises.Witness
    chance: random.Random
    told: list[str] = field(default_factory=list)
    is_released: bool = False

    def run(self, *arguments: str) -> int:
        done = self.shims.inv(*arguments)
        self.witness.outputs.append(done)
        self.told.append(f"inv {' '.join(arguments)}: exit {done.status}")
        self.is_released = self.is_released or (arguments == PATCH and done.status == 0)
        assert done.status in EXPECTED, done.text
        return done.status

    def killed_at_a_command(self) -> None:
        number, point = self.chance.randint(1, WRITES), self.chance.choice(["before", REFS_LOCKED, "after"])
        self._kill_at(number, point)

    def killed_between_commands(self) -> None:
        self._kill_at(self.chance.randint(0, WRITES), QUESTION)

    def _kill_at(self, number: int, point: str) -> None:
        """Run the release, and kill it at a point if it reaches the point."""
        stopped = self.shims.stopped(number, point, *PATCH)
        self.told.append(f"killed at {point}, command {number}: exit {stopped.done.status}")
        self.is_released = stopped.done.status == 0
        self.shims.forget()
        assert stopped.done.status in EXPECTED, stopped.done.text

    def a_workflow_fails(self) -> None:
        workflow = self.chance.choice(["qa", "release"])
        self.ground.standin.script(workflow, RunScript(conclusion="failure"))
        self.told.append(f"the next run of {workflow} fails")

    def somebody_runs_again_what_failed(self) -> None:
        standin = self.ground.standin
        for run in standin.runs:
            if standin.state(run).conclusion == "failure":
                standin.rerun(run.id)
                self.told.append(f"run {run.number} of {run.workflow.name} is run again")

    def somebody_pushes(self) -> None:
        branch = self.chance.choice(["release-1.24", "master"])
        number = len(self.witness.theirs)
        sha = people.pushed(self.ground, branch, {f"NOTE-{number}": "theirs\n"}, f"Note {number}.")
        self.witness.theirs.add(sha)
        self.told.append(f"somebody pushed {sha[:10]} to {branch}")

    def somebody_picks_by_hand(self) -> None:
        """Pick and push the branch as the written process does, without `-x`."""
        if promises.TAG in self.ground.refs() or "417.repair" in self.ground.origin(
            "ls-tree", "-r", "--name-only", promises.BRANCH
        ):
            return
        clone = people.someone(self.ground)
        people.by_hand(
            self.ground,
            "git checkout --quiet -B release-1.24 origin/release-1.24",
            f"git cherry-pick {self.ground.project.patches[0]}",
            "git push --quiet origin release-1.24",
            cwd=clone,
        )
        self.witness.theirs.add(self.ground.git("rev-parse", "HEAD", cwd=clone))
        self.told.append("somebody picked a patch by hand")

    def the_journal_is_lost(self) -> None:
        journal = self.ground.clone / ".git" / "patchwright" / "1.24.json"
        if journal.exists():
            journal.write_text(journal.read_text()[: self.chance.choice([0, 40, 200])])
            self.told.append("the journal is cut off")

    def the_worktree_is_lost(self) -> None:
        for path in (self.ground.root / "state").glob("patchwright/*/1.24/*/.git"):
            path.unlink()
            self.told.append(f"the worktree {path.parent.name} is broken")

    def a_step_is_run_alone(self) -> None:
        step = self.chance.choice(STEPS)
        self.run(f"release.{step}", "--version", "1.24", *flags_of(step))

    def it_is_run_again(self) -> None:
        self.run(*PATCH)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_journey_ends_in_exactly_one_release(make_ground: Make, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a journey that can be made again
    ground = make_ground(chance.choice(["mainline", "release-branch"]))
    journey = Journey(ground, Shims(ground), promises.begin(ground), chance)
    kinds = [name for name in vars(Journey) if name.startswith(("killed", "a_", "somebody", "the_"))]
    try:
        for _ in range(MISHAPS):
            if not journey.is_released:
                getattr(journey, chance.choice([*kinds, *kinds, "it_is_run_again"]))()
                assert journey.witness.broken() == []
        for _ in range(LAST_RUNS):
            if not journey.is_released:
                journey.somebody_runs_again_what_failed()
                journey.it_is_run_again()
        assert journey.is_released, journey.witness.outputs[-1].text
        assert journey.witness.broken() == []
        assert journey.witness.unfinished() == []
    finally:
        sys.stdout.write("".join(f"{told}\n" for told in journey.told))
