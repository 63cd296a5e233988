"""What GitHub would refuse later is a problem of preflight, and nothing is public."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from journeys.ground import Ground
from journeys.test_hazards import committed
from patchwright.practice.almanac import FRAGMENTS
from patchwright.practice.faults import Fault
from patchwright.practice.github import Ruleset

pytestmark = pytest.mark.journey

RELEASE = ("release.patch", "--version", "1.24", "--skip-check")


def write_hook(ground: Ground, name: str, text: str, mode: int = 0o755) -> None:
    """Write a hook of the maintainer's clone."""
    hook = ground.clone / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(mode)


def clash(ground: Ground, name: str) -> None:
    """Have a branch with a name on origin."""
    ground.origin("update-ref", f"refs/heads/{name}", ground.refs()["refs/heads/master"])


def halted(ground: Ground, *facts: str, status: int = 3, env: Mapping[str, str] | None = None) -> str:
    """Release, require a halt of preflight with these facts and unchanged refs, and return the text."""
    before = ground.refs()
    done = ground.inv(*RELEASE, cwd=None, **(env or {}))
    assert done.status == status, done.text
    for fact in ("Halted at preflight", *facts):
        assert fact in done.err
    assert ground.refs() == before
    return done.err


# Rulesets and protection


@pytest.mark.parametrize("rule", ["pull_request", "required_status_checks", "update"])
def test_a_release_branch_that_takes_no_push_halts_preflight(ground: Ground, rule: str) -> None:
    ground.standin.add_ruleset(Ruleset(7, "releases", "branch", ("refs/heads/release-*",), {rule: {}}))
    halted(ground, "GitHub accepts no direct push to release-1.24.", f"ruleset releases: {rule}", "bypass")


def test_a_tag_that_may_not_be_created_halts_preflight(ground: Ground) -> None:
    ground.standin.add_ruleset(Ruleset(7, "tags", "tag", ("refs/tags/v*",), {"creation": {}, "deletion": {}}))
    halted(ground, "You may not create the tag v1.24.1 on GitHub.", "ruleset tags: creation")


def test_unsigned_commits_and_other_messages_halt_preflight(ground: Ground) -> None:
    pattern = {"operator": "regex", "pattern": r"^(fix|docs|chore)(\(.+\))?: "}
    rules = {"required_signatures": {}, "commit_message_pattern": pattern}
    ground.standin.add_ruleset(Ruleset(7, "commits", "branch", rules=rules))
    halted(
        ground, "accepts only signed commits", "do not accept what the release would push", "Version: 1.24.1"
    )


def test_rules_that_do_not_hold_for_this_release_are_no_problem(ground: Ground) -> None:
    closed: dict[str, dict[str, object]] = {"pull_request": {}, "creation": {}, "update": {}}
    for ruleset in (
        Ruleset(1, "bypassed", "branch", rules=closed, bypass="always"),
        Ruleset(2, "exempt", "tag", rules=closed, bypass="exempt"),
        Ruleset(3, "tried", "tag", rules=closed, enforcement="evaluate"),
        Ruleset(4, "others", "tag", ("refs/tags/nightly-*",), closed),
        Ruleset(5, "history", "branch", rules={"non_fast_forward": {}, "deletion": {}}),
    ):
        ground.standin.add_ruleset(ruleset)

    done = ground.inv(*RELEASE)

    assert done.status == 0, done.text
    assert "refs/tags/v1.24.1" in ground.refs()


def test_a_release_asks_github_little_besides_watching(ground: Ground) -> None:
    ground.standin.add_ruleset(
        Ruleset(5, "history", "branch", rules={"non_fast_forward": {}, "deletion": {}})
    )

    done = ground.inv(*RELEASE)

    assert done.status == 0, done.text
    asked = [one for one in ground.standin.api_requests if "/runs" not in one.target]
    assert len(asked) <= 12, [one.target for one in asked]


def test_rules_that_the_token_may_not_read_are_no_problem(ground: Ground) -> None:
    ground.standin.fault(Fault(path="/(rules|rulesets|branches)", status=403, body="{}", times=1000))
    done = ground.inv("release.preflight", "--version", "1.24")
    assert done.status == 0, done.text


# The branch of the pull request


@pytest.mark.parametrize("name", ["patchwright", "patchwright/integrate-v1.24.1/old"])
def test_a_name_that_excludes_the_branch_of_the_pull_request_halts_preflight(
    ground: Ground, name: str
) -> None:
    clash(ground, name)
    ground.standin.protect("refs/heads/master")
    halted(ground, f"because it has the branch {name}.", "GitHub protects master", status=7)


