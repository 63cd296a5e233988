"""Hazards before a release begins: each is reported, and nothing has changed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from filelock import FileLock

from journeys.ground import BIN, Done, Ground
from journeys.snapshot import changes, snapshot
from patchwright.practice import almanac
from patchwright.practice.almanac import CHANGELOG, FRAGMENTS, VERSION_FILE, beginning
from patchwright.practice.faults import Fault
from patchwright.practice.runs import RunScript
from secret_shapes import SHAPES, VARIABLES

pytestmark = pytest.mark.journey

PREFLIGHT = ("release.preflight", "--version", "1.24")
CONTENT = "checks passed"


@dataclasses.dataclass
class Scene:
    """What a fault may change besides the ground: the environment, the command and its directory."""

    env: dict[str, str] = dataclasses.field(default_factory=dict)
    cwd: Path | None = None


Inject = Callable[[Ground, Scene], AbstractContextManager[None]]


# Faults, each undone at the end of its block


@contextlib.contextmanager
def nothing(_ground: Ground, _scene: Scene) -> Iterator[None]:
    yield


def config(**entries: str | None) -> Inject:
    """Set entries of the clone's configuration (`section__key`), or unset them with None."""

    @contextlib.contextmanager
    def inject(ground: Ground, _scene: Scene) -> Iterator[None]:
        path = ground.clone / ".git" / "config"
        before = path.read_bytes()
        for name, value in entries.items():
            key = name.replace("__", ".")
            ground.run("git", "config", "--unset-all", key)
            if value is not None:
                ground.git("config", key, value.format(root=ground.root, clone=ground.clone))
        yield
        path.write_bytes(before)

    return inject


def version_file(number: str) -> str:
    """Return the text of the project's version file."""
    return almanac.version(number)[almanac.VERSION_FILE] or ""


def env(**variables: str) -> Inject:
    """Set variables of the environment."""

    @contextlib.contextmanager
    def inject(_ground: Ground, scene: Scene) -> Iterator[None]:
        scene.env.update(variables)
        yield

    return inject


def on_origin(branch: str, message: str = "Change something.", **files: str | None) -> Inject:
    """Commit files to a branch of origin: `files` by their names in PATHS."""

    @contextlib.contextmanager
    def inject(ground: Ground, _scene: Scene) -> Iterator[None]:
        with committed(ground, branch, {PATHS[name]: text for name, text in files.items()}, message):
            yield

    return inject


# A port that nobody listens on.
NOWHERE = "http://127.0.0.1:1"
PYPROJECT = str(beginning()["pyproject.toml"])
VERSION_FROM_CODE = PYPROJECT.replace("path = 'almanac/__init__.py'", "source = 'env'")
NO_ENVIRONMENT = PYPROJECT.replace("envs.develop", "envs.elsewhere")
PATHS = {
    "version": VERSION_FILE,
    "changelog": CHANGELOG,
    "pyproject": "pyproject.toml",
    "fragment": f"{FRAGMENTS}/+more.repair.rst",
    "odd_fragment": f"{FRAGMENTS}/418.wonder.rst",
    "first_clash": f"{FRAGMENTS}/500.repair.rst",
    "other_qa": ".github/workflows/quality.yaml",
    "second_clash": f"{FRAGMENTS}/0500.repair.rst",
}


@contextlib.contextmanager
def committed(ground: Ground, branch: str, files: dict[str, str | None], message: str) -> Iterator[str]:
    """Have a commit with these files on a branch of origin."""
    ref = f"refs/heads/{branch}"
    place = (
        f"GIT_DIR={ground.project.origin}",
        f"GIT_INDEX_FILE={ground.root / 'origin-index'}",
        *(f"GIT_{role}_NAME=Dan" for role in ("AUTHOR", "COMMITTER")),
        *(f"GIT_{role}_EMAIL=dan@example.org" for role in ("AUTHOR", "COMMITTER")),
    )

    def git(*arguments: str, stdin: str | None = None) -> str:
        done = ground.run("env", *place, "git", *arguments, stdin=stdin)
        assert done.status == 0, done.text
        return done.out.strip()

    before = git("rev-parse", ref)
    git("read-tree", before)
    for path, text in files.items():
        blob = git("hash-object", "-w", "--stdin", stdin=text or "")
        # A mode of 0 takes the path out.
        git("update-index", "--index-info", stdin=f"{'0' if text is None else '100644'} {blob}\t{path}\n")
    sha = git("commit-tree", git("write-tree"), "-p", before, "-F", "-", stdin=message)
    git("update-ref", ref, sha)
    yield sha
    git("update-ref", ref, before)


