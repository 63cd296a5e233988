"""What the changelogs or the environments make impossible is a problem of preflight, not of a later step."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from histories import YEARS, Files, Flavour, History
from journeys.ground import Ground
from journeys.test_hazards import PYPROJECT, committed
from journeys.workshop import MakeShop
from patchwright.halts import Prerequisite
from patchwright.practice.almanac import CHANGELOG, FRAGMENTS
from patchwright.preflight import sections

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
RELEASE = ("release.patch", "--version", "1.24", "--yes", "--skip-check")
MARKDOWN = Flavour(markup="md", changelog="CHANGES.md")
TITLE = "almanac 1.24.0 (2025-03-03)"
START = "<!-- towncrier release notes start -->\n"


def with_heading(text: str, heading: str) -> str:
    """Return the practice ground's changelog with a section that a person began by hand."""
    above, title, below = text.partition("almanac 1.24.0 (")
    return f"{above}{heading}\n{'=' * len(heading)}\n\n- By hand.\n\n\n{title}{below}"


def halted(ground: Ground, *facts: str) -> str:
    """Release, require a halt of preflight with these facts and unchanged refs, and return the text."""
    before = ground.refs()
    done = ground.inv(*RELEASE)
    assert done.status == 3, done.text
    for fact in ("Halted at preflight", *facts):
        assert fact in done.err
    assert ground.refs() == before
    return done.err


# A section that a person wrote


@pytest.mark.parametrize(
    "heading",
    [
        "almanac 1.24.1 (unreleased)",
        "1.24.1 (Not yet released)",
        "1.24.1.dev0 (unreleased)",
        "1.24.1 (2026-XX-XX)",
    ],
)
def test_an_unreleased_section_halts_preflight(shared_ground: Ground, heading: str) -> None:
    text = with_heading(shared_ground.show(f"{B}:{CHANGELOG}"), heading)
    with committed(shared_ground, B, {CHANGELOG: text}, "Begin 1.24.1."):
        halted(
            shared_ground, "already has an unreleased section for 1.24.1.", heading, "Either", "Or finish it"
        )


def test_an_unreleased_section_without_fragments_halts_until_it_is_finished(ground: Ground) -> None:
    before = ground.show(f"{B}:{CHANGELOG}")
    patches = ("--patches", "none")
    begun: Files = {CHANGELOG: with_heading(before, "almanac 1.24.1 (unreleased)"), "README.rst": "More.\n"}
    with committed(ground, B, begun, "Begin 1.24.1."):
        refs = ground.refs()
        done = ground.inv(*RELEASE, *patches)
        assert done.status == 3, done.text
        assert "already has an unreleased section for 1.24.1." in done.err
        assert ground.refs() == refs

        finished: Files = {CHANGELOG: with_heading(before, "almanac 1.24.1 (2026-02-01)")}
        with committed(ground, B, finished, "Finish 1.24.1."):
            done = ground.inv(*RELEASE, *patches)

            assert done.status == 0, done.text
            text = ground.show(f"v1.24.1:{CHANGELOG}")
            assert text.count("1.24.1 (2026-02-01)") == 1
            assert "unreleased" not in text
            assert "- By hand." in ground.show(f"master:{CHANGELOG}")


def test_a_section_by_hand_while_fragments_wait_halts_preflight(ground: Ground) -> None:
    text = with_heading(ground.show(f"{B}:{CHANGELOG}"), "almanac 1.24.1 (2026-02-01)")
    files: dict[str, str | None] = {CHANGELOG: text, f"{FRAGMENTS}/+more.repair.rst": "More.\n"}
    with committed(ground, B, files, "Write 1.24.1 by hand."):
        halted(ground, "already has a section that towncrier did not write for 1.24.1.", "+more.repair.rst")


# The rank of headings


def test_a_heading_of_another_rank_halts_preflight(make_shop: MakeShop) -> None:
    """The template writes `# almanac 1.24.1`, and the changelog has `## v1.24.0` below `# Changes`."""
    old = f"# Changes\n\n{START}\n## v1.24.0 (2026-01-05)\n\n- Tell the years that leap.\n"

    def add(h: History) -> None:
        for branch in (h.main, B):
            h.commit(branch, "Rank it.", {"CHANGES.md": old})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add, MARKDOWN)
    with pytest.raises(Prerequisite, match="has no clear place for the section for ") as raised:
        sections.require_place(shop.open("1.24", "none"))
    assert raised.value.evidence[0].startswith("heading of the section: # almanac 1.24.1 (")
    assert "heading in the file: v1.24.0 (2026-01-05)" in raised.value.evidence


def test_a_heading_of_another_rank_on_the_mainline_alone_halts_preflight(make_shop: MakeShop) -> None:
    old = f"# Changes\n\n{START}\n## v1.24.0 (2026-01-05)\n\n- Tell the years that leap.\n"

    def add(h: History) -> None:
        h.commit(h.main, "Rank it.", {"CHANGES.md": old})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add, MARKDOWN)
    with pytest.raises(Prerequisite, match=r"CHANGES\.md on master has no clear place"):
        sections.require_place(shop.open("1.24", "none"))


