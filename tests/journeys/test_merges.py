"""Merges of pull requests are picked as one change, and known by every proof."""

from __future__ import annotations

import pytest

from histories import TIDES, YEARS, Files, History
from journeys.workshop import BEFORE_PREPARE, BEFORE_TAG, EVERYTHING, MakeShop, Workshop
from patchwright.halts import BadArgument, BranchConflict
from patchwright.integration import build
from patchwright.patches import choice

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
SUN: Files = {"almanac/sun.py": "SUN = 1\n"}
Made = dict[str, str]


def pull_request(h: History, number: str, *changes: Files, news: bool = True) -> Made:
    """Merge a pull request of several commits, the last of which has the fragment, onto a later mainline."""
    topic = f"topic-{number}"
    h.fork(topic, h.main)
    made = {f"part {at}": h.commit(topic, f"Change {number}.{at}.", one) for at, one in enumerate(changes)}
    if news:
        made["news"] = h.add(topic, f"{number}.bugfix", f"Repair what {number} is about.")
    h.commit(h.main, f"Mention {number}.", {f"notes/{number}": "Noted.\n"})
    subject = f"Merge pull request #{number} from ben/{topic}\n\nRepair it as {number} says."
    return {**made, "merge": h.merge(h.main, topic, subject)}


def merges_are_backported(h: History) -> None:
    """Let the branch have a backport of a merge, as `git cherry-pick -x -m 1` makes it."""
    h.pick(pull_request(h, "3", {"almanac/moon.py": "MOON = 1\n"})["merge"], B)


def verdicts(shop: Workshop) -> dict[str, str]:
    return {sha: one.verdict for sha, one in shop.candidates().items()}


