"""Small repositories with histories of towncrier projects, written as objects: fast, and always the same.

A `History` is a bare repository in the making; a `Flavour` is how its project does things.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from repository import WORKFLOW_FILES

Files = dict[str, str | None]
"""What a commit does to files: the new text by path, or None where the file goes."""

ADA = "Ada Almanac <ada@example.org>"
BEN = "Ben Tidewater <ben@example.org>"
# 2025-01-06 08:00 UTC, a Monday; from there on every commit is an hour later.
BEGINNING = 1_736_150_400
HOUR = 3_600
YEARS = "def is_leap(year):\n    return year % 4 == 0{}\n"
TIDES = "INTERVAL = {}\n\n\ndef high_waters(first):\n    return [first, first + INTERVAL]\n"


@dataclass(frozen=True)
class Flavour:
    """How a project does things: where its files are, how its changelog is written, how versions are told."""

    markup: str = "rst"
    fragments: str = "changes"
    changelog: str = "CHANGES.rst"
    version_file: str | None = "almanac/__init__.py"
    newline: str = "\n"
    mainline: str = "master"
    branch: str = "release-{series}"
    tag: str = "v{version}"
    marker: bool = True
    extension: str = ""
    configuration: str = "pyproject.toml"

    @property
    def pyproject(self) -> str:
        """The project's configuration."""
        version = f"\n[tool.hatch.version]\npath = '{self.version_file}'\n" if self.version_file else ""
        return (
            "[project]\nname = 'almanac'\ndynamic = ['version']\n"
            f"{version}\n[tool.towncrier]\nname = 'almanac'\ndirectory = '{self.fragments}'\n"
            f"filename = '{self.changelog}'\n"
        )

    @property
    def preamble(self) -> str:
        """The changelog before its first section."""
        if self.markup == "md":
            return "# Changes\n\n" + ("<!-- towncrier release notes start -->\n\n" if self.marker else "")
        start = ".. towncrier release notes start\n\n" if self.marker else ""
        return f"Changes\n*******\n\n{start}"

    def section(self, version: str, date: str, news: dict[str, list[str]]) -> str:
        """Return a section as towncrier 26.9 renders it, by type of news."""
        title = f"almanac {version} ({date})"
        if self.markup == "md":
            parts = [f"# {title}\n"]
            parts += [
                f"## {kind}\n\n" + "".join(f"- {text}\n" for text in texts) for kind, texts in news.items()
            ]
            return "\n".join(parts) + "\n\n"
        parts = [f"{title}\n{'=' * len(title)}\n"]
        parts += [
            f"{kind}\n{'-' * len(kind)}\n\n" + "".join(f"- {text}\n" for text in texts)
            for kind, texts in news.items()
        ]
        return "\n".join(parts) + "\n\n"

    def version(self, number: str) -> Files:
        """Return what sets the version."""
        return {self.version_file: f"__version__ = '{number}'\n"} if self.version_file else {}

    def fragment(self, name: str, text: str) -> Files:
        """Return a news fragment, named `ISSUE.TYPE`."""
        return {f"{self.fragments}/{name}{self.extension}": f"{text}\n"}

    def tag_of(self, version: str) -> str:
        """Return the name of a version's tag."""
        return self.tag.replace("{version}", version)

    def branch_of(self, series: str) -> str:
        """Return the name of a series' release branch."""
        return self.branch.replace("{series}", series)


@dataclass(frozen=True)
class Made:
    """A commit that was made: its name, its tree by path (mode and blob), and what it says."""

    sha: str
    tree: dict[str, tuple[str, str]]
    parents: tuple[str, ...]
    author: str
    authored: int
    message: str