@contextlib.contextmanager
def work_in_progress(ground: Ground, _scene: Scene) -> Iterator[None]:
    """Edits, staged and untracked files, a half resolved merge: the checkout is the person's."""
    edited, staged, untracked = (
        ground.clone / name for name in ("README.rst", "staged.txt", "untracked.txt")
    )
    index = ground.clone / ".git" / "index"
    kept, kept_index = edited.read_bytes(), index.read_bytes()
    edited.write_text("edited\n")
    staged.write_text("staged\n")
    untracked.write_text("untracked\n")
    ground.git("add", "staged.txt")
    (ground.clone / ".git" / "MERGE_HEAD").write_text(ground.git("rev-parse", "HEAD") + "\n")
    yield
    (ground.clone / ".git" / "MERGE_HEAD").unlink()
    edited.write_bytes(kept)
    index.write_bytes(kept_index)
    staged.unlink()
    untracked.unlink()


@contextlib.contextmanager
def shallow(ground: Ground, scene: Scene) -> Iterator[None]:
    with another_clone(ground, scene, "--depth=1", "--no-single-branch"):
        yield


@contextlib.contextmanager
def single_branch(ground: Ground, scene: Scene) -> Iterator[None]:
    with another_clone(ground, scene, "--single-branch", "--branch=master", "--no-tags"):
        yield


@contextlib.contextmanager
def another_clone(ground: Ground, scene: Scene, *how: str) -> Iterator[None]:
    """A clone of another kind, configured as the first one is."""
    scene.cwd = ground.root / "another" / "almanac"
    ground.git("clone", "--quiet", *how, ground.project.remote_url, str(scene.cwd), cwd=ground.root)
    for row in ground.run("git", "config", "--local", "--list", "-z").out.split("\0"):
        key, _, value = row.partition("\n")
        if key.startswith(("user.", "gpg.")):
            ground.git("config", key, value, cwd=scene.cwd)
    yield
    shutil.rmtree(ground.root / "another")


@contextlib.contextmanager
def outside(ground: Ground, scene: Scene) -> Iterator[None]:
    """Not in a repository, with a tasks.py all the same."""
    scene.cwd = ground.root / "outside"
    scene.cwd.mkdir()
    (scene.cwd / "tasks.py").write_text("from patchwright import ns\n")
    yield
    shutil.rmtree(scene.cwd)


def local_refs(**refs: str) -> Inject:
    """Make refs (`tags__name`) in the clone that name what its revisions name."""

    @contextlib.contextmanager
    def inject(ground: Ground, _scene: Scene) -> Iterator[None]:
        names = {f"refs/{name.replace('__', '/').replace('_', '.')}": to for name, to in refs.items()}
        for name, to in names.items():
            ground.git("update-ref", name, ground.git("rev-parse", to))
        yield
        for name in names:
            ground.git("update-ref", "-d", name)

    return inject


@contextlib.contextmanager
def diverged(ground: Ground, _scene: Scene) -> Iterator[None]:
    made = ground.git(
        "commit-tree", "refs/remotes/origin/release-1.24^{tree}", "-p", "v1.24.0^{}", "-m", "Mine."
    )
    ground.git("update-ref", "refs/heads/release-1.24", made)
    yield
    ground.git("update-ref", "-d", "refs/heads/release-1.24")


@contextlib.contextmanager
def locked_index(ground: Ground, _scene: Scene) -> Iterator[None]:
    lock = ground.clone / ".git" / "index.lock"
    lock.touch()
    yield
    assert lock.exists()
    lock.unlink()


@contextlib.contextmanager
def stray_fragment(ground: Ground, _scene: Scene) -> Iterator[None]:
    ground.git("checkout", "--quiet", "release-1.24")
    ground.git("restore", "--source=master", "tasks.py")
    stray = ground.clone / FRAGMENTS / "430.repair.rst"
    stray.write_text("Not committed.\n")
    yield
    stray.unlink()
    (ground.clone / "tasks.py").unlink()
    ground.git("checkout", "--quiet", "master")
    ground.git("branch", "--quiet", "-D", "release-1.24")