def test_a_named_merge_is_picked_as_one_change_and_integrated(make_shop: MakeShop) -> None:
    made: Made = {}
    shop = make_shop(lambda h: made.update(pull_request(h, "4", LEAP, TIDE)))
    release = shop.open("1.24", made["merge"][:12])
    before = shop.origin("rev-parse", B)
    mainline = shop.origin("rev-parse", "master")
    shop.run(release, EVERYTHING)
    (pick,) = shop.origin("log", "--format=%H", f"{before}..v1.24.1~2").splitlines()
    merge = shop.history.made[made["merge"]]
    assert shop.origin("show", "--no-patch", "--format=%B", pick) == (
        f"{merge.message}\n(cherry picked from commit {made['merge']})"
    )
    assert shop.origin("show", "--no-patch", "--format=%an <%ae> %at", pick) == (
        f"{merge.author} {merge.authored}"
    )
    assert shop.show("v1.24.1:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()
    assert shop.show("v1.24.1:almanac/tides.py") == str(TIDE["almanac/tides.py"]).strip()
    assert "Repair what 4 is about. (#4)" in shop.show("v1.24.1:CHANGES.rst")
    # The mainline has the merge, so that it gets changelog and clean-up only.
    assert shop.subjects(f"{mainline}..master") == [
        "Clean up news fragments.", "Update changelog for v1.24.1 patch release.",
    ]  # fmt: skip  # newest first


def test_the_merge_is_proposed_if_the_branch_has_backports_of_merges(make_shop: MakeShop) -> None:
    made: Made = {}

    def add(h: History) -> None:
        merges_are_backported(h)
        made.update(pull_request(h, "4", LEAP, TIDE))
        made["direct"] = h.add(h.main, "5.bugfix", "Repair the sun.", SUN)

    shop = make_shop(add)
    found = {sha: one for sha, one in shop.candidates().items() if one.verdict == "proposed"}
    assert found.keys() == {made["merge"], made["direct"]}
    assert found[made["merge"]].kind == "merge"
    assert "it adds changes/4.bugfix" in found[made["merge"]].reason
    release = shop.run(shop.open(), BEFORE_TAG)
    assert set(release.plan.picks or ()) == {made["merge"], made["direct"]}
    # A later release finds all of it there.
    assert "proposed" not in verdicts(shop).values()


@pytest.mark.parametrize("backported", ["nothing", "the commits"])
def test_else_the_commits_are_proposed(make_shop: MakeShop, backported: str) -> None:
    made: Made = {}

    def add(h: History) -> None:
        if backported == "the commits":
            merges_are_backported(h)
            other = pull_request(h, "6", SUN)
            h.pick(other["part 0"], B)
            h.pick(other["news"], B)
        made.update(pull_request(h, "4", LEAP, TIDE))

    found = verdicts(make_shop(add))
    assert {sha for sha, one in found.items() if one == "proposed"} == {
        made["part 0"], made["part 1"], made["news"],
    }  # fmt: skip  # all of it


def test_the_commits_of_a_backported_merge_are_there(make_shop: MakeShop) -> None:
    """Also if the branch has changed since, so that the effect alone shows nothing."""
    made: Made = {}

    def add(h: History) -> None:
        made.update(pull_request(h, "4", LEAP))
        made["pick"] = h.pick(made["merge"], B)
        h.integrate("1.24.1", h.release(B, "1.24.1"))
        h.commit(B, "Count in another way.", {"almanac/years.py": YEARS.format(" and year % 1000 != 0")})

    shop = make_shop(add)
    found = shop.candidates()
    assert found[made["news"]].verdict == "skipped"
    assert f"{made['pick'][:10]} was picked from {made['merge'][:10]}, which merged it" in (
        found[made["news"]].reason
    )
    assert set(verdicts(shop).values()) == {"skipped"}


@pytest.mark.parametrize("is_named", [True, False])
def test_a_merge_that_is_partly_on_the_branch_is_asked_about(make_shop: MakeShop, *, is_named: bool) -> None:
    made: Made = {}

    def add(h: History) -> None:
        made.update(pull_request(h, "4", LEAP, TIDE))
        made["pick"] = h.pick(made["part 0"], B, named=is_named)

    shop = make_shop(add)
    with pytest.raises(BranchConflict) as halted:
        shop.run(shop.open("1.24", made["merge"]), ("checkout", "pick"))
    assert f"it merges {made['part 0'][:10]}, which is there" in halted.value.evidence[0]
    again = f"{made['merge'][:12]}:again"
    assert halted.value.remedy[0].endswith(f"--patches {again}")
    shop.run(shop.open("1.24", again), BEFORE_TAG)
    assert shop.show("v1.24.1:almanac/tides.py") == str(TIDE["almanac/tides.py"]).strip()


def test_a_merge_that_is_partly_on_the_branch_is_proposed_as_unsure(make_shop: MakeShop) -> None:
    made: Made = {}

    def add(h: History) -> None:
        merges_are_backported(h)
        made.update(pull_request(h, "4", LEAP, TIDE))
        h.pick(made["part 0"], B)
        h.pick(pull_request(h, "6", SUN)["merge"], B)

    one = make_shop(add).candidates()[made["merge"]]
    assert one.verdict == "unsure"
    assert made["part 0"][:10] in one.reason


@pytest.mark.parametrize("what", ["a feature", "a revert"])
def test_a_merge_that_also_brings_something_else_is_unsure(make_shop: MakeShop, what: str) -> None:
    made: Made = {}

    def add(h: History) -> None:
        merges_are_backported(h)
        if what == "a revert":
            made.update(pull_request(h, "4", LEAP, TIDE))
            h.revert(h.main, made["part 1"])
            return
        h.fork("topic", h.main)
        h.add("topic", "8.feature", "Tell the sun.", SUN)
        h.add("topic", "9.bugfix", "Repair leap years.", LEAP)
        h.commit(h.main, "Mention it.", {"notes": "Noted.\n"})
        made["merge"] = h.merge(h.main, "topic", "Merge pull request #9 from ben/topic")

    shop = make_shop(add)
    assert shop.candidates()[made["merge"]].verdict == "unsure"
    with pytest.raises(BadArgument):
        choice.wanted_patches(shop.open())


@pytest.mark.parametrize(
    ("picked", "reverted"), [("merge", "merge"), ("merge", "part 0"), ("part 0", "merge")]
)
def test_a_pick_that_the_mainline_has_reverted_meanwhile_halts(
    make_shop: MakeShop, picked: str, reverted: str
) -> None:
    """A revert names the merge or one of its commits, and so does the pick."""
    made: Made = {}
    shop = make_shop(lambda h: made.update(pull_request(h, "4", LEAP, news=picked == "merge")))
    release = shop.run(shop.open("1.24", made[picked]), ("checkout", "pick"))
    release.begin()
    shop.history.revert("master", made[reverted])
    with pytest.raises(BranchConflict) as halted:
        shop.run(shop.open("1.24", made[picked]), BEFORE_TAG)
    assert f"reverts {made[picked][:10]}" in halted.value.evidence[0]
    assert "v1.24.1" not in shop.origin("tag")


def test_a_conflict_of_a_merge_is_resolved_and_names_the_merge(make_shop: MakeShop) -> None:
    made: Made = {}

    def add(h: History) -> None:
        h.commit(B, "Count in another way.", {"almanac/years.py": YEARS.format(" - 0")})
        made.update(pull_request(h, "4", LEAP, TIDE))

    shop = make_shop(add)
    release = shop.open("1.24", made["merge"])
    with pytest.raises(BranchConflict):
        shop.run(release, ("checkout", "pick"))
    tree = release.workspace.branch.path
    (tree / "almanac/years.py").write_text(str(LEAP["almanac/years.py"]))
    shop.git("add", "almanac/years.py", cwd=tree)
    shop.run(shop.open("1.24", made["merge"]), ("checkout", "pick"))
    message = shop.git("log", "-1", "--format=%an%n%B", cwd=tree)
    assert message.startswith("Ada Almanac\nMerge pull request #4")
    assert message.endswith(f"(cherry picked from commit {made['merge']})")
    release = shop.run(shop.open("1.24", made["merge"]), BEFORE_PREPARE)
    missing = build.find_missing(release, release.origin.mainline_tip)
    assert [commit.subject for commit in missing.patches] == ["Count in another way."]


def test_a_merge_with_a_version_change_is_picked_without_it(make_shop: MakeShop) -> None:
    made: Made = {}
    version: Files = {"almanac/__init__.py": "__version__ = '1.25.0'\n"}
    shop = make_shop(lambda h: made.update(pull_request(h, "4", {**LEAP, **version})))
    shop.run(shop.open("1.24", made["merge"]), BEFORE_TAG)
    assert shop.show("v1.24.1:almanac/__init__.py") == "__version__ = '1.24.1'"
    assert shop.show("v1.24.1:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()
    assert f"(cherry picked from commit {made['merge']})" in shop.origin("log", "--format=%B", "v1.24.1")


@pytest.mark.parametrize("which", ["octopus", "back-merge", "back-merge of an older series"])
def test_a_merge_of_no_pull_request_is_refused_by_name(make_shop: MakeShop, which: str) -> None:
    made: Made = {}

    def add(h: History) -> None:
        if which == "octopus":
            for topic, files in (("one", LEAP), ("two", TIDE)):
                h.fork(topic, h.main)
                h.commit(topic, "Repair it.", files)
            both = f"{h.branches['one']} {h.branches['two']}"
            made["merge"] = h.commit(h.main, "Merge branches 'one' and 'two'", {**LEAP, **TIDE}, merges=both)
            return
        branch = B if which == "back-merge" else "release-1.23"
        if branch != B:
            h.fork(branch, B)
        h.commit(branch, "Repair leap years.", LEAP)
        made["merge"] = h.merge(h.main, branch, f"Merge branch '{branch}'")
        h.commit(branch, "Repair tides.", TIDE)

    shop = make_shop(add)
    with pytest.raises(BadArgument) as halted:
        shop.open("1.24", made["merge"])
    assert {"octopus": "an octopus merge"}.get(which, "a merge of release-1.2") in halted.value.cause
