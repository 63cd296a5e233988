"""The checks of preflight, in the order in which their problems are reported."""

from __future__ import annotations

from collections.abc import Callable

from patchwright.preflight import (
    fragments,
    hooks,
    job_token,
    programs,
    published,
    pull_requests,
    regular_files,
    remote,
    rules,
    sections,
    series,
    signing,
    workflows,
)
from patchwright.releases.release import Release

Check = Callable[[Release], None]

# These checks need no plan: they read only the clone, its remote and GitHub.
CLONE_CHECKS: tuple[Check, ...] = (
    series.require_unlocked,
    programs.require_programs,
    programs.require_git,
    programs.require_gh,
    programs.require_hatch,
    remote.require_whole_history,
    remote.require_remote,
    remote.require_login,
    remote.require_access,
    job_token.require_starting_token,
    workflows.require_qa_workflow,
    workflows.require_release_workflow,
    signing.require_identity,
    signing.require_signing,
    hooks.require_hooks,
)
# These checks still matter after the tag was published.
LATE_CHECKS: tuple[Check, ...] = (
    series.require_unlocked,
    programs.require_programs,
    programs.require_git,
    programs.require_gh,
    remote.require_login,
    remote.require_access,
    signing.require_identity,
    remote.require_push,
)
ALL_CHECKS: tuple[Check, ...] = (
    *CLONE_CHECKS,
    remote.require_push,
    programs.require_project,
    programs.require_environments,
    programs.require_single_environment,
    programs.require_towncrier,
    remote.require_branches,
    rules.require_open_branch,
    rules.require_open_tag,
    pull_requests.require_integration_branch,
    pull_requests.require_integrated,
    regular_files.require_regular_files,
    published.require_unpublished,
    series.require_own_tag,
    series.require_version_source,
    series.require_version,
    series.require_development_version,
    series.require_separable_version,
    series.require_changelog,
    series.require_mainline_changelog,
    sections.require_finished_section,
    sections.require_place,
    fragments.require_fragments,
    fragments.require_committed_fragments,
    workflows.require_unmarked_commit,
    workflows.require_qa_trigger,
    workflows.require_release_trigger,
)
