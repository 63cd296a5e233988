"""Hosting: serve a bare repository by git's smart HTTP protocol, and read what is in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from patchwright.practice.wire import Answer, Request
from patchwright.tools.shell import Shell

NO_OBJECT = "0" * 40
# git must use only the repository's configuration, not the user's.
ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True)
class Commit:
    """A commit as GitHub describes it. The times are in ISO 8601, as git writes them."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    authored_at: str
    committer: str
    committer_email: str
    committed_at: str
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True)
class MovedRef:
    """A ref that a push moved, created or deleted, and the commit that it names now (None if deleted)."""

    ref: str
    old: str
    new: str
    commit: str | None


class Hosting:
    """The repository `OWNER/NAME.git` below `root`. Somebody else creates it."""

    def __init__(self, root: Path, owner: str, name: str) -> None:
        self.root = root.absolute()
        self.bare = self.root / owner / f"{name}.git"
        self._shell = Shell(cwd=self.root)

    def git(self, *arguments: str, stdin: str | None = None, env: dict[str, str] | None = None) -> str:
        """Run git in the bare repository and return its output without the last newline."""
        environment = {**ISOLATED, **(env or {})}
        return self._shell.ask(
            "git", "--git-dir", str(self.bare), *arguments, stdin=stdin, env=environment
        ).line

    def serve(self, request: Request) -> Answer:
        """Return the answer of git's own CGI program to a request of git's smart HTTP protocol."""
        output = self._shell.serve(
            "git",
            "http-backend",
            body=request.body,
            env={
                **ISOLATED,
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
                # GitHub accepts the path of a repository with and without the suffix `.git`.
                "PATH_INFO": re.sub(r"^(/[^/]+/[^/]+?)(\.git)?/", r"\1.git/", request.path),
                "QUERY_STRING": request.query,
                "REQUEST_METHOD": request.method,
                "CONTENT_TYPE": request.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(request.body)),
                "REMOTE_USER": "practitioner",
                "REMOTE_ADDR": "127.0.0.1",
            },
        )
        head, _, body = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        return Answer(status, headers, body)

    def is_git_request(self, request: Request) -> bool:
        """Return whether a request is from git, for any repository below the root."""
        return re.fullmatch(r"/[^/]+/[^/]+/(info/refs|git-(upload|receive)-pack)", request.path) is not None

    def refs(self) -> dict[str, tuple[str, str]]:
        """Return the object that each branch and tag names, and the commit to which it peels."""
        listed = self.git(
            "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/heads", "refs/tags"
        )
        rows = (line.split(" ") for line in listed.splitlines())
        return {ref: (sha, peeled or sha) for ref, sha, peeled in rows}

    def commit(self, revision: str) -> Commit:
        """Return a commit. Raise CommandFailed if it does not exist."""
        fields = "%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B"
        shown = self.git(
            "show", "--no-patch", f"--format={fields}", "--end-of-options", f"{revision}^{{commit}}", "--"
        )
        sha, tree, parents, author, author_email, authored_at, *committed, message = shown.split("\n", 9)
        committer, committer_email, committed_at = committed
        return Commit(
            sha=sha,
            tree=tree,
            parents=tuple(parents.split()),
            author=author,
            author_email=author_email,
            authored_at=authored_at,
            committer=committer,
            committer_email=committer_email,
            committed_at=committed_at,
            message=message.rstrip("\n"),
        )

    def changed_paths(self, old: str, new: str) -> list[str]:
        """Return the files that a push changes. A new branch is compared with the parent of its tip."""
        before = f"{new}^" if old == NO_OBJECT else old
        return self.git("diff", "--name-only", "--no-renames", "-z", before, new).split("\0")[:-1]

    def read_files(self, commit: str, directory: str) -> dict[str, str]:
        """Return the text of each file directly in `directory` at a commit, by path."""
        listed = self.git("ls-tree", "-z", commit, f"{directory}/").split("\0")
        entries = (entry.split("\t", 1) for entry in listed if entry)
        blobs = {path: facts.split()[2] for facts, path in entries}
        names = "".join(f"{blob}\n" for blob in blobs.values())
        contents = _parse_blobs(self.git("cat-file", "--batch", stdin=names)) if blobs else {}
        return {path: contents[blob] for path, blob in blobs.items() if blob in contents}


def moved_refs(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> list[MovedRef]:
    """Return the refs that differ between two readings."""
    absent = (NO_OBJECT, None)
    return [
        MovedRef(ref, before.get(ref, absent)[0], *after.get(ref, absent))
        for ref in sorted({*before, *after})
        if before.get(ref) != after.get(ref)
    ]


def pushed_refs(body: bytes) -> list[str]:
    """Return the refs that a push updates, from the body of its `git-receive-pack` request."""
    refs, at = [], 0
    while length := int(body[at : at + 4] or b"0", 16):
        command = body[at + 4 : at + length].partition(b"\0")[0].rstrip(b"\n")
        # A shallow clone first lists the commits where its history ends.
        if not command.startswith(b"shallow "):
            refs.append(command.decode().split(" ", 2)[2])
        at += length
    return refs


def rejection_answer(refs: Iterable[str], reasons: dict[str, str], messages: Iterable[str]) -> Answer:
    """Return an answer that rejects all `refs`, with messages for the user and a reason for each ref."""
    report = b"".join(
        [
            _packet_line("unpack ok\n"),
            *(_packet_line(f"ng {ref} {reasons.get(ref, 'push declined')}\n") for ref in refs),
            b"0000",
        ]
    )
    body = [_band(2, f"{message}\n".encode()) for message in messages]
    return Answer(
        200,
        {"Content-Type": "application/x-git-receive-pack-result", "Cache-Control": "no-cache"},
        b"".join([*body, _band(1, report), b"0000"]),
    )


def _parse_blobs(output: str) -> dict[str, str]:
    """Return the texts of the blobs in the output of `git cat-file --batch`, by object name."""
    blobs, rest = {}, output.encode("utf-8", "surrogateescape")
    while rest:
        head, _, rest = rest.partition(b"\n")
        sha, kind, size = head.decode().split(" ")
        if kind == "blob":
            blobs[sha] = rest[: int(size)].decode("utf-8", "replace")
        rest = rest[int(size) + 1 :]
    return blobs


def _packet_line(text: str) -> bytes:
    return f"{len(text.encode()) + 4:04x}{text}".encode()


def _band(number: int, content: bytes) -> bytes:
    return f"{len(content) + 5:04x}".encode() + bytes([number]) + content
