"""The mainline gets the whole release or nothing, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from histories import TIDES, YEARS, Files
from journeys.workshop import BEFORE_TAG, MakeShop, Workshop
from patchwright.halts import StepFailed
from patchwright.integration import build, verification
from patchwright.releases.release import Release
from patchwright.steps import integrate_master

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
Spoil = Callable[[Release, Path], None]


@pytest.fixture
def shop(make_shop: MakeShop) -> Workshop:
    """A workshop with two patches that were made on the release branch."""
    return make_shop(
        lambda h: (
            h.add(B, "3.bugfix", "Repair leap years.", LEAP),
            h.add(B, "4.bugfix", "Repair tides.", TIDE),
        )
    )


def published(shop: Workshop) -> Release:
    """Return a release that lacks only the integration."""
    return shop.run(shop.open(), (*BEFORE_TAG, "clean-up"))


def commit(shop: Workshop, place: Path, subject: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        (place / path).write_text(text)
    shop.git("add", "--all", cwd=place)
    shop.git("commit", "--quiet", "--no-verify", "-m", subject, cwd=place)


def test_what_is_built_is_whole(shop: Workshop) -> None:
    release = published(shop)
    base = release.origin.mainline_tip
    tip = build.build(release, base)
    verification.require_whole(release, base, tip)
    assert len(release.git.rev_list(tip, f"^{base}")) == 4


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("a patch is missing", "missing: "),
        ("the clean-up is missing", "the removal of changes/3.bugfix"),
        ("nothing but a part", "missing: the changelog section"),
        ("the version", "it changes the version from 0.0 to 1.24.1"),
        ("another file", "it changes extra.txt"),
        ("another fragment", "it changes changes/2.feature"),
        ("another section", "it changes more than the section for 1.24.1"),
        ("another base", "is not on top of"),
    ],
)
def test_a_part_or_more_than_the_release_is_not_pushed(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, spoil: str, says: str
) -> None:
    release = published(shop)
    base = release.origin.mainline_tip
    right = build.build(release, base)
    place = release.workspace.mainline.path
    picks = release.git.rev_list("--reverse", right, f"^{base}")
    if spoil == "a patch is missing":
        shop.git("checkout", "--quiet", "--detach", base, cwd=place)
        shop.git("cherry-pick", picks[0], *picks[2:], cwd=place)
    elif spoil == "the clean-up is missing":
        shop.git("checkout", "--quiet", "--detach", f"{right}~", cwd=place)
    elif spoil == "nothing but a part":
        shop.git("checkout", "--quiet", "--detach", picks[0], cwd=place)
    elif spoil == "the version":
        commit(shop, place, "Mind the version.", {"almanac/__init__.py": "__version__ = '1.24.1'\n"})
    elif spoil == "another file":
        commit(shop, place, "Add more.", {"extra.txt": "more\n"})
    elif spoil == "another fragment":
        shop.git("rm", "--quiet", "changes/2.feature", cwd=place)
        commit(shop, place, "Clean up more.", {})
    elif spoil == "another section":
        text = (place / "CHANGES.rst").read_text()
        shop.git("checkout", "--quiet", "--detach", f"{right}~2", cwd=place)
        commit(shop, place, "Write it.", {"CHANGES.rst": text.replace("almanac 1.24.0", "almanac 1.24")})
    else:
        shop.git("checkout", "--quiet", "--orphan", "other", right, cwd=place)
        shop.git("commit", "--quiet", "-m", "Begin again.", cwd=place)
    spoiled = shop.git("rev-parse", "HEAD", cwd=place)
    monkeypatch.setattr(build, "build", lambda _release, _base: spoiled)
    before = shop.origin("for-each-ref")

    with pytest.raises(StepFailed, match="are not exactly this release, so they were not pushed") as halted:
        integrate_master.act(release)

    assert any(says in row for row in halted.value.evidence), halted.value.evidence
    assert shop.origin("for-each-ref") == before


def test_a_hook_that_adds_to_a_pick_is_named_and_nothing_is_pushed(shop: Workshop) -> None:
    release = published(shop)
    # What was prepared does not fit any more, so it is built again.
    shop.git("fetch", "--quiet", "origin")
    shop.git("checkout", "--quiet", "-B", "master", "origin/master")
    commit(shop, shop.clone, "Move on.", {"moved.txt": "moved\n"})
    shop.git("push", "--quiet", "origin", "master")
    hook = shop.clone / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\n[ -e stamp.txt ] && exit 0\ndate > stamp.txt\ngit add stamp.txt\n"
        "git commit --quiet --no-verify -m Stamp\n"
    )
    hook.chmod(0o755)
    before = shop.origin("for-each-ref")
    with pytest.raises(StepFailed):
        integrate_master.act(release)
    assert shop.origin("for-each-ref") == before

    hook.unlink()
    release.refresh()
    shop.run(release, ("integrate-master",))
    assert "stamp.txt" not in shop.origin("ls-tree", "-r", "--name-only", "master")