@contextlib.contextmanager
def missing_programs(ground: Ground, scene: Scene) -> Iterator[None]:
    """A PATH on which there is all but gh and hatch."""
    with programs(ground, scene, {}, without=("gh", "hatch")):
        yield


@contextlib.contextmanager
def old_programs(ground: Ground, scene: Scene) -> Iterator[None]:
    git = shlex.quote(str(shutil.which("git")))
    scripts = {
        "git": f'[ "$1" = --version ] && echo git version 2.30.2 && exit\nexec {git} "$@"',
        "gh": 'echo "gh version 2.4.0 (2021-12-21)"',
        "hatch": "case $* in *towncrier*) echo towncrier, version 21.9;; *) echo Hatch, version 0.23;; esac",
    }
    with programs(ground, scene, scripts):
        yield


@contextlib.contextmanager
def programs(
    ground: Ground, scene: Scene, scripts: dict[str, str], without: tuple[str, ...] = ()
) -> Iterator[None]:
    """A PATH with these scripts first, and without some programs."""
    place = ground.root / "programs"
    place.mkdir()
    for directory in reversed(ground.env["PATH"].split(os.pathsep)):
        for found in Path(directory).iterdir() if without and Path(directory).is_dir() else ():
            (place / found.name).unlink(missing_ok=True)
            (place / found.name).symlink_to(found)
    for name in without:
        (place / name).unlink()
    for name, script in scripts.items():
        (place / name).write_text(f"#!/bin/sh\n{script}\n")
        (place / name).chmod(0o755)
    scene.env["PATH"] = str(place) if without else f"{place}{os.pathsep}{ground.env['PATH']}"
    yield
    shutil.rmtree(place)


def answer(path: str, status: int = 200, fields: dict[str, object] | None = None) -> Inject:
    """Let GitHub answer otherwise: to paths that a regex finds, with a status and these fields."""

    @contextlib.contextmanager
    def inject(ground: Ground, _scene: Scene) -> Iterator[None]:
        fault = Fault(path=path, status=status, body=json.dumps(fields) if fields else None, times=1000)
        ground.standin.fault(fault)
        yield
        ground.standin.heal()

    return inject


ALMANAC = r"^/repos/practice/almanac$"
KNOWN = {
    "id": 1,
    "full_name": "practice/almanac",
    "archived": False,
    "fork": False,
    "permissions": {"push": True},
}


@contextlib.contextmanager
def a_fork(ground: Ground, scene: Scene) -> Iterator[None]:
    """`origin` is a fork, and `upstream` the repository that it was forked from."""
    ground.git("remote", "add", "upstream", "git@github.localhost:almanac-project/almanac.git")
    parent = {"full_name": "almanac-project/almanac"}
    with answer(ALMANAC, 200, {**KNOWN, "fork": True, "parent": parent})(ground, scene):
        yield
    ground.git("remote", "remove", "upstream")


@contextlib.contextmanager
def no_login(ground: Ground, _scene: Scene) -> Iterator[None]:
    hosts = Path(ground.env["GH_CONFIG_DIR"]) / "hosts.yml"
    before = hosts.read_bytes()
    hosts.unlink()
    yield
    hosts.write_bytes(before)


@contextlib.contextmanager
def refused_pushes(ground: Ground, _scene: Scene) -> Iterator[None]:
    ground.origin("config", "http.receivepack", "false")
    yield
    ground.origin("config", "http.receivepack", "true")


@contextlib.contextmanager
def disabled_qa(ground: Ground, _scene: Scene) -> Iterator[None]:
    workflow = ground.standin.workflow("qa")
    workflow.state, before = "disabled_manually", workflow.state
    yield
    workflow.state = before


@contextlib.contextmanager
def locked_key(ground: Ground, scene: Scene) -> Iterator[None]:
    """A signing key with a passphrase that nobody knows."""
    key = ground.root / "locked"
    ground.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key))
    with config(user__signingKey=str(key))(ground, scene):
        yield
    key.unlink()
    key.with_suffix(".pub").unlink()


