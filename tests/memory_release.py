"""A release in memory, for tests of what changes: its git, its remote and its worktree do what real ones do.

No process is started. Where a test only states facts, `fake_release` is simpler.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from fake_gh import Recorder
from fake_git import FakeGit
from fake_release import PLAN
from histories import Files, Flavour, History, released_history
from patchwright.halts import CommandFailed, Halt
from patchwright.releases.commits import Commits
from patchwright.releases.origin import Origin
from patchwright.releases.plan import Plan
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Clone
from patchwright.tools.git_output import Commit, Identities, Tag
from patchwright.tools.shell import Output, Shell
from patchwright.tools.worktree import Worktree

FLAVOUR = Flavour(fragments="news", version_file="almanac.py", extension=".rst")
FRAGMENT = "news/7.bugfix.rst"
BRANCH, MAINLINE, TAG = "refs/heads/release-1.24", "refs/heads/master", "refs/tags/v1.24.1"
SAVED = "5afe" * 10


class MemoryGit(FakeGit):
    """A git that answers from memory, and has a remote to push to.

    `answers` are the answers to other questions, by their last word. `pushes` happen before the next pushes:
    each may move the remote, or raise. `acts` are the commands that write. With `signs`, new tags are signed.
    `strangers` are the identities of commits that the maintainer did not make.
    """

    def __init__(self, shell: Shell, history: History) -> None:
        super().__init__(history)
        self.shell = shell
        self.remote: dict[str, str] = {}
        self.tags: dict[str, Tag] = {}
        self.strangers: dict[str, Identities] = {}
        self.url = "https://github.com/octo/almanac.git"
        self.person = "Cleo <cleo@example.org>"
        self.answers: dict[str, str | Halt] = {
            f"GIT_{role}_IDENT": f"{self.person} 1767322800 +0000" for role in ("AUTHOR", "COMMITTER")
        }
        self.pushes: list[Callable[[], object]] = []
        self.acts: list[tuple[str, ...]] = []
        self.signs = True
        self._scratch: dict[str, str] = {}

    # What tests arrange

    def add_commit(self, message: str, files: Files, parent: str) -> str:
        """Add a commit that changes files (None: deletes) on top of a parent, and return its name."""
        blobs = {path: None if text is None else self.write_blob(text) for path, text in files.items()}
        return self.write_commit(self.write_tree(parent, blobs), parent, message)

    def files_at(self, commit: str) -> dict[str, str]:
        """Return the texts of a commit's files, by path."""
        blobs = self.files(commit)
        texts = self.texts(blobs.values())
        return {path: str(texts[blob]) for path, blob in blobs.items()}

    def add_tag(
        self, commit: str, *, signed: bool = True, message: str = "Release.\n", name: str = PLAN.tag
    ) -> str:
        """Add an annotated tag object, and return its name."""
        sha = self.write_blob(f"{commit}{signed}{message}{name}")
        self.tags[sha] = Tag(commit, name, message, signed=signed)
        return sha

    def publish_tag(self, name: str, sha: str) -> None:
        """Let the remote have a tag."""
        self.remote.update({name: sha, f"{name}^{{}}": self.tags[sha].target})

    def reject(self) -> None:
        """Reject a push, as origin does if the branch is protected or has moved."""
        raise CommandFailed(
            "git failed.", argv=("git", "push"), exit_status=1, output="!\tx:y\t[rejected]\nDone\n"
        )

    # What the package asks and does

    def ask(self, *arguments: str, env: Mapping[str, str] | None = None, **more: object) -> Output:
        if arguments[0] == "show":
            return super().ask(*arguments, env=env, **more)
        answer = self.answers.get(arguments[-1], "")
        if isinstance(answer, Halt):
            raise answer
        return Output(("git", *arguments), 0, answer, "")

    def act(self, *arguments: str, **more: object) -> Output:
        self.acts.append(arguments)
        if not self.shell.dry and arguments[0] == "push":
            self._push(arguments)
        if not self.shell.dry and arguments[0] == "tag":
            name, commit = arguments[-2:]
            tag = self.add_tag(commit, signed=self.signs, message=str(more["stdin"]), name=name)
            self._scratch[f"refs/tags/{name}"] = tag
        return Output(("git", *arguments), 0, "", "")

    def urls(self, remote: str) -> tuple[list[str], list[str]]:
        assert remote == "origin"
        return [self.url], [self.url]

    def ls_remote(self, remote: str) -> dict[str, str]:
        assert remote == "origin"
        return dict(self.remote)

    def ref(self, name: str, *, env: Mapping[str, str] | None = None) -> str | None:
        return super().ref(name) if env is None else self._scratch.get(name)

    def missing(self, objects: Iterable[str]) -> list[str]:
        return [sha for sha in super().missing(objects) if sha not in self.tags]

    def tag(self, sha: str) -> Tag | None:
        return self.tags.get(sha)

    def identities(self, sha: str) -> Identities:
        if sha in self.tags:
            return Identities(None, self.person, self.tags[sha].signed)
        return self.strangers.get(sha) or Identities(self.person, self.person, signed=False)

    def configuration(self, env: Mapping[str, str] | None = None) -> dict[str, tuple[str, ...]]:
        assert not env or "GIT_DIR" in env
        return {}

    def object_directory(self) -> Path:
        return self.cwd / "objects"

    def _push(self, arguments: tuple[str, ...]) -> None:
        commit, ref = arguments[-1].split(":")
        if self.pushes:
            self.pushes.pop(0)()
        if f"--force-with-lease={ref}:{self.remote.get(ref, '')}" not in arguments:
            self.reject()
        if commit in self.tags:
            self.publish_tag(ref, commit)
        else:
            self.remote[ref] = commit


