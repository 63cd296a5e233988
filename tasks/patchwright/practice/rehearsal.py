"""A rehearsal: the same steps against a throwaway mirror of origin, with the stand-in for GitHub."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from patchwright.history.snapshot import Snapshot
from patchwright.practice.github import StandIn
from patchwright.practice.ground import ground_environment
from patchwright.releases.release import Release
from patchwright.report.terminal import Report
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell

# What a clone says of its owner and of how commits and tags are made: it signs as the release will.
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
    """Run `release.patch` on a mirror of origin and this clone, show what it did, return its exit status."""
    directory = Path(tempfile.mkdtemp(prefix="patchwright-rehearsal-"))
    name = release.clone.top.name
    with StandIn(
        directory / "github", owner="rehearsal", name=name, default_branch=release.settings.mainline
    ) as standin:
        clone = _make_copy(release, standin, directory / name)
        environment = ground_environment(standin, directory, Path(sys.executable).parent)
        # The person's own git configuration signs and names them, here as in the release.
        for variable in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            del environment[variable]
        report.chapter("A rehearsal on a copy: GitHub is a stand-in, and nothing of what follows is public.")
        root = str(release.clone.top)
        command = ("inv", "--search-root", root, "release.patch", "--version", release.plan.series, *flags)
        status = Shell(clone).run_interactively(*command, env=environment)
        report.chapter("That was a rehearsal. The release would add:")
        report.facts(_added(release, Git(Shell(standin.bare), standin.bare)))
    if status:
        report.chapter(
            "It has halted, and so would the release. The copy is there to look at, and to remove:"
        )
        report.facts([("copy", str(clone)), ("remove it", f"rm -r {shlex.quote(str(directory))}")])
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return status


def _make_copy(release: Release, standin: StandIn, clone: Path) -> Path:
    """Fill the stand-in with what origin has, and make a clone beside it that is what this clone is."""
    shell = Shell(release.clone.top)
    bare = standin.bare
    bare.parent.mkdir(parents=True, exist_ok=True)
    shell.act("git", "init", "--quiet", "--bare", str(bare))
    known = [f"{sha} {ref}" for ref, sha in release.origin.refs.items() if not ref.endswith("^{}")]
    release.git.fetch_objects(release.settings.remote, [row.split(" ")[1] for row in known])
    # The copy may outlive this run, so it must not depend on the quarantine.
    release.git.quarantine.release()
    objects = release.clone.common / "objects"
    (bare / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
    mirror = Git(shell, bare)
    mirror.act(
        "update-ref",
        "--stdin",
        stdin="".join(f"create {ref} {sha}\n" for sha, ref in (row.split(" ") for row in known)),
    )
    shell.act(
        "git",
        "clone",
        "--quiet",
        "--no-checkout",
        "--reference",
        str(release.clone.common),
        str(bare),
        str(clone),
    )
    copy = Git(shell, clone)
    head = release.git.commit_named("HEAD")
    copy.act("checkout", "--quiet", "--detach", str(head))
    copy.act("fetch", "--quiet", "--update-head-ok", str(release.clone.top), *COPIED_REFS)
    copy.act("config", f"remote.{release.settings.remote}.url", standin.remote_url)
    for key, value in _carried(release):
        copy.act("config", "--add", key, value)
    # Settings are those of the person's checkout, committed or not, as in the release.
    settings = release.clone.top / "pyproject.toml"
    if settings.is_file():
        shutil.copyfile(settings, clone / settings.name)
    return clone


def _carried(release: Release) -> list[tuple[str, str]]:
    rows = release.git.ask("config", "--local", "--list", "-z").stdout.split("\0")
    pairs = [row.partition("\n")[::2] for row in rows if row]
    return [(key, value) for key, value in pairs if key.startswith(COPIED_SETTINGS)]


def _added(release: Release, origin: Git) -> list[tuple[str, str]]:
    rows = []
    for branch in (release.plan.branch, release.settings.mainline):
        before = release.origin.refs[f"refs/heads/{branch}"]
        commits = origin.commits(f"refs/heads/{branch}", f"^{before}")
        rows += [(branch, f"{commit.subject} ({commit.author})") for commit in commits]
    tag = origin.ref(f"refs/tags/{release.plan.tag}")
    if tag is None:
        return [*rows, ("tag", "none")]
    named = origin.tag(tag)
    rows.append((release.plan.tag, named.message.strip() if named else ""))
    section = Snapshot(origin, tag).section(release.plan.version) or ""
    return [*rows, *(("changelog", row) for row in section.splitlines() if row.strip())]
