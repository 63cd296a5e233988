"""A commit that is only for the release branch stays there, and keeps nothing else from the mainline."""

from __future__ import annotations

import pytest

from histories import YEARS, Files, History
from journeys.workshop import EVERYTHING, MakeShop, Workshop
from patchwright.commands.patch import choose_release_only
from patchwright.halts import BadArgument, BranchConflict
from patchwright.releases.release import Release

pytestmark = pytest.mark.journey

B = "release-1.24"
OLD: Files = {"packaging/spec": "old\n"}
MAIN: Files = {"packaging/spec": "main\n"}
BRANCH: Files = {"packaging/spec": "branch\n"}
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}


def conflicting(h: History, message: str = "Package it for 1.24.") -> str:
    """Let a commit of the release branch conflict with the mainline, beside a fix."""
    h.pick(h.commit(h.main, "Package it.", OLD), B)
    h.commit(h.main, "Package it anew.", MAIN)
    sha = h.commit(B, message, BRANCH)
    h.add(B, "3.bugfix", "Repair leap years.", LEAP)
    return sha


def require_integrated(shop: Workshop, release: Release) -> None:
    assert shop.show("v1.24.1:packaging/spec") == "branch"
    assert shop.show("master:packaging/spec") == "main"
    assert shop.subjects("master")[:3] == [
        "Clean up news fragments.", "Update changelog for v1.24.1 patch release.", "Repair leap years.",
    ]  # fmt: skip  # newest first
    assert any("stays on release-1.24" in note for note in release.notes)


def test_a_conflict_halts_before_the_push_and_names_the_way_out(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}
    shop = make_shop(lambda h: made.update(spec=conflicting(h)))
    before = shop.origin("for-each-ref")
    release = shop.open("1.24", "none")
    with pytest.raises(BranchConflict) as halted:
        shop.run(release, EVERYTHING)
    assert shop.origin("for-each-ref") == before
    assert halted.value.remedy[-1].endswith(
        f"let it stay there: inv release.patch --version 1.24 --release-only {made['spec'][:12]}"
    )
    # The way out works, although the conflict waits in the worktree.
    again = shop.open("1.24", "none")
    choose_release_only(again, (made["spec"][:12],))
    require_integrated(shop, shop.run(again, EVERYTHING))


def test_what_was_said_is_recorded(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}
    shop = make_shop(lambda h: made.update(spec=conflicting(h)))
    release = shop.open("1.24", "none")
    choose_release_only(release, (made["spec"],))
    release.begin()
    resumed = shop.open("1.24")
    assert resumed.plan.release_only == (made["spec"],)
    require_integrated(shop, shop.run(resumed, EVERYTHING))


@pytest.mark.parametrize("trailer", ["Release-only: yes", "release-only: true"])
def test_a_trailer_says_so(make_shop: MakeShop, trailer: str) -> None:
    shop = make_shop(lambda h: conflicting(h, f"Package it for 1.24.\n\n{trailer}"))
    require_integrated(shop, shop.run(shop.open("1.24", "none"), EVERYTHING))


def test_a_setting_says_so(make_shop: MakeShop) -> None:
    shop = make_shop(conflicting)
    settings = {"release-only": ["packaging/*"]}
    require_integrated(shop, shop.run(shop.open("1.24", "none", **settings), EVERYTHING))


@pytest.mark.parametrize(
    "message", ["Release-only: yes", "Package it.\n\nRelease-only: no", "Release-only: yes\n\nX"]
)
def test_other_words_do_not_say_so(make_shop: MakeShop, message: str) -> None:
    shop = make_shop(lambda h: conflicting(h, message))
    with pytest.raises(BranchConflict):
        shop.run(shop.open("1.24", "none"), EVERYTHING)


@pytest.mark.parametrize("which", ["of the mainline", "unknown", "of an earlier release"])
def test_a_commit_that_is_not_on_the_branch_is_refused(make_shop: MakeShop, which: str) -> None:
    made: dict[str, str] = {"unknown": "0123456789"}

    def add(h: History) -> None:
        made["of an earlier release"] = h.branches[B]
        h.integrate("1.24.1", h.release(B, "1.24.1"))
        made["of the mainline"] = h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)

    release = make_shop(add).open("1.24", "none")
    with pytest.raises(BadArgument, match="--release-only names"):
        choose_release_only(release, (made[which],))
    assert release.plan.release_only == ()
