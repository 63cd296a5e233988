"""The version of a release: set by table and key, and never brought to the mainline."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from histories import TIDES, YEARS, Files, Flavour, History
from journeys.ground import BIN
from journeys.workshop import EVERYTHING, MakeShop, Workshop
from patchwright.halts import BranchConflict, Prerequisite, StepFailed, VersionConflict
from patchwright.preflight import series
from patchwright.publication import clean_up

pytestmark = pytest.mark.journey

B = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
TOWNCRIER = "[tool.towncrier]\nname = 'almanac'\ndirectory = 'changes'\nfilename = 'CHANGES.rst'\n"
HATCH = [str(BIN / "hatch"), "version"]
PREPARE = ("checkout", "pick", "bump", "changelog")


def python(code: str, *arguments: str) -> list[str]:
    """Return a command that runs Python code without braces. `argv` holds its arguments."""
    imports = "import json, pathlib, subprocess\nfrom sys import argv\n"
    return [sys.executable, "-c", imports + code, *arguments]


def fix(h: History) -> None:
    h.add(B, "3.bugfix", "Repair leap years.", LEAP)


@dataclass(frozen=True)
class Static(Flavour):
    """A project with its version in pyproject.toml, below another table that has a `version`."""

    line: str = "version = '{}'"

    @property
    def pyproject(self) -> str:
        return self.text("0.0")

    def text(self, number: str) -> str:
        return (
            "[tool.x]\nversion = \"1.24.0\"\n\n[project]\nname = 'almanac'  # ours\n"
            f"{self.line.format(number)}\ndependencies = ['numpy==1.24.0']\n\n{TOWNCRIER}"
        )

    def version(self, number: str) -> Files:
        return {"pyproject.toml": self.text(number)}


@dataclass(frozen=True)
class Node(Flavour):
    """A project with its version in package.json, written with two spaces."""

    version_file: str | None = "package.json"

    @property
    def pyproject(self) -> str:
        source = "[tool.hatch.version]\nsource = 'nodejs'\n"
        return f"[project]\nname = 'almanac'\ndynamic = ['version']\n\n{source}\n{TOWNCRIER}"

    def version(self, number: str) -> Files:
        content = {"name": "@octo/web", "version": number, "dependencies": {"numpy": "1.24.0"}}
        return {"package.json": json.dumps(content, indent=2) + "\n"}


# What hatch-nodejs-version 0.4 does.
SET_NODE = (
    "p = pathlib.Path('package.json'); d = json.loads(p.read_text()); d['version'] = argv[1]\n"
    "p.write_text(json.dumps(d, indent=4) + '\\n')"
)
SHOW_NODE = "print(json.loads(pathlib.Path('package.json').read_text())['version'])"


def tagged(shop: Workshop, path: str) -> str:
    return shop.show(f"v1.24.1:{path}")


# L5: a version by table and key


@pytest.mark.parametrize("line", ["version = '{}'", 'version = "{}"', "version= '{}' # now"])
def test_a_static_version_is_set_in_its_table_by_hatch(make_shop: MakeShop, line: str) -> None:
    flavour = Static(line=line)
    shop = make_shop(fix, flavour)
    shop.settings.update({"version-command": HATCH, "bump-command": [*HATCH, "{version}"]})
    shop.run(shop.open())
    commit = shop.origin("log", "--format=%H", "--grep=^Version: 1.24.1", B)
    rows = shop.origin("show", "--format=", "-U0", commit).splitlines()
    assert [row[1:] for row in rows if re.match(r"[-+][^-+]", row)] == [
        line.format("1.24.0"),
        line.format("1.24.1").replace("'", '"'),
    ]
    assert shop.show("master:pyproject.toml") == flavour.text("0.0").strip()
    assert shop.show("master:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()


@pytest.mark.parametrize("prefix", ["", "'numpy==' + ", "'[tool.x]\\nversion = \"' + "])
def test_a_bump_that_takes_something_else_for_the_version_halts(make_shop: MakeShop, prefix: str) -> None:
    shop = make_shop(fix, Static())
    code = (
        "p = pathlib.Path('pyproject.toml'); t = p.read_text()\n"
        f"old = {prefix}'1.24.0'; new = old.replace('1.24.0', argv[1])\n"
        "v = 'version = %r'\n"
        "p.write_text(t.replace(old, new).replace(v % '1.24.0', v % argv[1]))"
    )
    shop.settings.update({"version-command": HATCH, "bump-command": python(code, "{version}")})
    with pytest.raises(StepFailed, match=r"The bump changed more than the version in pyproject\.toml"):
        shop.run(shop.open(), PREPARE)


def test_a_version_command_that_reads_another_file_halts(make_shop: MakeShop) -> None:
    shop = make_shop(fix)
    shop.settings.update({"version-command": python("print('1.24.1')"), "bump-command": python("pass")})
    with pytest.raises(
        VersionConflict, match=r"the version in almanac/__init__\.py is 1\.24\.0, not 1\.24\.1"
    ):
        shop.run(shop.open(), PREPARE)


# L7: a file that is written anew


@pytest.mark.parametrize("indent", [2, 1, None])
def test_a_package_json_may_be_formatted_by_the_bump(make_shop: MakeShop, indent: int | None) -> None:
    def add(h: History) -> None:
        content = json.loads(str(Node().version("1.24.0")["package.json"]))
        if indent != 2:
            h.commit(B, "Format it.", {"package.json": json.dumps(content, indent=indent)})
            h.tag("1.24.0", B)
        fix(h)

    shop = make_shop(add, Node())
    shop.settings.update(
        {"version-command": python(SHOW_NODE), "bump-command": python(SET_NODE, "{version}")}
    )
    shop.run(shop.open())
    expected = json.loads(str(Node().version("1.24.1")["package.json"]))
    assert json.loads(tagged(shop, "package.json")) == expected
    assert shop.show("master:package.json") == str(Node().version("0.0")["package.json"]).strip()


def test_a_bump_that_changes_another_value_of_package_json_halts(make_shop: MakeShop) -> None:
    shop = make_shop(fix, Node())
    code = SET_NODE.replace("\np.write", "; d['dependencies']['numpy'] = argv[1]\np.write")
    shop.settings.update({"version-command": python(SHOW_NODE), "bump-command": python(code, "{version}")})
    with pytest.raises(StepFailed, match=r"The bump changed more than the version in package\.json"):
        shop.run(shop.open(), PREPARE)


# L8: a command that commits or tags

SET_PYTHON = "pathlib.Path('almanac/__init__.py').write_text('__version__ = %r\\n' % argv[1])\n"


def git_code(*arguments: str) -> str:
    return f"subprocess.run(['git', '-c', 'user.name=X', '-c', 'user.email=x@example.org', *{arguments!r}])\n"


COMMIT = git_code("commit", "--quiet", "--all", "--message=Bump")
TAG = git_code("tag", "--annotate", "v1.24.1", "--message=Bump")


def own_refs(shop: Workshop) -> str:
    """Return the refs of the clone, without those under which commits that nobody may lose are kept."""
    rows = shop.git("for-each-ref").splitlines()
    return "\n".join(row for row in rows if "refs/patchwright/kept/" not in row)


@pytest.mark.parametrize(
    ("setting", "code", "moved"),
    [
        ("bump-command", SET_PYTHON + COMMIT + TAG, ["HEAD", "refs/tags/v1.24.1"]),
        ("bump-command", SET_PYTHON + COMMIT, ["HEAD"]),
        ("bump-command", SET_PYTHON + TAG + "raise SystemExit(1)", ["refs/tags/v1.24.1"]),
        ("bump-command", SET_PYTHON + git_code("branch", "bumped"), ["refs/heads/bumped"]),
        ("bump-command", SET_PYTHON + git_code("tag", "--delete", "v1.24.0"), ["refs/tags/v1.24.0"]),
        ("changelog-command", git_code("switch", "--quiet", "--create", "news"), ["HEAD", "refs/heads/news"]),
        ("version-command", TAG + "print('1.24.1')", ["refs/tags/v1.24.1"]),
        ("checks", git_code("commit", "--quiet", "--allow-empty", "--message=Fix"), ["HEAD"]),
    ],
)
def test_a_command_that_commits_or_tags_halts_and_the_release_can_go_on(
    make_shop: MakeShop, setting: str, code: str, moved: list[str]
) -> None:
    shop = make_shop(fix)
    command = python(code, "{version}")
    given = [command] if setting == "checks" else command
    release = shop.open("1.24", "none", **{"checks": [], setting: given})
    refs = own_refs(shop)
    heads = []

    def run() -> None:
        for step in ("checkout", "pick", "check", "bump", "changelog"):
            heads.append(release.workspace.branch.head())
            shop.run(release, [step])

    with pytest.raises(StepFailed) as halted:
        run()
    assert f"moved {', '.join(moved)}, but" in halted.value.cause
    assert [row.partition(":")[0] for row in halted.value.evidence[: len(moved)]] == moved
    # The worktree has the commit that it had, without changes of the command.
    assert release.workspace.branch.head() == heads[-1] or setting == "version-command"
    for name in moved:
        short = name.rpartition("/")[2]
        if name == "refs/tags/v1.24.0":
            old = next(row.split()[0] for row in refs.splitlines() if row.endswith(name))
            assert f"Put {name} back: git update-ref {name} {old}" in halted.value.remedy
            shop.git("update-ref", name, old)
        elif name.startswith("refs/tags/"):
            assert any(row.endswith(f"git tag --delete {short}") for row in halted.value.remedy)
            shop.git("tag", "--delete", short)
        elif name != "HEAD":
            assert any(f"git update-ref -d {name}" in row for row in halted.value.remedy)
            shop.git("update-ref", "-d", name)
    assert own_refs(shop) == refs

    shop.run(shop.open("1.24", "none"))

    assert shop.subjects("v1.24.0..v1.24.1")[:2] == [
        "Update changelog for v1.24.1 patch release.",
        "Version: 1.24.1",
    ]


def test_a_person_may_commit_and_fetch_while_a_command_runs(make_shop: MakeShop) -> None:
    shop = make_shop(fix)
    where = ("-C", str(shop.clone))
    code = git_code(*where, "commit", "--quiet", "--allow-empty", "--message=My work")
    code += git_code(*where, "switch", "--quiet", "--create", "topic")
    code += git_code(*where, "update-ref", "refs/remotes/origin/x", "HEAD")
    shop.run(shop.open("1.24", "none", checks=[python(code)]), ("checkout", "pick", "check", "bump"))


@pytest.mark.parametrize(
    "options", ["", "commit = false\n", "tag = false\n", "commit = false\ntag = false\n"]
)
def test_a_version_source_that_commits_is_named_early(make_shop: MakeShop, options: str) -> None:
    def add(h: History) -> None:
        text = h.text(B, "pyproject.toml").replace(
            "[tool.hatch.version]\n", f"[tool.hatch.version]\nsource = 'regex_commit'\n{options}"
        )
        h.commit(B, "Let Hatch commit.", {"pyproject.toml": text})
        fix(h)

    release = make_shop(add).open("1.24", "none", **{"bump-command": ["hatch", "version", "{version}"]})
    assert release.commits.version_at(release.commits.head) == "1.24.0"
    if options.count("false") < 2:
        with pytest.raises(Prerequisite, match="Hatch commits or tags by itself"):
            series.require_version_source(release)
    else:
        series.require_version_source(release)


# C9: a version commit that has more


def bumped(**more: str | None) -> Files:
    return {"almanac/__init__.py": "__version__ = '1.24.1'\n", **more}


def test_a_version_commit_with_a_fix_brings_the_fix_alone(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(B, "3.bugfix", "Repair tides.", TIDE)
        h.commit(B, "Version 1.24.1, and leap years.", {**bumped(), **LEAP})

    shop = make_shop(add)
    release = shop.open("1.24", "none")
    series.require_separable_version(release)
    assert any("sets the version and changes more" in note for note in release.notes)
    shop.run(release)
    assert shop.show("master:almanac/__init__.py") == "__version__ = '0.0'"
    assert shop.show("master:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()
    assert shop.show("master:almanac/tides.py") == str(TIDE["almanac/tides.py"]).strip()


FOLLOWERS = {
    "docs/conf.py": "release = '{}'\nversion = '1.24'\n",
    "CITATION.cff": "title: Almanac\nversion: {}\n",
    "uv.lock": 'version = 1\n\n[[package]]\nname = "almanac"\nversion = "{}"\n\n'
    '[[package]]\nname = "numpy"\nversion = "1.24.0"\n',
    "src/version.py": '__version__ = "{}"\n',
    "README.rst": "Install almanac=={} with numpy==1.24.0.\n",
}


@pytest.mark.parametrize("how", ["together", "apart"])
@pytest.mark.parametrize("path", FOLLOWERS)
def test_files_that_follow_the_version_keep_the_content_of_the_mainline(
    make_shop: MakeShop, path: str, how: str
) -> None:
    text = FOLLOWERS[path]

    def add(h: History) -> None:
        h.commit(h.main, "Tell the version.", {path: text.format("0.0")})
        h.commit(B, "Tell the version.", {path: text.format("1.24.0")})
        h.tag("1.24.0", B)
        fix(h)
        if how == "together":
            h.commit(B, "Version 1.24.1.", bumped(**{path: text.format("1.24.1")}))
        else:
            h.commit(B, "Version 1.24.1.", bumped())
            h.commit(B, "Tell it.", {path: text.format("1.24.1")})

    shop = make_shop(add)
    before = shop.origin("rev-parse", "master")
    release = shop.open("1.24", "none")
    series.require_separable_version(release)
    assert release.notes == []
    shop.run(release)
    assert shop.origin("diff", "--name-only", before, "master").split() == [
        "CHANGES.rst",
        "almanac/years.py",
    ]
    assert tagged(shop, path) == text.format("1.24.1").strip()


MIXED = "__version__ = '{}'\nNAME = '{}'\n"
APART = "__version__ = '{}'\n\n\n\n\n\n\n\nNAME = '{}'\n"


def mixed(h: History, text: str, mainline: str) -> str:
    """Commit the version together with another change of its file, and return the commit."""
    h.commit(h.main, "Name it.", {"almanac/__init__.py": text.format("0.0", mainline)})
    h.commit(B, "Name it.", {"almanac/__init__.py": text.format("1.24.0", "Almanac")})
    h.tag("1.24.0", B)
    fix(h)
    return h.commit(B, "Version 1.24.1.", {"almanac/__init__.py": text.format("1.24.1", "Ephemeris")})


def test_another_hunk_of_the_version_file_is_brought_alone(make_shop: MakeShop) -> None:
    shop = make_shop(lambda h: mixed(h, APART, "Almanac"))
    release = shop.open("1.24", "none")
    series.require_separable_version(release)
    shop.run(release)
    assert shop.show("master:almanac/__init__.py") == APART.format("0.0", "Ephemeris").strip()


@pytest.mark.parametrize(("text", "mainline"), [(MIXED, "Almanac"), (APART, "Calendar")])
@pytest.mark.parametrize("way", ["bring", "leave"])
def test_a_mixed_commit_that_conflicts_halts_before_the_push_and_both_ways_lead_out(
    make_shop: MakeShop, text: str, mainline: str, way: str
) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        made["mixed"] = mixed(h, text, mainline)

    shop = make_shop(add)
    refs = shop.origin("for-each-ref")
    release = shop.run(shop.open("1.24", "none"), PREPARE)
    with pytest.raises(BranchConflict) as halted:
        shop.run(release, ["push"])
    assert shop.origin("for-each-ref") == refs
    assert made["mixed"][:10] in halted.value.cause
    assert "almanac/__init__.py" in halted.value.cause
    rows = "\n".join(halted.value.remedy)
    assert f"git cherry-pick -x {made['mixed']}" in rows
    line = f"(cherry picked from commit {made['mixed']})"
    assert f"git commit --allow-empty -m 'Leave it out.' -m '{line}'" in rows

    name = "Ephemeris" if way == "bring" else mainline
    if way == "bring":
        path = shop.clone / "almanac/__init__.py"
        path.write_text(text.format("0.0", name))
        shop.git("commit", "--quiet", "--all", "-m", "Version 1.24.1.", "-m", line)
    else:
        shop.git("commit", "--quiet", "--allow-empty", "-m", "Leave it out.", "-m", line)
    shop.git("push", "--quiet", "origin", "master")
    shop.run(shop.open("1.24", "none"))
    assert shop.show("master:almanac/__init__.py") == text.format("0.0", name).strip()
    assert shop.show("master:almanac/years.py") == str(LEAP["almanac/years.py"]).strip()


def test_a_pin_and_a_comment_in_the_version_commit(make_shop: MakeShop) -> None:
    flavour = Static()

    def add(h: History) -> None:
        fix(h)
        text = flavour.text("1.24.1").replace("numpy==1.24.0", "numpy==1.24.1")
        h.commit(B, "Version 1.24.1.", {"pyproject.toml": text.replace("'1.24.1'\n", "'1.24.1'  # now\n")})

    shop = make_shop(add, Static(line="version = '{}'"))
    shop.settings["version-command"] = HATCH
    with pytest.raises(BranchConflict, match=r"conflict on master in pyproject\.toml"):
        series.require_separable_version(shop.open("1.24", "none"))


# O7: development versions


def test_a_development_version_of_the_next_release_is_bumped(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.commit(B, "Go on.", h.flavour.version("1.24.1.dev0"))
        fix(h)

    shop = make_shop(add)
    release = shop.open()
    series.require_version(release)
    shop.run(release)
    assert tagged(shop, "almanac/__init__.py") == "__version__ = '1.24.1'"
    assert shop.show("master:almanac/__init__.py") == "__version__ = '0.0'"


def test_a_file_that_the_version_commit_adds_is_brought_without_the_version(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.add(h.main, "3.bugfix", "Repair leap years.", LEAP)
        files: Files = {**h.flavour.version("1.24.1"), "almanac/new.py": "N = 1\n"}
        h.commit(B, "Version: 1.24.1", files)

    shop = make_shop(add)
    shop.run(shop.open())
    assert shop.show("master:almanac/new.py") == "N = 1"
    assert shop.show("master:almanac/__init__.py") == "__version__ = '0.0'"


@pytest.mark.parametrize("version", ["1.24.2.dev0", "1.25.0.dev0", "1.24.1rc1", "1.24.1.post1.dev0"])
def test_another_version_on_the_branch_halts_before_anything(make_shop: MakeShop, version: str) -> None:
    def add(h: History) -> None:
        h.commit(B, "Go on.", h.flavour.version(version))
        fix(h)

    shop = make_shop(add)
    refs = shop.origin("for-each-ref")
    with pytest.raises(VersionConflict, match=re.escape(f"The version on {B} is {version}")):
        series.require_version(shop.open())
    with pytest.raises(VersionConflict, match=r"a patch release to 1\.24\.1 expects 1\.24\.0"):
        shop.run(shop.open(), PREPARE)
    assert shop.origin("for-each-ref") == refs


BACK: dict[str, object] = {"development-version": "{next}.dev0"}
AFTERWARDS = ["Start of development for release 1.24.2.", "Clean up news fragments."]


def version_on(shop: Workshop, name: str) -> str:
    return shop.show(f"{name}:almanac/__init__.py").split("'")[1]


@pytest.mark.parametrize("form", ["{next}.dev0", "{next}.dev"])
def test_the_branch_goes_back_to_development_release_after_release(make_shop: MakeShop, form: str) -> None:
    def add(h: History) -> None:
        h.commit(B, "Go on.", h.flavour.version("1.24.1.dev0"))
        fix(h)

    shop = make_shop(add)
    shop.settings["development-version"] = form
    shop.run(shop.open())
    assert shop.subjects(f"v1.24.1..{B}") == AFTERWARDS
    assert (version_on(shop, "v1.24.1"), version_on(shop, B)) == ("1.24.1", form.replace("{next}", "1.24.2"))
    assert version_on(shop, "master") == "0.0"
    assert not [row for row in shop.subjects("master") if "1.24.2" in row]

    shop.git("fetch", "--quiet", "origin")
    shop.git("checkout", "--quiet", "-B", B, f"origin/{B}")
    (shop.clone / "changes/4.bugfix").write_text("Repair tides.\n")
    (shop.clone / "almanac/tides.py").write_text(str(TIDE["almanac/tides.py"]))
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "-m", "Repair tides.")
    shop.git("push", "--quiet", "origin", B)
    shop.run(shop.open("1.24.2"))
    assert version_on(shop, "v1.24.2") == "1.24.2"
    assert shop.subjects(f"v1.24.2..{B}")[0] == "Start of development for release 1.24.3."
    assert version_on(shop, "master") == "0.0"
    assert shop.show("master:almanac/tides.py") == str(TIDE["almanac/tides.py"]).strip()


def test_a_release_without_fragments_left_goes_back_to_development(make_shop: MakeShop) -> None:
    shop = make_shop(fix)
    shop.settings.update(BACK)
    release = shop.run(shop.open(), (*PREPARE, "prepare", "push", "tag"))
    other = shop.clone.parent / "other"
    shop.git("clone", "--quiet", str(shop.history.directory), str(other), cwd=shop.clone.parent)
    shop.git("checkout", "--quiet", B, cwd=other)
    shop.git("rm", "--quiet", "changes/3.bugfix", cwd=other)
    identity = ("-c", "user.name=Ben", "-c", "user.email=ben@example.org")
    shop.git(*identity, "commit", "--quiet", "-m", "Remove it.", cwd=other)
    shop.git("push", "--quiet", "origin", B, cwd=other)
    release.refresh()
    shop.run(release, ("clean-up", "integrate-master"))
    assert shop.subjects(f"v1.24.1..{B}") == [AFTERWARDS[0], "Remove it."]
    assert (version_on(shop, B), version_on(shop, "master")) == ("1.24.2.dev0", "0.0")


def test_a_version_that_somebody_sets_after_the_release_stays(make_shop: MakeShop) -> None:
    shop = make_shop(fix)
    shop.settings.update(BACK)
    release = shop.run(shop.open(), (*PREPARE, "prepare", "push", "tag"))
    shop.git("fetch", "--quiet", "origin")
    shop.git("checkout", "--quiet", "-B", B, f"origin/{B}")
    (shop.clone / "almanac/__init__.py").write_text("__version__ = '1.24.2a1'\n")
    shop.git("commit", "--quiet", "--all", "-m", "Go on.")
    shop.git("push", "--quiet", "origin", B)
    release.refresh()
    shop.run(release, ("clean-up", "integrate-master"))
    assert shop.subjects(f"v1.24.1..{B}") == ["Clean up news fragments.", "Go on."]
    assert version_on(shop, B) == "1.24.2a1"


@pytest.mark.parametrize("kept", [True, False])
def test_a_kill_while_the_end_is_built_is_recovered(make_shop: MakeShop, *, kept: bool) -> None:
    shop = make_shop(fix)
    shop.settings.update(BACK)
    release = shop.run(shop.open(), PREPARE)
    released = release.commits.head
    end = clean_up.build(release, released)
    if kept:
        release.workspace.branch.keep("clean-up", end)
    again = shop.open()
    assert (again.commits.head, again.commits.foreign_commits) == (released, [])
    shop.run(again, EVERYTHING)
    assert shop.origin("rev-parse", "v1.24.1^{commit}") == released
    assert shop.subjects(f"v1.24.1..{B}") == AFTERWARDS


def test_a_development_version_without_a_version_in_a_file_halts(make_shop: MakeShop) -> None:
    shop = make_shop(fix, Flavour(version_file=None))
    shop.settings.update(BACK)
    with pytest.raises(Prerequisite, match="`development-version` is set, but no file"):
        series.require_development_version(shop.open())


# Other commands that set the version: as in documentation/settings.md


@dataclass(frozen=True)
class Locked(Flavour):
    """A project of uv: its lock file has the version, too."""

    revision: str = "revision = 3"

    @property
    def pyproject(self) -> str:
        return self.text("0.0")

    def text(self, number: str) -> str:
        project = f"[project]\nname = 'almanac'\nversion = \"{number}\"\nrequires-python = '>=3.11'\n"
        return f"{project}\n{TOWNCRIER}"

    def version(self, number: str) -> Files:
        package = f'name = "almanac"\nversion = "{number}"\nsource = {{ virtual = "." }}\n'
        lock = f'version = 1\n{self.revision}\nrequires-python = ">=3.11"\n\n[[package]]\n{package}'
        return {"pyproject.toml": self.text(number), "uv.lock": lock}


@dataclass(frozen=True)
class Bumped(Locked):
    """A project of bump-my-version, which commits and tags unless it is told not to."""

    def text(self, number: str) -> str:
        parts = r"(?P<major>\d+)\.(?P<minor>\d+)(\.(?P<patch>\d+))?(\.(?P<kind>dev)(?P<dev>\d+))?"
        forms = "'{major}.{minor}.{patch}.{kind}{dev}', '{major}.{minor}.{patch}'"
        table = (
            f'[tool.bumpversion]\ncurrent_version = "{number}"\ncommit = true\ntag = true\n'
            f"parse = '{parts}'\nserialize = [{forms}]\n\n[tool.bumpversion.parts.kind]\n"
            "optional_value = 'final'\nvalues = ['dev', 'final']\n\n"
            "[[tool.bumpversion.files]]\nfilename = 'almanac/__init__.py'\n"
        )
        return f"{super().text(number)}\n{table}"

    def version(self, number: str) -> Files:
        return {**Flavour().version(number), "pyproject.toml": self.text(number)}


def lock_revision(flavour: Locked, place: Path) -> str:
    """Return the line of a lock file with the revision that the installed uv writes."""
    place.mkdir()
    (place / "pyproject.toml").write_text(flavour.text("0.0"))
    subprocess.run(["uv", "lock", "--quiet", "--offline"], cwd=place, check=True)
    return (place / "uv.lock").read_text().splitlines()[1]


UV = {
    "version-command": ["uv", "version", "--short"],
    "bump-command": ["uv", "version", "--no-sync", "{version}"],
}
BUMP_MY_VERSION = {
    "version-command": ["bump-my-version", "show", "current_version"],
    "bump-command": ["bump-my-version", "bump", "--no-commit", "--no-tag", "--new-version", "{version}"],
}


@pytest.mark.parametrize(
    ("flavour", "commands"),
    [(Locked(), UV), (Locked(), {"bump-command": [*HATCH, "{version}"]}), (Bumped(), BUMP_MY_VERSION)],
    ids=["uv", "hatch with a static version", "bump-my-version"],
)
def test_another_command_sets_the_version_and_brings_the_branch_back_to_development(
    make_shop: MakeShop,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    flavour: Locked,
    commands: dict[str, list[str]],
) -> None:
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    program = commands["bump-command"][0]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    if program == "uv":
        flavour = replace(flavour, revision=lock_revision(flavour, tmp_path / "locked"))
    shop = make_shop(fix, flavour)
    shop.settings.update({"version-command": HATCH, **BACK, **commands})
    shop.run(shop.open())
    # Hatch does not know the lock file.
    for path in set(flavour.version("0.0")) - ({"uv.lock"} if program == HATCH[0] else set()):
        assert tagged(shop, path) == str(flavour.version("1.24.1")[path]).strip()
        assert shop.show(f"{B}:{path}") == str(flavour.version("1.24.2.dev0")[path]).strip()
        assert shop.show(f"master:{path}") == str(flavour.version("0.0")[path]).strip()
    assert shop.subjects(f"v1.24.1..{B}") == AFTERWARDS
    assert shop.origin("tag", "--list").split() == ["v1.24.0", "v1.24.1"]
