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
from patchwright.releases import copies
from patchwright.releases.release import Release
from patchwright.report.terminal import Report
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell


def run(release: Release, flags: tuple[str, ...], report: Report) -> int:
    """Run `release.patch` on a copy, show what the release would add, and return the exit status."""
    directory = Path(tempfile.mkdtemp(prefix="patchwright-rehearsal-"))
    name = release.clone.top.name
    with StandIn(
        directory / "github", owner="rehearsal", name=name, default_branch=release.settings.mainline
    ) as standin:
        # The name of the checkout may be that of a directory beside it, such as `home`.
        clone = directory / "clone" / name
        _copy(release, standin.bare, clone)
        copies.configure(release, clone, standin.remote_url)
        _copy_settings(release, clone)
        environment = ground_environment(standin, directory, Path(sys.executable).parent)
        # The maintainer's own git configuration applies here as in the release, for identity and signing.
        for variable in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            del environment[variable]
        report.chapter(
            "This is a rehearsal on a copy of origin, with a stand-in for GitHub. It publishes nothing."
        )
        root = str(release.clone.project)
        command = ("inv", "--search-root", root, "release.patch", "--version", release.plan.series, *flags)
        environment[TYPED] = invocation.typed_command() or invocation.task_command(
            "rehearse", release.plan.series, *flags
        )
        status = Shell(clone / release.clone.folder).run_interactively(*command, env=environment)
        if not status:
            report.chapter("The rehearsal has ended. The release would add this to origin:")
            report.facts(
                _additions(release, Git(Shell(standin.bare), standin.bare, folder=release.clone.folder))
            )
    if status:
        # The halt must stay on the screen.
        report.chapter(
            "The rehearsal halted, and the release would halt too. Look at the copy, then remove it:"
        )
        report.facts([("copy", str(clone)), ("remove it", f"rm -r {shlex.quote(str(directory))}")])
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return status


def _copy(release: Release, bare: Path, clone: Path) -> None:
    """Copy origin and the clone, and check out in the copy what the clone has checked out."""
    copies.fetch_origin(release)
    # The copy may outlive this run, so it must not depend on the quarantine.
    release.git.quarantine.release()
    copies.copy_origin(release, bare, [release.clone.common / "objects"])
    copies.copy_clone(release, bare, clone)
    commit = str(release.git.commit_named("HEAD"))
    Git(Shell(release.clone.top), clone).act("checkout", "--quiet", "--detach", commit)


def _copy_settings(release: Release, clone: Path) -> None:
    """Copy pyproject.toml: the checkout's settings apply even if they are not committed."""
    settings = release.clone.project / "pyproject.toml"
    if settings.is_file():
        shutil.copyfile(settings, clone / release.clone.folder / settings.name)


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
