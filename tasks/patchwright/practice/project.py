"""Project: create a project for practice, with a bare origin that the stand-in serves and a clone."""

from __future__ import annotations

import posixpath
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from patchwright.practice import almanac
from patchwright.practice.almanac import Files
from patchwright.practice.github import StandIn
from patchwright.practice.hosting import ISOLATED
from patchwright.tools.shell import Shell

Patches = Literal["mainline", "release-branch"]
VersionSource = Literal["file", "tag"]

ADA = "Ada Almanac <ada@example.org>"
BEN = "Ben Tidewater <ben@example.org>"
CLEO = "Cleo Leapday <cleo@example.org>"
# 2025-03-03 08:00 UTC. Commits follow at fixed intervals, so their hashes are always the same.
_START = 1_740_988_800
_INTERVAL = 7_200
_RELEASED = "2025-03-03"
# GitHub allows pushes, fetches by hash and partial clones. Tests read the reflogs.
_ORIGIN_CONFIG = """\
[core]
	logAllRefUpdates = always
[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[receive]
	autogc = false
[gc]
	auto = 0
"""


@dataclass(frozen=True)
class Project:
    """A project for practice. `patches` are the commits for the patch release, oldest first.

    `signed` says whether git in the clone has a key with which it can sign tags.
    """

    directory: Path
    clone: Path
    standin: StandIn
    remote_url: str
    signed: bool
    patches: tuple[str, ...]

    @property
    def origin(self) -> Path:
        """The bare repository behind the remote `origin`."""
        return self.standin.bare


@dataclass(frozen=True)
class _Git:
    """git with fixed options and without the user's configuration."""

    shell: Shell
    options: tuple[str, ...] = ()

    def __call__(self, *arguments: str, stdin: str | None = None, date: str | None = None) -> str:
        dates = {"GIT_COMMITTER_DATE": date} if date else {}
        return self.shell.act("git", *self.options, *arguments, stdin=stdin, env={**ISOLATED, **dates}).stdout


@dataclass
class _History:
    """A history of commits, collected as input for `git fast-import`.

    Without a version in a file, it has no commits that set the version. The files of the project are below
    `folder`.
    """

    has_version: bool = True
    folder: str = ""
    stream: list[str] = field(default_factory=list)
    count: int = 0

    def commit(
        self, branch: str, subject: str, files: Files, *, author: str = ADA, onto: str | None = None
    ) -> int:
        """Add a commit to a branch and return its mark. A new branch starts at `onto`."""
        self.count += 1
        authored = _START + self.count * _INTERVAL
        self.stream += [
            f"commit refs/heads/{branch}\nmark :{self.count}\n",
            f"author {author} {authored} +0100\ncommitter {ADA} {authored + _INTERVAL // 4} +0000\n",
            _data(f"{subject}\n"),
            f"from refs/heads/{onto}\n" if onto else "",
            *(
                f"M 100644 inline {path}\n{_data(text)}" if text is not None else f"D {path}\n"
                for path, text in ((self._place(name), text) for name, text in files.items())
            ),
        ]
        return self.count

    def _place(self, path: str) -> str:
        # GitHub reads workflows at the top of the repository only.
        return path if path.startswith(".github/") else posixpath.join(self.folder, path)

    def set_version(self, branch: str, subject: str, number: str, *, onto: str | None = None) -> None:
        """Add a commit that sets the version. A new branch starts at `onto`."""
        if self.has_version:
            self.commit(branch, subject, almanac.version(number), onto=onto)
        elif onto:
            self.stream.append(f"reset refs/heads/{branch}\nfrom refs/heads/{onto}\n\n")

    def write(self, origin: _Git) -> dict[int, str]:
        """Write the commits to `origin` and return their hashes by mark."""
        marks = range(1, self.count + 1)
        questions = "".join(f"get-mark :{mark}\n" for mark in marks)
        stream = f"{''.join(self.stream)}{questions}done\n"
        hashes = origin("fast-import", "--quiet", "--done", stdin=stream)
        return dict(zip(marks, hashes.split(), strict=True))


def make_project(  # noqa: PLR0913  the variant of the project
    directory: Path,
    standin: StandIn,
    *,
    patches: Patches = "mainline",
    sign: bool = True,
    newer_series: bool = False,
    version_source: VersionSource = "file",
    folder: str = "",
) -> Project:
    """Create the project below `directory`, with its origin where `standin` serves it.

    1.24.0 is released from `release-1.24` and integrated into master, whose version is 1.25a0. Two patches
    for 1.24.1 are on master (`mainline`) or on the release branch (`release-branch`). With `newer_series`,
    1.25.0 is released too, so master's changelog has a newer section. With `sign`, the project gets a new
    key for its tags if `ssh-keygen` is installed. If the version comes from the tag, no commit sets it. The
    project is in a folder of the repository if `folder` names one.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    git = _Git(Shell(cwd=directory))
    key = _create_key(git.shell, directory / "keys") if sign else None
    settings = _settings(key)
    beginning = almanac.beginning(signed=key is not None, from_tag=version_source == "tag")
    history = _History(has_version=version_source == "file", folder=folder)
    repairs, tagged = _write_history(history, beginning, patches, newer_series=newer_series)
    origin = _create_origin(git, standin.bare)
    shas = history.write(origin)
    for version, mark in tagged.items():
        _tag(origin, version, shas[mark], settings=settings, date=_START + (mark + 1) * _INTERVAL)
    clone = directory / "almanac"
    options = [part for name, value in settings.items() for part in ("--config", f"{name}={value}")]
    git("clone", "--quiet", *options, str(standin.bare), str(clone))
    git("-C", str(clone), "config", "remote.origin.url", standin.remote_url)
    return Project(
        directory=directory,
        clone=clone,
        standin=standin,
        remote_url=standin.remote_url,
        signed=key is not None,
        patches=tuple(shas[mark] for mark in repairs),
    )


def write_activation(project: Project, environment: Mapping[str, str]) -> Path:
    """Write a file that sets `environment` in a shell and puts this Python's programs first on PATH."""
    programs = shlex.quote(str(Path(sys.executable).parent))
    lines = [
        "# Source this file in a shell to run the tasks by hand: it leads gh and git to the practice ground.",
        *(
            f"export {name}={shlex.quote(value)}"
            for name, value in sorted(environment.items())
            if name != "PATH"
        ),
        f'export PATH={programs}:"$PATH"',
        "",
    ]
    path = project.directory / "activate"
    path.write_text("\n".join(lines))
    return path


