"""Which commits of the mainline are proposed, and what happens to named commits."""

from __future__ import annotations

import pytest

from histories import BEN, TIDES, YEARS, Files, Flavour, History
from journeys.workshop import BEFORE_TAG, MakeShop, integrate_later
from patchwright.halts import BadArgument, BranchConflict
from patchwright.patches import choice as patches

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}


def test_a_fix_with_a_fragment_is_picked_and_a_feature_is_not(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}
    shop = make_shop(lambda h: made.update(fix=h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)))
    found = shop.candidates()
    assert found[made["fix"]].verdict == "proposed"
    assert found[made["fix"]].reason == "it adds changes/3.bugfix"
    assert [one.reason for one in found.values() if one.verdict != "proposed"] == [
        "its fragment is of type feature, which is not a patch type"
    ]


def test_a_patch_on_the_branch_is_skipped_and_one_that_resembles_another_is_unsure(
    make_shop: MakeShop,
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["named"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        made["same"] = h.add(h.main, "4.bugfix", "Repair tides.", TIDE)
        made["news"] = h.add(h.main, "5.bugfix", "Repair the moon.", {"almanac/moon.py": "MOON = 1\n"})
        made["new"] = h.add(h.main, "6.bugfix", "Repair the sun.", {"almanac/sun.py": "SUN = 1\n"})
        h.pick(made["named"], B)
        h.pick(made["same"], B, named=False)
        h.add(B, "5.bugfix", "Repair the moon in another way.", {"almanac/moon.py": "MOON = 2\n"})

    found = make_shop(add).candidates()
    assert {name: found[sha].verdict for name, sha in made.items()} == {
        "named": "skipped", "same": "skipped", "news": "unsure", "new": "proposed",
    }  # fmt: skip  # a verdict a commit
    assert "was picked from it" in found[made["named"]].reason
    assert "picking it would change nothing" in found[made["same"]].reason
    assert "adds the same fragment" in found[made["news"]].reason


def test_nothing_is_picked_if_the_branch_has_fixes_and_the_mainline_has_no_patch(
    make_shop: MakeShop,
) -> None:
    shop = make_shop(lambda h: h.add(B, "3.bugfix", "Repair leap years.", LEAP))
    assert patches.wanted_patches(shop.open()) == []
    release = shop.run(shop.open())
    assert release.origin.branch_tip
    assert "Repair leap years. (#3)" in shop.show(f"{release.plan.tag}:CHANGES.rst")


def test_a_fix_whose_fragment_is_in_another_commit_is_found_by_issue_or_words(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["by issue"] = h.commit(h.main, "Mend it at last (#3).", LEAP)
        h.commit(h.main, "Mention the moon.", {"README": "The moon.\n"})
        made["news 3"] = h.add(h.main, "3.bugfix", "Centuries are rarely leap years.")
        made["by words"] = h.commit(h.main, "Repair the interval of high waters.", TIDE, author=BEN)
        made["news 4"] = h.add(h.main, "4.bugfix", "Repair the interval between high waters.")

    found = make_shop(add).candidates()
    assert {sha for sha, one in found.items() if one.verdict == "proposed"} == set(made.values())


def test_a_fix_that_is_only_next_to_its_fragment_is_unsure_and_halts_with_the_exact_command(
    make_shop: MakeShop,
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.commit(h.main, "Mend it.", LEAP, author=BEN)
        made["news"] = h.add(h.main, "3.bugfix", "Centuries count.", author=BEN)

    shop = make_shop(add)
    with pytest.raises(BadArgument) as halted:
        patches.wanted_patches(shop.open())
    both = f"inv release.patch --version 1.24 --patches {made['fix'][:12]},{made['news'][:12]}"
    assert halted.value.next_command == f"inv release.patch --version 1.24 --patches {made['news'][:12]}"
    assert both in halted.value.remedy[1]
    assert "Mend it." in halted.value.evidence[0]


def test_all_commits_of_a_pull_request_are_picked(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        h.fork("topic", h.main)
        made["first"] = h.commit("topic", "Count differently.", LEAP)
        made["second"] = h.commit("topic", "Test it.", {"tests/years.py": "pass\n"})
        made["news"] = h.add("topic", "3.bugfix", "Repair leap years.")
        h.commit(h.main, "Mention the moon.", {"README": "The moon.\n"})
        h.merge(h.main, "topic", "Merge pull request #3")

    found = make_shop(add).candidates()
    assert {sha for sha, one in found.items() if one.verdict == "proposed"} == set(made.values())


def test_the_prerequisites_of_a_fix_are_picked_too(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["before"] = h.commit(
            h.main, "Name the length of a century.", {"almanac/years.py": YEARS.format("  # C")}
        )
        h.commit(h.main, "Mention the moon.", {"README": "The moon.\n"})
        made["fix"] = h.add(h.main, "3.bugfix", "Repair it.", {"almanac/years.py": YEARS.format(" - 1  # C")})

    found = make_shop(add).candidates()
    assert {sha: one.verdict for sha, one in found.items() if one.verdict != "skipped"} == {
        made["before"]: "proposed", made["fix"]: "proposed",
    }  # fmt: skip  # both
    assert "does not apply without it" in found[made["before"]].reason


def test_a_fix_on_top_of_a_feature_is_unsure_and_a_fix_of_a_new_file_is_skipped(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        h.add(h.main, "3.feature", "Count anew.", {"almanac/years.py": YEARS.format("  # anew")})
        made["on top"] = h.add(
            h.main, "4.bugfix", "Repair it.", {"almanac/years.py": YEARS.format(" + 1  # anew")}
        )
        made["new file"] = h.add(
            h.main, "5.bugfix", "Repair eclipses.", {"almanac/eclipses.py": "SAROS = 1\n"}
        )

    found = make_shop(add).candidates()
    assert found[made["on top"]].verdict == "unsure"
    assert "whose fragment is of type feature" in found[made["on top"]].reason
    assert found[made["new file"]].verdict == "skipped"
    assert "which release-1.24 does not have" in found[made["new file"]].reason


def test_reverted_fixes_are_skipped_and_a_reapplied_fix_is_picked_once(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["gone"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.revert(h.main, made["gone"])
        made["back"] = h.add(h.main, "4.bugfix", "Repair tides.", TIDE)
        h.revert(h.main, h.revert(h.main, made["back"]))

    found = make_shop(add).candidates()
    assert found[made["gone"]].verdict == "skipped"
    assert [sha for sha, one in found.items() if one.verdict == "proposed"] == [made["back"]]


def test_a_patch_that_the_last_release_skipped_is_unsure(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["passed"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.add(B, "4.bugfix", "Repair the branch.", {"almanac/b.py": "B = 1\n"})
        h.integrate("1.24.1", h.release(B, "1.24.1"))
        made["new"] = h.add(h.main, "5.bugfix", "Repair tides.", TIDE)

    found = make_shop(add).candidates()
    assert found[made["passed"]].verdict == "unsure"
    assert "v1.24.1 was released without it" in found[made["passed"]].reason
    assert found[made["new"]].verdict == "proposed"


@pytest.mark.parametrize(
    ("code", "verdict"), [(" and year % 100", "unsure"), (" and year % 100 != 0", "skipped")]
)
def test_a_commit_whose_words_are_in_the_changelog_of_the_series_is_skipped_only_with_its_effect(
    make_shop: MakeShop, code: str, verdict: str
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["kept"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.add(B, "9.bugfix", "Repair leap years.", {"almanac/years.py": YEARS.format(code)})
        h.integrate("1.24.1", h.release(B, "1.24.1"))

    assert make_shop(add).candidates()[made["kept"]].verdict == verdict


def test_fragments_are_picked_into_the_fragment_directory_of_the_branch(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        moved = Flavour(fragments="news.d")
        h.commit(h.main, "Move the news.", {
            "pyproject.toml": moved.pyproject,
            "news.d/2.feature": h.text(h.main, "changes/2.feature"),
            "changes/2.feature": None,
        })  # fmt: skip  # one commit
        made["fix"] = h.commit(
            h.main, "Repair leap years.", {**LEAP, "news.d/3.bugfix": "Repair leap years.\n"}
        )

    shop = make_shop(add)
    found = shop.candidates()
    assert [sha for sha, one in found.items() if one.verdict == "proposed"] == [made["fix"]]
    release = shop.run(shop.open())
    assert "Repair leap years. (#3)" in shop.show("v1.24.1:CHANGES.rst")
    assert "changes/3.bugfix" in shop.origin("ls-tree", "-r", "--name-only", "v1.24.1")
    assert "3.bugfix" not in shop.origin("ls-tree", "-r", "--name-only", release.plan.branch)
    assert "news.d/3.bugfix" not in shop.origin("ls-tree", "-r", "--name-only", "master")
    assert "Repair leap years. (#3)" in shop.show("master:CHANGES.rst")


def test_named_patches_are_picked_in_the_order_of_history_and_present_ones_are_skipped(
    make_shop: MakeShop,
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["first"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        made["second"] = h.add(h.main, "4.bugfix", "Repair tides.", TIDE)
        made["third"] = h.add(h.main, "5.bugfix", "Repair the sun.", {"almanac/sun.py": "SUN = 1\n"})
        h.pick(made["second"], B, named=False)

    shop = make_shop(add)
    before = shop.origin("rev-parse", B)
    release = shop.open("1.24", made["third"][:9], made["second"], made["first"])
    shop.run(release, ("checkout", "pick"))
    assert shop.git("log", "--reverse", "--format=%s", f"{before}..{release.commits.head}").splitlines() == [
        "Repair leap years.", "Repair the sun.",
    ]  # fmt: skip  # in their order
    assert any("Repair tides. (already there: " in line for line in shop.told.lines)


@pytest.mark.parametrize("which", ["merge", "unknown", "foreign"])
def test_a_named_commit_that_is_no_patch_halts_before_anything_changes(
    make_shop: MakeShop, which: str
) -> None:
    made = {"unknown": "0123456789"}

    def add(h: History) -> None:
        h.fork("topic", h.main)
        h.commit("topic", "Count differently.", LEAP)
        h.commit(h.main, "Mention the moon.", {"README": "The moon.\n"})
        made["merge"] = h.merge(h.main, "topic", "Merge it")
        made["foreign"] = h.commit("topic", "Go on.", {"x": "x\n"})

    shop = make_shop(add)
    refs = shop.origin("for-each-ref")
    with pytest.raises(BadArgument) as halted:
        shop.open("1.24", made[which])
    assert halted.value.next_command == "inv --dry release.patch --version 1.24"
    assert shop.origin("for-each-ref") == refs
    if which == "merge":
        command = halted.value.remedy[0].removeprefix("List them with: git ").split()
        assert shop.git(*command).endswith(" Count differently.")


def test_a_conflict_is_predicted_with_both_sides_and_its_resolution_is_used(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["theirs"] = h.commit(
            B, "Count on the branch.", {"almanac/years.py": YEARS.format("  # branch")}, author=BEN
        )
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add)
    release = shop.open()
    conflict = patches.predict_conflict(release, patches.wanted_patches(release))
    assert conflict is not None
    assert conflict.paths == ("almanac/years.py",)
    assert [one.sha for one in conflict.theirs] == [made["theirs"]]
    with pytest.raises(BranchConflict) as halted:
        shop.run(release, BEFORE_TAG)
    assert "almanac/years.py" in halted.value.cause
    assert any("Count on the branch. (Ben" in row for row in halted.value.evidence)
    tree = release.workspace.branch.path
    (tree / "almanac/years.py").write_text(str(LEAP["almanac/years.py"]))
    shop.git("add", "almanac/years.py", cwd=tree)

    again = shop.run(integrate_later(shop.open()), BEFORE_TAG)

    assert again.plan.version == "1.24.1"
    assert shop.show("v1.24.1:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()
    assert f"(cherry picked from commit {made['fix']})" in shop.origin("log", "v1.24.1")


def test_a_pick_does_not_change_the_version(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        files = {**LEAP, **h.flavour.version("1.25a1")}
        made["fix"] = h.add(h.main, "3.bugfix", "Repair leap years.", files, author=BEN)

    shop = make_shop(add)
    shop.run(shop.open())
    assert shop.show("v1.24.1:almanac/__init__.py") == "__version__ = '1.24.1'"
    assert shop.show("master:almanac/__init__.py") == "__version__ = '1.25a1'"
    assert "Ben Tidewater" in shop.origin("log", "--format=%an", "v1.24.1~2", "-1")


# Fragments that are renamed, or that come alone


@pytest.mark.parametrize(
    ("name", "verdict"), [("4.bugfix", "proposed"), ("3.feature", "unsure"), ("gone", "skipped")]
)
def test_a_commit_that_renames_a_fragment_of_the_branch_has_a_verdict(
    make_shop: MakeShop, name: str, verdict: str
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        h.pick(h.add(h.main, "3.bugfix", "Repair leap years.", LEAP), B)
        if name == "gone":
            h.commit(B, "Drop the news.", {"changes/3.bugfix": None})
        news: Files = {f"changes/{'4.bugfix' if name == 'gone' else name}": "Repair leap years.\n"}
        made["rename"] = h.commit(h.main, "Name the issue.", {"changes/3.bugfix": None, **news})

    found = make_shop(add).candidates()[made["rename"]]
    assert (found.verdict, "rename" in found.reason) == (verdict, True), found


def test_a_renamed_fragment_is_released_under_its_new_name(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.pick(h.add(h.main, "3.bugfix", "Repair leap years.", LEAP), B)
        news: Files = {"changes/4.bugfix": "Repair leap years.\n"}
        h.commit(h.main, "Name the issue.", {"changes/3.bugfix": None, **news})

    shop = make_shop(add)
    shop.run(shop.open())
    assert "Repair leap years. (#4)" in shop.show("v1.24.1:CHANGES.rst")
    assert "4.bugfix" not in shop.origin("ls-tree", "-r", "--name-only", "master")


@pytest.mark.parametrize(
    ("old", "new", "verdict"), [("3.feature", "3.bugfix", "proposed"), ("3.bugfix", "3.feature", "skipped")]
)
def test_the_type_of_a_fragment_is_that_of_its_last_name(
    make_shop: MakeShop, old: str, new: str, verdict: str
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(h.main, old, "Repair leap years.", LEAP)
        h.commit(h.main, "Call it so.", {f"changes/{old}": None, f"changes/{new}": "Repair leap years.\n"})

    assert make_shop(add).candidates()[made["fix"]].verdict == verdict


@pytest.mark.parametrize("fix_is_there", [True, False])
def test_a_released_commit_of_only_fragments_is_asked_about_only_without_its_change(
    make_shop: MakeShop, *, fix_is_there: bool
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        fix = h.commit(h.main, "Repair leap years (#3).", LEAP)
        made["news"] = h.add(h.main, "3.bugfix", "Repair leap years.")
        if fix_is_there:
            h.pick(fix, B, named=False)
        h.pick(made["news"], B, named=False)
        h.integrate("1.24.1", h.release(B, "1.24.1"), gone=["changes/3.bugfix"])

    found = make_shop(add).candidates()[made["news"]]
    assert found.verdict == ("skipped" if fix_is_there else "unsure"), found
