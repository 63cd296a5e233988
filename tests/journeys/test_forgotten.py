"""The journal is a hint: the release is the same without it, with a wrong one, and in another clone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from journeys import promises
from journeys.ground import Ground, Make
from journeys.shims import Shims
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes")
FAILURE = RunScript(conclusion="failure")


def changed(**changes: object) -> Callable[[Path], None]:
    def change(journal: Path) -> None:
        journal.write_text(json.dumps({**json.loads(journal.read_text()), **changes}))

    return change


def truncated(journal: Path) -> None:
    journal.write_text(journal.read_text()[:40])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "deleted": Path.unlink,
    "truncated": truncated,
    "of an older version": changed(schema=0),
    "of another release": changed(version="1.24.7", picks=[]),
    "with tips that no clone knows": changed(branch_tips=["5" * 40], mainline_tips=["--all"]),
    "with nonsense in it": changed(date="tomorrow", checked=3),
    "that says it is finished": changed(finished=True),
}


def halted(ground: Ground, shims: Shims, where: str) -> None:
    """Start a release that halts at a place, and remove the reason of the halt."""
    if where in {"qa", "release"}:
        ground.standin.script(where, FAILURE)
        assert shims.inv(*PATCH).status == 5
        ground.standin.rerun(ground.standin.runs[-1].id)
        return
    words = {
        "pick": "cherry-pick --cleanup=verbatim",
        "bump": "hatch version",
        "push": ":refs/heads/release-1.24",
    }[where]
    with shims.held(words, *PATCH) as running:
        running.await_held()
        if where == "pick":
            # Stop between the first and the second pick.
            running.let_go()
            running.await_held()
        running.kill()
    shims.forget()


def require_released(ground: Ground, witness: promises.Witness) -> None:
    assert witness.broken() == []
    assert witness.unfinished() == []
    assert ground.subjects(f"{witness.before.refs[promises.BRANCH]}..{promises.BRANCH}") == [
        "Clean up news fragments.", "Update changelog for v1.24.1 patch release.", "Version: 1.24.1",
        "Repair the interval of high waters.", "Repair leap years at centuries.",
    ]  # fmt: skip  # the newest first


@pytest.mark.parametrize("where", ["pick", "push", "qa", "release"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_does_not_change_the_release(
    make_ground: Make, damage: str, where: str, *, all_boundaries: bool
) -> None:
    places = ["pick", "push", "qa", "release"]
    if not all_boundaries and places.index(where) != list(DAMAGES).index(damage) % len(places):
        pytest.skip("one place for each damage is enough without --all-boundaries")
    ground = make_ground()
    shims, witness = Shims(ground), promises.begin(ground)
    halted(ground, shims, where)
    journal = ground.clone / ".git" / "patchwright" / "1.24.json"
    DAMAGES[damage](journal)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    require_released(ground, witness)


def test_picks_that_only_another_clone_knows_halt_until_the_journal_is_deleted(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    halted(ground, shims, "push")
    journal = ground.clone / ".git" / "patchwright" / "1.24.json"
    changed(picks=["5" * 40])(journal)

    stopped = shims.inv(*PATCH)

    assert stopped.status == 7, stopped.text
    assert str(journal) in stopped.text
    assert ground.refs() == witness.before.refs
    journal.unlink()
    done = shims.inv(*PATCH)
    assert done.status == 0, done.text
    require_released(ground, witness)


@pytest.mark.parametrize("where", ["pick", "push", "qa", "release"])
def test_another_clone_finishes_the_release_of_the_first(ground: Ground, where: str) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    halted(ground, shims, where)
    other = ground.clone_again("other")

    done = shims.inv(*PATCH, cwd=other)

    assert done.status == 0, done.text
    require_released(ground, witness)
    # The first clone finds that everything is already done, and changes nothing.
    after = ground.refs()
    again = shims.inv(*PATCH)
    assert again.status == 0, again.text
    assert ground.refs() == after
    assert ground.inv("release.status", "--version", "1.24", "--json").json["state"] == "done"