@contextlib.contextmanager
def silent_agent(ground: Ground, scene: Scene) -> Iterator[None]:
    """A signing program that waits for somebody to type."""
    program = ground.root / "waits"
    program.write_text("#!/bin/sh\nsleep 20\n")
    program.chmod(0o755)
    with config(gpg__ssh__program=str(program))(ground, scene):
        yield
    program.unlink()


def appended(name: str, text: str) -> Inject:
    """Append to a file of the checkout, or make it."""

    @contextlib.contextmanager
    def inject(ground: Ground, _scene: Scene) -> Iterator[None]:
        path = ground.clone / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes((before or b"") + text.encode())
        yield
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)

    return inject


@contextlib.contextmanager
def at_work(ground: Ground, _scene: Scene) -> Iterator[None]:
    """Another patchwright holds the clone's lock."""
    directory = ground.clone / ".git" / "patchwright"
    directory.mkdir(exist_ok=True)
    with FileLock(directory / "lock"):
        yield


def every(*faults: Inject) -> Inject:
    """Have several faults at once."""

    @contextlib.contextmanager
    def inject(ground: Ground, scene: Scene) -> Iterator[None]:
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(fault(ground, scene))
            yield

    return inject


# The table


@dataclasses.dataclass(frozen=True)
class Row:
    """One hazard: how it is made to happen, the exit status, and what must be said."""

    hazard: str
    fault: Inject
    status: int
    says: tuple[str, ...]
    command: tuple[str, ...] = PREFLIGHT