@pytest.mark.parametrize("rows", ["title_format = '## v{version} ({project_date})'\n", ""])
def test_headings_of_one_rank_are_released(make_shop: MakeShop, rows: str) -> None:
    rank = "##" if rows else "#"
    old = f"# Changes\n\n{START}\n{rank} v1.24.0 (2026-01-05)\n\n- Tell the years that leap.\n"

    def add(h: History) -> None:
        for branch in (h.main, B):
            h.commit(branch, "Rank it.", {"CHANGES.md": old, "pyproject.toml": MARKDOWN.pyproject + rows})
        h.add(B, "7.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add, MARKDOWN)
    release = shop.open("1.24", "none")
    sections.require_place(release)
    shop.run(release)
    for branch in ("master", B):
        assert shop.show(f"{branch}:CHANGES.md").count("1.24.1") == 1


def test_a_heading_of_another_rank_leaves_origin_as_it_is(ground: Ground) -> None:
    text = (
        f"Changes\n=======\n\n.. towncrier release notes start\n\n{TITLE}\n{'-' * len(TITLE)}\n\n- Years.\n"
    )
    with committed(ground, "master", {CHANGELOG: text}, "Underline otherwise."):
        halted(ground, f"{CHANGELOG} on master has no clear place for the section for 1.24.1.")


# towncrier and its environment


def test_a_matrix_environment_halts_preflight(ground: Ground) -> None:
    text = PYPROJECT.replace(
        "[tool.hatch.envs.develop.scripts]",
        "[[tool.hatch.envs.develop.matrix]]\nflavour = ['a', 'b']\n\n[tool.hatch.envs.develop.scripts]",
    )
    with committed(ground, B, {"pyproject.toml": text}, "Have a matrix."):
        halted(ground, "The environment develop is a matrix", "$ hatch env show")


def test_an_old_towncrier_of_the_release_branch_halts_preflight(ground: Ground) -> None:
    text = PYPROJECT.replace("'towncrier'", "'towncrier==22.8.0'")
    with committed(ground, B, {"pyproject.toml": text}, "Pin towncrier."):
        halted(ground, "release-1.24 requires a towncrier that is too old: towncrier==22.8.0.")


NO_DIRECTORY = PYPROJECT.replace("directory = '.auxiliary/data/towncrier'\n", "", 1)


def test_the_default_directory_is_read_as_the_installed_towncrier_reads_it(ground: Ground) -> None:
    old = NO_DIRECTORY.replace("'towncrier'", "'towncrier==24.8.0'")
    assert old != NO_DIRECTORY
    fix: Files = {"newsfragments/77.repair.rst": "Count the tides.\n", "README.rst": "Tides.\n"}
    with ExitStack() as stack:
        for branch in ("master", B):
            stack.enter_context(committed(ground, branch, {"pyproject.toml": old}, "Have no directory."))
        sha = stack.enter_context(committed(ground, "master", fix, "Count the tides."))
        ground.git("fetch", "--quiet")

        done = ground.inv(*RELEASE, "--patches", sha)

        assert done.status == 0, done.text
        assert "- Count the tides. (#77)" in ground.show(f"v1.24.1:{CHANGELOG}")
        for branch in ("master", B):
            assert "newsfragments" not in ground.origin("ls-tree", "-r", "--name-only", branch)


def test_a_directory_that_the_installed_towncrier_does_not_read_halts_preflight(ground: Ground) -> None:
    files: Files = {"pyproject.toml": NO_DIRECTORY, "newsfragments/77.repair.rst": "Tides.\n"}
    (ground.clone / "pyproject.toml").write_text(NO_DIRECTORY)
    with committed(ground, B, files, "Have no directory."):
        halted(
            ground,
            "looks for fragments in almanac/newsfragments, but release-1.24 has them in newsfragments.",
        )


def test_a_file_for_each_version_halts_preflight(ground: Ground) -> None:
    text = PYPROJECT.replace(
        "filename = 'documentation/changelog.rst'", "filename = 'notes/{version}.rst'\nsingle_file = false"
    )
    with committed(ground, B, {"pyproject.toml": text}, "Have notes."):
        halted(ground, "towncrier writes a file for each version, which patchwright does not support.")


def test_a_text_for_people_among_the_fragments_is_ignored_as_towncrier_ignores_it(ground: Ground) -> None:
    with ExitStack() as stack:
        for branch in ("master", B):
            files: Files = {f"{FRAGMENTS}/README.txt": "Read.\n"}
            stack.enter_context(committed(ground, branch, files, "Explain."))

        done = ground.inv(*RELEASE)

        assert done.status == 0, done.text
        assert ground.show(f"{B}:{FRAGMENTS}/README.txt") == "Read."
