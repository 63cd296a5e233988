"""Verify the promises of a release from the repositories, the pushes and the runs alone."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from journeys.ground import Done, Ground
from patchwright.practice.almanac import CHANGELOG, FRAGMENTS, VERSION_FILE
from patchwright.practice.github import TOKEN, RefChange

VERSION, TAG, BRANCH, MAINLINE = "1.24.1", "refs/tags/v1.24.1", "refs/heads/release-1.24", "refs/heads/master"
NOTHING = "0" * 40
_FORBIDDEN = {
    "--force",
    "-f",
    "--force-with-lease",
    "--mirror",
    "--all",
    "--tags",
    "--delete",
    "-d",
    "--prune",
    "--no-verify",
}
# What fsck reports after a kill of `git worktree add` before it wrote HEAD. The worktree is patchwright's
# own, and the next run creates it again.
_BROKEN_OFF = re.compile(r"error: worktrees/\w+/HEAD: detached HEAD points at nothing")


@dataclass(frozen=True)
class Beginning:
    """The state before patchwright was started: origin's refs, and the maintainer's work."""

    refs: dict[str, str]
    checkout: str
    private: tuple[str, ...]
    events: int


@dataclass
class Witness:
    """Watch one release from its beginning.

    `theirs` are commits that other people pushed during the release. `outputs` is what patchwright printed.
    """

    ground: Ground
    before: Beginning
    theirs: set[str] = field(default_factory=set)
    outputs: list[Done] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)

    @property
    def events(self) -> Sequence[RefChange]:
        return self.ground.standin.events[self.before.events :]

    def broken(self) -> list[str]:
        """Return the broken promises, of those that must hold at any moment."""
        checks = (
            _tag_is_of_the_tested_commit, _tag_stays, _only_three_refs_move_forward,
            _version_is_the_successor, _branch_holds_what_was_asked, _changelog_has_one_section,
            _mainline_has_each_once, _what_is_the_persons_is_as_it_was, _repositories_are_sound,
            _no_force, _no_secret,
        )  # fmt: skip  # one list
        return [f"{check.__name__}: {problem}" for check in checks for problem in check(self)]

    def unfinished(self) -> list[str]:
        """Return what is missing from a release that exited with 0."""
        ground, refs = self.ground, self.ground.refs()
        if TAG not in refs:
            return ["there is no tag"]
        tagged = ground.origin("rev-parse", f"{TAG}^{{commit}}")
        found = [f"fsck: {row}" for row in _told_by_fsck(ground)]
        if not _succeeded(self, "release", tagged):
            found.append("the release run has not succeeded")
        rendered = _rendered(self)
        for branch in (BRANCH, MAINLINE):
            if rendered & set(_fragments(ground, branch).items()):
                found.append(f"{branch} still has fragments that were rendered")
            if _sections(ground, branch) != 1:
                found.append(f"{branch} has {_sections(ground, branch)} sections")
        found.extend(f"{path} is not as released on the mainline" for path in _unlike(self, tagged))
        return found


def begin(ground: Ground, *, private_mainline: bool = True) -> Witness:
    """Give the maintainer private work in every form, and return a witness of the release that begins now.

    The work is staged and unstaged edits, untracked files, a tag and a branch. With `private_mainline` it is
    also a commit on the local mainline, otherwise a local release branch.
    """
    ground.git("commit", "--quiet", "--allow-empty", "-m", "Note something private.", "-m", "[private]")
    private = [ground.git("rev-parse", "HEAD")]
    ground.git("tag", "private")
    ground.git("checkout", "--quiet", "-b", "work-in-progress")
    if not private_mainline:
        ground.git("branch", "--quiet", "--force", "master", "HEAD~1")
        ground.git("branch", "--quiet", "release-1.24", "origin/release-1.24")
    (ground.clone / "almanac" / "years.py").write_text("staged = True\n")
    ground.git("add", "almanac/years.py")
    (ground.clone / "README.rst").write_text("edited\n")
    (ground.clone / "untracked.txt").write_text("mine\n")
    (ground.clone / FRAGMENTS / "999.repair.rst").write_text("Not for this release.\n")
    return watch(ground, private)


def watch(ground: Ground, private: Collection[str] = ()) -> Witness:
    """Return a witness of the release that begins now."""
    return Witness(
        ground, Beginning(ground.refs(), _checkout(ground), tuple(private), len(ground.standin.events))
    )


def made(ground: Ground, before: Beginning) -> dict[str, object]:
    """Return trees, authors and subjects that a release made on origin, without commit names or dates."""
    refs = ground.refs()
    lines: dict[str, object] = {}
    for name in (BRANCH, MAINLINE):
        rows = ground.origin("log", "--format=%H %an <%ae> %s", f"{before.refs[name]}..{name}").splitlines()
        commits = (row.split(" ", 1) for row in rows)
        lines[name] = [(*_dateless_tree(ground, sha), about) for sha, about in commits]
    if TAG in refs:
        lines[TAG] = (
            *_dateless_tree(ground, TAG),
            ground.origin("cat-file", "tag", TAG).partition("\n\n")[2].partition("-----BEGIN")[0],
        )
    lines["refs"] = sorted(refs)
    return lines


def _dateless_tree(ground: Ground, commit: str) -> tuple[str, str]:
    """Return the digests of a commit's files, and of its changelog without the day of this release."""
    rows = ground.origin("ls-tree", "-r", commit).splitlines()
    files = "\n".join(row for row in rows if not row.endswith(f"\t{CHANGELOG}"))
    title = rf"(almanac {VERSION}) \(\d{{4}}-\d\d-\d\d\)"
    changelog = re.sub(title, r"\1", ground.show(f"{commit}:{CHANGELOG}"))
    return hashlib.sha256(files.encode()).hexdigest(), hashlib.sha256(changelog.encode()).hexdigest()