ROWS = (
    # The arguments that git must know
    Row(
        "a patch that is no commit",
        nothing,
        2,
        ("--patches names 1234567", "unknown or ambiguous"),
        ("release.patch", "--version", "1.24", "--patches", "1234567"),
    ),
    Row(
        "1.2 is not 1.24",
        nothing,
        7,
        ("no branch release-1.2", "release branch: 1.24"),
        ("release.preflight", "--version", "1.2"),
    ),
    Row(
        "the wrong next version",
        nothing,
        6,
        ("--version names 1.24.3", "the next release is 1.24.1"),
        ("release.preflight", "--version", "1.24.3"),
    ),
    # The clone
    Row("edits, staged and untracked files, a merge in progress", work_in_progress, 0, (CONTENT,)),
    Row("a shallow clone", shallow, 3, ("This clone is shallow", "$ git fetch --unshallow origin")),
    Row("a single-branch clone", single_branch, 0, (CONTENT,)),
    Row(
        "GIT_DIR and friends set",
        env(
            GIT_DIR="/nowhere",
            GIT_WORK_TREE="/nowhere",
            GIT_INDEX_FILE="/nowhere/index",
            GIT_NAMESPACE="other",
        ),
        0,
        (CONTENT,),
    ),
    Row("a stale index.lock", locked_index, 0, (".git/index.lock", CONTENT)),
    Row(
        "a local tag that origin lacks",
        local_refs(tags__v1_24_1="HEAD"),
        3,
        ("This clone has a tag v1.24.1 that origin lacks", "git tag --delete v1.24.1", "Do not push it"),
    ),
    Row(
        "tags named like branches",
        local_refs(tags__master="v1.24.0^{}", **{"tags__release-1_24": "v1.24.0^{}"}),
        0,
        (CONTENT,),
    ),
    Row(
        "not a repository",
        outside,
        3,
        ("is not inside a git repository", "git rev-parse", "not a git repository"),
    ),
    Row(
        "a foreign-owned repository",
        env(GIT_TEST_ASSUME_DIFFERENT_OWNER="1"),
        3,
        ("is not inside a git repository", "safe.directory"),
    ),
    Row(
        "no such remote",
        env(INVOKE_PATCHWRIGHT_REMOTE="upstream"),
        3,
        ("no remote named upstream", "remotes: origin"),
    ),
    Row(
        "fetch and push URLs that differ",
        config(remote__origin__pushurl="http://github.localhost/other/other.git"),
        3,
        ("has different URLs for fetch and push", "push:  http://github.localhost/other/other.git"),
    ),
    Row(
        "origin is a fork while upstream is the real one",
        a_fork,
        3,
        ("origin is a fork (practice/almanac)", 'remote = "upstream"'),
    ),
    Row("diverged branches", diverged, 7, ("have diverged", "local: ", "Do not force-push")),
    # Signing, hooks and configuration
    Row(
        "no key",
        config(user__signingKey="{root}/none"),
        3,
        ("git could not sign", "$ git commit-tree -S", "sign = false"),
    ),
    Row("a passphrase that nobody gives", locked_key, 3, ("git could not sign", "ssh-add")),
    Row(
        "an agent that prompts",
        silent_agent,
        3,
        ("git could not sign", "stopped at its time limit"),
        ("-T", "8", *PREFLIGHT),
    ),
    Row(
        "nobody may sign",
        config(gpg__ssh__allowedSignersFile=None),
        3,
        ("cannot verify its own signature", "$ git config --global"),
    ),
    Row("tag.gpgSign and commit.gpgSign", config(tag__gpgSign="true", commit__gpgSign="true"), 0, (CONTENT,)),
    Row(
        "no user.name",
        config(user__name=None, user__useConfigOnly="true"),
        3,
        ("git does not know who you are", "`git config --global user.name`"),
    ),
    # hatch and towncrier
    Row(
        "a pre-release on the branch",
        on_origin("release-1.24", version=version_file("1.24.1rc1")),
        6,
        ("The version on release-1.24 is 1.24.1rc1", "expects 1.24.0"),
    ),
    Row(
        "a four-part version",
        on_origin("release-1.24", version=version_file("1.24.0.1")),
        6,
        ("The version on release-1.24 is 1.24.0.1",),
    ),
    Row(
        "a version source that can't be set",
        on_origin("release-1.24", pyproject=VERSION_FROM_CODE),
        3,
        ("Hatch can't set the version", "`env`"),
    ),
    Row(
        "a missing environment",
        on_origin("release-1.24", pyproject=NO_ENVIRONMENT),
        3,
        ("release-1.24 defines no Hatch environment develop",),
    ),
    Row(
        "no fragments",
        nothing,
        3,
        ("There is nothing to release after v1.24.0", "looked in: .auxiliary"),
        ("release.patch", "--version", "1.24", "--patches", "none"),
    ),
    Row(
        "a fragment of unknown type",
        on_origin("release-1.24", odd_fragment="?\n"),
        3,
        ("it does not know their type", "418.wonder.rst", "repair"),
    ),
    Row(
        "fragments that towncrier can't tell apart",
        on_origin("release-1.24", first_clash="One.\n", second_clash="Two.\n"),
        3,
        ("towncrier refuses to build", "500.repair.rst"),
    ),
    Row("untracked fragments", stray_fragment, 3, ("has uncommitted news fragments", "430.repair.rst")),
    Row(
        "a missing changelog",
        on_origin("release-1.24", changelog=None),
        3,
        ("release-1.24 has no changelog documentation/changelog.rst.",),
    ),
    # Remote
    Row(
        "no release branch",
        nothing,
        7,
        ("origin has no branch release-1.30", "1.24"),
        ("release.preflight", "--version", "1.30"),
    ),
    Row(
        "[skip ci] in a message that will be pushed",
        env(INVOKE_PATCHWRIGHT_CHANGELOG_SUBJECT="Changelog of {version} [skip ci]"),
        3,
        ("QA would never start", "[skip ci]", "`changelog-subject`"),
    ),
    Row("pushing that would be refused", refused_pushes, 3, ("A dry run of the push to origin failed.",)),
    # GitHub
    Row(
        "gh missing", missing_programs, 3, ("The release needs programs that are not on PATH: gh and hatch.",)
    ),
    Row(
        "programs that are too old",
        old_programs,
        3,
        ("git version 2.30.2", "gh version 2.4.0", "Hatch, version 0.23", "towncrier, version 21.9"),
    ),
    Row(
        "gh logged out",
        no_login,
        3,
        ("gh has no login for github.localhost", "$ gh auth login --hostname github.localhost"),
    ),
    Row("401", answer("/repos", 401), 3, ("does not accept the token",)),
    Row("403", answer(ALMANAC, 403), 3, ("refuses to answer (HTTP 403)",)),
    Row("404", answer(ALMANAC, 404), 3, ("refuses to answer (HTTP 404)", "lacks")),
    Row(
        "no right to push",
        answer(ALMANAC, 200, {**KNOWN, "permissions": {"push": False}}),
        3,
        ("has no permission to push to practice/almanac",),
    ),
    Row("an archived repository", answer(ALMANAC, 200, {**KNOWN, "archived": True}), 3, ("is archived",)),
    Row("a disabled workflow", disabled_qa, 3, ("qa.yaml is disabled", "$ gh workflow enable qa.yaml")),
    Row(
        "workflows of one name",
        on_origin("release-1.24", other_qa="name: qa\non: push\njobs: { a: {} }\n"),
        3,
        ("2 workflow files that match `qa`", "quality.yaml", "qa.yaml"),
    ),
    Row(
        "a missing workflow",
        env(INVOKE_PATCHWRIGHT_RELEASE_WORKFLOW="ship"),
        3,
        ("has no workflow file that matches `ship`", ".github/workflows/release.yaml"),
    ),
    # The network
    Row(
        "GitHub is down",
        every(answer("/repos", 502), env(INVOKE_PATCHWRIGHT_PATIENCE="2")),
        8,
        ("GitHub did not answer for", "HTTP 502"),
    ),
    Row(
        "no network",
        env(http_proxy=NOWHERE, HTTP_PROXY=NOWHERE, INVOKE_PATCHWRIGHT_PATIENCE="2"),
        8,
        ("git could not read the remote.", "$ git ls-remote -- origin", "access to the remote"),
    ),
    # Configuration
    Row(
        "a command that is a string",
        appended("pyproject.toml", '\n[tool.patchwright]\nbump-command = "hatch version {version}"\n'),
        3,
        ("pyproject.toml [tool.patchwright]: `bump-command` must be a list of words",),
    ),
    Row(
        "an unknown key in invoke.yaml",
        appended("invoke.yaml", "patchwright:\n  mainlne: main\n"),
        3,
        ("invoke.yaml, `patchwright`: `mainlne` is not a setting", "did you mean mainline?"),
    ),
    Row(
        "an unknown setting",
        env(INVOKE_PATCHWRIGHT_MAINLNE="main"),
        3,
        ("INVOKE_PATCHWRIGHT_MAINLNE", "did you mean mainline?"),
    ),
    # Others
    Row(
        "another patchwright at work",
        at_work,
        3,
        ("Another patchwright process is using this clone",),
        ("release.checkout", "--version", "1.24"),
    ),
    Row(
        "at work, and more",
        every(at_work, config(user__name=None, user__useConfigOnly="true")),
        3,
        ("2 problems must be fixed", "Another patchwright process is using this clone", "who you are"),
        ("release.patch", "--version", "1.24", "--yes"),
    ),
    Row(
        "a step alone asks for what matters to it",
        config(user__signingKey="{root}/none"),
        3,
        ("must be done first", "$ inv release."),
        ("release.watch-qa", "--version", "1.24"),
    ),
    # All at once
    *(
        Row(
            f"everything at once, by {command[0]}",
            every(missing_programs, diverged, config(user__name=None, user__useConfigOnly="true")),
            3,
            (
                "Halted at preflight",
                "3 problems must be fixed",
                "programs that are not on PATH: gh and hatch.",
                "have diverged",
                "who you are",
            ),
            command,
        )
        for command in (PREFLIGHT, ("release.patch", "--version", "1.24", "--yes"))
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.hazard)
def test_a_hazard_is_reported_or_harmless_and_changes_nothing(shared_ground: Ground, row: Row) -> None:
    scene = Scene()
    with row.fault(shared_ground, scene):
        before = snapshot(shared_ground, scene.cwd)

        done = shared_ground.inv(*row.command, cwd=scene.cwd, **scene.env)

        after = snapshot(shared_ground, scene.cwd)
    assert done.status == row.status, done.text
    for fact in row.says:
        assert fact in done.text
    assert changes(before, after) == []
    assert "\x1b" not in done.text
    if row.status:
        require_next(shared_ground, row, done)


# What a halt of a question may lead to. The other programs repair what the halt names.
QUESTIONS = r"inv (?:-T 8 )?(release\.preflight|release\.status|--dry release\.patch|--help) ?"
REPAIRS = ("gh auth", "gh workflow enable", "git fetch", "git config", "git tag --delete", "rm ")
# No command leads on from these halts: the person has to name another series or to stand elsewhere.
WITHOUT_NEXT = ("Name a series that has a release branch", "Give the series", "Run inv in a clone")


def require_next(ground: Ground, row: Row, done: Done) -> None:
    """Require a next command that works when the fault is gone, and that asks for no more than was typed."""
    if "Next:" not in done.err:
        assert any(text in done.err for text in WITHOUT_NEXT), done.text
        return
    line = done.err.rpartition("Next:\n  $ ")[2].strip()
    assert "\n" not in line
    if line.startswith(REPAIRS):
        return
    is_same = line == shlex.join(["inv", *row.command])
    assert is_same or re.match(QUESTIONS, line) or "must be done first" in done.err, line
    if re.match(QUESTIONS, line):
        assert shlex.split(line)[:1] == ["inv"]
        again = ground.run("sh", "-c", line)
        assert again.status == 0, again.text


def test_the_remedy_for_a_signature_that_cannot_be_verified_works(ground: Ground) -> None:
    ground.git("config", "--unset", "gpg.ssh.allowedSignersFile")
    told = ground.inv(*PREFLIGHT)
    assert told.status == 3

    for row in told.err.splitlines():
        command = row.strip().removeprefix("How to fix:").strip()
        if command.startswith("$ ") and not command.startswith("$ inv"):
            done = ground.run("sh", "-c", command.removeprefix("$ "))
            assert done.status in {0, 1}, (command, done.text)

    assert ground.inv(*PREFLIGHT).status == 0


def test_no_secret_is_printed_or_stored(ground: Ground) -> None:
    url = ground.project.remote_url.replace("://", "://ada:open-sesame-1@")
    ground.git("config", "remote.origin.url", url)
    hook = ground.clone / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho "$2 refused ghp_0123456789abcdefghij $MY_TOKEN" >&2\nexit 1\n')
    hook.chmod(0o755)
    secrets = {"MY_TOKEN": "open-sesame-2"}

    done = ground.inv(
        "--echo", "release.patch", "--version", "1.24", "--yes", "--skip-check", cwd=None, **secrets
    )
    status = ground.inv("release.status", "--version", "1.24", "--json", cwd=None, **secrets)

    assert done.status == 4, done.text
    assert "http://***@github.localhost" in done.err
    assert "refused *** ***" in done.err
    assert status.json["halt"]["step"] == "push"
    kept = [path.read_text() for path in (ground.clone / ".git" / "patchwright").iterdir()]
    for text in (done.text, status.text, *kept):
        assert not re.search("open-sesame|ghp_", text)


def test_no_shape_of_a_secret_is_printed_or_stored(ground: Ground) -> None:
    printed = ground.root / "printed.txt"
    names = "\n".join(f'printf "%s\\n" "${name}" >&2' for name in VARIABLES)
    hook = ground.clone / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{names}\ncat {printed} >&2\nexit 1\n")
    hook.chmod(0o755)
    journal = ground.clone / ".git" / "patchwright"
    journal.mkdir(mode=0o755)
    (journal / "1.24.json").write_text("{}")
    (journal / "1.24.json").chmod(0o644)
    state = ground.root / "state" / "patchwright"
    # The report shows the last lines of an output, so few shapes are printed at a time.
    for at in range(0, len(SHAPES), 12):
        shapes = SHAPES[at : at + 12]
        printed.write_text("\n".join(shape.text for shape in shapes) + "\n")

        done = ground.inv(
            "--echo", "release.patch", "--version", "1.24", "--yes", "--skip-check", cwd=None, **VARIABLES
        )
        status = ground.inv("release.status", "--version", "1.24", "--json")

        assert done.status == 4, done.text
        assert "***" in done.err
        kept = [path.read_text() for path in journal.iterdir()]
        for text in (done.text, status.text, *kept):
            assert [shape.name for shape in shapes if shape.secret in text] == []
            assert [name for name, value in VARIABLES.items() if value in text] == []
    for path in journal.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert journal.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in state.glob("*/*")} == {0o700}


