"""Guards: what must hold before a release begins, named for what they assert; halts where it does not."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from patchwright import settings as configured
from patchwright.github.triggers import skip_marker
from patchwright.halts import CommandFailed, Prerequisite
from patchwright.history import picking
from patchwright.preflight.renderable import require_renderable
from patchwright.tools import git_locks, hatch, towncrier
from patchwright.tools.git import Git

if TYPE_CHECKING:
    from patchwright.history.snapshot import Tree
    from patchwright.releases.release import Release

# merge-tree --write-tree is of git 2.38.
GIT_AT_LEAST = (2, 38)
# `gh run view --attempt` is of gh 2.27.
GH_AT_LEAST = (2, 27)
# `hatch version` and `hatch --env` are of Hatch 1.0.
HATCH_AT_LEAST = (1, 0)
# `--keep` is of towncrier 22.8.
TOWNCRIER_AT_LEAST = (22, 8)
# Making an environment of Hatch's, which a first question to a program in it does.
ENVIRONMENT_SECONDS = 600.0
# Version sources of Hatch's that nothing can be written to (hatchling 1.27).
UNSETTABLE = frozenset({"code", "env", "vcs"})


# Programs


def require_programs(release: Release) -> None:
    """The programs that the settings name are on PATH."""
    settings = release.settings
    commands = (*settings.checks, settings.version_command, settings.bump_command, settings.changelog_command)
    missing = [
        name for name in dict.fromkeys(["gh", *(command[0] for command in commands)]) if not _is_there(name)
    ]
    if missing:
        raise Prerequisite(
            f"Not on PATH: {' and '.join(missing)}.",
            remedy=["Install what is missing, or activate the environment that has it."],
        )


def require_git(release: Release) -> None:
    """Git is new enough to predict what a pick would do."""
    require_at_least("git", release.shell.ask("git", "--version").stdout, GIT_AT_LEAST)


def require_gh(release: Release) -> None:
    """The GitHub CLI is new enough to show the log of one attempt of a run."""
    if _is_there("gh"):
        require_at_least("gh", release.shell.ask("gh", "--version").stdout, GH_AT_LEAST)


def require_hatch(release: Release) -> None:
    """Hatch, where the settings start it, is new enough for what they ask of it."""
    settings = release.settings
    started = {
        command[0]
        for command in (settings.version_command, settings.bump_command, settings.changelog_command)
    }
    if "hatch" in started and _is_there("hatch"):
        require_at_least("hatch", release.shell.ask("hatch", "--version").stdout, HATCH_AT_LEAST)


def require_towncrier(release: Release) -> None:
    """The towncrier that the changelog command starts keeps fragments when it is told to."""
    command = release.settings.changelog_command
    if "towncrier" not in command or not _is_there(command[0]) or _environment_gap(release, command):
        return
    words = command[: command.index("towncrier") + 1]
    in_worktree = release.tree.exists
    place = release.tree.path if in_worktree else release.clone.top
    try:
        stated = release.shell.ask(*words, "--version", cwd=place, timeout=ENVIRONMENT_SECONDS).stdout
    except CommandFailed as failure:
        if not in_worktree and not _same_environments(release, place):
            # The checkout is of another branch, whose environments say nothing about the release's.
            return
        raise Prerequisite(
            "towncrier does not start by the command that builds the changelog.",
            evidence=failure.evidence,
            remedy=[
                "Make that command work in the project, or set `changelog-command` in [tool.patchwright]."
            ],
        ) from None
    require_at_least("towncrier", stated, TOWNCRIER_AT_LEAST)


def require_environments(release: Release) -> None:
    """The Hatch environments that the settings name are defined on the release branch."""
    settings = release.settings
    gaps = [_environment_gap(release, command) for command in (*settings.checks, settings.changelog_command)]
    missing = list(dict.fromkeys(gap for gap in gaps if gap))
    if missing:
        raise Prerequisite(
            f"{release.plan.branch} defines no Hatch environment {' and '.join(missing)}.",
            evidence=[f"at {release.head}: pyproject.toml and hatch.toml"],
            remedy=["Define it there, or set `checks` and `changelog-command` in [tool.patchwright]."],
        )


# The clone and its remote


def require_whole_history(release: Release) -> None:
    """The clone is not shallow."""
    if release.clone.shallow:
        raise Prerequisite(
            "This clone is shallow: the series' history is not in it.",
            remedy=["Get the rest of it, then go on."],
            next_command=f"git fetch --unshallow {release.settings.remote}",
        )


def require_remote(release: Release) -> None:
    """The remote is fetched from and pushed to one and the same place."""
    remote = release.settings.remote
    fetch, push = release.urls
    if not fetch:
        known = release.git.ask("remote").lines
        raise Prerequisite(
            f"This clone has no remote named {remote}.",
            evidence=[f"remotes: {', '.join(known) or 'none'}"],
            remedy=["Name the right one in `remote` of [tool.patchwright], or add it with git remote add."],
        )
    if fetch != push or len(fetch) != 1:
        raise Prerequisite(
            f"The remote {remote} is fetched from and pushed to different places.",
            evidence=[*(f"fetch: {url}" for url in fetch), *(f"push:  {url}" for url in push)],
            remedy=[
                "A release must see what it pushes: give the remote one URL, or name another in `remote`."
            ],
        )


def require_access(release: Release) -> None:
    """GitHub answers for the repository, takes pushes to it, and it is not the fork of another remote's."""
    if not _can_ask_github(release):
        return
    about = release.github.about()
    slug, remote = release.github.repo.slug, release.settings.remote
    if about.is_archived:
        raise Prerequisite(
            f"{slug} is archived: it takes no pushes.", remedy=["Unarchive it in its settings on GitHub."]
        )
    upstream = _remote_of(about.parent, release) if about.parent else None
    if upstream:
        raise Prerequisite(
            f"The remote {remote} is a fork ({slug}), and the remote {upstream} is what it was forked from.",
            evidence=[f"{remote}: {slug}", f"{upstream}: {about.parent}"],
            remedy=[
                f'Release where the project lives: set remote = "{upstream}" in [tool.patchwright].',
                f"Or for once: INVOKE_PATCHWRIGHT_REMOTE={upstream} inv release.patch ...",
            ],
        )
    if about.may_push is False:
        raise Prerequisite(
            f"The login that gh uses may not push to {slug}.",
            remedy=[
                "Ask for write access to the repository, or log in as somebody who has it (gh auth login)."
            ],
            next_command=f"gh auth status --hostname {release.github.repo.host}",
        )


