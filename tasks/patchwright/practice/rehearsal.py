"""Rehearsal: run the release on a temporary copy of origin and the clone, with the stand-in for GitHub."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from patchwright import invocation
from patchwright.history.snapshot import Snapshot
from patchwright.invocation import TYPED
from patchwright.practice.github import StandIn
from patchwright.practice.ground import ground_environment
from patchwright.releases.release import Release
from patchwright.report.terminal import Report
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell

# The clone's own settings that affect commits and tags. With them, the copy signs as the release will.
COPIED_SETTINGS = (
    "user.",
    "author.",
    "committer.",
    "gpg.",
    "commit.",
    "tag.",
    "core.hookspath",
    "merge.",
    "filter.",
)
COPIED_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def run(release: Release, flags: tuple[str, ...], report: Report) -> int:
    """Run `release.patch` on a copy, show what the release would add, and return the exit status."""
    directory = Path(tempfile.mkdtemp(prefix="patchwright-rehearsal-"))
    name = release.clone.top.name
    with StandIn(
        directory / "github", owner="rehearsal", name=name, default_branch=release.settings.mainline
    ) as standin:
        clone = directory / name
        _copy_origin(release, standin.bare)
        _copy_clone(release, standin.bare, clone)
        _configure_copy(release, clone, standin.remote_url)
        environment = ground_environment(standin, directory, Path(sys.executable).parent)
        # The maintainer's own git configuration applies here as in the release, for identity and signing.
        for variable in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            del environment[variable]
        report.chapter(
            "This is a rehearsal on a copy of origin, with a stand-in for GitHub. It publishes nothing."
        )
        root = str(release.clone.top)
        command = ("inv", "--search-root", root, "release.patch", "--version", release.plan.series, *flags)
        environment[TYPED] = invocation.typed_command() or invocation.task_command(
            "rehearse", release.plan.series, *flags
        )
        status = Shell(clone).run_interactively(*command, env=environment)
        if not status:
            report.chapter("The rehearsal has ended. The release would add this to origin:")
            report.facts(_additions(release, Git(Shell(standin.bare), standin.bare)))
    if status:
        # The halt must stay on the screen.
        report.chapter(
            "The rehearsal halted, and the release would halt too. Look at the copy, then remove it:"
        )
        report.facts([("copy", str(clone)), ("remove it", f"rm -r {shlex.quote(str(directory))}")])
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return status


def _copy_origin(release: Release, bare: Path) -> None:
    """Create a bare repository with the branches and tags of origin."""
    shell = Shell(release.clone.top)
    bare.parent.mkdir(parents=True, exist_ok=True)
    shell.act("git", "init", "--quiet", "--bare", str(bare))
    refs = {ref: sha for ref, sha in release.origin.refs.items() if not ref.endswith("^{}")}
    release.git.fetch_objects(release.settings.remote, refs)
    # The copy may outlive this run, so it must not depend on the quarantine.
    release.git.quarantine.release()
    objects = release.clone.common / "objects"
    (bare / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
    creations = "".join(f"create {ref} {sha}\n" for ref, sha in refs.items())
    Git(shell, bare).act("update-ref", "--stdin", stdin=creations)


def _copy_clone(release: Release, bare: Path, clone: Path) -> None:
    """Create a clone of the bare repository with the branches, tags and HEAD of the maintainer's clone."""
    shell = Shell(release.clone.top)
    reference = str(release.clone.common)
    shell.act("git", "clone", "--quiet", "--no-checkout", "--reference", reference, str(bare), str(clone))
    copy = Git(shell, clone)
    copy.act("checkout", "--quiet", "--detach", str(release.git.commit_named("HEAD")))
    copy.act("fetch", "--quiet", "--update-head-ok", str(release.clone.top), *COPIED_REFS)


def _configure_copy(release: Release, clone: Path, remote_url: str) -> None:
    """Let the copy use the stand-in as its remote, and the settings of the maintainer's clone."""
    copy = Git(Shell(release.clone.top), clone)
    copy.act("config", f"remote.{release.settings.remote}.url", remote_url)
    for key, value in _own_settings(release):
        copy.act("config", "--add", key, value)
    # As in the release, the settings in the checkout apply, even if they are not committed.
    settings = release.clone.top / "pyproject.toml"
    if settings.is_file():
        shutil.copyfile(settings, clone / settings.name)


def _own_settings(release: Release) -> list[tuple[str, str]]:
    """Return the clone's own settings that affect commits and tags."""
    entries = release.git.ask("config", "--local", "--list", "-z").stdout.split("\0")
    pairs = [entry.partition("\n")[::2] for entry in entries if entry]
    return [(key, value) for key, value in pairs if key.startswith(COPIED_SETTINGS)]


def _additions(release: Release, origin: Git) -> list[tuple[str, str]]:
    """Return rows with the commits, the tag message and the changelog section that the rehearsal added."""
    rows = []
    for branch in (release.plan.branch, release.settings.mainline):
        before = release.origin.refs[f"refs/heads/{branch}"]
        commits = origin.commits(f"refs/heads/{branch}", f"^{before}")
        rows += [(branch, f"{commit.subject} ({commit.author})") for commit in commits]
    tag = origin.ref(f"refs/tags/{release.plan.tag}")
    if tag is None:
        return [*rows, ("tag", "none")]
    annotated = origin.tag(tag)
    rows.append((release.plan.tag, annotated.message.strip() if annotated else ""))
    section = Snapshot(origin, tag).section(release.plan.version) or ""
    return [*rows, *(("changelog", row) for row in section.splitlines() if row.strip())]