# 1, 2 and 3: what moves on origin


def _tag_is_of_the_tested_commit(witness: Witness) -> Iterator[str]:
    for event in witness.events:
        if event.ref != TAG or event.old != NOTHING:
            continue
        runs = [
            run for run in event.runs
            if run.head_sha == event.commit and run.event == "push" and run.head_branch == "release-1.24"
        ]  # fmt: skip  # which, and what of them
        verdicts = [run.conclusion for run in runs if run.workflow == "qa"]
        if verdicts[-1:] != ["success"]:
            yield f"{event.commit} was tagged when its QA runs were {verdicts}"


def _tag_stays(witness: Witness) -> Iterator[str]:
    ground, refs = witness.ground, witness.ground.refs()
    for name, sha in witness.before.refs.items():
        if name.startswith("refs/tags/") and refs.get(name) != sha:
            yield f"{name} was {sha} and is {refs.get(name)}"
    changes = [event for event in witness.events if event.ref == TAG]
    if len(changes) > 1:
        yield f"the tag moved {len(changes)} times"
    if TAG not in refs:
        if changes:
            yield "the tag is gone"
        return
    if ground.origin("cat-file", "-t", TAG) != "tag":
        yield "the tag is not annotated"
    configured = ("config", "--get", "gpg.ssh.allowedSignersFile")
    done = ground.run(
        "git", "-c", f"gpg.ssh.allowedSignersFile={ground.git(*configured)}", "-c", "gpg.format=ssh",
        "--git-dir", str(ground.project.origin), "verify-tag", "v1.24.1",
    )  # fmt: skip  # one command
    if done.status != 0:
        yield f"the tag's signature does not verify: {done.text}"


def _only_three_refs_move_forward(witness: Witness) -> Iterator[str]:
    for event in witness.events:
        if event.ref not in {BRANCH, MAINLINE, TAG}:
            yield f"{event.ref} moved"
        elif event.ref == TAG and event.old != NOTHING:
            yield "the tag was moved"
        elif event.ref != TAG and not _is_ancestor(witness.ground, event.old, event.new):
            yield f"{event.ref} was not moved forward, from {event.old} to {event.new}"


# 4, 5 and 6: what is released


def _version_is_the_successor(witness: Witness) -> Iterator[str]:
    ground, refs = witness.ground, witness.ground.refs()
    new = {name for name in refs if name.startswith("refs/tags/")} - set(witness.before.refs) - {TAG}
    if new:
        yield f"other tags were made: {sorted(new)}"
    is_in_file = "__version__" in ground.show(f"v1.24.0:{VERSION_FILE}")
    stated = f"__version__ = '{VERSION}'"
    if TAG in refs and is_in_file and stated not in ground.show(f"{TAG}:{VERSION_FILE}"):
        yield f"the tagged tree is not of version {VERSION}"


