"""Version files: find out whether a change only moves the version, and remove the move from a change."""

from __future__ import annotations

import ast
import difflib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from patchwright.tools.documents import Key, find_literal, leaves, parse_document, value_at
from patchwright.tools.hatch import VersionSource, normalize_name
from patchwright.versions import same_version

# A version within a text: numbers with dots, and what PEP 440 and npm may add.
_NUMBERS = r"\d+(?:\.\d+)+(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev|post)[-_.]?\d*)*(?:\+[\w.]+)?(?!\w)"
_VERSION = re.compile(rf"(?<![\w.])v?({_NUMBERS})", re.IGNORECASE)
# A name that says what the version after it belongs to, as in `numpy==`, `version = "`, `almanac[a]>=`.
_NAME_BEFORE = re.compile(
    r"([A-Za-z_][\w.-]*)[\"']?(?:\[[^\]]*\])?\s*(?:===|==|~=|>=|<=|!=|<|>|@|\^|=|:)\s*[\"'(]?\s*$"
)
# What a text says about an earlier version stays true after the move.
_HISTORY_BEFORE = re.compile(
    r"(?:version(?:added|changed|removed)|deprecated|since|(?:added|changed|new|fixed|removed) in)"
    r"(?: version)?[\s:]*$",
    re.IGNORECASE,
)
_VERSION_NAMES = frozenset(
    {"version", "__version__", "release", "full_version", "current_version", "softwareversion"}
)
_DATE_NAMES = frozenset({"date-released", "datemodified", "publication_date"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_LINE = re.compile(rf"(date-released: *)[\"']?{_DATE.pattern}[\"']?", re.ASCII)
_TUPLE_NAMES = frozenset(
    {"version", "version_info", "__version_info__", "version_tuple", "__version_tuple__"}
)
# Tables in which `version` is the version of the project that the file is about.
_OWN_TABLES: frozenset[Key] = frozenset(
    {
        (),
        ("info",),
        ("package",),
        ("packages", ""),
        ("project",),
        ("tool", "bumpver"),
        ("tool", "bumpversion"),
        ("tool", "commitizen"),
        ("tool", "poetry"),
    }
)


@dataclass(frozen=True)
class Move:
    """A project's version that moves from `old` to `new`. `old` is None if it is not known.

    `project` is the project's normalized name, and `source` is where the project keeps its version. A value
    that equals the version by chance, such as a dependency or another table's `version`, does not count.
    """

    old: str | None
    new: str
    project: str = ""
    source: VersionSource | None = None

    def is_all(self, path: str, before: str, after: str) -> bool:
        """Return whether the move is the only difference between two texts of a file.

        TOML, JSON and Python are compared as parsed: format and comments may differ. Any other text is
        compared line by line.
        """
        if not self._is_mentioned(before, after):
            return False
        rest = self._with_old_source(path, before, after)
        if rest == before:
            return True
        differences = (
            self._compare_documents(path, before, rest)
            or self._compare_python(path, before, rest)
            or self._compare_lines(path, before, rest)
        )
        return None not in differences and (rest != after or True in differences)

    def put_back(self, path: str, before: str, after: str) -> str:
        """Return the new text of a file with the old version wherever the version moved."""
        if not self._is_mentioned(before, after):
            return after
        rest = self._with_old_source(path, before, after)
        old, new = parse_document(path, before), parse_document(path, rest)
        if old is not None and new is not None:
            return self._put_back_values(path, before, rest)
        old_lines, new_lines = before.splitlines(keepends=True), rest.splitlines(keepends=True)
        result: list[str] = []
        matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
        for tag, start, end, new_start, new_end in matcher.get_opcodes():
            olds = old_lines[start:end] if tag == "replace" else []
            result += [
                next((old for old in olds if self._moves_whole_line(path, old, new)), new)
                for new in new_lines[new_start:new_end]
            ]
        return "".join(result)

    def _put_back_values(self, path: str, before: str, after: str) -> str:
        """Return a TOML or JSON text with the old value at each key at which the version moved."""
        document = parse_document(path, before)
        old_leaves, new_leaves = leaves(document), leaves(parse_document(path, after))
        for key in old_leaves.keys() & new_leaves.keys():
            if old_leaves[key] != new_leaves[key] and self._moves_leaf(
                key, document, old_leaves[key], new_leaves[key]
            ):
                old, new = find_literal(path, before, key), find_literal(path, after, key)
                if old and new:
                    after = after[: new[0]] + before[slice(*old)] + after[new[1] :]
        return after

    def _is_mentioned(self, before: str, after: str) -> bool:
        """Return whether a line that is new mentions the new version, also as in `(1, 24, 1)`."""
        try:
            numbers = re.sub(r"(\.0)+$", "", Version(self.new).base_version.rpartition("!")[2]).split(".")
        except InvalidVersion:
            return False
        mention = re.compile(r"\D{1,3}".join(numbers))
        return any(mention.search(line) for line in set(after.splitlines()) - set(before.splitlines()))

    def _moves_whole_line(self, path: str, old: str, new: str) -> bool:
        if path.endswith((".py", ".pyi")):
            return self.is_all(path, old.strip(), new.strip())
        return self._moves_line(old, new)

    def _with_old_source(self, path: str, before: str, after: str) -> str:
        """Return the new text with the old version at the place from which Hatch reads it."""
        if self.source is None or path != self.source.path:
            return after
        old, new = self.source.span_in(before), self.source.span_in(after)
        if old is None or new is None or not same_version(self.source.version_in(after), self.new):
            return after
        if self.old is not None and not same_version(self.source.version_in(before), self.old):
            return after
        return after[: new[0]] + before[slice(*old)] + after[new[1] :]

    # A comparison has True for each place where the version moved, and None where anything else differs.

    def _compare_documents(self, path: str, before: str, after: str) -> list[bool | None] | None:
        """Compare two texts as TOML or JSON, or return None."""
        old, new = parse_document(path, before), parse_document(path, after)
        if old is None or new is None:
            return None
        old_leaves, new_leaves = leaves(old), leaves(new)
        if old_leaves.keys() != new_leaves.keys():
            return [None]
        return [False] + [
            self._moves_leaf(key, old, value, new_leaves[key]) or None
            for key, value in old_leaves.items()
            if value != new_leaves[key] or type(value) is not type(new_leaves[key])
        ]

    def _moves_leaf(self, key: Key, document: object, old: object, new: object) -> bool:
        if not key or not isinstance(old, str) or not isinstance(new, str):
            return False
        name = str(key[-1]).lower()
        if not _is_version(old):
            is_date = name in _DATE_NAMES and _DATE.fullmatch(old) and _DATE.fullmatch(new)
            return bool(is_date) or self._moves_text(old, new)
        return (
            name in _VERSION_NAMES and self._is_own_table(key[:-1], document) and same_version(new, self.new)
        )

    def _is_own_table(self, key: Key, document: object) -> bool:
        name = value_at(document, (*key, "name"))
        if key in _OWN_TABLES:
            return True
        return bool(self.project) and isinstance(name, str) and normalize_name(name) == self.project

    def _compare_python(self, path: str, before: str, after: str) -> list[bool | None] | None:
        """Compare two texts as Python programs, or return None."""
        if not path.endswith((".py", ".pyi")):
            return None
        try:
            old, new = _Constants(before), _Constants(after)
        except (SyntaxError, ValueError, RecursionError):
            return None
        if old.shape != new.shape or len(old.found) != len(new.found):
            return [None]
        return [False] + [
            self._moves_constant(name, value, new_value) or None
            for (name, value), (_, new_value) in zip(old.found, new.found, strict=True)
            if value != new_value
        ]

    def _moves_constant(self, name: str, old: str, new: str) -> bool:
        if not _is_version(old):
            return self._moves_text(old, new)
        is_named = name.lower() in _VERSION_NAMES | _TUPLE_NAMES
        return is_named and same_version(new, self.new)

    def _compare_lines(self, path: str, before: str, after: str) -> list[bool | None]:
        old_lines, new_lines = before.splitlines(), after.splitlines()
        if len(old_lines) != len(new_lines):
            return [None]
        if _is_version_file(path) and _is_version(before.strip()):
            return [same_version(after.strip(), self.new) or None]
        differing = [(old, new) for old, new in zip(old_lines, new_lines, strict=True) if old != new]
        if path.endswith(".cff"):
            differing = [(old, new) for old, new in differing if not _moves_date(old, new)]
        return [self._moves_line(old, new) or None for old, new in differing]

    def _moves_text(self, old: str, new: str) -> bool:
        old_lines, new_lines = old.splitlines(), new.splitlines()
        return len(old_lines) == len(new_lines) and all(
            self._moves_line(one, other)
            for one, other in zip(old_lines, new_lines, strict=True)
            if one != other
        )

    def _moves_line(self, old: str, new: str) -> bool:
        """Return whether one line becomes another by the move, at one or more places."""
        old_found, new_found = list(_VERSION.finditer(old)), list(_VERSION.finditer(new))
        if len(old_found) != len(new_found) or _around(old, old_found) != _around(new, new_found):
            return False
        moved = [
            self._moves_mention(old[: one.start()], one[1], other[1])
            for one, other in zip(old_found, new_found, strict=True)
            if one[1] != other[1]
        ]
        return bool(moved) and all(moved)

    def _moves_mention(self, text: str, old: str, new: str) -> bool:
        """Return whether a version after a text is the project's version, and moves."""
        if not same_version(new, self.new):
            return False
        named = _NAME_BEFORE.search(text)
        if named is None:
            return same_version(self.old, old) and not _HISTORY_BEFORE.search(text)
        name = normalize_name(named[1])
        return named[1].lower() in _VERSION_NAMES or (
            name == self.project and (self.old is None or same_version(self.old, old))
        )


class _Constants(ast.NodeVisitor):
    """The texts of a Python program, each with the name that it is given to, and the program without them.

    A tuple such as `version_info = (1, 24, 0)` counts as one text.
    """

    def __init__(self, text: str) -> None:
        self.found: list[tuple[str, str]] = []
        self._name = ""
        tree = ast.parse(text)
        self.visit(tree)
        self.shape = ast.dump(tree)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_named(node, [target.id for target in node.targets if isinstance(target, ast.Name)])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_named(node, [node.target.id] if isinstance(node.target, ast.Name) else [])

    def visit_keyword(self, node: ast.keyword) -> None:
        self._visit_named(node, [node.arg] if node.arg else [])

    def visit_Tuple(self, node: ast.Tuple) -> None:
        parts = [item.value for item in node.elts if isinstance(item, ast.Constant)]
        if self._name.lower() in _TUPLE_NAMES and len(parts) == len(node.elts):
            self.found.append((self._name, ".".join(map(str, parts))))
            node.elts = []
        else:
            self._visit_unnamed(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.found.append((self._name, node.value))
            node.value = ""

    def visit_Call(self, node: ast.Call) -> None:
        self._visit_unnamed(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            self.visit(value)
            self._name = ""
            if key is not None:
                self.visit(key)

    def _visit_named(self, node: ast.AST, names: list[str]) -> None:
        named = [name for name in names if name.lower() in _VERSION_NAMES | _TUPLE_NAMES]
        self._name = (named or names or [""])[0]
        self.generic_visit(node)
        self._name = ""

    def _visit_unnamed(self, node: ast.AST) -> None:
        self._name = ""
        self.generic_visit(node)


def _is_version_file(path: str) -> bool:
    """Return whether the whole text of a file is the version by its name, such as VERSION or version.txt."""
    return posixpath.basename(path).partition(".")[0].lower() in {"version", "_version", ".version"}


def versions_in(line: str) -> Iterator[str]:
    """Yield the versions that a line mentions."""
    yield from (found[1] for found in _VERSION.finditer(line))


def _around(text: str, found: list[re.Match[str]]) -> list[str]:
    """Return the parts of a text between the versions that it mentions."""
    ends = [0, *(one.end(1) for one in found)]
    starts = [*(one.start(1) for one in found), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]


def _moves_date(old: str, new: str) -> bool:
    before, after = _DATE_LINE.fullmatch(old), _DATE_LINE.fullmatch(new)
    return bool(before and after)


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