@dataclass
class History:
    """A bare repository in the making. Branches are by name; every commit is an hour after the one before."""

    directory: Path
    flavour: Flavour = field(default_factory=Flavour)
    made: dict[str, Made] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    hours: int = 0

    def __post_init__(self) -> None:
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "HEAD").write_text(f"ref: refs/heads/{self.flavour.mainline}\n")
        (self.directory / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")

    @property
    def main(self) -> str:
        """The mainline's name."""
        return self.flavour.mainline

    def tip(self, branch: str) -> Made:
        """Return a branch's last commit."""
        return self.made[self.branches[branch]]

    def text(self, branch: str, path: str) -> str:
        """Return a file of a branch, empty where there is none."""
        entry = self.tip(branch).tree.get(path)
        return self._read(entry[1]) if entry else ""

    def commit(  # noqa: PLR0913  what a commit is made of
        self,
        branch: str,
        subject: str,
        files: Files | None = None,
        *,
        author: str = ADA,
        merges: str | None = None,
        authored: int | None = None,
        links: dict[str, str] | None = None,
        modes: dict[str, str] | None = None,
    ) -> str:
        """Add a commit to a branch, return its name.

        `merges` are other parents, `links` are submodules, `modes` are those of files.
        """
        self.hours += 1
        before = self.made.get(self.branches.get(branch, ""))
        tree = dict(before.tree) if before else {}
        for path, text in (files or {}).items():
            if text is None:
                tree.pop(path, None)
            else:
                mode = tree[path][0] if path in tree else "100644"
                tree[path] = (mode, self._write("blob", text.encode("utf-8", "surrogateescape")))
        tree.update({path: ("160000", sha) for path, sha in (links or {}).items()})
        tree.update({path: (mode, tree[path][1]) for path, mode in (modes or {}).items()})
        parents = tuple(parent for parent in (self.branches.get(branch), *(merges or "").split()) if parent)
        when = BEGINNING + self.hours * HOUR
        sha = self._commit(tree, parents, author, authored or when, when, f"{subject}\n")
        self._point(branch, sha)
        return sha

    def fork(self, branch: str, at: str) -> None:
        """Begin a branch at a branch or a commit."""
        self._point(branch, self.branches.get(at, at))

    def pick(self, sha: str, onto: str, *, named: bool = True, files: Files | None = None) -> str:
        """Pick a commit onto a branch, file by file, as with `-x` where `named`; `files` resolve it."""
        source = self.made[sha]
        parent = self.made[source.parents[0]].tree
        changed = {
            path for path in source.tree.keys() | parent.keys() if source.tree.get(path) != parent.get(path)
        }
        theirs: Files = {
            path: self._read(source.tree[path][1]) if path in source.tree else None for path in changed
        }
        gone = [path for path, text in theirs.items() if text is None and path not in self.tip(onto).tree]
        message = source.message.rstrip("\n") + (f"\n\n(cherry picked from commit {sha})" if named else "")
        final = {**theirs, **(files or {})}
        kept = {path: text for path, text in final.items() if path not in gone}
        return self.commit(onto, message, kept, author=source.author, authored=source.authored)

    def revert(self, branch: str, sha: str) -> str:
        """Take a commit back on its branch."""
        source = self.made[sha]
        parent = self.made[source.parents[0]].tree
        changed = {
            path for path in source.tree.keys() | parent.keys() if source.tree.get(path) != parent.get(path)
        }
        files: Files = {path: self._read(parent[path][1]) if path in parent else None for path in changed}
        subject = source.message.partition("\n")[0]
        return self.commit(branch, f'Revert "{subject}"\n\nThis reverts commit {sha}.', files)

    def merge(self, branch: str, other: str, subject: str, files: Files | None = None) -> str:
        """Merge a branch: the files in which it differs from where it forked are taken."""
        merged = self.tip(other)
        fork = self.made[self._fork_of(branch, other)]
        changed = {p for p in merged.tree.keys() | fork.tree.keys() if merged.tree.get(p) != fork.tree.get(p)}
        theirs: Files = {
            path: self._read(merged.tree[path][1]) if path in merged.tree else None for path in changed
        }
        return self.commit(branch, subject, {**theirs, **(files or {})}, merges=merged.sha)

    def tag(self, version: str, at: str) -> None:
        """Tag a branch's tip or a commit as the release of a version, annotated."""
        sha = self.branches.get(at, at)
        name = self.flavour.tag_of(version)
        when = BEGINNING + self.hours * HOUR
        text = f"object {sha}\ntype commit\ntag {name}\ntagger {ADA} {when} +0000\n\nRelease {version}.\n"
        self._ref(f"refs/tags/{name}", self._write("tag", text.encode()))

    # A project's own doings

    def begin(self) -> str:
        """Begin the mainline with a project that has released nothing."""
        flavour = self.flavour
        files: Files = {
            flavour.configuration: flavour.pyproject,
            flavour.changelog: self._lines(flavour.preamble),
            **WORKFLOW_FILES,
            "almanac/years.py": YEARS.format(""),
            "almanac/tides.py": TIDES.format(12),
            f"{flavour.fragments}/.gitignore": "!.gitignore\n",
            **flavour.version("0.0"),
        }
        return self.commit(self.main, "Begin an almanac.", files)

    def add(self, branch: str, name: str, text: str, files: Files | None = None, *, author: str = ADA) -> str:
        """Commit a change with its news fragment, which is named `ISSUE.TYPE`."""
        return self.commit(
            branch, text, {**(files or {}), **self.flavour.fragment(name, text)}, author=author
        )

    def news(self, branch: str) -> dict[str, str]:
        """Return the fragments of a branch: their text by path."""
        place = f"{self.flavour.fragments}/"
        return {
            path: self._read(blob).strip()
            for path, (_, blob) in self.tip(branch).tree.items()
            if path.startswith(place) and not path.endswith(".gitignore")
        }

    def with_section(self, branch: str, section: str, above: str | None = None) -> Files:
        """Return a branch's changelog with a section on top, or above the section of another version."""
        path = self.flavour.changelog
        text = self.text(branch, path)
        head = self._lines(self.flavour.preamble)
        at = text.index(self._heading(above)) if above else len(head)
        return {path: text[:at] + self._lines(section) + text[at:]}

    def section(self, branch: str, version: str) -> str:
        """Return the section that a branch's news make."""
        kinds: dict[str, list[str]] = {}
        for path, text in sorted(self.news(branch).items()):
            issue, kind = path.rpartition("/")[2].split(".")[:2]
            kinds.setdefault(kind.capitalize(), []).append(f"{text} (#{issue})")
        return self.flavour.section(version, "2025-01-20", kinds)

    def release(
        self,
        branch: str,
        version: str,
        *,
        together: bool = False,
        keep: bool = True,
        then: Files | None = None,
    ) -> str:
        """Release a branch: version, changelog, tag, clean-up; `together` in one commit. Return the section.

        With `keep` the fragments are removed after the tag, as the written process has it; else by towncrier.
        """
        section = self.section(branch, version)
        news: Files = dict.fromkeys(self.news(branch))
        changes = {**self.with_section(branch, section), **({} if keep else news)}
        if together:
            self.commit(branch, f"Release {version}", {**self.flavour.version(version), **changes})
        else:
            if self.flavour.version_file:
                self.commit(branch, f"Version: {version}", self.flavour.version(version))
            self.commit(branch, f"Update changelog for v{version} patch release.", changes)
        if then:
            self.commit(branch, "Mend what QA found.", then)
        self.tag(version, branch)
        if keep and news:
            self.commit(branch, "Clean up news fragments.", news)
        return section

    def integrate(
        self, version: str, section: str, above: str | None = None, gone: list[str] | None = None
    ) -> None:
        """Bring a section to the mainline, and remove the fragments that are `gone`, where they are there."""
        self.commit(
            self.main,
            f"Update changelog for v{version} patch release.",
            self.with_section(self.main, section, above),
        )
        left: Files = {path: None for path in gone or [] if path in self.tip(self.main).tree}
        if left:
            self.commit(self.main, "Clean up news fragments.", left)

    # Objects

    def _lines(self, text: str) -> str:
        return text.replace("\n", self.flavour.newline)

    def _heading(self, version: str) -> str:
        mark = "# " if self.flavour.markup == "md" else ""
        return f"{mark}almanac {version} ("

    def _fork_of(self, branch: str, other: str) -> str:
        mine = set(self._ancestors(self.branches[branch]))
        return next(sha for sha in self._ancestors(self.branches[other]) if sha in mine)

    def _ancestors(self, sha: str) -> list[str]:
        seen: list[str] = []
        waiting = [sha]
        while waiting:
            at = waiting.pop(0)
            if at not in seen:
                seen.append(at)
                waiting.extend(self.made[at].parents)
        return seen

    def _point(self, branch: str, sha: str) -> None:
        self.branches[branch] = sha
        self._ref(f"refs/heads/{branch}", sha)

    def _ref(self, name: str, sha: str) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{sha}\n")

    def _commit(  # noqa: PLR0913  what a commit object holds
        self,
        tree: dict[str, tuple[str, str]],
        parents: tuple[str, ...],
        author: str,
        authored: int,
        when: int,
        message: str,
    ) -> str:
        rows = [f"tree {self._tree(tree)}", *(f"parent {parent}" for parent in parents)]
        rows += [f"author {author} {authored} +0000", f"committer {author} {when} +0000", "", message]
        sha = self._write("commit", "\n".join(rows).encode())
        self.made[sha] = Made(sha, tree, parents, author, authored, message)
        return sha

    def _tree(self, tree: dict[str, tuple[str, str]]) -> str:
        entries: dict[str, tuple[str, str]] = {}
        below: dict[str, dict[str, tuple[str, str]]] = {}
        for path, entry in tree.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = entry
            else:
                entries[name] = entry
        entries.update({name: ("40000", self._tree(inside)) for name, inside in below.items()})
        # git sorts a directory as if its name ended with a slash.
        names = sorted(entries, key=lambda name: f"{name}/" if entries[name][0] == "40000" else name)
        rows = [f"{entries[n][0]} {n}".encode() + b"\0" + bytes.fromhex(entries[n][1]) for n in names]
        return self._write("tree", b"".join(rows))

    def _write(self, kind: str, content: bytes) -> str:
        data = f"{kind} {len(content)}".encode() + b"\0" + content
        sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        path = self.directory / "objects" / sha[:2] / sha[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(data, 1))
        return sha

    def _read(self, sha: str) -> str:
        data = zlib.decompress((self.directory / "objects" / sha[:2] / sha[2:]).read_bytes())
        return data.partition(b"\0")[2].decode("utf-8", "surrogateescape")


def released_history(directory: Path, flavour: Flavour | None = None) -> History:
    """Return a history in which 1.24.0 is released and integrated, and a feature is new on the mainline."""
    history = History(directory, flavour or Flavour())
    flavour, main = history.flavour, history.main
    branch = flavour.branch_of("1.24")
    history.begin()
    history.add(main, "1.feature", "Tell the years that leap.")
    history.fork(branch, main)
    section = history.release(branch, "1.24.0")
    gone = next(iter(flavour.fragment("1.feature", "")))
    history.integrate("1.24.0", section, gone=[gone])
    history.add(main, "2.feature", "Tell eclipses of the moon.", {"almanac/eclipses.py": "SAROS = 6585\n"})
    return history


def several_series(
    directory: Path, flavour: Flavour | None = None, *, together: bool = False, keep: bool = True
) -> History:
    """Make a history with two series alive beside the mainline, the older one patched after the newer is out.

    1.24.1 and 1.24.2 take fixes from the mainline (the second after 1.25.0 is out), 1.24.3 a fix of its own,
    1.25.1 and 1.25.2 more; each is integrated where its version belongs.
    """
    flavour = flavour or Flavour()
    history = History(directory, replace(flavour))
    main, old, new = flavour.mainline, flavour.branch_of("1.24"), flavour.branch_of("1.25")
    history.begin()
    history.add(main, "1.feature", "Tell the years that leap.")
    history.fork(old, main)
    first = history.release(old, "1.24.0", together=together, keep=keep)
    history.integrate("1.24.0", first, gone=[f"{flavour.fragments}/1.feature{flavour.extension}"])
    history.add(main, "2.feature", "Tell eclipses of the moon.", {"almanac/eclipses.py": "SAROS = 6585\n"})
    fix = history.add(
        main, "3.bugfix", "Repair leap years at centuries.",
        {"almanac/years.py": YEARS.format(" and year % 100 != 0")}, author=BEN,
    )  # fmt: skip  # what, then by whom
    history.pick(fix, old)
    patch = history.release(old, "1.24.1", together=together, keep=keep)
    history.integrate("1.24.1", patch, gone=[f"{flavour.fragments}/3.bugfix{flavour.extension}"])
    history.fork(new, main)
    second = history.release(new, "1.25.0", together=together, keep=keep)
    history.integrate("1.25.0", second, gone=[f"{flavour.fragments}/2.feature{flavour.extension}"])
    history.add(main, "4.feature", "Tell eclipses of the sun.", {"almanac/suns.py": "SAROS = 6585\n"})
    fix = history.add(
        main, "5.bugfix", "Repair the interval of high waters.",
        {"almanac/tides.py": TIDES.format(12.4)},
    )  # fmt: skip  # what it changes
    news = [f"{flavour.fragments}/5.bugfix{flavour.extension}"]
    history.pick(fix, new)
    history.integrate("1.25.1", history.release(new, "1.25.1", together=together, keep=keep))
    history.pick(fix, old, named=False)
    history.integrate(
        "1.24.2", history.release(old, "1.24.2", together=together, keep=keep), above="1.24.1", gone=news
    )
    own = history.add(old, "6.bugfix", "Repair the year zero.", {"almanac/zero.py": "ZERO = 1\n"})
    last = history.release(old, "1.24.3", together=together, keep=keep)
    history.pick(own, main)
    history.integrate(
        "1.24.3", last, above="1.24.2", gone=[f"{flavour.fragments}/6.bugfix{flavour.extension}"]
    )
    history.add(main, "7.doc", "Describe eclipses.", {"docs/eclipses.txt": "They come back.\n"})
    return history
