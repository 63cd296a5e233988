"""Only proof shows that a patch is there, and nothing is released that origin or a person did not give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from histories import TIDES, YEARS, Files, History
from journeys import people
from journeys.ground import Ground
from journeys.snapshot import changes, snapshot
from journeys.workshop import BEFORE_PREPARE, BEFORE_TAG, MakeShop, Workshop
from patchwright.commands import abandon
from patchwright.halts import BadArgument, BranchConflict
from patchwright.patches import choice

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
# Only white space is wrong here, and it changes what the code does.
WRONG = "def count(days):\n    for day in days:\n        print(day)\n        print(len(days))\n"
RIGHT = "def count(days):\n    for day in days:\n        print(day)\n    print(len(days))\n"


def picked(shop: Workshop, *names: str) -> str:
    """Run the steps up to `pick`, and return the head."""
    return shop.run(shop.open("1.24", *names), ("checkout", "pick")).commits.head


def halt_of(run: Callable[[], object]) -> BranchConflict:
    with pytest.raises(BranchConflict) as halted:
        run()
    return halted.value


# What is there


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        ("almanac/days.py", WRONG, RIGHT),
        ("Makefile", "all:\n        true\n", "all:\n\ttrue\n"),
        ("days.yaml", "a:\n  b: 1\n  c: 2\n", "a:\n  b: 1\nc: 2\n"),
        ("almanac/lines.py", "a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        ("almanac/last.py", "a = 1\nb = 2", "a = 1\nb = 2\n"),
        ("almanac/words.py", "words = 'a b'\n", "words = 'a  b'\n"),
    ],
)
def test_a_fix_of_white_space_is_picked_even_if_a_commit_has_its_patch_id(
    make_shop: MakeShop, path: str, wrong: str, right: str, *, named: bool
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        h.commit(h.main, "Count days.", {path: wrong})
        h.commit(B, "Count days.", {path: wrong})
        made["fix"] = h.add(h.main, "3.bugfix", "Indent it.", {path: right})
        # The branch has the same change but for white space, with the same fragment.
        h.add(B, "3.bugfix", "Indent it.", {path: f"{wrong}\n"})
        h.commit(B, "Remove an empty line.", {path: wrong})

    shop = make_shop(add)
    head = picked(shop, *([made["fix"]] if named else []))
    assert shop.git("show", f"{head}:{path}") == right.strip()


def test_a_submodule_pointer_is_compared(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        old, new = h.branches[h.main], "5" * 40
        h.commit(h.main, "Add a submodule.", links={"vendor": old})
        h.commit(B, "Add a submodule.", links={"vendor": old})
        made["fix"] = h.commit(h.main, "Update the submodule.", links={"vendor": new})
        made["new"] = new

    shop = make_shop(add)
    head = picked(shop, made["fix"])
    assert made["new"] in shop.git("ls-tree", head, "vendor")


def test_a_backport_with_other_content_halts_and_both_answers_work(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.commit(h.main, "Repair leap years.", LEAP)
        made["other"] = h.add(h.main, "4.bugfix", "Repair tides.", TIDE)
        files: Files = {"almanac/months.py": "MONTHS = 12\n"}
        h.commit(B, "Repair leap years.", files, authored=h.made[made["fix"]].authored)

    shop = make_shop(add)
    halt = halt_of(lambda: picked(shop, made["fix"], made["other"]))
    assert "has the same author, time and subject, but picking it would change" in halt.evidence[0]
    anyway, without = (row.rpartition(" ")[2] for row in halt.remedy)
    assert anyway == f"{made['fix'][:12]}:again,{made['other'][:12]}"
    assert without == made["other"][:12]
    head = picked(shop, *without.split(","))
    assert shop.git("show", f"{head}:almanac/years.py") == YEARS.format("").strip()
    shop.run(shop.open("1.24", *anyway.split(",")), BEFORE_TAG)
    assert shop.show("v1.24.1:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()
    # The answer is recorded: the same release is found again without the flag.
    assert choice.find_presence(shop.open(), choice.wanted_patches(shop.open())).doubts == {}


def test_a_copy_by_rebase_is_there_because_picking_it_changes_nothing(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.pick(made["fix"], B, named=False)

    shop = make_shop(add)
    assert picked(shop, made["fix"]) == shop.history.branches[B]


@pytest.mark.parametrize("by", ["pick", "source"])
def test_a_reverted_pick_is_picked_again_when_it_is_named(make_shop: MakeShop, by: str) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        made["pick"] = h.pick(made["fix"], B)
        name = made["pick"] if by == "pick" else made["fix"]
        undo: Files = {"almanac/years.py": YEARS.format(""), "changes/3.bugfix": None}
        h.commit(B, f"Revert it\n\nThis reverts commit {name}.", undo)

    shop = make_shop(add)
    assert shop.candidates()[made["fix"]].verdict == "unsure"
    head = picked(shop, made["fix"])
    assert shop.git("show", f"{head}:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()


def test_a_recorded_pick_that_a_colleague_reverted_is_asked(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}
    shop = make_shop(lambda h: made.update(fix=h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)))
    steps = ("checkout", "pick", "bump", "changelog", "push")
    pick = shop.run(shop.open("1.24", made["fix"]), steps).commits.head
    pick = shop.git("rev-parse", f"{pick}~2")
    shop.git("checkout", "--quiet", B)
    shop.git("pull", "--quiet")
    shop.git("revert", "--no-edit", pick)
    shop.git("push", "--quiet", "origin", B)
    release = shop.open()
    wanted = choice.wanted_patches(release)
    found = choice.find_presence(release, wanted)
    halt = halt_of(lambda: choice.require_decided(release, wanted, found, is_recorded=True))
    assert f"it was reverted on {B}: {pick[:10]} was picked from it" in halt.evidence[0]
    # Whoever names it in this run wants it.
    choice.require_decided(release, wanted, found)


def test_a_mode_is_compared(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(B, "3.bugfix", "Repair leap years.", LEAP))
    shop.git("checkout", "--quiet", "master")
    shop.git("update-index", "--chmod=+x", "almanac/tides.py")
    shop.git("commit", "--quiet", "-m", "Let it run.")
    shop.git("push", "--quiet", "origin", "master")
    head = picked(shop, shop.git("rev-parse", "HEAD"))
    assert shop.git("ls-tree", head, "almanac/tides.py").startswith("100755")


def test_a_pick_that_was_undone_without_a_revert_is_asked(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.pick(made["fix"], B)
        h.commit(B, "Count as before.", {"almanac/years.py": YEARS.format("")})

    shop = make_shop(add)
    assert shop.candidates()[made["fix"]].verdict == "unsure"
    halt = halt_of(lambda: picked(shop, made["fix"]))
    assert "but picking it again would change almanac/years.py" in halt.evidence[0]
    head = picked(shop, f"{made['fix']}:again")
    assert shop.git("show", f"{head}:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()


def test_what_the_mainline_reverted_is_not_brought_back_to_it_and_is_noted(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.pick(made["fix"], B)
        h.revert(h.main, made["fix"])

    shop = make_shop(add)
    release = shop.run(shop.open("1.24", "none"))
    assert shop.show("master:almanac/years.py") == YEARS.format("").strip()
    assert any("it was reverted on master" in note for note in release.notes)


def test_a_branch_named_like_a_commit_is_no_commit(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}
    shop = make_shop(lambda h: made.update(fix=h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)))
    shop.git("branch", "deadbeef", "origin/master")
    shop.git("tag", made["fix"][:7], "origin/release-1.24")
    with pytest.raises(BadArgument, match="unknown or ambiguous"):
        shop.open("1.24", "deadbeef")
    assert shop.open("1.24", made["fix"][:7]).plan.picks == (made["fix"],)


# What the journal says


@pytest.mark.parametrize("which", ["local", "unknown", "back-merge", "abbreviated", "option"])
def test_the_picks_of_the_journal_are_checked_like_those_of_the_flag(make_shop: MakeShop, which: str) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        made["back-merge"] = h.merge(h.main, B, "Merge the release branch")

    shop = make_shop(add)
    shop.run(shop.open("1.24", made["fix"]), ("checkout",))
    shop.git("checkout", "--quiet", "-b", "private")
    shop.git("commit", "--quiet", "--allow-empty", "-m", "Private.")
    forged = {
        "local": shop.git("rev-parse", "HEAD"), "unknown": "5" * 40, "back-merge": made["back-merge"],
        "abbreviated": made["fix"][:9], "option": "--all",
    }[which]  # fmt: skip  # a table
    path = shop.clone / ".git/patchwright/1.24.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "picks": [forged]}))
    refs = shop.origin("for-each-ref")
    halt = halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
    assert str(path) in halt.evidence[0]
    assert forged in halt.evidence[1]
    assert shop.origin("for-each-ref") == refs
    path.unlink()
    shop.run(shop.open(), BEFORE_TAG)
    assert "Private." not in shop.subjects("v1.24.1")
    assert "Repair leap years." in shop.subjects("v1.24.1")


# What is under the release


def test_a_colleague_withdraws_a_commit_while_the_release_is_halted(ground: Ground) -> None:
    bad = people.pushed(ground, B, {"bad.py": "bad\n"}, "Bad.")
    settings = ground.clone / "pyproject.toml"
    text = settings.read_text()
    settings.write_text(f'{text}\n[tool.patchwright]\nchecks = [["false"]]\n')
    patch = ("release.patch", "--version", "1.24", "--yes")
    halted = ground.inv(*patch)
    assert halted.status == 4, halted.text
    settings.write_text(text)
    ground.origin("update-ref", f"refs/heads/{B}", f"{bad}~1")
    before = ground.refs()
    withdrawn = ground.inv(*patch)
    assert withdrawn.status == 7, withdrawn.text
    assert f"{bad[:10]} Bad." in withdrawn.text
    assert ground.refs() == before
    assert ground.inv("release.abandon", "--version", "1.24").status == 0
    done = ground.inv(*patch, "--skip-check")
    assert done.status == 0, done.text
    assert "Bad." not in ground.subjects("v1.24.1")


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("adds", [True, False])
def test_what_origin_withdrew_from_the_branch_is_never_released(
    make_shop: MakeShop, *, record: bool, local: bool, adds: bool
) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair leap years.", LEAP)
        for at in range(2):
            h.commit(B, f"Bad {at}.", {f"bad{at}.py": "bad\n"})

    shop = make_shop(add)
    if local:
        shop.git("branch", B, f"origin/{B}")
    shop.run(shop.open(), ("checkout", "pick"))
    shop.origin("update-ref", f"refs/heads/{B}", f"{B}~2")
    if adds:
        shop.history.branches[B] = shop.origin("rev-parse", B)
        shop.history.commit(B, "Go on.", {"README": "x\n"})
    if not record:
        (shop.clone / ".git/patchwright/1.24.json").unlink()
    if not record and not local:
        shop.run(shop.open(), BEFORE_TAG)
    else:
        halt = halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
        assert [row.rpartition(" (")[0][-6:] for row in halt.evidence] == ["Bad 0.", "Bad 1."]
        assert "v1.24.1" not in shop.origin("tag")
        abandon.abandon(shop.open())
        if local:
            remedy = halt.remedy[-1].partition(": git ")[2]
            shop.git("checkout", "--quiet", B)
            shop.git("fetch", "--quiet", "origin")
            shop.git(*remedy.split())
        shop.run(shop.open(), BEFORE_TAG)
    assert not any("Bad" in subject for subject in shop.subjects("v1.24.1"))
    assert "Repair leap years." in shop.subjects("v1.24.1")


def test_a_branch_that_was_deleted_and_came_back_without_a_commit_halts(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.commit(B, "Mention tides.", TIDE)
        h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add)
    shop.run(shop.open(), BEFORE_PREPARE)
    shop.origin("update-ref", "-d", f"refs/heads/{B}")
    assert "has no branch release-1.24" in halt_of(shop.open).cause
    shop.origin("update-ref", f"refs/heads/{B}", "v1.24.0^{}")
    halt = halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
    assert any("Mention tides." in row for row in halt.evidence)
    assert shop.origin("rev-parse", B) == shop.origin("rev-parse", "v1.24.0^{}")


def test_a_commit_of_the_local_mainline_is_no_patch(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(h.main, "3.bugfix", "Repair leap years.", LEAP))
    (shop.clone / "almanac/tides.py").write_text("TIDES = 1\n")
    shop.git("commit", "--quiet", "--all", "--message=Not public.")
    with pytest.raises(BadArgument, match="neither on origin's master nor on release"):
        shop.open("1.24", shop.git("rev-parse", "HEAD"))


def test_what_was_withdrawn_and_came_back_is_released(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(B, "3.bugfix", "Repair leap years.", LEAP))
    shop.run(shop.open(), ("checkout", "pick"))
    tip = shop.history.branches[B]
    shop.origin("update-ref", f"refs/heads/{B}", f"{tip}~1")
    halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
    shop.origin("update-ref", f"refs/heads/{B}", tip)
    shop.run(shop.open(), BEFORE_TAG)
    assert "Repair leap years." in shop.subjects("v1.24.1")


def test_what_was_pushed_and_then_withdrawn_is_not_pushed_again(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(h.main, "3.bugfix", "Repair leap years.", LEAP))
    shop.run(shop.open(), ("checkout", "pick", "bump", "changelog", "push"))
    shop.origin("update-ref", f"refs/heads/{B}", shop.history.branches[B])
    halt = halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
    assert len(halt.evidence) == 3
    assert shop.origin("rev-parse", B) == shop.history.branches[B]


def test_a_patch_that_the_mainline_withdrew_is_not_released(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(h.main, "3.bugfix", "Repair leap years.", LEAP))
    shop.run(shop.open(), ("checkout", "pick"))
    shop.origin("update-ref", "refs/heads/master", "master~1")
    halt = halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
    assert "Repair leap years." in halt.evidence[0]
    assert "v1.24.1" not in shop.origin("tag")


def test_a_patch_that_the_mainline_withdrew_after_the_tag_is_not_brought_back(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(h.main, "3.bugfix", "Repair leap years.", LEAP))
    shop.run(shop.open(), BEFORE_TAG)
    shop.origin("update-ref", "refs/heads/master", "master~1")
    release = shop.run(shop.open())
    assert shop.show("master:almanac/years.py") == YEARS.format("").strip()
    assert "Repair leap years. (#3)" in shop.show("master:CHANGES.rst")
    assert any("was withdrawn from master" in note for note in release.notes)


def test_a_commit_of_a_person_in_the_worktree_is_kept_and_both_answers_work(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(h.main, "3.bugfix", "Repair leap years.", LEAP))
    release = shop.run(shop.open(), ("checkout", "pick"))
    tree = release.workspace.branch.path
    (tree / "almanac/tides.py").write_text(str(TIDE["almanac/tides.py"]))
    shop.git("-c", "user.name=Eve", "commit", "--quiet", "-am", "Version: 1.24.1", cwd=tree)
    commit = shop.git("rev-parse", "HEAD", cwd=tree)
    halt = halt_of(lambda: shop.run(shop.open(), BEFORE_TAG))
    assert commit[:10] in halt.evidence[1]
    assert shop.git("rev-parse", "HEAD", cwd=tree) == commit
    keep, discard = (row.partition(": git ")[2] for row in halt.remedy)
    shop.git("checkout", "--quiet", B)
    shop.git(*keep.split())
    shop.git(*discard.split())
    shop.run(shop.open(), BEFORE_TAG)
    assert shop.show("v1.24.1:almanac/tides.py") == str(TIDE["almanac/tides.py"]).strip()
    assert shop.subjects("v1.24.1").count("Version: 1.24.1") == 2


def test_local_commits_that_were_never_pushed_stay_part_of_the_release(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(h.main, "3.bugfix", "Repair leap years.", LEAP))
    shop.git("checkout", "--quiet", B)
    (shop.clone / "almanac/tides.py").write_text("TIDES = 1\n")
    shop.git("commit", "--quiet", "-am", "Repair tides.")
    shop.run(shop.open(), ("checkout", "pick", "bump"))
    (shop.clone / "almanac/tides.py").write_text("TIDES = 2\n")
    shop.git("commit", "--quiet", "--amend", "-am", "Repair tides again.")
    shop.run(shop.open(), BEFORE_TAG)
    assert shop.show("v1.24.1:almanac/tides.py") == "TIDES = 2"


# What is unsure

NEWS = ".auxiliary/data/towncrier"


@pytest.mark.parametrize("with_yes", [True, False])
@pytest.mark.parametrize("takes_unsure", [True, False])
def test_an_unsure_commit_halts_before_anything_changes_and_both_commands_work(
    ground: Ground, *, with_yes: bool, takes_unsure: bool
) -> None:
    mixed = {f"{NEWS}/97.repair.rst": "Repair the moon.\n", f"{NEWS}/98.enhance.rst": "Tell the moon.\n"}
    unsure = people.pushed(ground, "master", {"almanac/moon.py": "PHASE = 4\n", **mixed}, "Do both.")
    before = snapshot(ground)

    yes = ("--yes",) if with_yes else ()
    halted = ground.inv("release.patch", "--version", "1.24", *yes)

    assert halted.status == 2, halted.text
    # Looking at origin fetches its new commit.
    differences = changes(before, snapshot(ground))
    assert all("refs/remotes/origin" in path or path.endswith("FETCH_HEAD") for path in differences)
    assert (
        f"unsure: {unsure[:10]} Do both. (fragment: its fragments are of patch types and of other"
        in halted.text
    )
    commands = re.findall(r"(?m): (inv release\.patch .*)$", halted.err)
    assert [unsure[:12] in command for command in commands] == [False, True]
    done = ground.inv(*commands[takes_unsure].split()[1:], "--skip-check")
    assert done.status == 0, done.text
    assert ("Do both." in ground.subjects("v1.24.1")) is takes_unsure
    assert "Repair leap years at centuries." in ground.subjects("v1.24.1")