def _create_origin(git: _Git, bare: Path) -> _Git:
    """Create the bare repository and return git for it."""
    bare.mkdir(parents=True)
    git("init", "--quiet", "--bare", "--initial-branch=master", str(bare))
    with (bare / "config").open("a") as config:
        config.write(_ORIGIN_CONFIG)
    return _Git(git.shell, ("--git-dir", str(bare)))


def _tag(origin: _Git, version: str, commit: str, *, settings: Mapping[str, str], date: int) -> None:
    """Tag a released version. Sign the tag if the settings name a key."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    kind = "--sign" if "user.signingKey" in settings else "--annotate"
    tag = ("tag", kind, "-m", f"Release v{version}.", f"v{version}", commit)
    origin(*options, *tag, date=f"{date} +0000")


def _create_key(shell: Shell, directory: Path) -> Path | None:
    """Create a signing key and its list of allowed signers. Return None if `ssh-keygen` is not on PATH."""
    if shutil.which("ssh-keygen") is None:
        return None
    directory.mkdir()
    key = directory / "signing"
    shell.act("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "practice", "-f", str(key))
    public = key.with_suffix(".pub").read_text()
    (directory / "allowed_signers").write_text(f'ada@example.org namespaces="git" {public}')
    return key


def _settings(key: Path | None) -> dict[str, str]:
    """Return the clone's configuration, so that nothing depends on the user's configuration."""
    name, _, email = ADA.rstrip(">").partition(" <")
    settings = {"user.name": name, "user.email": email, "commit.gpgSign": "false", "tag.gpgSign": "false"}
    if key is None:
        return settings
    return settings | {
        "gpg.format": "ssh",
        "gpg.ssh.program": "ssh-keygen",
        "gpg.ssh.allowedSignersFile": str(key.parent / "allowed_signers"),
        "user.signingKey": str(key),
    }


def _write_history(
    history: _History, beginning: Files, patches: Patches, *, newer_series: bool
) -> tuple[list[int], dict[str, int]]:
    """Write the history, and return the marks of the patches, and of the release commits by version."""
    first = almanac.section("1.24.0", _RELEASED, "Enhancements", ["Tell the hours of high waters. (#401)"])
    cleaned: Files = {f"{almanac.FRAGMENTS}/401.enhance.rst": None}

    history.commit("master", "Begin an almanac.", beginning)
    history.commit("master", "Tell high waters.", almanac.TIDES, author=BEN)
    history.set_version("release-1.24", "Version: 1.24.0", "1.24.0", onto="master")
    tagged = {
        "1.24.0": history.commit(
            "release-1.24", "Update changelog for v1.24.0 release.", almanac.changelog(first)
        )
    }
    history.commit("release-1.24", "Clean up news fragments.", cleaned)
    history.set_version("master", "Start of development for release 1.25.", "1.25a0")
    history.commit("master", "Update changelog for v1.24.0 release.", almanac.changelog(first))
    history.commit("master", "Clean up news fragments.", cleaned)
    history.commit("master", "Add release tasks.", almanac.TASKS)
    if newer_series:
        tagged["1.25.0"] = _release_newer_series(history, first)
    history.commit("master", "Tell when eclipses repeat themselves.", almanac.ECLIPSES, author=CLEO)
    branch = "master" if patches == "mainline" else "release-1.24"
    repairs = [history.commit(branch, "Repair leap years at centuries.", almanac.REPAIRED_YEARS, author=CLEO)]
    history.commit("master", "Mention eclipses in the documentation.", almanac.INDEX)
    repairs.append(
        history.commit(branch, "Repair the interval of high waters.", almanac.REPAIRED_TIDES, author=BEN)
    )
    return repairs, tagged


def _release_newer_series(history: _History, first: str) -> int:
    """Release 1.25.0, integrate it into master, and return the mark of the release commit."""
    second = almanac.section("1.25.0", "2025-03-04", "Notices", ["Offer release tasks to maintainers."])
    history.set_version("release-1.25", "Version: 1.25.0", "1.25.0", onto="master")
    released = history.commit(
        "release-1.25", "Update changelog for v1.25.0 release.", almanac.changelog(second, first)
    )
    history.set_version("master", "Start of development for release 1.26.", "1.26a0")
    history.commit("master", "Update changelog for v1.25.0 release.", almanac.changelog(second, first))
    return released


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
