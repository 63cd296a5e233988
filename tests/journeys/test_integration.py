"""The mainline gets each patch, the section and the clean-up once, and nothing else."""

from __future__ import annotations

import shutil

import pytest

from histories import BEN, TIDES, YEARS, Files, Flavour, History
from journeys.workshop import BEFORE_PREPARE, BEFORE_TAG, MakeShop, Workshop
from patchwright.halts import BranchConflict
from patchwright.integration import build
from patchwright.steps import integrate_master

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
SECTION, CLEAN_UP = "Update changelog for v1.24.1 patch release.", "Clean up news fragments."


def require_integrated(shop: Workshop, version: str = "1.24.1") -> None:
    """Assert that the mainline has the section once, as it was released, and its own version."""
    main, path = shop.history.main, shop.history.flavour.changelog
    assert shop.show(f"{main}:{path}").count(f"almanac {version} (") == 1
    assert shop.show(f"{main}:almanac/__init__.py") == "__version__ = '0.0'"
    shop.origin("fsck", "--strict")


def test_patches_of_the_release_branch_keep_author_date_and_subject(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["fix"] = h.add(B, "3.bugfix", "Repair leap years.", LEAP, author=BEN)

    shop = make_shop(add)
    before = shop.origin("rev-parse", "master")
    shop.run(shop.open())
    require_integrated(shop)
    assert shop.subjects(f"{before}..master") == [CLEAN_UP, SECTION, "Repair leap years."]
    how = ("log", "-1", "--format=%an %aI %s")
    assert shop.origin(*how, "master~2") == shop.origin(*how, made["fix"])
    assert f"(cherry picked from commit {made['fix']})" in shop.origin("log", "-1", "--format=%B", "master~2")
    assert "3.bugfix" not in shop.origin("ls-tree", "-r", "--name-only", "master")
    assert shop.show("master:changes/2.feature") == "Tell eclipses of the moon."


def test_only_the_fixes_of_a_commit_with_version_and_section_are_integrated(
    make_shop: MakeShop,
) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair tides.", TIDE)
        section = h.section(B, "1.24.1")
        everything = {
            **LEAP,
            **h.flavour.version("1.24.1"),
            **h.with_section(B, section),
            "changes/3.bugfix": None,
        }
        h.commit(B, "Release 1.24.1, and repair leap years.", everything)
        h.tag("1.24.1", B)

    shop = make_shop(add)
    before = shop.origin("rev-parse", "master")
    shop.run(shop.open("1.24.1"))
    require_integrated(shop)
    assert shop.show("master:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()
    assert sorted(shop.subjects(f"{before}..master")) == sorted(
        [
            "Release 1.24.1, and repair leap years.",
            "Repair tides.",
            "Release 1.24.1, and repair leap years.",
            CLEAN_UP,
        ]
    )


def test_a_fix_after_the_changelog_commit_is_integrated_too(make_shop: MakeShop) -> None:
    shop = make_shop(
        lambda h: (h.add(B, "3.bugfix", "Repair tides.", TIDE), h.release(B, "1.24.1", then=LEAP))
    )
    before = shop.origin("rev-parse", "master")
    shop.run(shop.open("1.24.1"))
    require_integrated(shop)
    assert shop.subjects(f"{before}..master") == [CLEAN_UP, SECTION, "Mend what QA found.", "Repair tides."]


def test_fragments_that_the_mainline_edited_or_removed_are_kept_and_reported(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        for issue, name in ((3, "sun"), (4, "moon"), (5, "star")):
            fix = h.add(h.main, f"{issue}.bugfix", f"Repair the {name}.", {f"almanac/{name}.py": "X = 1\n"})
            h.pick(fix, B)
        h.commit(h.main, "Word it better.", {"changes/4.bugfix": "Repair the moon, really.\n"})
        h.commit(h.main, "Drop it.", {"changes/5.bugfix": None})

    shop = make_shop(add)
    release = shop.run(shop.open("1.24", "none"))
    require_integrated(shop)
    left = shop.origin("ls-tree", "--name-only", "master", "changes/").split()
    assert left == ["changes/.gitignore", "changes/2.feature", "changes/4.bugfix"]
    assert [note for note in release.notes if "4.bugfix" in note] == [
        "changes/4.bugfix was left on master: its text is not the one in the section of 1.24.1"
    ]


@pytest.mark.parametrize(
    "flavour",
    [
        Flavour(markup="md", changelog="CHANGES.md", mainline="main", branch="{series}.x", tag="{version}"),
        Flavour(newline="\r\n"),
        Flavour(marker=False),
    ],
    ids=["markdown-main-1.24.x-no-v", "crlf", "no-marker"],
)
def test_the_section_goes_below_newer_series_in_every_flavour(make_shop: MakeShop, flavour: Flavour) -> None:
    branch, newer = flavour.branch_of("1.24"), flavour.branch_of("1.25")

    def add(h: History) -> None:
        h.fork(newer, h.main)
        h.integrate("1.25.0", h.release(newer, "1.25.0"), gone=["changes/2.feature"])
        h.add(branch, "3.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add, flavour)
    path = flavour.changelog
    before = shop.origin("cat-file", "blob", f"{flavour.mainline}:{path}")
    shop.run(shop.open())
    require_integrated(shop)
    after = shop.show(f"{flavour.mainline}:{path}")
    mark = "# " if flavour.markup == "md" else ""
    at = [after.index(f"{mark}almanac {version} (") for version in ("1.25.0", "1.24.1", "1.24.0")]
    rest = after[: at[1]] + after[at[2] :]
    assert at == sorted(at)
    assert [row for row in before.splitlines() if row.strip()] == [
        row for row in rest.splitlines() if row.strip()
    ]


def test_a_patch_with_another_message_is_not_integrated_again(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair leap years.", LEAP)
        h.add(B, "4.bugfix", "Repair tides.", TIDE)
        h.commit(h.main, "Repair leap years and more (#9).", {**LEAP, "README": "More.\n"}, author=BEN)
        h.add(h.main, "4.bugfix", "Repair the tides as 1.24 does.", {"almanac/tides.py": TIDES.format(12.42)})

    shop = make_shop(add)
    before = shop.origin("rev-parse", "master")
    shop.run(shop.open("1.24", "none"))
    require_integrated(shop)
    assert shop.subjects(f"{before}..master") == [SECTION]
    assert shop.show("master:almanac/tides.py") == TIDES.format(12.42).strip()


def test_a_backport_that_names_its_pull_request_is_not_integrated_again(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.commit(
            h.main, "Repair leap years (#12)", {"almanac/years.py": YEARS.format("  # anew")}, author=BEN
        )
        h.commit(B, "[1.24] Backport PR #12: Repair leap years (#13)", LEAP)
        h.add(B, "4.bugfix", "Repair tides.", TIDE)

    shop = make_shop(add)
    shop.run(shop.open("1.24", "none"))
    require_integrated(shop)
    assert shop.show("master:almanac/years.py") == YEARS.format("  # anew").strip()


def test_a_commit_that_the_release_branch_reverted_is_not_integrated(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        fix = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        h.revert(B, h.pick(fix, B))
        h.add(B, "4.bugfix", "Repair tides.", TIDE)

    shop = make_shop(add)
    shop.run(shop.open("1.24", "none"))
    require_integrated(shop)
    assert shop.show("master:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()


def test_renames_and_submodules_are_integrated(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.commit(h.main, "Move the tides.", {"almanac/tides.py": None, "almanac/water.py": TIDES.format(12)})
        h.add(B, "3.bugfix", "Repair tides.", TIDE)
        h.commit(B, "Have the vendor's newest.", links={"vendor": "1" * 40})

    shop = make_shop(add)
    shop.run(shop.open())
    require_integrated(shop)
    assert shop.show("master:almanac/water.py") == TIDES.format(12.4).strip()
    assert f"160000 commit {'1' * 40}" in shop.origin("ls-tree", "master", "vendor")


def test_a_conflict_is_predicted_and_its_resolution_in_the_worktree_is_used(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair leap years.", LEAP)
        h.commit(h.main, "Count anew.", {"almanac/years.py": YEARS.format("  # anew")}, author=BEN)
        h.add(B, "4.bugfix", "Repair tides.", TIDE)

    shop = make_shop(add)
    foreseen = build.predict_conflict(shop.open("1.24", "none"))
    assert foreseen is not None
    assert foreseen.paths == ("almanac/years.py",)
    release = shop.run(shop.open("1.24", "none"), BEFORE_PREPARE)
    before = shop.origin("for-each-ref")
    with pytest.raises(BranchConflict) as halted:
        shop.run(release, ["prepare"])
    assert "changed on the other branch by " in "\n".join(halted.value.evidence)
    assert shop.origin("for-each-ref") == before
    before = shop.origin("rev-parse", "master")
    tree = release.workspace.mainline.path
    (tree / "almanac/years.py").write_text("resolved = True\n")
    shop.git("add", "almanac/years.py", cwd=tree)

    shop.run(shop.open("1.24", "none"))

    require_integrated(shop)
    assert shop.show("master:almanac/years.py") == "resolved = True"
    assert shop.subjects(f"{before}..master") == [CLEAN_UP, SECTION, "Repair tides.", "Repair leap years."]


@pytest.mark.parametrize("commits_by_hand", [False, True])
def test_a_patch_that_a_person_skipped_is_recorded_and_not_requested_again(
    make_shop: MakeShop, *, commits_by_hand: bool
) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair leap years.", LEAP)
        h.commit(B, "Repair tides.", TIDE)
        h.commit(h.main, "Count anew.", {"almanac/years.py": YEARS.format("  # anew")}, author=BEN)

    shop = make_shop(add)
    before, skipped = (shop.origin("rev-parse", name) for name in ("master", f"{B}~1"))
    release = shop.run(shop.open("1.24", "none"), BEFORE_PREPARE)
    with pytest.raises(BranchConflict) as halted:
        shop.run(release, ["prepare"])
    assert any("restore --source=HEAD --staged --worktree :/" in row for row in halted.value.remedy)
    tree = release.workspace.mainline.path
    shop.git("restore", "--source=HEAD", "--staged", "--worktree", ":/", cwd=tree)
    if commits_by_hand:
        shop.git("commit", "--quiet", "--allow-empty", "--no-edit", cwd=tree)

    done = shop.run(shop.open("1.24", "none"))

    require_integrated(shop)
    assert shop.show("master:almanac/years.py") == YEARS.format("  # anew").strip()
    assert shop.subjects(f"{before}..master") == [SECTION, "Repair tides."]
    assert f"Left-out: {skipped}" in shop.origin("log", "-1", "--format=%B", "master").splitlines()
    record = shop.origin("rev-parse", "master")[:10]
    why = f"{record} records that it was left out"
    assert done.notes == [f"{skipped[:10]} (Repair leap years.) was not brought to master: {why}"]
    # A clone without the worktree knows it, too.
    shutil.rmtree(tree)
    again = shop.open("1.24.1")
    assert integrate_master.proof(again)


def test_the_resolution_is_kept_if_the_mainline_moves(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair leap years.", LEAP)
        h.commit(h.main, "Count anew.", {"almanac/years.py": YEARS.format("  # anew")}, author=BEN)

    shop = make_shop(add)
    release = shop.run(shop.open("1.24", "none"), BEFORE_PREPARE)
    with pytest.raises(BranchConflict):
        shop.run(release, ["prepare"])
    tree = release.workspace.mainline.path
    (tree / "almanac/years.py").write_text("resolved = True\n")
    shop.git("-c", "core.editor=:", "commit", "--all", "--no-edit", cwd=tree)
    shop.run(shop.open("1.24", "none"), (*BEFORE_TAG, "clean-up"))
    shop.git("fetch", "--quiet", "origin")
    shop.git("checkout", "--quiet", "-B", "master", "origin/master")
    (shop.clone / "moved.txt").write_text("moved\n")
    shop.git("add", "moved.txt")
    shop.git("commit", "--quiet", "-m", "Move on.")
    shop.git("push", "--quiet", "origin", "master")

    done = shop.run(shop.open("1.24.1"), ["integrate-master"])

    require_integrated(shop)
    assert done.notes == []
    assert shop.show("master:almanac/years.py") == "resolved = True"
    assert shop.subjects("master")[:4] == [CLEAN_UP, SECTION, "Repair leap years.", "Move on."]


def test_a_release_by_another_convention_is_not_unfinished(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair leap years.", LEAP)
        section = h.section(B, "1.24.1")
        h.commit(B, "Release 1.24.1", {**h.flavour.version("1.24.1"), **h.with_section(B, section)})
        h.tag("1.24.1", B)
        h.add(B, "4.bugfix", "Repair tides.", TIDE)

    shop = make_shop(add)
    assert shop.open().plan.version == "1.24.2"


def test_what_a_person_did_in_the_worktree_of_the_integration_is_kept(make_shop: MakeShop) -> None:
    """It is not published either: nobody has asked for it."""
    shop = make_shop(lambda h: h.add(B, "3.bugfix", "Repair leap years.", LEAP))
    release = shop.run(shop.open(), BEFORE_TAG)
    build.build(release, release.origin.mainline_tip)
    where = release.workspace.mainline.path
    (where / "almanac" / "tides.py").write_text("mine = 1\n")
    shop.git("add", "--all", cwd=where)
    shop.git("commit", "--quiet", "--message=By hand", cwd=where)
    commit = shop.git("rev-parse", "HEAD", cwd=where)
    (where / "almanac" / "tides.py").write_text("mine = 2\n")

    again = shop.run(shop.open())

    require_integrated(shop)
    assert "By hand" not in shop.subjects("master")
    kept = shop.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/patchwright").splitlines()
    assert commit in {row.split(" ")[0] for row in kept}
    assert [shop.git("show", f"{row.split(' ')[0]}:almanac/tides.py") for row in kept].count("mine = 2") == 1
    for row in kept:
        assert any(row.split(" ")[0][:10] in note for note in again.notes)