class WorktreeGit:
    """The git of a worktree: `HEAD` is the worktree's, everything else the clone's."""

    folder = ""

    def __init__(self, memory: MemoryGit, head: Callable[[], str]) -> None:
        self.shell = memory.shell
        self.act = memory.act
        self.ask = memory.ask
        self.configuration = memory.configuration
        self._memory = memory
        self._head = head

    def text(self, name: str) -> str | None:
        commit, _, path = name.partition(":")
        assert commit == "HEAD"
        return self._memory.text(f"{self._head()}:{path}")


@dataclass
class MemoryWorktree:
    """A directory with the files of a commit. `acts` are the methods that change it, with their arguments."""

    memory: MemoryGit
    path: Path
    commit_sha: str | None = None
    pending: str | None = None
    conflicts: list[str] = field(default_factory=list)
    acts: list[tuple[str, object]] = field(default_factory=list)
    kept_objects: dict[str, str] = field(default_factory=dict)

    @property
    def git(self) -> WorktreeGit:
        return WorktreeGit(self.memory, lambda: str(self.commit_sha))

    @property
    def project(self) -> Path:
        return self.path

    @property
    def exists(self) -> bool:
        return self.path.is_dir()

    def head(self) -> str | None:
        return self.commit_sha

    def operation(self) -> str | None:
        return self.pending

    def unmerged_paths(self) -> list[str]:
        return self.conflicts

    def changed_paths(self) -> list[str]:
        return [path for path, text in self._committed().items() if self._text(path) != text]

    def untracked_files(self, directory: str) -> list[str]:
        found = (str(file.relative_to(self.path)) for file in (self.path / directory).glob("**/*"))
        return sorted(path for path in found if path not in self._committed())

    def require_no_operation(self) -> None:
        self.acts.append(("require_no_operation", None))

    def continue_pick(self) -> None:
        self.acts.append(("continue_pick", None))
        self.pending = None

    def save_edits(self) -> str:
        self.acts.append(("save_edits", self.changed_paths()))
        return SAVED

    def keep(self, name: str, sha: str) -> None:
        if not self.memory.shell.dry:
            self.kept_objects[name] = sha

    def kept(self, name: str) -> str | None:
        return self.kept_objects.get(name)

    def check_out(self, commit: str) -> None:
        self.acts.append(("check_out", commit))
        if self.memory.shell.dry:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        self.commit_sha = commit
        self.write(self.memory.files_at(commit))

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files, as a program in the worktree does."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(text))

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            (self.path / path).unlink(missing_ok=True)

    def add(self, paths: Iterable[str]) -> None:
        self.acts.append(("add", list(paths)))

    def pick(self, commit: Commit, *, names_source: bool) -> None:
        self.memory.act("cherry-pick", *(["-x"] if names_source else []), commit.sha)

    def commit(self, paths: Iterable[str], message: str) -> None:
        self.acts.append(("commit", message))
        if not self.memory.shell.dry:
            files = {path: self._text(path) for path in paths}
            self.commit_sha = self.memory.add_commit(message, files, str(self.commit_sha))

    def _committed(self) -> dict[str, str]:
        return self.memory.files_at(str(self.commit_sha))

    def _text(self, path: str) -> str | None:
        file = self.path / path
        return file.read_text() if file.is_file() and not file.is_symlink() else None


