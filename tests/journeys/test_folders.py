"""Projects in a folder of the repository, with their own tasks.py, pyproject.toml and tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from histories import YEARS, Files, Flavour, History
from journeys.ground import Ground, Make
from journeys.workshop import EVERYTHING, MakeShop, Workshop
from patchwright.practice.almanac import CHANGELOG, FRAGMENTS, VERSION_FILE
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey

B = "release-1.24"
FOLDER = "projects/almanac"
ARGUMENTS = ("--version", "1.24", "--yes")


@pytest.fixture
def ground(make_ground: Make) -> Ground:
    return make_ground(folder=FOLDER)


def require_released(ground: Ground, before: dict[str, str]) -> None:
    """Check that a release from the folder is complete, and changed nothing beside the folder."""
    branch, master = before[f"refs/heads/{B}"], before["refs/heads/master"]
    assert ground.subjects(f"{branch}..v1.24.1") == [
        "Update changelog for v1.24.1 patch release.",
        "Version: 1.24.1",
        "Repair the interval of high waters.",
        "Repair leap years at centuries.",
    ]
    assert "__version__ = '1.24.1'" in ground.show(f"v1.24.1:{FOLDER}/{VERSION_FILE}")
    for name in ("v1.24.1", B, "master"):
        assert ground.show(f"{name}:{FOLDER}/{CHANGELOG}").count("almanac 1.24.1 (") == 1
    for name in (B, "master"):
        names = ground.origin("ls-tree", "-r", "--name-only", name, f"{FOLDER}/{FRAGMENTS}/").split()
        assert not [path for path in names if path.endswith(".repair.rst")]
    for old, new in ((branch, B), (master, "master")):
        paths = ground.origin("diff", "--name-only", old, new).splitlines()
        assert all(path.startswith(f"{FOLDER}/") for path in paths), paths
    assert "__version__ = '1.25a0'" in ground.show(f"master:{FOLDER}/{VERSION_FILE}")


def test_a_project_in_a_folder_is_released_from_there(ground: Ground) -> None:
    before, place = ground.refs(), ground.clone / FOLDER
    assert ground.inv("release.preflight", "--version", "1.24", cwd=place).status == 0
    ground.standin.script("qa", RunScript(conclusion="failure"))
    halted = ground.inv("release.patch", *ARGUMENTS, cwd=place)
    assert halted.status == 5, halted.text
    ground.standin.rerun(ground.standin.runs[-1].id)
    done = ground.inv("release.patch", *ARGUMENTS, cwd=place)
    assert done.status == 0, done.text
    require_released(ground, before)
    document = ground.inv("release.status", "--version", "1.24", "--json", cwd=place).json
    assert document["state"] == "done"


def test_a_preview_and_a_rehearsal_run_in_the_folder(ground: Ground) -> None:
    refs, place = ground.refs(), ground.clone / FOLDER
    preview = ground.inv("release.preview", "--version", "1.24", cwd=place)
    assert preview.status == 0, preview.text
    assert f"Section in {FOLDER}/{CHANGELOG}" in preview.text
    rehearsed = ground.inv("release.rehearse", "--version", "1.24", "--yes", cwd=place)
    assert rehearsed.status == 0, rehearsed.text
    assert "Know that most centuries begin without a leap day." in rehearsed.text
    assert ground.refs() == refs


def test_the_top_of_the_repository_is_not_the_project(ground: Ground) -> None:
    refs = ground.refs()
    done = ground.inv("--search-root", str(ground.clone / FOLDER), "release.preflight", "--version", "1.24")
    assert done.status == 3
    assert "neither towncrier.toml nor pyproject.toml" in done.text
    assert ground.refs() == refs


@dataclass(frozen=True)
class Gizmo(Flavour):
    """The project `gizmo` in a folder of a repository with other projects."""

    fragments: str = "gizmo/changes"
    changelog: str = "gizmo/CHANGES.rst"
    version_file: str | None = "gizmo/almanac/__init__.py"
    tag: str = "gizmo-v{version}"
    configuration: str = "gizmo/pyproject.toml"

    @property
    def pyproject(self) -> str:
        return Flavour().pyproject


def make(make_shop: MakeShop, add: Callable[[History], object]) -> Workshop:
    shop = make_shop(add, Gizmo())
    for key in ("version-command", "bump-command"):
        command = shop.settings[key]
        assert isinstance(command, list)
        shop.settings[key] = [word.removeprefix("gizmo/") for word in command]
    shop.clone = shop.clone / "gizmo"
    return shop


def test_commits_of_other_folders_are_no_candidates(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        files: Files = {"gizmo/almanac/years.py": YEARS.format(" and year % 100 != 0")}
        made["ours"] = h.commit("master", "Repair leap years of centuries.", files)
        made["other"] = h.commit("master", "Repair leap years of centuries.", {"widget/x.py": "x = 1\n"})
        made["news"] = h.commit(
            "master", "Add news.", h.flavour.fragment("3.bugfix", "Repair leap years of centuries.")
        )

    shop = make(make_shop, add)
    candidates = shop.candidates()
    assert made["ours"] in candidates
    assert made["other"] not in candidates
    shop.run(shop.open("1.24", made["ours"], made["news"]), EVERYTHING)
    assert shop.show("gizmo-v1.24.1:gizmo/almanac/__init__.py") == "__version__ = '1.24.1'"
    assert shop.show("master:gizmo/almanac/__init__.py") == "__version__ = '0.0'"
    assert "almanac 1.24.1 (" in shop.show("master:gizmo/CHANGES.rst")
    assert shop.show("master:widget/x.py") == "x = 1"


def test_a_commit_of_another_folder_in_the_same_pull_request_is_no_candidate(make_shop: MakeShop) -> None:
    made: dict[str, str] = {}

    def add(h: History) -> None:
        h.fork("topic", "master")
        made["ours"] = h.add("topic", "3.bugfix", "Repair leap years.", {"gizmo/x.py": "x = 1\n"})
        made["other"] = h.commit("topic", "Use it.", {"widget/x.py": "x = 1\n"})
        h.merge("master", "topic", "Merge pull request #3 from topic")

    candidates = make(make_shop, add).candidates()
    assert (made["ours"] in candidates, made["other"] in candidates) == (True, False)


def test_each_project_has_its_own_worktree_and_journal(make_shop: MakeShop) -> None:
    shop = make(make_shop, lambda h: h.add(B, "3.bugfix", "Repair leap years.", {"gizmo/x.py": "x = 1\n"}))
    release = shop.open()
    release.record.begin()
    top = shop.clone.parent
    path = release.journal.path("1.24")
    assert path == top / ".git/patchwright/projects/gizmo/1.24.json"
    assert json.loads(path.read_text())["version"] == "1.24.1"
    other = replace(release.clone, folder="widget")
    assert type(release.journal)(other.common, other.folder).series() == []