def test_markup_and_commands_in_a_subject_are_printed_as_text(shared_ground: Ground) -> None:
    subject = "Repair \x1b[31mred\x1b[0m [bold]not[/bold] \u202ethgir\u202c \x07"
    files: dict[str, str | None] = {"README.rst": "changed\n", f"{FRAGMENTS}/+orders.repair.rst": "Orders.\n"}
    with committed(shared_ground, "master", files, subject):
        done = shared_ground.inv("--dry", "release.patch", "--version", "1.24")
    assert done.status == 0, done.text
    assert "Repair \\x1b[31mred\\x1b[0m [bold]not[/bold] \\u202ethgir\\u202c" in done.out
    assert not set(done.text) & {"\x1b", "\u202e", "\x07"}


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_closed_stream_does_not_stop_a_command(shared_ground: Ground, streams: str) -> None:
    inv = shlex.join([str(BIN / "inv"), *PREFLIGHT])
    done = shared_ground.run("sh", "-c", f"exec {inv} {streams}")
    assert done.status == 0, done.text


def test_an_unfinished_release_comes_before_the_next_one(ground: Ground) -> None:
    ground.standin.script("release", RunScript(conclusion="failure"))
    failed = ground.inv("release.patch", "--version", "1.24", "--yes", "--skip-check")
    assert failed.status == 5, failed.text
    for fact in (
        "Halted at watch-release",
        "ended with failure",
        "/actions/runs/",
        "Public:     the tag v1.24.1",
        "gh run rerun",
    ):
        assert fact in failed.err

    done = ground.inv("release.preflight", "--version", "1.24.2")

    assert done.status == 6, done.text
    assert "--version names 1.24.2, but the next release is 1.24.1: v1.24.1 is public" in done.err
    assert "$ inv release.preflight --version 1.24.1" in done.err


