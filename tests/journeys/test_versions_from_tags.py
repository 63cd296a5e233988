"""Versions from tags: no commit sets the version, and everything else holds as for a version in a file."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from histories import YEARS, Files, Flavour, History
from journeys import promises
from journeys.ground import Ground, Make
from journeys.workshop import MakeShop
from patchwright.halts import VersionConflict
from patchwright.practice.runs import RunScript
from patchwright.preflight import series
from patchwright.steps import bump

pytestmark = pytest.mark.journey

B = "release-1.24"
ARGUMENTS = ("--version", "1.24", "--yes")
# The check sees the version that will be released, in the metadata of the installed project.
SHOWS = "python -c \"from importlib.metadata import version as v; assert v('almanac') == '{}', v('almanac')\""


@pytest.fixture
def ground(make_ground: Make) -> Ground:
    return make_ground(version_source="tag")


def require_version_in_checks(ground: Ground, version: str) -> None:
    """Push a check to both branches that fails unless the installed project has a version."""
    for branch in ("master", B):
        ground.git("checkout", "--quiet", "-B", branch, f"origin/{branch}")
        path = ground.clone / "pyproject.toml"
        path.write_text(
            path.read_text().replace("linters = [\n", f"linters = [\n  '''{SHOWS.format(version)}''',\n")
        )
        ground.git("commit", "--quiet", "--all", "-m", "Check the version.")
        ground.git("push", "--quiet", "origin", branch)
    ground.git("checkout", "--quiet", "master")


def test_a_release_is_the_patches_and_one_changelog_commit(ground: Ground) -> None:
    require_version_in_checks(ground, "1.24.1")
    before = ground.refs()[f"refs/heads/{B}"]
    witness = promises.begin(ground)
    checked = ground.inv("release.preflight", "--version", "1.24")
    assert "the version comes from the tag v1.24.1; no commit sets it" in checked.text, checked.text
    assert "no commit sets the version" in ground.inv("release.status", "--version", "1.24").text
    done = ground.inv("release.patch", *ARGUMENTS)
    witness.outputs.append(done)
    assert done.status == 0, done.text
    assert [*witness.broken(), *witness.unfinished()] == []
    assert ground.subjects(f"{before}..v1.24.1") == [
        "Update changelog for v1.24.1 patch release.",
        "Repair the interval of high waters.",
        "Repair leap years at centuries.",
    ]
    assert ground.subjects(f"v1.24.1..{B}") == ["Clean up news fragments."]
    document = ground.inv("release.status", "--version", "1.24", "--json").json
    evidence = {step["name"]: step["evidence"] for step in document["steps"]}
    assert (document["state"], evidence["bump"]) == ("done", "the version comes from the tag v1.24.1")


def test_the_next_release_checks_its_own_version(ground: Ground) -> None:
    require_version_in_checks(ground, "1.24.1")
    done = ground.inv("release.patch", *ARGUMENTS)
    assert done.status == 0, done.text
    ground.git("fetch", "--quiet", "origin")
    for branch in (B, "master"):
        ground.git("checkout", "--quiet", "-B", branch, f"origin/{branch}")
        path = ground.clone / "pyproject.toml"
        path.write_text(path.read_text().replace("1.24.1", "1.24.2"))
        fragment = ground.clone / ".auxiliary/data/towncrier/500.repair.rst"
        fragment.write_text("Repair more.\n")
        ground.git("add", "--all")
        ground.git("commit", "--quiet", "-m", "Repair more.")
        ground.git("push", "--quiet", "origin", branch)
    ground.git("checkout", "--quiet", "master")
    done = ground.inv("release.patch", *ARGUMENTS)
    assert done.status == 0, done.text
    assert ground.subjects("v1.24.1..v1.24.2")[0] == "Update changelog for v1.24.2 patch release."


def test_a_release_goes_on_after_a_halt(ground: Ground) -> None:
    witness = promises.begin(ground)
    ground.standin.script("qa", RunScript(conclusion="failure"))
    halted = ground.inv("release.patch", *ARGUMENTS)
    assert halted.status == 5, halted.text
    assert witness.broken() == []
    document = ground.inv("release.status", "--version", "1.24", "--json").json
    assert document["state"] == "halted"
    ground.standin.rerun(ground.standin.runs[-1].id)
    done = ground.inv("release.patch", *ARGUMENTS)
    assert done.status == 0, done.text
    assert [*witness.broken(), *witness.unfinished()] == []


def test_a_preview_and_a_rehearsal_show_no_version_commit(ground: Ground) -> None:
    refs = ground.refs()
    for command in (("release.preview",), ("release.rehearse", "--yes")):
        done = ground.inv(*command, "--version", "1.24")
        assert done.status == 0, done.text
        assert "Version: 1.24.1" not in done.text
    assert ground.refs() == refs


@dataclass(frozen=True)
class FromTag(Flavour):
    """A project whose version comes from the tag by one tool or another."""

    version_file: str | None = None
    table: str = "[tool.hatch.version]\nsource = 'vcs'\n"

    @property
    def pyproject(self) -> str:
        return f"{super().pyproject}\n{self.table}"


def fix(h: History) -> None:
    files: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
    h.add(B, "3.bugfix", "Repair leap years.", files)


TABLES = {
    "hatch-vcs": "[tool.hatch.version]\nsource = 'vcs'\n",
    "setuptools-scm": "[tool.setuptools_scm]\n",
    "setuptools-scm, required": "[build-system]\nrequires = ['setuptools', 'setuptools_scm[toml]>=6']\n",
    "versioningit": "[tool.versioningit]\n",
    "pdm": "[tool.pdm.version]\nsource = 'scm'\n",
    "poetry": "[tool.poetry]\nversion = '0.0.0'\n\n[tool.poetry-dynamic-versioning]\nenable = true\n",
    "uv": "[tool.hatch.version]\nsource = 'uv-dynamic-versioning'\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("tag", ["v{version}", "{version}", "almanac-{version}"])
def test_each_tool_and_tag_is_released(make_shop: MakeShop, table: str, tag: str) -> None:
    shop = make_shop(fix, FromTag(table=table, tag=tag))
    del shop.settings["bump-command"]
    release = shop.run(shop.open())
    series.require_version_source(release)
    name = tag.replace("{version}", "1.24.1")
    assert bump.proof(release) == f"the version comes from the tag {name}"
    assert shop.subjects(f"{name}~2..{name}") == [
        "Update changelog for v1.24.1 patch release.",
        "Repair leap years.",
    ]
    assert shop.origin("cat-file", "-t", f"refs/tags/{name}") == "tag"
    assert shop.subjects("master")[:2] == [
        "Clean up news fragments.",
        "Update changelog for v1.24.1 patch release.",
    ]


@pytest.mark.parametrize("nearest", ["1.25.0", "1.25.0.dev0", "1.24.1.dev0", "1.23.9"])
def test_a_nearer_tag_does_not_change_the_version(make_shop: MakeShop, nearest: str) -> None:
    def add(h: History) -> None:
        fix(h)
        # The tool would derive the version of the branch from this tag.
        h.tag(nearest, B)

    shop = make_shop(add, FromTag())
    del shop.settings["bump-command"]
    release = shop.open()
    series.require_version(release)
    assert release.commits.version_variables(release.commits.head) == {
        "SETUPTOOLS_SCM_PRETEND_VERSION": "1.24.1"
    }
    shop.run(release)
    assert shop.subjects("v1.24.1~2..v1.24.1") == [
        "Update changelog for v1.24.1 patch release.",
        "Repair leap years.",
    ]
    assert "almanac 1.24.1 (" in shop.show("master:CHANGES.rst")


def test_a_series_without_a_release_halts(make_shop: MakeShop) -> None:
    def add(h: History) -> None:
        h.fork("release-1.25", "master")
        h.add("release-1.25", "3.bugfix", "Repair leap years.", {"x.py": "x = 1\n"})

    shop = make_shop(add, FromTag())
    with pytest.raises(VersionConflict, match=r"The series 1\.25 has no release to patch"):
        shop.open("1.25")


def test_the_setting_is_enough_for_a_tool_that_is_not_known(make_shop: MakeShop) -> None:
    shop = make_shop(fix, FromTag(table="[tool.hatch.version]\nsource = 'code'\npath = 'v.py'\n"))
    del shop.settings["bump-command"]
    shop.settings["version-source"] = "tag"
    release = shop.open()
    series.require_version_source(release)
    assert "PDM_BUILD_SCM_VERSION" in release.commits.version_variables(release.commits.head)
    shop.run(release)
    assert shop.subjects("v1.24.1~2..v1.24.1")[1] == "Repair leap years."
