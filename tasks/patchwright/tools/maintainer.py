"""Maintainer: read the identity and configuration that git uses in the checkout, to use them elsewhere.

In another worktree or repository git reads another configuration: `config --worktree`, `includeIf`, relative
paths. So both are read once, in the checkout and environment in which inv was started.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from patchwright.halts import CommandFailed, Halt, Prerequisite
from patchwright.tools.git import Git
from patchwright.tools.git_output import Identities
from patchwright.tools.git_settings import FIXED, Configuration, merge_settings
from patchwright.tools.shell import Output

# These belong to one repository or worktree; another one has its own.
_OWN = re.compile(
    r"core\.(bare|worktree|repositoryformatversion|sparsecheckout(cone)?|hookspath)$"
    r"|(extensions|include|includeif|index|remote|branch|submodule)\."
)
# An empty value empties these lists; without it, the checkout's values would be added to others.
_LISTS = re.compile(r"credential\.(.*\.)?helper$|http\.(.*\.)?extraheader$")
# What git does without these keys. It is stated if the other place has such a key.
_DEFAULTS = {"commit.gpgsign": "false", "gpg.format": "openpgp", "gpg.program": "gpg"}
_PATHS = re.compile(
    r"user\.signingkey|gpg\.(.*\.)?program|gpg\.ssh\.(allowedsignersfile|revocationfile)"
    r"|core\.(attributesfile|excludesfile)"
)
_COMMANDS = re.compile(r"gpg\.ssh\.defaultkeycommand|filter\..*\.(clean|smudge|process)")


@dataclass(frozen=True)
class Maintainer:
    """The maintainer's identity, as git has it in the checkout.

    `author` and `committer` are of the form `Name <email>`. `signs_commits` is `commit.gpgSign`.
    """

    author: str
    committer: str
    signs_commits: bool

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that make git use this identity anywhere."""
        author, committer = (one.removesuffix(">").rsplit(" <", 1) for one in (self.author, self.committer))
        return {
            "GIT_AUTHOR_NAME": author[0],
            "GIT_AUTHOR_EMAIL": author[1],
            "GIT_COMMITTER_NAME": committer[0],
            "GIT_COMMITTER_EMAIL": committer[1],
        }

    def find_difference(self, made: Identities, author: str | None = None) -> str | None:
        """Return how the identities in an object differ from the maintainer's, or None if they are equal.

        `author` is the author that a commit takes from another one.
        """
        expected = author or self.author
        if made.committer != self.committer:
            return f"its {made.role} is {made.committer}, not {self.committer}"
        if made.author is not None and made.author != expected:
            return f"its author is {made.author}, not {expected}"
        if made.author is not None and self.signs_commits and not made.signed:
            return "it is not signed, although commit.gpgSign is true"
        return None


@functools.lru_cache(maxsize=8)
def read_maintainer(git: Git) -> Maintainer:
    """Return the maintainer's identity, as git has it in the checkout.

    Raise Prerequisite if git does not know the name or the email address.
    """
    try:
        author, committer = (
            _ask(git, "var", f"GIT_{role}_IDENT").line.rsplit(" ", 2)[0] for role in ("AUTHOR", "COMMITTER")
        )
    except CommandFailed as failure:
        raise Prerequisite(
            "git does not know who you are: user.name or user.email is missing.",
            evidence=failure.evidence,
            remedy=[
                "Set your name with `git config --global user.name`.",
                "Set your address with `git config --global user.email`.",
            ],
        ) from None
    signs = git.ask("config", "--type=bool", "--get", "commit.gpgSign", env=_parameters(), ok=None)
    return Maintainer(author, committer, signs.line == "true")


@functools.lru_cache(maxsize=8)
def read_configuration(git: Git) -> Configuration:
    """Return the configuration of the checkout, with absolute paths where git reads relative ones."""
    listed = git.configuration(_parameters())
    return {key: tuple(_absolute(git.cwd, key, value) for value in values) for key, values in listed.items()}


@functools.lru_cache(maxsize=8)
def hook_directory(git: Git) -> Path:
    """Return the directory of the hooks that git runs in the checkout."""
    return Path(_ask(git, "rev-parse", "--path-format=absolute", "--git-path", "hooks").line)


def signer_words(git: Git) -> list[str]:
    """Return the error output of gpg or gpgsm when it signs a test. git 2.39 does not show that output.

    Return nothing for ssh-keygen: git's own output has its errors.
    """
    found = read_configuration(git)
    form, own = found.get("gpg.format", ("openpgp",))[-1], found.get("gpg.program", ("gpg",))
    if form == "ssh":
        return []
    program = (
        found.get("gpg.openpgp.program", own)
        if form == "openpgp"
        else found.get("gpg.x509.program", ("gpgsm",))
    )
    key = found.get("user.signingkey", (read_maintainer(git).committer,))[-1]
    try:
        said = git.shell.ask(program[-1], "-bsau", key, cwd=git.cwd, stdin="test\n", ok=None)
    except Halt as halt:
        return [halt.cause, *halt.evidence]
    return [f"  {row}" for row in said.stderr.splitlines()]


def settings_at(git: Git, place: Configuration) -> list[tuple[str, str]]:
    """Return the settings that make git use the checkout's configuration in a place with another one."""
    home = read_configuration(git)
    rows = [("core.hooksPath", str(hook_directory(git)))]
    for key, values in home.items():
        if _OWN.match(key) or place.get(key) == values:
            continue
        if _LISTS.fullmatch(key):
            rows.append((key, ""))
        rows += [(key, value) for value in values]
    rows += [(key, value) for key, value in _DEFAULTS.items() if key in place and key not in home]
    if "user.signingkey" in place and "user.signingkey" not in home:
        rows.append(("user.signingKey", read_maintainer(git).committer))
    return [*rows, *FIXED, *merge_settings(home)]


def _ask(git: Git, *arguments: str) -> Output:
    return git.ask(*arguments, env=_parameters())


def _parameters() -> dict[str, str]:
    """Return the settings of `git -c`, if inv was started by git (an alias)."""
    given = os.environ.get("GIT_CONFIG_PARAMETERS")
    return {"GIT_CONFIG_PARAMETERS": given} if given else {}


def _absolute(top: Path, key: str, value: str) -> str:
    """Return a value whose relative path is absolute, if it names a file in the checkout."""
    if _PATHS.fullmatch(key):
        path = top / value
        is_relative = value and "\n" not in value and not value.startswith(("/", "~", "key::", "ssh-", "%("))
        return str(path) if is_relative and _names_file(key, value) and path.is_file() else value
    if _COMMANDS.fullmatch(key):
        word, space, rest = value.partition(" ")
        is_relative = "/" in word and not word.startswith(("/", "~", "'", '"', "$"))
        return (
            f"{shlex.quote(str(top / word))}{space}{rest}"
            if is_relative and (top / word).is_file()
            else value
        )
    return value


def _names_file(key: str, value: str) -> bool:
    """Return whether git takes a value for a path, and not for a program on PATH."""
    return "/" in value or not key.endswith(".program")
