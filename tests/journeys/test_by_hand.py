"""Steps that are done by hand with the commands of the written process are accepted if they have a proof."""

from __future__ import annotations

import pytest

from journeys import people, promises
from journeys.ground import Ground, Make
from journeys.promises import BRANCH, MAINLINE, TAG
from journeys.shims import Shims
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes")
FAILURE = RunScript(conclusion="failure")

# Steps 2 to 9 of the written process, as they stand there.
CHECK_OUT = ("git checkout --quiet release-1.24", "git pull --quiet origin release-1.24")
# The release branch is older than tasks.py.
CHECK_IN = ("git checkout --quiet master",)
PICK = "git cherry-pick {} {}"
BUMP = ("hatch version patch", 'git commit --quiet -am "Version: $(hatch version)"')
CHANGELOG = (
    "hatch --env develop run towncrier build --keep --version $(hatch version)",
    'git commit --quiet -am "Update changelog for v$(hatch version) patch release."',
)
PUSH = ("git push --quiet origin release-1.24",)
SIGNED_TAG = ('git tag -s -m "Release v$(hatch version) patch: By hand." v$(hatch version)',)
PUSH_TAG = ("git push --quiet --tags",)
CLEAN_UP = ("git rm --quiet .auxiliary/data/towncrier/*.rst", 'git commit --quiet -m "Drop the news."', *PUSH)
INTEGRATE = (
    "git checkout --quiet master && git pull --quiet origin master",
    "git cherry-pick $(git log -1 --format=%H --grep='Update changelog for v1.24.1' release-1.24)",
    "git cherry-pick $(git log -1 --format=%H --grep='Drop the news' release-1.24)",
    "git push --quiet origin master",
)


def released_by_hand(ground: Ground, shims: Shims, *lines: str) -> promises.Witness:
    """Do these steps by hand, let the tool do what is left, and assert that what was done was believed."""
    witness = promises.watch(ground)
    people.by_hand(ground, *lines, *CHECK_IN, env=shims.env)
    done_by_hand = ground.refs()
    done = shims.inv(*PATCH)
    assert done.status == 0, done.text
    assert witness.unfinished() == []
    for name, sha in done_by_hand.items():
        assert ground.origin("merge-base", name, sha) == ground.origin("rev-parse", f"{sha}^{{commit}}")
    return witness


def steps_by_hand(ground: Ground, *kinds: str) -> list[str]:
    """Return the lines of the written process for these steps."""
    first, second = ground.project.patches
    lines = {
        "check out": CHECK_OUT, "pick": (PICK.format(first, second),), "bump": BUMP, "changelog": CHANGELOG,
        "push": PUSH,
    }  # fmt: skip  # a table
    return [line for kind in kinds for line in lines[kind]]


@pytest.mark.parametrize(
    "kinds",
    [
        ("check out", "pick"),
        ("check out", "pick", "bump"),
        ("check out", "pick", "push"),
        ("check out", "pick", "bump", "changelog"),
        ("check out", "pick", "bump", "changelog", "push"),
    ],
    ids=" and ".join,
)
def test_a_release_that_was_started_by_hand_is_continued(ground: Ground, kinds: tuple[str, ...]) -> None:
    shims = Shims(ground)

    witness = released_by_hand(ground, shims, *steps_by_hand(ground, *kinds))

    subjects = ground.subjects(f"{witness.before.refs[BRANCH]}..{BRANCH}")
    assert sorted(subjects) == [
        "Clean up news fragments.", "Repair leap years at centuries.", "Repair the interval of high waters.",
        "Update changelog for v1.24.1 patch release.", "Version: 1.24.1",
    ]  # fmt: skip  # one list
    assert [
        promise for promise in witness.broken() if "checkout" not in promise and "changes" not in promise
    ] == []


@pytest.mark.parametrize("public", [True, False])
def test_a_tag_that_was_created_by_hand_is_accepted(ground: Ground, *, public: bool) -> None:
    shims = Shims(ground)
    ground.standin.script("qa", FAILURE)
    assert shims.inv(*PATCH).status == 5
    ground.standin.rerun(ground.standin.runs[-1].id)
    assert shims.inv("release.watch-qa", "--version", "1.24").status == 0

    tagging = (*CHECK_OUT, *SIGNED_TAG, *(PUSH_TAG if public else ()))
    released_by_hand(ground, shims, *tagging)

    assert "Release v1.24.1 patch: By hand." in ground.origin("cat-file", "tag", "v1.24.1")


def test_a_clean_up_and_an_integration_by_hand_are_accepted(ground: Ground) -> None:
    shims = Shims(ground)
    ground.standin.script("release", FAILURE)
    assert shims.inv(*PATCH).status == 5
    ground.standin.rerun(ground.standin.runs[-1].id)
    before = ground.refs()

    released_by_hand(ground, shims, *CHECK_OUT, *CLEAN_UP, *INTEGRATE)

    assert ground.subjects(f"{before[BRANCH]}..{BRANCH}") == ["Drop the news."]
    assert ground.subjects(f"{before[MAINLINE]}..{MAINLINE}") == [
        "Drop the news.", "Update changelog for v1.24.1 patch release.",
    ]  # fmt: skip  # one list


def test_a_clean_up_alone_by_hand_leaves_the_integration_to_the_tool(ground: Ground) -> None:
    shims = Shims(ground)
    ground.standin.script("release", FAILURE)
    assert shims.inv(*PATCH).status == 5
    ground.standin.rerun(ground.standin.runs[-1].id)
    before = ground.refs()

    released_by_hand(ground, shims, *CHECK_OUT, *CLEAN_UP)

    assert ground.subjects(f"{before[MAINLINE]}..{MAINLINE}") == [
        "Drop the news.", "Update changelog for v1.24.1 patch release.",
    ]  # fmt: skip  # one list


@pytest.mark.parametrize("patches", ["mainline", "release-branch"])
def test_a_fix_after_a_failed_qa_keeps_the_version(make_ground: Make, patches: str) -> None:
    ground = make_ground(patches)
    shims, witness = Shims(ground), promises.begin(ground)
    ground.standin.script("qa", FAILURE)
    assert shims.inv(*PATCH).status == 5
    fix = people.pushed(ground, "release-1.24", {"almanac/tides.py": "WATERS = 2\n"}, "Fix the tides.")
    witness.theirs.add(fix)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert witness.broken() == []
    assert witness.unfinished() == []
    assert ground.origin("rev-parse", f"{TAG}^{{commit}}") == fix
    assert ground.subjects(f"{witness.before.refs[MAINLINE]}..{MAINLINE}").count("Fix the tides.") == 1
    assert ground.show("master:almanac/tides.py") == "WATERS = 2"


def test_a_fix_that_is_not_pushed_yet_is_part_of_the_release(ground: Ground) -> None:
    shims = Shims(ground)
    witness = promises.watch(ground)
    ground.standin.script("qa", FAILURE)
    assert shims.inv(*PATCH).status == 5
    fixing = ("echo 'WATERS = 2' > almanac/tides.py", 'git commit --quiet -am "Fix the tides."')

    people.by_hand(ground, *CHECK_OUT, *fixing, *CHECK_IN)
    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert witness.unfinished() == []
    assert ground.subjects(f"{TAG}~1..{TAG}") == ["Fix the tides."]
