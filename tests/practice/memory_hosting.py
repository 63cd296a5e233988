"""Memory hosting: the stand-in without git, for unit tests. Refs, commits and files are in memory."""

from __future__ import annotations

from pathlib import Path

from patchwright.halts import CommandFailed
from patchwright.practice import almanac
from patchwright.practice.hosting import NO_OBJECT, Commit, Hosting
from patchwright.practice.wire import Answer, Request

MASTER, BRANCH, TAG, TAGGED = "a" * 40, "b" * 40, "c" * 40, "d" * 40


class MemoryHosting(Hosting):
    """A repository with `messages` by commit. Every commit has the same files."""

    def __init__(self, root: Path, owner: str, name: str) -> None:
        super().__init__(root, owner, name)
        self.objects = {
            "refs/heads/master": (MASTER, MASTER),
            "refs/heads/release-1.24": (BRANCH, BRANCH),
            "refs/tags/v1.24.0": (TAG, TAGGED),
        }
        self.messages = dict.fromkeys((MASTER, BRANCH, TAGGED), "Begin an almanac.\n\nIt is small.")
        self.files = {path: text or "" for path, text in almanac.beginning().items()}

    def refs(self) -> dict[str, tuple[str, str]]:
        return dict(self.objects)

    def commit(self, revision: str) -> Commit:
        if revision not in self.messages:
            raise CommandFailed("git failed.", argv=("git", "show"), exit_status=128)
        who, when = ("Ada Almanac", "ada@example.org"), "2025-03-03T08:00:00+00:00"
        return Commit(revision, "e" * 40, (), *who, when, *who, when, self.messages[revision])

    def read_files(self, commit: str, directory: str) -> dict[str, str]:
        assert commit in self.messages
        return {path: text for path, text in self.files.items() if path.startswith(f"{directory}/")}

    def changed_paths(self, old: str, new: str) -> list[str]:
        return ["almanac/years.py"] if old != new else []

    def serve(self, request: Request) -> Answer:
        """Accept a push of one ref."""
        _, new, ref = request.body[4:].partition(b"\0")[0].decode().split(" ")
        self.objects[ref] = (new, new)
        if new == NO_OBJECT:
            del self.objects[ref]
        return Answer(body=b"unpack ok")


def push_request(ref: str, new: str) -> Request:
    """Return the request of a push that moves a ref."""
    command = f"{NO_OBJECT} {new} {ref}\0 report-status"
    path = "/practice/almanac.git/git-receive-pack"
    return Request("POST", "github.localhost", path, "", {}, f"{len(command) + 4:04x}{command}0000".encode())
