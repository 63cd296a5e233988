"""The lists of checks: complete, and in the right stage of a release."""

from __future__ import annotations

from patchwright.preflight import checks, fragments, programs, published, remote, series, signing, workflows

# They are part of another check, or run at another time.
NEEDS_MORE_THAN_A_RELEASE = {
    programs.require_at_least,
    fragments.require_renderable,
    published.require_no_run,
    published.require_unfinished_record,
}


def test_every_check_of_the_room_runs_before_a_release() -> None:
    defined = {
        check
        for module in (fragments, programs, published, remote, series, signing, workflows)
        for name, check in vars(module).items()
        if name.startswith("require_") and check.__module__ == module.__name__
    }
    assert defined - NEEDS_MORE_THAN_A_RELEASE == set(checks.ALL_CHECKS)


def test_no_check_runs_twice() -> None:
    for selected in (checks.CLONE_CHECKS, checks.LATE_CHECKS, checks.ALL_CHECKS):
        assert len(set(selected)) == len(selected)


def test_the_checks_of_the_clone_come_first() -> None:
    assert checks.ALL_CHECKS[: len(checks.CLONE_CHECKS)] == checks.CLONE_CHECKS


def test_after_publication_nothing_is_required_that_only_the_tag_needs() -> None:
    assert set(checks.LATE_CHECKS) < set(checks.ALL_CHECKS)
    assert signing.require_signing not in checks.LATE_CHECKS
    assert workflows.require_qa_workflow not in checks.LATE_CHECKS
    assert workflows.require_release_workflow not in checks.LATE_CHECKS