def require_qa_workflow(release: Release) -> None:
    """GitHub knows the QA workflow, and it is enabled."""
    if _can_ask_github(release):
        release.github.workflow(release.settings.qa_workflow)


def require_release_workflow(release: Release) -> None:
    """GitHub knows the release workflow, and it is enabled."""
    if _can_ask_github(release):
        release.github.workflow(release.settings.release_workflow)


def require_identity(release: Release) -> None:
    """Git knows who commits."""
    asked = [release.git.ask("var", name, ok=None) for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")]
    if any(answer.status for answer in asked):
        raise Prerequisite(
            "git does not know who you are: user.name or user.email is missing.",
            remedy=['$ git config --global user.name "..."', "$ git config --global user.email ..."],
        )


def require_signing(release: Release) -> None:
    """A signature made now verifies: proven on a throwaway commit, kept out of the clone."""
    git, wanted = release.git, release.settings.sign
    if not wanted and git.ask("config", "--type=bool", "--get", "commit.gpgSign", ok=None).line != "true":
        return
    with tempfile.TemporaryDirectory(prefix="patchwright-") as elsewhere:
        env = {"GIT_OBJECT_DIRECTORY": elsewhere}
        made = _throwaway(git, env)
        if not made or not wanted:
            return
        try:
            git.ask("verify-commit", made, env=env)
        except CommandFailed as failure:
            raise Prerequisite(
                "A signature that git makes here does not verify here.",
                evidence=failure.evidence,
                remedy=remedies_for_verifying(git),
            ) from None


def require_push(release: Release) -> None:
    """The remote takes pushes from here, as far as a dry run tells. Hooks run with the real push, not now."""
    to = f"{release.branch_tip}:refs/heads/{release.plan.branch}"
    try:
        release.git.ask(
            "-c", "core.hooksPath=/dev/null", "push", "--dry-run", "--porcelain", "--no-follow-tags",
            "--recurse-submodules=no", "--", release.settings.remote, to, timeout=120,
        )  # fmt: skip  # a push that changes nothing, and how
    except CommandFailed as failure:
        raise Prerequisite(
            f"{release.settings.remote} does not take pushes from here.",
            evidence=failure.evidence,
            remedy=["Be allowed to push to it (gh auth setup-git lends git the login of gh), then go on."],
        ) from None


# The series


def require_unlocked(release: Release) -> None:
    """No git that was killed has left the lock of the clone's packed refs, which picks and branches need."""
    locks = git_locks.left_behind(release.clone.common, "packed-refs.lock")
    if locks:
        raise Prerequisite(
            "A git that was killed has left a lock in this clone.",
            evidence=[str(lock) for lock in locks],
            remedy=["See to it that no git is at work in this clone, and remove the lock."],
            never=["Do not remove it while a git is at work: it guards the refs."],
            next_command=f"rm {shlex.quote(str(locks[0]))}",
        )


def require_own_tag(release: Release) -> None:
    """No tag of the version's name lies in the clone that origin lacks, but one of what is released."""
    local = release.git.ref(f"refs/tags/{release.plan.tag}")
    if local and not release.public_tag and release.git.commit_named(local) != release.subject:
        raise Prerequisite(
            f"This clone has a tag {release.plan.tag} that {release.settings.remote} lacks.",
            evidence=[f"object: {local}"],
            remedy=[
                "Look at what it is; nobody else has it from here, so it may go:",
                f"$ git show {release.plan.tag}",
                f"$ git tag --delete {release.plan.tag}",
            ],
            never=["Do not push it: a tag that is public stays."],
        )


def require_branches(release: Release) -> None:
    """The local release branch and origin's have not diverged."""
    release.start  # noqa: B018  raises where they have


def require_version_source(release: Release) -> None:
    """The version is kept where the bump can write it."""
    source = release.tree_at(release.head).version_source
    if source and source.kind in UNSETTABLE and release.settings.bump_command[:2] == ("hatch", "version"):
        raise Prerequisite(
            f"Hatch can't set the version on {release.plan.branch}: its source is `{source.kind}`.",
            evidence=[
                f"at {release.head}: [tool.hatch.version] in pyproject.toml, or [version] in hatch.toml"
            ],
            remedy=["Keep the version in a file (`path`), or set `bump-command` in [tool.patchwright]."],
        )


def require_version(release: Release) -> None:
    """The version on the branch is one that the planned version follows."""
    release.require_version()


def require_changelog(release: Release) -> None:
    """The changelog that towncrier adds to is there."""
    tree = release.tree_at(release.head)
    if tree.configuration.single_file and not tree.changelog:
        raise Prerequisite(
            f"There is no changelog {tree.configuration.filename} on {release.plan.branch}.",
            remedy=["Name the right file in [tool.towncrier], or commit one with towncrier's start marker."],
        )


def require_fragments(release: Release) -> None:
    """There is something to release, and nothing that towncrier would drop; the picks are counted in."""
    if release.landmarks(release.head).section is not None:
        return
    tree = release.tree_at(release.head)
    expected = _fragments_after_picks(release, tree)
    if not expected.fragments and not expected.unknown:
        raise Prerequisite(
            f"There is nothing to release after {release.plan.previous_tag}: {release.plan.branch} has no "
            f"news fragments, and {release.settings.mainline} offers none.",
            evidence=[f"looked in: {', '.join(tree.configuration.directories)}"],
            remedy=[
                "Add a fragment for what the patch changes, or name commits of the mainline with --patches."
            ],
        )
    require_renderable(expected, tree, release)


def require_committed_fragments(release: Release) -> None:
    """Where the release branch is checked out, no news fragment lies there that is not committed.

    The release is made of commits, and would leave it out. Other files never matter, nor do other branches.
    """
    branch = release.git.ask("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).line
    if branch != f"refs/heads/{release.plan.branch}":
        return
    tree = release.tree_at(release.head)
    where = ("--", *tree.configuration.directories)
    untracked = release.git.ask("ls-files", "-z", "--others", "--exclude-standard", *where).stdout
    staged = release.git.ask(
        "diff-index", "-z", "--cached", "--name-only", "--diff-filter=A", "HEAD", *where
    ).stdout
    paths = [path for path in f"{untracked}{staged}".split("\0") if path]
    left_out = sorted(one.path for one in towncrier.fragments(tree.configuration, paths).fragments)
    if left_out:
        raise Prerequisite(
            f"News fragments lie uncommitted in your checkout of {release.plan.branch}.",
            evidence=left_out,
            remedy=["The release would lack them: commit them with what they tell about, or move them away."],
        )


def require_startable(release: Release) -> None:
    """No message of a commit that is pushed last keeps GitHub from starting QA and the release."""
    if release.is_prepared:
        message = release.landmarks(release.head).commits[-1].message
        what, remedy = (
            f"the commit {release.head[:10]}",
            "Commit on top of it, without the marker.",
        )
    else:
        templates = (release.settings.changelog_subject, release.settings.version_subject)
        message = "\n".join(configured.filled(templates, **release.plan.fields))
        what, remedy = (
            "a subject in the settings",
            "Take the marker out of `changelog-subject` and `version-subject`.",
        )
    marker = skip_marker(message)
    if marker:
        raise Prerequisite(
            f"QA would never start: {what} says `{marker}`.",
            evidence=message.splitlines()[:5],
            remedy=[remedy],
        )


# What the guards share


def _is_there(program: str) -> bool:
    return shutil.which(program) is not None


def _can_ask_github(release: Release) -> bool:
    """Whether there is anything to ask and to ask with; other guards tell where there is not."""
    return bool(release.urls[1]) and _is_there("gh")


def require_at_least(name: str, stated: str, least: tuple[int, int]) -> None:
    """A program states a version, on the last line that begins with its name, and it is new enough."""
    lines = [line.strip() for line in stated.splitlines() if line.lower().startswith(name)]
    found = re.search(r"(\d+)\.(\d+)", lines[-1]) if lines else None
    if found is None or (int(found[1]), int(found[2])) < least:
        raise Prerequisite(
            f"{name} is too old: {lines[-1] if lines else 'it states no version'}.",
            remedy=[f"Install {name} {least[0]}.{least[1]} or newer."],
        )


def _environment_gap(release: Release, command: tuple[str, ...]) -> str | None:
    """Return the Hatch environment that a command runs in and that the release's tree does not define."""
    named = hatch.environment_of(command)
    known = hatch.environments(release.tree_at(release.head).read)
    if named is None or known is None or named in known:
        return None
    return named


def _same_environments(release: Release, place: Path) -> bool:
    def read(path: str) -> str | None:
        file = place / path
        return file.read_text(encoding="utf-8", errors="surrogateescape") if file.is_file() else None

    return hatch.environments(read) == hatch.environments(release.tree_at(release.head).read)


def _remote_of(slug: str, release: Release) -> str | None:
    """Return the clone's remote that is the repository of that name."""
    from patchwright.github.repository import repo_of  # noqa: PLC0415  `inv --list` does without

    for remote in release.git.ask("remote").lines:
        urls, _ = release.git.urls(remote)
        repos = [repo_of(url) for url in urls]
        if any(repo and repo.slug.lower() == slug.lower() for repo in repos):
            return remote
    return None


def _fragments_after_picks(release: Release, tree: Tree) -> towncrier.Fragments:
    from patchwright.patches import choice as patches  # noqa: PLC0415  only where picks may bring fragments

    wanted = patches.wanted(release)
    there = picking.present(release.git, wanted, release.head)
    brought = {
        change.path
        for commit in wanted
        if commit.sha not in there
        for change in commit.changes
        if change.after
    }
    return towncrier.fragments(tree.configuration, brought | set(tree.fragment_files))


def _throwaway(git: Git, env: dict[str, str]) -> str | None:
    """Make a signed commit that no ref names; None where nobody knows who signs, which is told elsewhere."""
    try:
        tree = git.ask("mktree", stdin="", env=env).line
        return git.ask("commit-tree", "-S", tree, "-m", "throwaway", env=env).line
    except CommandFailed as failure:
        if git.ask("var", "GIT_COMMITTER_IDENT", ok=None).status:
            return None
        raise Prerequisite(
            "git could not sign: a throwaway signature was not made.",
            evidence=failure.evidence,
            remedy=_remedies_for_making(git),
        ) from None


def _remedies_for_making(git: Git) -> list[str]:
    kind = git.config("gpg.format") or "openpgp"
    without = "Or release without signatures: sign = false in [tool.patchwright]."
    if kind == "ssh":
        key = git.config("user.signingKey")
        first = "See that the key is there, and that its passphrase is known to ssh-agent: ssh-add"
        lines = [first] if key else ["$ git config --global user.signingKey ~/.ssh/id_ed25519.pub"]
    else:
        key = git.config("user.signingKey") or "$(git config user.email)"
        lines = [
            "See that there is a secret key to sign with, and that gpg can ask for its passphrase:",
            f"$ gpg --list-secret-keys {key}",
            "$ export GPG_TTY=$(tty); echo | gpg --clearsign",
        ]
    return [*lines, without]


def remedies_for_verifying(git: Git) -> list[str]:
    """Return what makes a signature verify here; rows with `$ ` are commands for a shell."""
    if (git.config("gpg.format") or "openpgp") != "ssh":
        return ["Trust your own key, by `trust` in:", "$ gpg --edit-key KEY"]
    kept = git.config("gpg.ssh.allowedSignersFile")
    signers = shlex.quote(str(Path(kept).expanduser())) if kept else "~/.ssh/allowed_signers"
    lines = [
        "Name your key among those that may sign, and the file to git:",
        f'$ mkdir -p "$(dirname {signers})"',
        f'$ echo "$(git config user.email) namespaces=\\"git\\" {_public_key(git)}" >> {signers}',
    ]
    return lines if kept else [*lines, f"$ git config --global gpg.ssh.allowedSignersFile {signers}"]


def _public_key(git: Git) -> str:
    """Return what a shell reads as the public key that git signs with."""
    key = git.config("user.signingKey") or "~/.ssh/id_ed25519"
    if key.startswith(("key::", "ssh-")):
        return key.removeprefix("key::")
    public = str(Path(key).expanduser()).removesuffix(".pub") + ".pub"
    return f"$(cat {shlex.quote(public)})"


OF_THE_CLONE = (
    require_unlocked,
    require_programs,
    require_git,
    require_gh,
    require_hatch,
    require_whole_history,
    require_remote,
    require_access,
    require_qa_workflow,
    require_release_workflow,
    require_identity,
    require_signing,
)
LATE = (
    require_unlocked,
    require_programs,
    require_git,
    require_gh,
    require_access,
    require_release_workflow,
    require_identity,
    require_push,
)
ALL = (
    *OF_THE_CLONE,
    require_push,
    require_environments,
    require_towncrier,
    require_branches,
    require_own_tag,
    require_version_source,
    require_version,
    require_changelog,
    require_fragments,
    require_committed_fragments,
    require_startable,
)