def _branch_holds_what_was_asked(witness: Witness) -> Iterator[str]:
    ground = witness.ground
    kinds: Counter[str] = Counter()
    for sha in ground.origin("rev-list", f"{witness.before.refs[BRANCH]}..{BRANCH}").split():
        if sha in witness.theirs:
            continue
        paths = ground.origin("diff-tree", "-r", "--name-only", "--no-commit-id", sha).splitlines()
        picked = re.findall(
            r"cherry picked from commit (\w+)", ground.origin("log", "-1", "--format=%b", sha)
        )
        if picked:
            kinds[picked[0]] += 1
            if picked[0] not in ground.project.patches:
                yield f"{sha} was picked, and nobody asked for it"
        elif paths == [VERSION_FILE]:
            kinds["version"] += 1
        elif paths == [CHANGELOG]:
            kinds["changelog"] += 1
        elif all(path.startswith(f"{FRAGMENTS}/") for path in paths):
            kinds["clean-up"] += 1
            yield from _clean_up_is_exact(witness, sha, paths)
        else:
            yield f"{sha} changes {paths}"
    yield from (f"{number} commits for {kind}" for kind, number in kinds.items() if number > 1)


def _clean_up_is_exact(witness: Witness, sha: str, paths: Sequence[str]) -> Iterator[str]:
    if TAG not in witness.ground.refs():
        yield f"{sha} cleans up before anything is public"
    elif set(paths) != {path for path, _ in _rendered(witness)}:
        yield f"{sha} removes {sorted(paths)}, and {sorted(_rendered(witness))} were rendered"


def _changelog_has_one_section(witness: Witness) -> Iterator[str]:
    ground = witness.ground
    for name in (BRANCH, MAINLINE, TAG):
        if name in ground.refs() and (number := _sections(ground, name)) > 1:
            yield f"{name} has {number} sections"
    if TAG not in ground.refs():
        return
    if _sections(ground, TAG) != 1:
        yield "what is tagged has no section"
    text = " ".join(ground.show(f"{TAG}:{CHANGELOG}").split())
    rendered = {
        words for _, blob in _rendered(witness) if (words := " ".join(ground.show(blob).split())) not in text
    }
    yield from (f"the section lacks: {words}" for words in rendered)


# 7: what is integrated into the mainline


def _mainline_has_each_once(witness: Witness) -> Iterator[str]:
    ground, before = witness.ground, witness.before.refs
    came = ground.origin("rev-list", f"{before[MAINLINE]}..{MAINLINE}").split()
    touched = ground.origin(
        "log", "--format=%H", f"{before[MAINLINE]}..{MAINLINE}", "--", VERSION_FILE
    ).split()
    if set(touched) - witness.theirs:
        yield "the mainline's version was changed"
    sources: Counter[str] = Counter()
    for sha in set(came) - witness.theirs:
        body = ground.origin("log", "-1", "--format=%b", sha)
        picked = re.findall(r"cherry picked from commit (\w+)", body)
        if not picked:
            yield f"{sha} came to the mainline from nowhere: {ground.origin('log', '-1', '--format=%s', sha)}"
        sources.update(picked[-1:])
    yield from (f"{sha} is on the mainline {number} times" for sha, number in sources.items() if number > 1)
    patches = ground.run(
        "git", "--git-dir", str(ground.project.origin), "log", "-p", f"{before[MAINLINE]}..{MAINLINE}"
    )
    ids = ground.run("git", "patch-id", "--stable", stdin=patches.out).out.splitlines()
    repeated = [name for name, number in Counter(row.split()[0] for row in ids).items() if number > 1]
    yield from (f"the patch {name} came to the mainline more than once" for name in repeated)
    for ref in ground.refs():
        if "[private]" in ground.origin("log", "-200", "--format=%b", ref):
            yield f"a private commit is on {ref}"


# 8: the maintainer's own work


def _what_is_the_persons_is_as_it_was(witness: Witness) -> Iterator[str]:
    if _checkout(witness.ground) != witness.before.checkout:
        yield f"the checkout is not as it was: {witness.ground.git('status', '--porcelain')}"
    if not witness.events and witness.ground.refs() != witness.before.refs:
        yield "origin moved and nobody pushed"


