"""A clone of a generated history. The steps of a release run on it in this process, without GitHub."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from fake_gh import PassingGitHub
from histories import History
from patchwright.engine import resolve
from patchwright.engine.runner import module_of
from patchwright.github.repository import GitHub
from patchwright.history.candidate import Candidate
from patchwright.patches import choice as patches
from patchwright.pipeline import STEPS_BY_NAME
from patchwright.progress import SilentProgress
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, parse_request
from patchwright.tools.shell import Shell

BEFORE_PREPARE = ("checkout", "pick", "bump", "changelog")
BEFORE_TAG = (*BEFORE_PREPARE, "prepare", "push", "tag")
AFTER_TAG = ("clean-up", "integrate-master")
EVERYTHING = (*BEFORE_TAG, *AFTER_TAG)
_VERSION = "import sys; print(open(sys.argv[1]).read().split(chr(39))[1])"
_BUMP = (
    "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('__version__ = %r' % sys.argv[2] + chr(10))"
)
_TOWNCRIER = (
    sys.executable,
    "-m",
    "towncrier",
    "build",
    "--keep",
    "--version",
    "{version}",
    "--date",
    "{date}",
)


class Told(SilentProgress):
    """A progress that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Workshop:
    """An origin with a generated history, and a clone of it."""

    history: History
    clone: Path
    settings: dict[str, object] = field(default_factory=dict)
    told: Told = field(default_factory=Told)

    @classmethod
    def of(cls, history: History) -> Workshop:
        """Clone a history and return it with settings that fit its flavour."""
        clone = history.directory.parent / "clone"
        shop = cls(history, clone)
        shop.git("clone", "--quiet", str(history.directory), str(clone), cwd=clone.parent)
        shop.git("config", "user.name", "Cleo")
        shop.git("config", "user.email", "cleo@example.org")
        shop.git("config", "commit.gpgSign", "false")
        flavour = history.flavour
        shop.settings = {
            "mainline": flavour.mainline,
            "release-branch": flavour.branch,
            "tag": flavour.tag,
            "sign": False,
            "version-command": [sys.executable, "-c", _VERSION, str(flavour.version_file)],
            "bump-command": [sys.executable, "-c", _BUMP, str(flavour.version_file), "{version}"],
            "changelog-command": list(_TOWNCRIER),
        }
        return shop

    def open(self, version: str = "1.24", *names: str, **settings: object) -> Release:
        """Open the release of a series, with `--patches` if there are names."""
        given = {"the test": {**self.settings, **settings}}
        request = parse_request(Flags(version, names))
        release = resolve.open_clone(Shell(self.clone), given, {}, self.told)
        # QA has passed on every commit.
        release.github = cast("GitHub", PassingGitHub())
        resolve.resolve_release(release, request)
        if request.patches is not None:
            patches.choose_named(release, request.patches)
        return release

    def candidates(self, version: str = "1.24") -> dict[str, Candidate]:
        """Return the candidates of the mainline by the names of their commits."""
        return {one.commit.sha: one for one in patches.collect_candidates(self.open(version))}

    def run(self, release: Release, names: Iterable[str] = EVERYTHING) -> Release:
        """Run steps: proof, act, proof."""
        for name in names:
            does = module_of(STEPS_BY_NAME[name])
            if does.proof(release) is None:
                does.act(release)
                release.refresh()
                assert does.proof(release), name
        return release

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git, require success, and return the output."""
        done = subprocess.run(
            ("git", *arguments), cwd=cwd or self.clone, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def origin(self, *arguments: str) -> str:
        """Run git on origin."""
        return self.git("--git-dir", str(self.history.directory), *arguments)

    def subjects(self, revisions: str) -> list[str]:
        """Return the subjects of commits on origin, newest first."""
        return self.origin("log", "--format=%s", revisions).splitlines()

    def show(self, name: str) -> str:
        """Return a file of a commit on origin, without its last newline."""
        return self.origin("show", name)


def integrate_later(release: Release) -> Release:
    """Let a release go on although its integration conflicts, as `--integrate-later` does."""
    release.resolve(replace(release.plan, integrate_later=True))
    return release


MakeShop = Callable[..., Workshop]
"""Creates a workshop with a history of a flavour: 1.24.0 is released, and a function adds the rest."""