def test_an_operation_in_progress_in_the_worktree_halts(ground: Ground) -> None:
    assert ground.inv("release.checkout", "--version", "1.24").status == 0
    worktree = next(ground.root.glob("state/patchwright/*/1.24/release"))
    ground.git(
        "merge",
        "--quiet",
        "--no-commit",
        "--no-ff",
        "-s",
        "ours",
        ground.refs()["refs/heads/master"],
        cwd=worktree,
    )

    done = ground.inv("release.checkout", "--version", "1.24")

    assert done.status == 3, done.text
    assert "A merge is in progress in patchwright's worktree" in done.err
    assert str(worktree) in done.err


# The hazards that appear after the release has begun, and the tests of them.
ELSEWHERE = {
    "a merge, a commit off the mainline": "test_patches.py::test_a_named_commit_that_is_no_patch",
    "edits never get in": "test_release.py::test_patches_on_the_mainline_are_picked",
    "hooks, towncrier and hatch that lie": "test_distrust.py::test_an_error_of_a_tool_is_caught",
    "a signing that silently does not sign": "test_distrust.py::test_a_tag_without_a_signature",
    "locales, pagers, aliases, colours": "test_distrust.py::test_hostile_settings",
    "a tag on origin that is another object": "test_distrust.py::test_the_tag_of_somebody_else",
    "a tag on origin that is ours": "test_by_hand.py::test_a_tag_that_was_created_by_hand",
    "a protected branch": "test_distrust.py::test_a_protected_branch_halts",
    "the branch moves before the push": "test_races.py::test_a_commit_that_arrives_before_the_push",
    "the branch moves while QA runs": "test_races.py::test_the_tag_names_the_tested_commit",
    "master moves during the integration": "test_races.py::test_the_integration_is_built_again",
    "a lost acknowledgement": "test_lost_answers.py::test_no_push_is_repeated",
    "two worktrees of one clone": "test_races.py::test_a_second_release_in_one_clone",
    "two maintainers, two clones": "test_races.py::test_two_clones_at_the_same_time",
    "a fix after a failed QA": "test_by_hand.py::test_a_fix_after_a_failed_qa",
    "Ctrl-C": "test_killed.py::test_a_release_that_is_interrupted",
}


@pytest.mark.parametrize("hazard", ELSEWHERE)
def test_every_hazard_of_another_module_has_a_test(hazard: str) -> None:
    name, _, test = ELSEWHERE[hazard].partition("::")
    assert f"\ndef {test}" in (Path(__file__).parent / name).read_text(encoding="utf-8")