class MemoryRelease(Release):
    """The release of 1.24.1: origin has 1.24.0, and one repair with its fragment on the release branch.

    `repair` is that commit. `memory`, `worktree` and `shown` (the progress) are what a test arranges and
    looks at.
    """

    def __init__(self, path: Path, settings: Settings | None = None, *, dry: bool = False) -> None:
        self.shown = Recorder()
        self.history = released_history(path / "origin.git", FLAVOUR)
        self.history.add("release-1.24", "7.bugfix", "Leap years.", {"years.py": "leap = 400\n"})
        shell = Shell(path, dry=dry)
        clone = Clone(path, path / ".git", shallow=False)
        super().__init__(shell, settings or Settings(), clone, self.shown)
        self.memory = MemoryGit(shell, self.history)
        self.memory.remote = {f"refs/heads/{name}": sha for name, sha in self.history.branches.items()}
        self.git = self.memory
        self.worktree = MemoryWorktree(self.memory, path / "worktree")
        self.repair = self.memory.remote[BRANCH]
        self.start_run()

    def start_run(self) -> None:
        """Begin a run of inv: what the last one has seen of the remote is not known any more."""
        self.origin = Origin(self.git, self.settings)
        self.resolve(replace(PLAN, previous=self.memory.tagged_commit("v1.24.0"), picks=()))

    def resolve(self, plan: Plan) -> None:
        super().resolve(plan)
        self.workspace.branch = cast("Worktree", self.worktree)
        self.commits = Commits(
            self.git, plan, self.origin, self.workspace, pushed=self.pushed_commit, record=self.record
        )

    # What tests arrange

    def changelog(self, *entries: str) -> Files:
        """Return the changelog with a section for 1.24.1 that has these entries."""
        section = FLAVOUR.section("1.24.1", "2026-01-01", {"Bugfixes": list(entries)})
        return self.history.with_section("release-1.24", section)

    def move_branch(self, message: str, files: Files) -> str:
        """Let somebody else commit to origin's release branch, and return the commit."""
        commit = self.memory.add_commit(message, files, self.memory.remote[BRANCH])
        self.memory.remote[BRANCH] = commit
        return commit

    def plan_after(self, commit: str) -> None:
        """Let the previous release be another commit."""
        self.refresh()
        self.resolve(replace(self.plan, previous=commit))

    def check_out(self) -> None:
        """Check out origin's release branch in the worktree."""
        self.worktree.check_out(self.memory.remote[BRANCH])
        self.worktree.acts.clear()
        self.refresh(origin=False)

    def commit(self, message: str, files: Files) -> str:
        """Commit in the worktree, and return the commit."""
        sha = self.memory.add_commit(message, files, str(self.worktree.head()))
        self.worktree.check_out(sha)
        self.worktree.acts.clear()
        self.refresh(origin=False)
        return sha

    def prepare(self) -> str:
        """Commit version and changelog section in the worktree, and return the changelog commit."""
        self.check_out()
        self.commit("Version: 1.24.1", FLAVOUR.version("1.24.1"))
        changelog = self.changelog("Leap years. (#7)")
        return self.commit("Update changelog for v1.24.1 patch release.", changelog)

    def push(self) -> str:
        """Let origin's release branch have the prepared release, and return its commit."""
        self.memory.remote[BRANCH] = commit = self.prepare()
        self.refresh()
        return commit

    def publish(self, *, signed: bool = True) -> str:
        """Let origin have the prepared release and its tag, and return the tag object."""
        tag = self.memory.add_tag(self.push(), signed=signed)
        self.memory.publish_tag(TAG, tag)
        self.refresh()
        return tag
