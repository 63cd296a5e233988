"""git's output: parse commits, tags and file contents from what git prints."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from patchwright.halts import StepFailed

# Each field begins with a letter, so that no field is empty.
COMMIT_FORMAT = "%x01%H%x00P%P%x00A%an <%ae>%x00D%aI%x00B%B%x00"
_FIELDS = 5
# The line that `git cherry-pick -x` adds (git 2.39).
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40})\)$", re.ASCII | re.MULTILINE)
# A line of this form ends the message as a block of trailers, to which git adds its own.
_TRAILER = re.compile(r"\(cherry picked from commit |[\w-]+: ")


@dataclass(frozen=True)
class Change:
    """One path that a commit changed against its first parent.

    `before` and `after` are the blobs, or None if the path did not exist. `status` is git's letter.
    """

    path: str
    status: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Commit:
    """One commit, with its changes against its first parent. A rename is a deletion and an addition."""

    sha: str
    parents: tuple[str, ...]
    author: str
    date: str
    message: str
    changes: tuple[Change, ...] = field(repr=False)

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.split("\n", 1)[0]

    @property
    def short(self) -> str:
        """The first ten digits of the object name, to show to people."""
        return self.sha[:10]

    @property
    def paths(self) -> frozenset[str]:
        """The paths that the commit changed."""
        return frozenset(change.path for change in self.changes)

    @property
    def picked_from(self) -> tuple[str, ...]:
        """The source commits that the `-x` lines name, the first source first."""
        return tuple(_PICKED.findall(self.message))


@dataclass(frozen=True)
class Tag:
    """One annotated tag object. `name` is the name that the object itself carries, not that of a ref."""

    target: str
    name: str
    message: str
    signed: bool


@dataclass(frozen=True)
class Identities:
    """Who made an object, of the form `Name <email>`. The committer of a tag is its tagger."""

    author: str | None
    committer: str
    signed: bool

    @property
    def role(self) -> str:
        """What git calls the committer."""
        return "committer" if self.author is not None else "tagger"


def pick_line(sha: str) -> str:
    """Return the line by which `git cherry-pick -x` names the source of a pick (git 2.39)."""
    return f"(cherry picked from commit {sha})"


def message_of_pick(source: Commit) -> str:
    """Return a commit's message with the line that `git cherry-pick -x` adds."""
    return add_trailers(source.message, [pick_line(source.sha)])


def add_trailers(message: str, lines: Sequence[str]) -> str:
    """Return a message with lines at its end, in one block with the trailers that it has."""
    last = message.rpartition("\n")[2]
    gap = "\n" if "\n" in message and _TRAILER.match(last) else "\n\n"
    return gap.join([message, "\n".join(lines)]) if lines else message


def parse_identities(output: str) -> Identities:
    """Return who made the commit or the tag that `git cat-file` prints."""
    head, _, body = output.partition("\n\n")
    fields = dict(row.partition(" ")[::2] for row in reversed(head.split("\n")))
    people = {
        role: fields[role].rsplit(" ", 2)[0] for role in ("author", "committer", "tagger") if role in fields
    }
    if "tagger" in people:
        return Identities(None, people["tagger"], "-----BEGIN " in body)
    signed = "gpgsig" in fields or "gpgsig-sha256" in fields
    return Identities(people.get("author", ""), people.get("committer", ""), signed)


def parse_configuration(output: str) -> dict[str, tuple[str, ...]]:
    """Return the values by key that `git config --list -z` prints. A key without a value is true."""
    found: dict[str, tuple[str, ...]] = {}
    for row in output.split("\0"):
        key, newline, value = row.partition("\n")
        if key:
            found[key] = (*found.get(key, ()), value if newline else "true")
    return found


def failed_hook(events: str) -> str | None:
    """Return the last hook that failed, by the events that git writes to GIT_TRACE2_EVENT, or None."""
    hooks: dict[object, str] = {}
    failed = None
    for row in events.splitlines():
        try:
            event = json.loads(row)
        except ValueError:
            continue
        # Programs that git started, such as the hooks' own git, have a compound session.
        if not isinstance(event, dict) or "/" in str(event.get("sid")):
            continue
        if event.get("event") == "child_start" and event.get("child_class") == "hook":
            hooks[event.get("child_id")] = str(event.get("hook_name"))
        elif event.get("event") == "child_exit" and event.get("code") and event.get("child_id") in hooks:
            failed = hooks[event.get("child_id")]
    return failed


def parse_commits(output: str) -> Iterator[Commit]:
    """Yield the commits that `git diff-tree --stdin -r -z` prints with COMMIT_FORMAT."""
    with _known_form("commits"):
        # git puts a newline between a message and its changes; with -z, for some commits, also a NUL
        # (git 2.39).
        tokens = (token for piece in output.split("\0") if (token := piece.removeprefix("\n")))
        fields: list[str] = []
        changes: list[Change] = []
        for token in tokens:
            if token.startswith("\x01"):
                if fields:
                    yield _commit(fields, changes)
                fields, changes = [token[1:]], []
            elif token.startswith(":") and len(fields) == _FIELDS:
                _, _, before, after, status = token[1:].split(" ")
                changes.append(Change(next(tokens), status, _blob(before), _blob(after)))
            else:
                fields.append(token)
        if fields:
            yield _commit(fields, changes)


def parse_tag(output: str) -> Tag:
    """Return the tag that `git cat-file tag` prints."""
    head, _, body = output.partition("\n\n")
    fields = dict(row.split(" ", 1) for row in head.split("\n") if " " in row)
    message, signature, _ = body.partition("-----BEGIN ")
    return Tag(fields.get("object", ""), fields.get("tag", ""), message, signed=bool(signature))


def parse_contents(names: Iterable[str], output: str) -> Iterator[tuple[str, str | None]]:
    """Yield each name with the content that `git cat-file --batch` prints, or None if it has no object."""
    with _known_form("objects"):
        # Sizes count bytes, so the output is split as bytes.
        stream = output.encode("utf-8", "surrogateescape")
        start = 0
        for name in names:
            end = stream.index(b"\n", start)
            header = stream[start:end]
            start = end + 1
            if header.endswith((b" missing", b" ambiguous")):
                yield name, None
                continue
            size = int(header.rsplit(b" ", 1)[1])
            yield name, stream[start : start + size].decode("utf-8", "surrogateescape")
            start += size + 1


def parse_tree(output: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield path, mode, type and object name of each entry that `git ls-tree -z` prints."""
    with _known_form("a tree"):
        for row in output.split("\0"):
            entry, _, path = row.partition("\t")
            if path:
                mode, kind, name = entry.split()[:3]
                yield path, mode, kind, name


@contextlib.contextmanager
def _known_form(what: str) -> Iterator[None]:
    """Raise StepFailed if the block cannot read what git printed."""
    try:
        yield
    except (ValueError, IndexError, StopIteration):
        raise StepFailed(
            f"git printed {what} in a form that patchwright does not know.",
            remedy=["Check which git is first on PATH: a program in its place may change its output."],
        ) from None


def _commit(fields: list[str], changes: list[Change]) -> Commit:
    sha, parents, author, date, message = fields[0], *(field[1:] for field in fields[1:_FIELDS])
    return Commit(sha, tuple(parents.split()), author, date, message.strip("\n"), tuple(changes))


def _blob(name: str) -> str | None:
    """Return an object name, or None for git's name of all zeros."""
    return name if name.strip("0") else None
