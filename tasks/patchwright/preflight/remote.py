"""The remote: the clone has its whole history, gh can read the repository, and pushes are allowed."""

from __future__ import annotations

import shlex

from patchwright.github.client import Refused
from patchwright.github.repository import GitHub, Repo
from patchwright.halts import CommandFailed, Prerequisite
from patchwright.invocation import task_command, typed_command
from patchwright.preflight.programs import is_on_path
from patchwright.releases import withdrawals
from patchwright.releases.identity import repo_of_url
from patchwright.releases.release import Release
from patchwright.tools.git_settings import push_settings, settings_variables


def require_whole_history(release: Release) -> None:
    """Raise Prerequisite if the clone is shallow."""
    if release.clone.shallow:
        raise Prerequisite(
            "This clone is shallow: it lacks a part of the history of the series.",
            remedy=["Fetch the whole history, then run the same command again."],
            next_command=f"git fetch --unshallow {release.settings.remote}",
        )


def require_remote(release: Release) -> None:
    """Check that the remote exists and has one URL for both fetch and push. Raise Prerequisite if not."""
    remote = release.settings.remote
    fetch, push = release.origin.urls
    if not fetch:
        known = release.git.ask("remote").lines
        raise Prerequisite(
            f"This clone has no remote named {remote}.",
            evidence=[f"remotes: {', '.join(known) or 'none'}"],
            remedy=["Set `remote` in [tool.patchwright] to the right one, or add it with git remote add."],
        )
    if len(fetch) != 1 or len(push) != 1 or not _is_one_place(release, fetch[0], push[0]):
        raise Prerequisite(
            f"The remote {remote} has different URLs for fetch and push.",
            evidence=[*(f"fetch: {url}" for url in fetch), *(f"push:  {url}" for url in push)],
            remedy=[
                "Give the remote one URL for both, or set `remote` in [tool.patchwright] to another one."
            ],
        )


def require_login(release: Release) -> None:
    """Raise Prerequisite if gh has no login for the host of the repository: an ssh alias, for example."""
    if not _has_gh_and_url(release) or release.github.has_login:
        return
    host, remote = release.github.repo.host, release.settings.remote
    raise Prerequisite(
        f"gh has no login for {host}, the host of the remote {remote}.",
        evidence=[f"push URL: {release.origin.urls[1][0]}"],
        remedy=[
            f"If {host} is a GitHub host, log in to it: gh auth login --hostname {host}",
            'If it is an alias of a GitHub host, set repository = "HOST/OWNER/NAME" in [tool.patchwright].',
        ],
        next_command=f"gh auth login --hostname {host}",
    )


def require_access(release: Release) -> None:
    """Check that gh's login may push to the repository on GitHub.

    Raise Prerequisite if it may not, if the repository is archived, or if it is a fork of the repository of
    another remote.
    """
    if not can_ask_github(release):
        return
    about = release.github.about()
    slug, remote = release.github.repo.slug, release.settings.remote
    if about.is_archived:
        raise Prerequisite(
            f"{slug} is archived, so GitHub accepts no pushes to it.",
            remedy=["Unarchive the repository in its settings on GitHub."],
        )
    upstream = _find_remote(about.parent, release) if about.parent else None
    if upstream:
        again = typed_command() or task_command("preflight", release.plan.series)
        raise Prerequisite(
            f"The remote {remote} is a fork ({slug}) of the remote {upstream}.",
            evidence=[f"{remote}: {slug}", f"{upstream}: {about.parent}"],
            remedy=[
                f'To release from {upstream}, set remote = "{upstream}" in [tool.patchwright].',
                f"Or set it for one run: INVOKE_PATCHWRIGHT_REMOTE={shlex.quote(upstream)} {again}",
            ],
        )
    if about.may_push is False:
        raise Prerequisite(
            f"The login that gh uses has no permission to push to {slug}.",
            remedy=[
                "Ask for write access to the repository, or log in as somebody who has it (gh auth login)."
            ],
            next_command=f"gh auth status --hostname {release.github.repo.host}",
        )


def require_push(release: Release) -> None:
    """Check with a dry run that the remote accepts pushes from this clone. Raise Prerequisite if it does not.

    Hooks do not run in this check. They run with the real push.
    """
    no_change = f"{release.origin.branch_tip}:refs/heads/{release.plan.branch}"
    try:
        release.git.ask(
            "-c", "core.hooksPath=/dev/null", "push", "--dry-run", "--porcelain", "--no-follow-tags",
            "--recurse-submodules=no", "--", release.settings.remote, no_change, timeout=120,
            env=settings_variables(push_settings(release.settings.remote)),
        )  # fmt: skip  # the flags, then what goes where
    except CommandFailed as failure:
        raise Prerequisite(
            f"A dry run of the push to {release.settings.remote} failed.",
            evidence=failure.evidence,
            remedy=["Get permission to push to it. To let git use the login of gh: gh auth setup-git"],
        ) from None


def require_branches(release: Release) -> None:
    """Raise BranchConflict if the local release branch and origin's have diverged.

    Raise it also if origin has withdrawn commits, or if the worktree has commits of a person.
    """
    withdrawals.require_nothing_withdrawn(release)
    release.commits.start  # noqa: B018  the property raises it
    release.commits.require_own_worktree()


def can_ask_github(release: Release) -> bool:
    """Return whether gh can be asked about the remote. Other checks report it if not."""
    return _has_gh_and_url(release) and release.github.has_login


def _has_gh_and_url(release: Release) -> bool:
    return bool(release.origin.urls[1]) and is_on_path("gh")


def _is_one_place(release: Release, fetch: str, push: str) -> bool:
    """Return whether two URLs name one repository, whatever protocol and ssh alias they use."""
    if fetch == push:
        return True
    read, written = repo_of_url(release.git, fetch), repo_of_url(release.git, push)
    return read is not None and written is not None and read.is_same(written)


def _find_remote(slug: str, release: Release) -> str | None:
    """Return the clone's other remote for the repository `OWNER/NAME` on the same host."""
    parent = Repo.of(release.github.repo.host, *slug.split("/", 1))
    for remote in release.git.ask("remote").lines:
        urls, _ = release.git.urls(remote)
        repos = [repo for url in urls if (repo := repo_of_url(release.git, url))]
        if remote != release.settings.remote and any(_is_named(parent, repo, release) for repo in repos):
            return remote
    return None


def _is_named(parent: Repo, repo: Repo, release: Release) -> bool:
    """Return whether a repository is `parent`, by its name or by the name that GitHub gives it now."""
    if repo.host != parent.host:
        return False
    if repo.is_same(parent):
        return True
    try:
        github = GitHub(release.shell, repo, progress=release.progress, patience=release.settings.patience)
        return github.current_repo().is_same(parent)
    except Refused:
        return False
