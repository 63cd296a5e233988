"""An `-x` line is no proof if the change that it names is not there, or only a part of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from histories import Files, History
from journeys.workshop import BEFORE_TAG, MakeShop, Workshop, integrate_later
from patchwright.halts import BranchConflict
from patchwright.tools.git_output import pick_line

pytestmark = pytest.mark.journey

B, PATH, OTHER = "release-1.24", "almanac/moons.py", "almanac/suns.py"
NEWS: Files = {"changes/3.bugfix": "Repair moons.\n"}
MANY = "".join(f"line_{number} = 0\n" for number in range(8))


def moons(first: object = 1, second: object = 1) -> Files:
    """Return a file with two places that git merges independently of each other."""
    return {PATH: f"first = {first}\n{MANY}second = {second}\n"}


def add_base(h: History) -> None:
    """Add the files to both lines of history."""
    for line in (h.main, B):
        h.commit(line, "Tell moons.", {**moons(), OTHER: f"sun = 1\n{MANY}"})


def add_fix(h: History, files: Files | None = None) -> str:
    return h.add(h.main, "3.bugfix", "Repair moons.", files or moons(2, 2))


# What is asked: each returns the fix


def one_hunk_of_the_branch(h: History) -> str:
    h.commit(B, "Count differently.", moons(first=5))
    return picked(h, add_fix(h), moons(5, 2))


def whole_file_of_the_branch(h: History) -> str:
    h.commit(B, "Count differently.", moons(first=5))
    return picked(h, add_fix(h), moons(5, 1))


def one_file_of_the_branch(h: History) -> str:
    h.commit(B, "Count differently.", moons(first=5))
    fix = add_fix(h, {**moons(first=2), OTHER: f"sun = 2\n{MANY}"})
    return picked(h, fix, moons(first=5))


def amended_to_less(h: History) -> str:
    return picked(h, add_fix(h), moons(2, 1))


def amended_to_less_and_changed_later(h: History) -> str:
    fix = picked(h, add_fix(h), moons(2, 1))
    h.commit(B, "Go on.", moons(7, 1))
    return fix


def nothing_but_the_line(h: History) -> str:
    fix = add_fix(h)
    h.commit(B, f"Repair moons.\n\n{pick_line(fix)}")
    return fix


def line_in_an_unrelated_commit(h: History) -> str:
    h.commit(B, "Count differently.", moons(first=5))
    fix = add_fix(h, moons(first=2))
    h.commit(B, f"Say more.\n\n{pick_line(fix)}", moons(5, "1  # one"))
    return fix


def one_hunk_undone_later(h: History) -> str:
    fix = add_fix(h)
    h.pick(fix, B)
    h.commit(B, "Go on.", moons(7, 1))
    return fix


def amended_after_an_abbreviated_name(h: History) -> str:
    fix = add_fix(h)
    h.commit(B, f"Repair moons.\n\n(cherry picked from commit {fix[:12]})", {**moons(9, 2), **NEWS})
    return fix


def one_hunk_of_a_merge(h: History) -> str:
    h.fork("topic", h.main)
    fix = h.add("topic", "3.bugfix", "Repair moons.", moons(2, 2))
    h.commit(h.main, "Mention the moon.", {"README": "The moon.\n"})
    merge = h.merge(h.main, "topic", "Merge pull request #3")
    h.commit(B, f"Merge pull request #3\n\n{pick_line(merge)}", {**moons(2, 1), **NEWS})
    return fix


def picked(h: History, fix: str, files: Files) -> str:
    h.pick(fix, B, files=files)
    return fix


ASKED: tuple[Callable[[History], str], ...] = (
    one_hunk_of_the_branch, whole_file_of_the_branch, one_file_of_the_branch, amended_to_less,
    amended_to_less_and_changed_later, nothing_but_the_line, line_in_an_unrelated_commit,
    one_hunk_undone_later, amended_after_an_abbreviated_name,
)  # fmt: skip  # a list


def make(make_shop: MakeShop, arrange: Callable[[History], str]) -> tuple[Workshop, str]:
    made: list[str] = []

    def add(h: History) -> None:
        add_base(h)
        made.append(arrange(h))

    return make_shop(add), made[0]


@pytest.mark.parametrize("arrange", ASKED)
def test_a_pick_without_the_whole_effect_is_asked_about(
    make_shop: MakeShop, arrange: Callable[[History], str]
) -> None:
    shop, fix = make(make_shop, arrange)

    found = shop.candidates()[fix]
    with pytest.raises(BranchConflict, match="may already have some of the patches") as halted:
        shop.run(shop.open("1.24", fix), ("checkout", "pick"))

    assert found.verdict == "unsure", found
    assert PATH in found.reason
    assert "changes/" not in found.reason
    assert f"{fix[:12]}:again" in halted.value.remedy[0]


def test_a_pick_of_a_merge_without_the_whole_effect_is_asked_about(make_shop: MakeShop) -> None:
    shop, fix = make(make_shop, one_hunk_of_a_merge)
    (found,) = (one for one in shop.candidates().values() if one.verdict != "skipped")
    with pytest.raises(BranchConflict, match="may already have some of the patches") as halted:
        shop.run(shop.open("1.24", fix), ("checkout", "pick"))
    assert (found.verdict, found.commit.subject) == ("unsure", "Merge pull request #3")
    assert PATH in found.reason
    assert f"{fix[:12]}:again" in halted.value.remedy[0]
    assert halted.value.remedy[1].endswith("--patches none")


def left_out_and_repaired_later(h: History) -> str:
    fix = one_hunk_of_the_branch(h)
    h.commit(B, "Repair the other moon.", moons(2, 2))
    return fix


def resolved(h: History) -> str:
    h.commit(B, "Count differently.", moons(first=5))
    return picked(h, add_fix(h), moons(6, 2))


def resolved_and_changed_later(h: History) -> str:
    fix = resolved(h)
    h.commit(B, "Go on.", moons(8, 9))
    return fix


def without_a_file_that_the_branch_does_not_have(h: History) -> str:
    h.commit(h.main, "Tell stars.", {"almanac/stars.py": "stars = 1\n"})
    fix = add_fix(h, {**moons(2, 2), "almanac/stars.py": "stars = 2\n"})
    source = h.made[fix]
    h.commit(
        B, f"Repair moons.\n\n{pick_line(fix)}", {**moons(2, 2), **NEWS},
        author=source.author, authored=source.authored,
    )  # fmt: skip  # what, then by whom
    return fix


def by_an_abbreviated_name(h: History) -> str:
    fix = add_fix(h)
    h.commit(B, f"Repair moons.\n\n(cherry picked from commit {fix[:12]})", {**moons(2, 2), **NEWS})
    return fix


def below_a_heading_like_a_marker(h: History) -> str:
    heading = "Moons\n=======\n\nfirst: {}\n" + "\n".join("abcdefgh") + "\nsecond: {}\n"
    h.commit(h.main, "Describe.", {"doc.rst": heading.format(1, 1)})
    h.commit(B, "Describe.", {"doc.rst": heading.format(1, 1).replace("Moons", "Moon")})
    fix = add_fix(h, {"doc.rst": heading.format(2, 2).replace("Moons", "All")})
    return picked(h, fix, {"doc.rst": heading.format(2, 2).replace("Moons", "All our")})


PRESENT: tuple[Callable[[History], str], ...] = (
    left_out_and_repaired_later, resolved, resolved_and_changed_later, by_an_abbreviated_name,
    without_a_file_that_the_branch_does_not_have, below_a_heading_like_a_marker,
)  # fmt: skip  # a list


@pytest.mark.parametrize("arrange", PRESENT)
def test_a_pick_with_the_whole_effect_is_present(
    make_shop: MakeShop, arrange: Callable[[History], str]
) -> None:
    shop, fix = make(make_shop, arrange)
    before = shop.origin("rev-parse", B)
    found = shop.candidates()[fix]
    assert found.verdict == "skipped", found
    release = shop.run(shop.open("1.24", fix), ("checkout", "pick"))
    assert release.commits.head == before


def test_both_answers_about_a_partial_pick_work(make_shop: MakeShop) -> None:
    shop, fix = make(make_shop, one_hunk_of_the_branch)
    with pytest.raises(BranchConflict, match=rf"Picking .* conflicts in {PATH}"):
        shop.run(shop.open("1.24", f"{fix[:12]}:again"), ("checkout", "pick"))
    worktree = shop.open("1.24").workspace.branch.path
    (worktree / PATH).write_text(str(moons(2, 2)[PATH]))
    shop.git("add", PATH, cwd=worktree)

    shop.run(integrate_later(shop.open("1.24")), BEFORE_TAG)

    assert shop.show(f"v1.24.1:{PATH}") == str(moons(2, 2)[PATH]).strip()


def test_a_submodule_that_stayed_as_it_was_is_asked_about(make_shop: MakeShop) -> None:
    shas = ["1" * 40, "2" * 40, "3" * 40]

    def arrange(h: History) -> str:
        modules: Files = {".gitmodules": '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n'}
        for line in (h.main, B):
            h.commit(line, "Add.", modules, links={"sub": shas[0]})
        h.commit(B, "Count differently.", links={"sub": shas[1]})
        fix = h.commit(
            h.main, "Repair moons.", {**moons(2, 2), **NEWS},
            links={"sub": shas[2]},
        )  # fmt: skip  # files, then submodules
        h.commit(B, f"Repair moons.\n\n{pick_line(fix)}", {**moons(2, 2), **NEWS})
        return fix

    shop, fix = make(make_shop, arrange)
    found = shop.candidates()[fix]
    assert (found.verdict, found.reason.endswith("conflict in sub")) == ("unsure", True), found
