"""The lists of checks: complete, and in the right stage of a release."""

from __future__ import annotations

import importlib
import pkgutil

from patchwright import preflight
from patchwright.preflight import checks, fragments, programs, published, regular_files, signing, workflows

# They need more than a release, or they run at another time.
NOT_IN_PREFLIGHT = {
    programs.require_at_least,
    fragments.require_renderable,
    workflows.require_startable,
    published.require_no_run,
    regular_files.require_regular,
}


def test_every_check_of_the_room_runs_before_a_release() -> None:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.iter_modules(preflight.__path__, "patchwright.preflight.")
    ]
    defined = {
        check
        for module in modules
        for name, check in vars(module).items()
        if name.startswith("require_") and check.__module__ == module.__name__
    }
    assert defined - NOT_IN_PREFLIGHT == set(checks.ALL_CHECKS)


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