def test_a_name_that_excludes_the_branch_does_not_matter_if_the_mainline_takes_pushes(ground: Ground) -> None:
    clash(ground, "patchwright")
    ground.standin.add_ruleset(Ruleset(7, "mainline", "branch", rules={"pull_request": {}}, bypass="always"))
    done = ground.inv(*RELEASE)
    assert done.status == 0, done.text
    assert "almanac 1.24.1 (" in ground.show("master:documentation/changelog.rst")


@pytest.mark.parametrize("via", ["setting", "ruleset"])
def test_a_mainline_that_needs_a_pull_request_has_the_name_checked(ground: Ground, via: str) -> None:
    clash(ground, "patchwright")
    env = {"INVOKE_PATCHWRIGHT_MAINLINE_VIA": "pull-request"} if via == "setting" else {}
    if via == "ruleset":
        ground.standin.add_ruleset(
            Ruleset(7, "mainline", "branch", ("refs/heads/master",), {"pull_request": {}})
        )
    halted(ground, "cannot have a branch patchwright/integrate-v1.24.1", status=7, env=env)


def test_a_branch_that_may_not_be_created_halts_preflight(ground: Ground) -> None:
    ground.standin.add_ruleset(Ruleset(7, "names", "branch", ("refs/heads/patchwright/*",), {"creation": {}}))
    env = {"INVOKE_PATCHWRIGHT_MAINLINE_VIA": "pull-request"}
    halted(ground, "You may not create the branch patchwright/integrate-v1.24.1", env=env)


def test_an_open_pull_request_of_the_last_release_halts_preflight(ground: Ground) -> None:
    env = {"INVOKE_PATCHWRIGHT_MAINLINE_VIA": "pull-request"}
    done = ground.inv(*RELEASE, cwd=None, **env)
    assert done.status == 0, done.text
    [pull] = ground.standin.pulls.opened
    fragment = {f"{FRAGMENTS}/500.repair.rst": "Another repair.\n"}
    with committed(ground, "release-1.24", {**fragment, "README.rst": "Changed.\n"}, "Repair it again."):
        told = halted(ground, "pull request of an earlier release of 1.24", f"/pull/{pull.number}", status=7)
        assert "Do not close it without merging it" in told

        ground.standin.merge(pull.number)
        done = ground.inv(*RELEASE)

        assert done.status == 0, done.text
        changelog = ground.show("master:documentation/changelog.rst")
        assert changelog.index("almanac 1.24.2 (") < changelog.index("almanac 1.24.1 (")


# Hooks


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "pre-push"])
@pytest.mark.parametrize("first", ["#!/nowhere/python", "#!/usr/bin/env no-such-program", "#!/bin/sh\r"])
def test_a_hook_that_cannot_run_halts_preflight(shared_ground: Ground, name: str, first: str) -> None:
    write_hook(shared_ground, name, f"{first}\nexit 0\n")
    try:
        halted(shared_ground, f"because it cannot run hooks of this clone: {name}", "does not exist")
    finally:
        (shared_ground.clone / ".git" / "hooks" / name).unlink()


def test_a_hook_that_git_ignores_is_named(ground: Ground) -> None:
    write_hook(ground, "pre-commit", "#!/bin/sh\nexit 1\n", mode=0o644)
    done = ground.inv("release.preflight", "--version", "1.24")
    assert done.status == 0, done.text
    assert "the hook pre-commit is not executable, so git does not run it" in done.text


def test_a_hook_that_refuses_a_push_is_named(ground: Ground) -> None:
    write_hook(ground, "pre-push", "#!/bin/sh\ngit symbolic-ref HEAD >&2 || exit 1\necho no >&2; exit 1\n")
    before = ground.refs()
    done = ground.inv(*RELEASE)
    assert done.status == 4, done.text
    assert "The hook pre-push refused the push to refs/heads/release-1.24." in done.err
    assert str(ground.clone / ".git" / "hooks") in done.err
    assert ground.refs() == before


# Rejected pushes


def test_a_tag_that_a_ruleset_rejects_has_a_remedy_about_tags(ground: Ground) -> None:
    # The token may not read the rules, so the push is the first to know.
    ground.standin.fault(Fault(path="/rulesets", status=403, body="{}", times=1000))
    ground.standin.add_ruleset(Ruleset(7, "tags", "tag", ("refs/tags/v*",), {"creation": {}}))

    done = ground.inv(*RELEASE)

    assert done.status == 7, done.text
    for fact in ("Halted at tag", "restricts who may create tags", "Cannot create ref due to creations"):
        assert fact in done.err
    assert "protected" not in done.err
    assert "refs/tags/v1.24.1" not in ground.refs()


def test_the_words_of_a_hook_on_the_server_are_shown(ground: Ground) -> None:
    hook = ground.project.origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'freeze until Monday' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = ground.refs()

    done = ground.inv(*RELEASE)

    assert done.status == 7, done.text
    for fact in ("freeze until Monday", "A hook on the server rejected the push"):
        assert fact in done.err
    assert ground.refs() == before
