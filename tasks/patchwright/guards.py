"""What must hold before a release begins: guards, each named for what it asserts, each a halt when it does not."""

from __future__ import annotations

import re
import shutil
import tempfile
from typing import TYPE_CHECKING

from patchwright.halts import CommandFailed, Prerequisite, Unavailable
from patchwright.steps import changelog as changelog_step

if TYPE_CHECKING:
    from patchwright.release import Release

# merge-tree --write-tree is of git 2.38.
GIT_AT_LEAST = (2, 38)
# `--keep` is of towncrier 22.8.
TOWNCRIER_AT_LEAST = (22, 8)


def require_git(release: Release) -> None:
    """Git is new enough to predict what a pick would do."""
    stated = release.shell.ask("git", "--version").line
    _require_at_least("git", stated, GIT_AT_LEAST)


def require_programs(release: Release) -> None:
    """The programs that the settings name are on PATH."""
    settings = release.settings
    commands = (*settings.checks, settings.version_command, settings.bump_command, settings.changelog_command)
    names = dict.fromkeys(["gh", *(command[0] for command in commands)])
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise Prerequisite(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not on PATH.",
            remedy=["Install what is missing, or activate the environment that has it."],
        )


def require_towncrier(release: Release) -> None:
    """The towncrier that the changelog command starts keeps fragments when it is told to."""
    command = release.settings.changelog_command
    if "towncrier" not in command or shutil.which(command[0]) is None:
        return
    words = command[: command.index("towncrier") + 1]
    stated = release.shell.ask(*words, "--version", cwd=release.clone.top, timeout=600).stdout
    _require_at_least("towncrier", stated.strip().splitlines()[-1] if stated.strip() else "", TOWNCRIER_AT_LEAST)


def require_github(release: Release) -> None:
    """GitHub answers for the repository, and knows both workflows."""
    release.github.workflow(release.settings.qa_workflow)
    release.github.workflow(release.settings.release_workflow)


def require_identity(release: Release) -> None:
    """Git knows who commits."""
    if release.git.ask("var", "GIT_COMMITTER_IDENT", ok=None).status != 0:
        raise Prerequisite(
            "git does not know who you are: there is no user.name or user.email.",
            next_command='git config --global user.name "..." && git config --global user.email "..."',
        )


def require_signing(release: Release) -> None:
    """A signature made now verifies: proven on a throwaway commit, whose object is kept out of the clone."""
    if not release.settings.sign:
        return
    objects = release.git.ask("rev-parse", "--path-format=absolute", "--git-path", "objects").line
    with tempfile.TemporaryDirectory() as elsewhere:
        env = {"GIT_OBJECT_DIRECTORY": elsewhere, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
        try:
            tree = f"{release.head}^{{tree}}"
            made = release.git.ask("commit-tree", "-S", tree, "-m", "throwaway", env=env).line
            release.git.ask("verify-commit", made, env=env)
        except CommandFailed as failure:
            raise Prerequisite(
                "Signing does not work here: a throwaway signature could not be made, or does not verify.",
                evidence=failure.evidence,
                remedy=[
                    "Set up signing (user.signingKey, gpg.format; for SSH also gpg.ssh.allowedSignersFile).",
                    "Or release without signatures: sign = false in [tool.patchwright].",
                ],
            ) from None


def require_push(release: Release) -> None:
    """The remote takes pushes from here, as far as a dry run tells. Hooks run with the real push, not now."""
    to = f"{release.branch_tip}:refs/heads/{release.plan.branch}"
    try:
        release.git.ask(
            "-c", "core.hooksPath=/dev/null", "push", "--dry-run", "--porcelain", "--no-follow-tags", "--",
            release.settings.remote, to, timeout=120,
        )  # fmt: skip  # a push that changes nothing, and how
    except CommandFailed as failure:
        raise Unavailable(
            f"{release.settings.remote} does not take pushes from here.",
            evidence=failure.evidence,
            remedy=["Be allowed to push to it (gh auth setup-git lends git gh's login), then go on."],
        ) from None


def require_own_tag(release: Release) -> None:
    """No tag of the version's name lies in the clone that origin lacks, but one of what is released."""
    local = release.git.ref(f"refs/tags/{release.plan.tag}")
    if local and not release.public_tag and release.git.commit_named(local) != release.subject:
        raise Prerequisite(
            f"This clone has a tag {release.plan.tag} that {release.settings.remote} lacks.",
            evidence=[f"object: {local}"],
            next_command=f"git tag --delete {release.plan.tag}",
        )


def require_branches(release: Release) -> None:
    """The local release branch and origin's have not diverged."""
    release.start  # noqa: B018  raises where they have


def require_version(release: Release) -> None:
    """The version on the branch is one that the planned version follows."""
    release.require_version()


def require_fragments(release: Release) -> None:
    """There is something to release, and nothing that towncrier would drop."""
    if release.landmarks(release.head).section is not None:
        return
    tree = release.tree_at(release.head)
    from patchwright import patches  # noqa: PLC0415  only where picks may bring fragments

    wanted = patches.wanted(release)
    if not tree.fragments.fragments and not tree.fragments.unknown and not wanted:
        raise Prerequisite(
            f"There is nothing to release after {release.plan.previous_tag}: {release.plan.branch} has no news "
            f"fragments, and {release.settings.mainline} offers no patch with one.",
            remedy=["Add a fragment for what the patch changes, or name commits of the mainline with --patches."],
        )
    if not wanted or tree.fragments.unknown:
        changelog_step.require_fragments(tree, release)


def require_changelog(release: Release) -> None:
    """The changelog that towncrier adds to is there."""
    tree = release.tree_at(release.head)
    if tree.configuration.single_file and not tree.changelog:
        raise Prerequisite(
            f"There is no changelog {tree.configuration.filename} on {release.plan.branch}.",
            remedy=["Name the right file in [tool.towncrier], or commit one with towncrier's start marker."],
        )


def _require_at_least(name: str, stated: str, least: tuple[int, int]) -> None:
    found = re.search(r"(\d+)\.(\d+)", stated)
    if found is None or (int(found[1]), int(found[2])) < least:
        raise Prerequisite(
            f"{name} is too old: {stated or 'it states no version'}; {least[0]}.{least[1]} or newer is needed."
        )


LATE = (require_git, require_programs, require_github, require_identity, require_push)
ALL = (
    *LATE,
    require_towncrier,
    require_signing,
    require_branches,
    require_own_tag,
    require_version,
    require_changelog,
    require_fragments,
)
