"""Let patchwright redo a past release on an origin of its own: picks, release and integration."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fake_gh import PassingGitHub
from patchwright.engine import resolve
from patchwright.engine.runner import module_of
from patchwright.halts import StepFailed
from patchwright.history.adapting import directories
from patchwright.history.snapshot import Snapshot
from patchwright.patches import choice as patches
from patchwright.pipeline import STEPS_BY_NAME
from patchwright.progress import SilentProgress
from patchwright.releases.request import Flags, parse_request
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from replaying import past as history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from patchwright.github.repository import GitHub
    from patchwright.history.candidate import Candidate
    from patchwright.releases.release import Release
    from replaying.past import Past, Tagged

PROGRAMS = Path(__file__).with_name("programs.py")
MAINLINE, REMOTE = "mainline", "origin"
BEFORE_TAG = ("checkout", "pick", "bump", "changelog", "push", "tag")
AFTER_TAG = ("clean-up", "integrate-master")


class Lab:
    """A bare origin and a clone of it that borrow a repository's objects, for one release after the other."""

    def __init__(self, repository: Path, place: Path) -> None:
        self.place = place
        self.origin = place / "origin.git"
        self.clone = place / "clone"
        shell = Shell(place)
        objects = (
            Git(shell, repository).ask("rev-parse", "--path-format=absolute", "--git-path", "objects").line
        )
        shell.act("git", "init", "--quiet", "--bare", str(self.origin))
        shell.act("git", "init", "--quiet", str(self.clone))
        for store in (self.origin / "objects", self.clone / ".git" / "objects"):
            (store / "info" / "alternates").write_text(f"{objects}\n")
        with (self.clone / ".git" / "objects" / "info" / "alternates").open("a") as also:
            also.write(f"{self.origin / 'objects'}\n")
        self.git = Git(shell, self.clone)
        self.bare = Git(shell, self.origin)
        for key, value in {
            "user.name": "Replay",
            "user.email": "replay@example.org",
            "commit.gpgSign": "false",
            f"remote.{REMOTE}.url": str(self.origin),
            f"remote.{REMOTE}.fetch": f"+refs/heads/*:refs/remotes/{REMOTE}/*",
        }.items():
            self.git.act("config", key, value)

    def show(self, refs: dict[str, str]) -> None:
        """Make origin show these refs and no others; the clone then knows of nothing."""
        rows = [f"create {name} {sha}\n" for name, sha in refs.items()]
        for git in (self.bare, self.git):
            names = git.ask("for-each-ref", "--format=%(refname)").lines
            git.act("update-ref", "--stdin", stdin="".join(f"delete {name}\n" for name in names))
        self.bare.act("update-ref", "--stdin", stdin="".join(rows))
        for journal in (self.clone / ".git" / "patchwright").glob("*.json"):
            journal.unlink()

    @contextmanager
    def state(self) -> Iterator[None]:
        """Keep the worktrees of the releases here, and the maintainers' configuration out."""
        own = {
            "XDG_STATE_HOME": str(self.place / "state"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        before = {name: os.environ.get(name) for name in own}
        os.environ.update(own)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    def release(self, past: Past, settings: dict[str, object]) -> Release:
        """Open a release that origin is ready for."""
        release = resolve.open_clone(Shell(self.clone), {"the replay": settings}, {}, SilentProgress())
        resolve.resolve_release(release, parse_request(Flags(past.this.version)))
        return release


def configured(lab: Lab, past: Past, git: Git) -> dict[str, object]:
    """Return the settings of a replay: small programs instead of the project's environment."""
    prefix = past.this.tag.removesuffix(past.this.version)
    files = history.version_files(git, past)
    source = past.marks.tip
    tree = Snapshot(git, source)
    facts = {
        "version": past.this.version,
        "previous": past.last.version,
        "date": _date(git, past.this),
        "files": sorted(files),
        "filename": tree.configuration.news_file(past.this.version),
        "section": past.marks.section,
    }
    kept = lab.place / "facts.json"
    kept.write_text(json.dumps(facts), encoding="utf-8")
    program = [sys.executable, str(PROGRAMS)]
    return {
        "remote": REMOTE,
        "mainline": MAINLINE,
        "tag": prefix.replace("{", "{{").replace("}", "}}") + "{version}",
        "sign": False,
        "version-command": [*program, "version", str(kept)],
        "bump-command": [*program, "bump", str(kept)],
        "changelog-command": [*program, "changelog", str(kept)],
    }


def _date(git: Git, tagged: Tagged) -> str:
    return git.ask("show", "--no-patch", "--format=%cs", tagged.commit).line


def propose(lab: Lab, past: Past, base: str, settings: dict[str, object]) -> tuple[Release, list[Candidate]]:
    """Return the release on a rewound branch, and what the evidence says of the mainline's commits."""
    refs = _tags(past)
    refs[f"refs/heads/release-{past.this.series}"] = base
    refs[f"refs/heads/{MAINLINE}"] = past.mainline
    lab.show(refs)
    release = lab.release(past, settings)
    release.resolve(replace(release.plan, date=_date(lab.bare, past.this)))
    return release, patches.collect_candidates(release)


def make(release: Release, picks: tuple[str, ...]) -> None:
    """Make and publish the release with these picks. Raises Halt."""
    release.choose(picks)
    release.workspace.branch.discard()
    # No workflow runs here, so QA passes on every commit.
    release.github = cast("GitHub", PassingGitHub())
    _run(release, BEFORE_TAG)


def integrate(lab: Lab, past: Past, settings: dict[str, object]) -> Release:
    """Clean up after and integrate the maintainers' own release. Raises Halt."""
    refs = _tags(past)
    refs[f"refs/tags/{past.this.tag}"] = past.this.commit
    refs[f"refs/heads/release-{past.this.series}"] = past.this.commit
    refs[f"refs/heads/{MAINLINE}"] = past.mainline
    lab.show(refs)
    release = lab.release(past, settings)
    release.workspace.branch.discard()
    release.workspace.mainline.discard()
    _run(release, AFTER_TAG)
    return release


def differing(lab: Lab, past: Past, made: str) -> list[str]:
    """Return the paths in which a release differs from the maintainers', beside changelog and news."""
    tree = Snapshot(lab.git, past.this.commit)
    names = lab.git.ask("diff-tree", "-r", "-z", "--name-only", "--no-renames", made, past.this.commit).stdout
    places = tuple(f"{place}/" for place in directories(tree))
    own = {tree.configuration.news_file(past.this.version)}
    return [name for name in names.split("\0") if name and name not in own and not name.startswith(places)]


def _tags(past: Past) -> dict[str, str]:
    return {f"refs/tags/{past.last.tag}": past.last.commit}


def _run(release: Release, names: tuple[str, ...]) -> None:
    """Make steps true: proof, act, proof."""
    for name in names:
        does = module_of(STEPS_BY_NAME[name])
        if does.proof(release) is None:
            does.act(release)
            release.refresh()
            if does.proof(release) is None:
                raise StepFailed(f"{name} has no proof after it acted.")
