"""Fragments and sections: what is rendered and removed is exactly what belongs to the release."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

import pytest

from histories import TIDES, YEARS, Files, Flavour, History
from journeys.workshop import AFTER_TAG, BEFORE_TAG, MakeShop, Workshop
from patchwright.halts import BranchConflict, Prerequisite, StepFailed
from patchwright.preflight import fragments, series

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
CORE, WEB = ("Core", "core"), ("Web", "web")


@dataclass(frozen=True)
class Sections(Flavour):
    """A project with sections: their names and directories, in the order of the configuration."""

    sections: tuple[tuple[str, str], ...] = (CORE, WEB)
    more: str = ""

    @property
    def pyproject(self) -> str:
        tables = "".join(
            f"\n[[tool.towncrier.section]]\nname = '{name}'\npath = '{path}'\n"
            for name, path in self.sections
        )
        return f"{super().pyproject}{self.more}{tables}"


def paths(shop: Workshop, branch: str = "master", place: str = "") -> set[str]:
    """Return the fragments of a branch on origin."""
    listed = shop.origin("ls-tree", "-r", "--name-only", branch, *([place] if place else [])).split()
    return {path for path in listed if path.startswith(("changes/", "news/")) and ".gitignore" not in path}


def blob(shop: Workshop, name: str) -> bytes:
    """Return a file of a commit on origin, byte for byte."""
    command = ("git", "--git-dir", str(shop.history.directory), "cat-file", "blob", name)
    return subprocess.run(command, check=True, capture_output=True).stdout


def without_section(text: bytes, version: str = "1.24.1") -> bytes:
    """Return a changelog without the section of a version, which is above that of 1.24.0."""
    start = text.index(f"almanac {version} (".encode())
    return text[:start] + text[text.index(b"almanac 1.24.0 (", start) :]


def fix(h: History, branch: str, path: str, text: str, files: Files = LEAP) -> str:
    """Commit a fix with a fragment at a path."""
    return h.commit(branch, text or "Fix it.", {**files, path: f"{text}\n" if text else ""})


# A fragment is its section, its path and its content


@pytest.mark.parametrize("text", ["", "Sweep the floor."], ids=["empty", "equal text"])
def test_a_released_fragment_removes_no_fragment_of_another_section(make_shop: MakeShop, text: str) -> None:
    def add(h: History) -> None:
        h.pick(fix(h, h.main, "changes/core/12.misc.rst", text), B)
        fix(h, h.main, "changes/web/12.misc.rst", text, TIDE)

    shop = make_shop(add, Sections())
    shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature", "changes/web/12.misc.rst"}
    assert "changes/core/12.misc.rst" not in paths(shop, B)


def test_an_equal_name_in_three_sections_is_removed_only_where_it_was_rendered(make_shop: MakeShop) -> None:
    flavour = Sections(sections=(CORE, WEB, ("Docs", "docs")))

    def add(h: History) -> None:
        h.commit(
            B, "Have core and docs.", {"changes/core/7.bugfix": "Core.\n", "changes/docs/7.bugfix": "D.\n"}
        )
        everywhere = {f"changes/{name}/7.bugfix": "Core.\n" for name in ("core", "web")}
        h.commit(h.main, "Have all three.", {**everywhere, "changes/docs/7.bugfix": "Docs.\n"})

    shop = make_shop(add, flavour)
    release = shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature", "changes/web/7.bugfix", "changes/docs/7.bugfix"}
    assert paths(shop, B) == set()
    assert any("changes/docs/7.bugfix was left on master" in note for note in release.notes)


def test_the_order_of_the_sections_does_not_matter(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        swapped = Sections(sections=(("Web", "../news/web"), ("Core", "../news/core")))
        h.commit(h.main, "Move the news.", {"pyproject.toml": swapped.pyproject})
        fix(h, B, "changes/core/7.bugfix", "Leap years.")
        fix(h, h.main, "news/core/7.bugfix", "Leap years.")
        h.commit(h.main, "Have another.", {"news/web/7.bugfix": "Leap years.\n"})

    shop = make_shop(add, Sections())
    shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature", "news/web/7.bugfix"}


def test_a_directory_that_moved_is_followed_although_a_section_was_added(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        fix(h, B, "changes/core/7.bugfix", "Leap years.")
        wider = Sections(fragments="news", sections=(("API", "api"), CORE, WEB))
        h.commit(h.main, "Move the news.", {"pyproject.toml": wider.pyproject})
        fix(h, h.main, "news/core/7.bugfix", "Leap years.")
        h.commit(
            h.main, "Have others.", {f"news/{name}/7.bugfix": "Leap years.\n" for name in ("api", "web")}
        )

    shop = make_shop(add, Sections())
    shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature", "news/api/7.bugfix", "news/web/7.bugfix"}


def test_exchanged_directories_are_not_clear_and_stay(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        fix(h, B, "changes/core/7.bugfix", "Leap years.")
        exchanged = Sections(sections=(("Core", "web"), ("Web", "core")))
        h.commit(h.main, "Exchange them.", {"pyproject.toml": exchanged.pyproject})
        h.commit(
            h.main, "Have news.", {f"changes/{one}/7.bugfix": "Leap years.\n" for one in ("core", "web")}
        )

    shop = make_shop(add, Sections())
    release = shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature", "changes/core/7.bugfix", "changes/web/7.bugfix"}
    assert sum("was left on master" in note for note in release.notes) == 2


def test_a_section_with_a_new_name_in_its_directory_keeps_its_fragments(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        fix(h, B, "changes/core/7.bugfix", "Leap years.")
        renamed = Sections(sections=(("The core", "core"), WEB))
        h.commit(
            h.main,
            "Rename it.",
            {"pyproject.toml": renamed.pyproject, "changes/core/7.bugfix": "Leap years.\n"},
        )

    shop = make_shop(add, Sections())
    shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature"}


def test_a_section_that_was_renamed_and_moved_is_left_and_reported(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        fix(h, B, "changes/core/7.bugfix", "Leap years.")
        renamed = Sections(sections=(("Kernel", "kernel"), WEB))
        files: Files = {"pyproject.toml": renamed.pyproject, "changes/kernel/7.bugfix": "Leap years.\n"}
        h.commit(h.main, "Rename it.", files)

    shop = make_shop(add, Sections())
    release = shop.run(shop.open("1.24", "none"))
    assert "changes/kernel/7.bugfix" in paths(shop)
    assert any("changes/kernel/7.bugfix was left on master" in note for note in release.notes)


def test_a_name_that_the_mainline_uses_again_for_other_news_stays(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        first = h.add(h.main, "+modules.bugfix.rst", "Find modules.", LEAP)
        h.pick(first, B)
        h.integrate("1.24.1", h.release(B, "1.24.1"), gone=["changes/+modules.bugfix.rst"])
        h.add(h.main, "+modules.bugfix.rst", "Find modules with dots.", TIDE)
        h.add(B, "9.bugfix", "Repair the year zero.", {"almanac/zero.py": "ZERO = 1\n"})

    shop = make_shop(add)
    shop.run(shop.open("1.24", "none"))
    assert paths(shop) == {"changes/2.feature", "changes/+modules.bugfix.rst"}


def test_a_pick_takes_its_fragment_to_the_section_of_the_same_name(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        moved = Sections(fragments="news", sections=(WEB, CORE))
        h.commit(h.main, "Move the news.", {"pyproject.toml": moved.pyproject})
        made["fix"] = fix(h, h.main, "news/web/7.bugfix", "Leap years.")

    shop = make_shop(add, Sections())
    shop.run(shop.open("1.24", made["fix"]), BEFORE_TAG)
    assert "changes/web/7.bugfix" in paths(shop, "v1.24.1")
    text = shop.show("v1.24.1:CHANGES.rst")
    assert text.index("\nWeb\n") < text.index("- Leap years. (#7)")
    shop.run(shop.open("1.24.1"), AFTER_TAG)
    assert paths(shop, B) == set()
    assert paths(shop) == {"changes/2.feature"}


def test_a_fix_whose_fragment_has_the_name_of_another_sections_is_proposed(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        fix(h, B, "changes/core/12.bugfix", "Repair leap years.")
        made["web"] = fix(h, h.main, "changes/web/12.bugfix", "Repair tides.", TIDE)

    found = make_shop(add, Sections()).candidates()
    assert found[made["web"]].verdict == "proposed"


def test_a_fragment_that_a_commit_adds_beside_the_removal_of_anothers_is_new(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        fix(h, h.main, "changes/core/12.bugfix", "Repair leap years.")
        files: Files = {**TIDE, "changes/core/12.bugfix": None, "changes/web/12.bugfix": "Repair tides.\n"}
        made["web"] = h.commit(h.main, "Repair tides.", files)

    found = make_shop(add, Sections()).candidates()
    assert found[made["web"]].verdict == "proposed"


# A fragment that comes after the section


def halted_at_qa(shop: Workshop, subject: str, files: Files) -> str:
    """Release until QA, and let a colleague push a fix to the branch. Return the old release commit."""
    release = shop.run(shop.open("1.24", "none"), BEFORE_TAG[:-1])
    old = release.commits.head
    clone = shop.clone.parent / "colleague"
    shop.git(
        "clone", "--quiet", "--branch", B, str(shop.history.directory), str(clone), cwd=shop.clone.parent
    )
    for path, text in files.items():
        if text is None:
            shop.git("rm", "--quiet", path, cwd=clone)
        else:
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_text(text)
            shop.git("add", path, cwd=clone)
    who = ("-c", "user.name=Ben", "-c", "user.email=ben@example.org")
    shop.git(*who, "commit", "--quiet", "--message", subject, cwd=clone)
    shop.git("push", "--quiet", "origin", B, cwd=clone)
    return old


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_fragment_that_comes_with_a_fix_is_rendered_before_the_tag(
    make_shop: MakeShop, newline: str
) -> None:
    shop = make_shop(lambda h: h.add(B, "7.bugfix", "Repair leap years.", LEAP), Flavour(newline=newline))
    before = blob(shop, f"{B}:CHANGES.rst")
    old = halted_at_qa(shop, "Repair what QA found.", {**TIDE, "changes/8.bugfix": "Repair tides.\n"})

    shop.run(shop.open("1.24", "none"))

    tagged = shop.origin("rev-parse", "v1.24.1^{commit}")
    shop.git("fetch", "--quiet")
    assert shop.subjects(f"{old}..v1.24.1") == [
        "Update changelog for v1.24.1 patch release.",
        "Repair what QA found.",
    ]
    assert shop.origin("diff-tree", "-r", "--name-only", f"{tagged}^", tagged) == "CHANGES.rst"
    text = shop.show("v1.24.1:CHANGES.rst")
    assert text.count("almanac 1.24.1 (") == 1
    assert without_section(blob(shop, "v1.24.1:CHANGES.rst")) == before
    assert text.count("- Repair leap years. (#7)") == text.count("- Repair tides. (#8)") == 1
    assert paths(shop, B) == set()
    assert paths(shop) == {"changes/2.feature"}
    assert shop.show("master:CHANGES.rst").count("- Repair tides. (#8)") == 1
    assert shop.show("master:almanac/tides.py") == TIDES.format(12.4).strip()


def test_a_fragment_that_the_fix_edits_is_rendered_again(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(B, "7.bugfix", "Repair leap years.", LEAP))
    halted_at_qa(shop, "Say it better.", {"changes/7.bugfix": "Leap years leap.\n"})
    shop.run(shop.open("1.24", "none"))
    text = shop.show("v1.24.1:CHANGES.rst")
    assert "Leap years leap. (#7)" in text
    assert "Repair leap years." not in text
    assert paths(shop, B) == set()


def test_two_late_fragments_one_after_the_other_are_both_rendered(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(B, "7.bugfix", "Repair leap years.", LEAP))
    halted_at_qa(shop, "Repair tides.", {**TIDE, "changes/8.bugfix": "Repair tides.\n"})
    shop.run(shop.open("1.24", "none"), BEFORE_TAG[:-1])
    clone = shop.clone.parent / "colleague"
    shop.git("pull", "--quiet", cwd=clone)
    (clone / "changes/9.misc").write_text("")
    shop.git("add", "--all", cwd=clone)
    who = ("-c", "user.name=Ben", "-c", "user.email=ben@example.org")
    shop.git(*who, "commit", "--quiet", "--message", "Sweep.", cwd=clone)
    shop.git("push", "--quiet", cwd=clone)
    shop.run(shop.open("1.24", "none"))
    text = shop.show("v1.24.1:CHANGES.rst")
    assert [text.count(entry) for entry in ("years. (#7)", "tides. (#8)", "- #9", "almanac 1.24.1 (")] == [
        1
    ] * 4
    assert paths(shop, B) == set()


def test_news_that_a_revert_withdraws_leave_the_section(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)
        h.add(B, "8.bugfix", "Repair tides.", TIDE)

    shop = make_shop(add)
    sha = shop.origin("rev-parse", f"{B}")
    subject = f'Revert "Repair tides."\n\nThis reverts commit {sha}.'
    halted_at_qa(shop, subject, {"almanac/tides.py": TIDES.format(12), "changes/8.bugfix": None})
    shop.run(shop.open("1.24", "none"))
    text = shop.show("v1.24.1:CHANGES.rst")
    assert "Repair leap years. (#7)" in text
    assert "Repair tides." not in text


def test_a_section_that_a_person_edited_is_not_overwritten(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(B, "7.bugfix", "Repair leap years.", LEAP))
    release = shop.run(shop.open("1.24", "none"), BEFORE_TAG[:-1])
    text = shop.show(f"{B}:CHANGES.rst")
    edited = text.replace("Repair leap years. (#7)", "Repair leap years. (#7)\n\nThanks to Ben.") + "\n"
    halted_at_qa(shop, "Thank Ben.", {"CHANGES.rst": edited})
    clone = shop.clone.parent / "colleague"
    (clone / "changes/8.bugfix").write_text("Repair tides.\n")
    shop.git("add", "--all", cwd=clone)
    who = ("-c", "user.name=Ben", "-c", "user.email=ben@example.org")
    shop.git(*who, "commit", "--quiet", "--message", "Repair tides.", cwd=clone)
    shop.git("push", "--quiet", cwd=clone)
    with pytest.raises(StepFailed, match="has to be changed by hand") as halted:
        shop.run(shop.open("1.24", "none"))
    assert halted.value.evidence == (
        "somebody edited the section in CHANGES.rst",
        "not in the section: changes/8.bugfix",
    )
    assert "v1.24.1" not in shop.origin("tag")

    (clone / "CHANGES.rst").write_text(
        edited.replace("Thanks to Ben.", "Thanks to Ben.\n- Repair tides. (#8)")
    )
    shop.git(*who, "commit", "--quiet", "--all", "--message", "Add tides.", cwd=clone)
    shop.git("push", "--quiet", cwd=clone)
    shop.run(shop.open("1.24", "none"))
    assert "Thanks to Ben." in shop.show("v1.24.1:CHANGES.rst")
    assert paths(shop, B) == set()
    assert release.plan.version == "1.24.1"


# Where a section is put


UNRELEASED = "Unreleased\n==========\n\n- Written by hand.\n\n\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("title", ["Unreleased", "Next release", "Upcoming"])
def test_a_section_goes_below_what_is_not_released_on_both_branches(
    make_shop: MakeShop, title: str, newline: str
) -> None:
    part = UNRELEASED.replace("Unreleased\n==========", f"{title}\n{'=' * len(title)}").replace("\n", newline)

    def add(h: History) -> None:
        for branch in (B, h.main):
            text = h.text(branch, "CHANGES.rst").replace("almanac 1.24.0", f"{part}almanac 1.24.0")
            h.commit(branch, "Begin a list.", {"CHANGES.rst": text})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add, Flavour(newline=newline))
    before = {branch: blob(shop, f"{branch}:CHANGES.rst") for branch in (B, "master")}
    shop.run(shop.open("1.24", "none"))
    for branch, text in before.items():
        after = blob(shop, f"{branch}:CHANGES.rst")
        assert without_section(after) == text
        assert after.index(title.encode()) < after.index(b"almanac 1.24.1 (")


@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["no BOM", "BOM"])
@pytest.mark.parametrize("flavour", [
    Flavour(newline="\r\n"),
    Flavour(newline="\r\n", markup="md", changelog="CHANGES.md"),
    Flavour(newline="\r\n", marker=False),
], ids=["rst", "markdown", "no marker"])  # fmt: skip  # flavours and their names
def test_newlines_and_bytes_around_the_section_stay_on_both_branches(
    make_shop: MakeShop, flavour: Flavour, bom: str
) -> None:
    path = flavour.changelog

    def add(h: History) -> None:
        for branch in (B, h.main):
            h.commit(branch, "Have a mark.", {path: f"{bom}{h.text(branch, path)}Été.\r\n"})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add, flavour)
    before = {branch: blob(shop, f"{branch}:{path}") for branch in (B, "master")}
    shop.run(shop.open("1.24", "none"))
    for branch, text in before.items():
        after = blob(shop, f"{branch}:{path}")
        assert b"\n" not in after.replace(b"\r\n", b"")
        start = after.index(b"# almanac 1.24.1" if flavour.markup == "md" else b"almanac 1.24.1")
        end = after.index(b"# almanac 1.24.0" if flavour.markup == "md" else b"almanac 1.24.0")
        assert after[:start] + after[end:] == text


# What preflight finds


CASES = {
    "a misspelt type": ({"changes/7.bugfx": "Leap years.\n"}, "does not know their type", "changes/7.bugfx"),
    "no type": ({"changes/7.rst": "Leap years.\n"}, "does not know their type", "changes/7.rst"),
    "a type in capitals": ({"changes/leap.BugFix.rst": "X.\n"}, "does not know", "changes/leap.BugFix.rst"),
    "no section": ({"changes/core/7.bugfix": "X.\n"}, "in no section's directory", "changes/core/7.bugfix"),
    "no text": ({"changes/7.bugfix": "\n"}, "have no text", "changes/7.bugfix"),
    "an orphan without text": ({"changes/+leap.misc": ""}, "have no text", "changes/+leap.misc"),
}


@pytest.mark.parametrize("is_picked", [False, True], ids=["on the branch", "in a pick"])
@pytest.mark.parametrize("case", CASES)
def test_a_fragment_that_would_be_lost_is_named_before_anything_changes(
    make_shop: MakeShop, case: str, *, is_picked: bool
) -> None:
    files, message, path = CASES[case]
    made: list[str] = []

    def add(h: History) -> None:
        h.add(B, "6.bugfix", "Repair tides.", TIDE)
        made.append(h.commit(h.main if is_picked else B, "Repair leap years.", {**LEAP, **files}))

    shop = make_shop(add)
    release = shop.open("1.24", made[0] if is_picked else "none")
    with pytest.raises(Prerequisite, match=message) as halted:
        fragments.require_fragments(release)
    assert halted.value.evidence == (path,)


@pytest.mark.parametrize(
    "files",
    [
        {"changes/README.txt": "Read me.\n", "changes/README": "x\n", "changes/notes.txt": "x\n"},
        {"changes/_template.rst.jinja2": "x\n", "changes/.TEMPLATE.rst": "x\n", "changes/1.24.0.rst": "x\n"},
        {"changes/7.misc": "", "changes/old/1.23.txt": "x\n"},
    ],
    ids=["readme", "templates", "no text where none is shown"],
)
def test_files_that_are_no_fragments_are_no_problem(make_shop: MakeShop, files: Files) -> None:
    shop = make_shop(
        lambda h: (h.add(B, "6.bugfix", "Repair tides.", TIDE), h.commit(B, "Have files.", files))
    )
    fragments.require_fragments(shop.open("1.24", "none"))


def test_old_files_in_a_directory_without_a_section_are_no_problem(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.commit(B, "Keep old news.", {"changes/attic/1.bugfix": "Old.\n"})
        h.add(B, "5.bugfix", "Repair the sun.")
        h.release(B, "1.24.1")
        h.add(B, "6.bugfix", "Repair tides.", TIDE)

    fragments.require_fragments(make_shop(add).open("1.24", "none"))


def test_ignored_files_are_no_problem_and_others_are_refused(make_shop: MakeShop) -> None:
    flavour = Sections(sections=(("", ""),), more="ignore = ['*.draft']\n")

    def add(h: History) -> None:
        h.commit(B, "Have a draft.", {"changes/7.bugfx.draft": "x\n"})
        h.add(B, "6.bugfix", "Repair tides.", TIDE)

    shop = make_shop(add, flavour)
    fragments.require_fragments(shop.open("1.24", "none"))


def test_misspelt_fragments_of_the_mainline_are_listed(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "6.bugfix", "Repair tides.", TIDE)
        h.commit(h.main, "Repair leap years.", {**LEAP, "changes/43.bugfx.rst": "Leap years.\n"})

    shop = make_shop(add)
    fragments.report_fragments(shop.open("1.24", "none"))
    assert [line.split()[2] for line in shop.told.lines] == ["changes/43.bugfx.rst,"]


@pytest.mark.parametrize("is_picked", [False, True], ids=["on the branch", "in a pick"])
def test_news_that_an_earlier_section_has_are_reported_and_released(
    make_shop: MakeShop, *, is_picked: bool
) -> None:
    made: list[str] = []

    def add(h: History) -> None:
        h.add(B, "5.bugfix", "Repair leap years,\nat last.")
        h.integrate("1.24.1", h.release(B, "1.24.1"))
        h.add(B, "6.bugfix", "Repair tides.", TIDE)
        made.append(h.add(h.main if is_picked else B, "7.bugfix", "Repair leap years, at last.", LEAP))

    shop = make_shop(add)
    names = (made[0],) if is_picked else ("none",)
    fragments.report_fragments(shop.open("1.24", *names))
    expected = "the section of 1.24.1 already has the text of changes/7.bugfix; 1.24.2 will repeat it"
    assert shop.told.lines == [expected]
    shop.run(shop.open("1.24", *names), BEFORE_TAG)
    assert expected in shop.told.lines[1:]


def test_news_are_reported_before_the_unsure_patches_are_chosen(
    make_shop: MakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(h: History) -> None:
        h.add(B, "5.bugfix", "Repair leap years,\nat last.")
        h.integrate("1.24.1", h.release(B, "1.24.1"))
        h.add(B, "7.bugfix", "Repair leap years, at last.", LEAP)

    def refuse(*_arguments: object) -> None:
        raise BranchConflict("A commit is unsure.")

    monkeypatch.setattr("patchwright.patches.choice.require_clear", refuse)
    shop = make_shop(add)
    fragments.report_fragments(shop.open("1.24"))
    assert shop.told.lines == [
        "the section of 1.24.1 already has the text of changes/7.bugfix; 1.24.2 will repeat it"
    ]


# Which file has the changelog


def rotate(h: History, *, onto: str = "docs/1.24.rst", markup: str = "rst") -> None:
    """Let the mainline begin a new changelog, and keep the one of 1.24 in another file."""
    text = h.text(h.main, "CHANGES.rst")
    new = Flavour(changelog="CHANGES-1.25.rst", markup=markup)
    h.commit(h.main, "Begin a new changelog.", {
        "CHANGES.rst": None, onto: text, "CHANGES-1.25.rst": new.preamble, "pyproject.toml": new.pyproject,
    })  # fmt: skip  # what goes, then what comes


def test_the_section_goes_to_the_file_that_has_the_series(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        rotate(h)
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add)
    before = {path: blob(shop, f"master:{path}") for path in ("docs/1.24.rst", "CHANGES-1.25.rst")}
    release = shop.open("1.24", "none")
    series.require_mainline_changelog(release)
    shop.run(release)
    after = {path: blob(shop, f"master:{path}") for path in before}
    assert after["CHANGES-1.25.rst"] == before["CHANGES-1.25.rst"]
    assert without_section(after["docs/1.24.rst"]) == before["docs/1.24.rst"]


def test_a_file_of_the_same_name_that_was_begun_anew_is_not_the_changelog(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        text = h.text(h.main, "CHANGES.rst")
        h.commit(h.main, "Keep old changes.", {"HISTORY": text, "CHANGES.rst": h.flavour.preamble})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add)
    shop.run(shop.open("1.24", "none"))
    assert shop.show("master:HISTORY").count("almanac 1.24.1 (") == 1
    assert "1.24.1" not in shop.show("master:CHANGES.rst")


def test_without_a_file_for_the_series_preflight_halts(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        rotate(h)
        h.commit(h.main, "Remove the old one.", {"docs/1.24.rst": None})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    with pytest.raises(Prerequisite, match="not clear to which file") as halted:
        series.require_mainline_changelog(make_shop(add).open("1.24", "none"))
    assert halted.value.evidence == (
        "changelog of release-1.24: CHANGES.rst", "changelog configured on master: CHANGES-1.25.rst",
    )  # fmt: skip  # one line each


def test_two_files_with_the_series_halt_preflight(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        rotate(h)
        h.commit(h.main, "Copy it.", {"docs/all.rst": h.text(h.main, "docs/1.24.rst")})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    with pytest.raises(Prerequisite, match="not clear to which file") as halted:
        series.require_mainline_changelog(make_shop(add).open("1.24", "none"))
    assert halted.value.evidence[2:] == (
        "file of master with sections of 1.24: docs/1.24.rst",
        "file of master with sections of 1.24: docs/all.rst",
    )  # fmt: skip  # one line each


def test_another_markup_on_the_mainline_halts_preflight(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        markdown = Flavour(markup="md", changelog="CHANGES.md")
        section = markdown.section("1.24.0", "2025-01-20", {"Feature": ["Tell the years that leap. (#1)"]})
        files = {"CHANGES.rst": None, "CHANGES.md": markdown.preamble + section}
        h.commit(h.main, "Write Markdown.", {**files, "pyproject.toml": markdown.pyproject})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    with pytest.raises(Prerequisite, match="is reStructuredText on release-"):
        series.require_mainline_changelog(make_shop(add).open("1.24", "none"))


def test_a_section_for_the_version_on_the_mainline_halts_preflight(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        by_hand = h.flavour.section("1.24.1", "unreleased", {"Bugfix": ["By hand."]})
        h.commit(h.main, "Begin 1.24.1.", h.with_section(h.main, by_hand))
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    with pytest.raises(Prerequisite, match="already has a section for"):
        series.require_mainline_changelog(make_shop(add).open("1.24", "none"))


def test_an_ordinary_release_halts_nowhere_and_says_nothing(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: h.add(B, "7.bugfix", "Repair leap years.", LEAP))
    release = shop.open("1.24", "none")
    fragments.require_fragments(release)
    series.require_mainline_changelog(release)
    fragments.report_fragments(release)
    assert shop.told.lines == []