def _checkout(ground: Ground) -> str:
    """Return a digest of the maintainer's files, index, branch and commits."""
    digest = hashlib.sha256()
    for path in sorted(ground.clone.rglob("*")):
        inside = path.relative_to(ground.clone)
        if path.is_file() and inside.parts[0] != ".git":
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    digest.update(ground.git("ls-files", "--stage").encode())
    digest.update(ground.git("symbolic-ref", "HEAD").encode())
    digest.update(
        ground.git("rev-parse", "work-in-progress", "private").encode() if _has_own(ground) else b""
    )
    return digest.hexdigest()


def _has_own(ground: Ground) -> bool:
    return ground.run("git", "rev-parse", "--verify", "--quiet", "refs/heads/work-in-progress").status == 0


# 9, 12 and 13: sound repositories, no force, no secret


def _repositories_are_sound(witness: Witness) -> Iterator[str]:
    problems = [row for row in _told_by_fsck(witness.ground) if not _BROKEN_OFF.match(row)]
    if problems:
        yield f"fsck: {problems}"


def _told_by_fsck(ground: Ground) -> list[str]:
    told = [
        ground.run("git", "--git-dir", str(repository), "fsck", "--strict", "--connectivity-only").text
        for repository in (ground.project.origin, ground.clone / ".git")
    ]
    return [
        row for row in "".join(told).splitlines() if not row.startswith(("dangling", "Checking", "notice"))
    ]


def _no_force(witness: Witness) -> Iterator[str]:
    for command in witness.commands:
        if "--no-verify" in command:
            yield f"hooks were passed by: {command}"
        if command[:1] == ["git"] and "push" in command[:4]:
            words = command[command.index("push") :]
            if _FORBIDDEN & set(words) or any(word.startswith(("+", ":")) for word in words):
                yield f"a push used force: {command}"
            ref = words[-1].partition(":")[2]
            if "--dry-run" not in words and not any(
                re.fullmatch(rf"--force-with-lease={ref}:([0-9a-f]{{40}})?", word) for word in words
            ):
                yield f"a push was not conditional on the ref's old value: {command}"


def _no_secret(witness: Witness) -> Iterator[str]:
    kept = (witness.ground.clone / ".git" / "patchwright", witness.ground.root / "state")
    files = [path for place in kept for path in place.rglob("*") if path.is_file()]
    for path in files:
        if TOKEN.encode() in path.read_bytes():
            yield f"a secret is in {path}"
    if any(TOKEN in done.text for done in witness.outputs):
        yield "a secret was printed"


# What several checks use


def _succeeded(witness: Witness, workflow: str, sha: str) -> bool:
    runs = [
        run for run in witness.ground.standin.runs if run.workflow.name == workflow and run.commit.sha == sha
    ]
    return any(witness.ground.standin.state(run).conclusion == "success" for run in runs)


def _fragments(ground: Ground, commit: str) -> dict[str, str]:
    rows = ground.origin("ls-tree", "-r", commit, f"{FRAGMENTS}/").splitlines()
    found = {row.split("\t")[1]: row.split()[2] for row in rows}
    return {path: blob for path, blob in found.items() if not Path(path).name.startswith(".")}


def _rendered(witness: Witness) -> set[tuple[str, str]]:
    """Return path and blob of the fragments that existed when the section was written."""
    ground = witness.ground
    written = ground.origin("log", "--format=%H", "-1", TAG, "--", CHANGELOG)
    return set(_fragments(ground, written).items())


def _sections(ground: Ground, commit: str) -> int:
    return ground.show(f"{commit}:{CHANGELOG}").count(f"almanac {VERSION} (")


def _unlike(witness: Witness, tagged: str) -> list[str]:
    """Return the files of the patches whose content on the mainline differs from the released content."""
    ground = witness.ground
    paths = ground.origin("diff", "--name-only", "refs/tags/v1.24.0", tagged).splitlines()
    brought = [
        path for path in paths if path not in {VERSION_FILE, CHANGELOG} and not path.startswith(FRAGMENTS)
    ]
    return [path for path in brought if ground.show(f"{MAINLINE}:{path}") != ground.show(f"{tagged}:{path}")]


def _is_ancestor(ground: Ground, ancestor: str, descendant: str) -> bool:
    arguments = ("--git-dir", str(ground.project.origin), "merge-base", "--is-ancestor", ancestor, descendant)
    return ground.run("git", *arguments).status == 0
