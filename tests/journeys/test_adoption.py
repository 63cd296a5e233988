"""The built wheel, installed into another project, releases that project."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from journeys.ground import BIN, Ground, Make, flags_of
from journeys.test_release import require_released

pytestmark = pytest.mark.journey

SOURCE = Path(__file__).parents[2]
OWN_TASKS = '''\
"""Tasks of this project, patchwright's among them."""

from invoke import Collection, task

import patchwright


@task
def greet(c):
    """Say good morning."""
    print("good morning")


ns = Collection(greet, patchwright.release)
ns.configure({"patchwright": {"version-subject": "Almanac {version}"}})
'''
OWN_CONFIGURATION = """\
patchwright:
  clean-up-subject: News fragments are rendered.
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as it is for a package index."""
    into = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    subprocess.run(build, cwd=SOURCE, check=True, capture_output=True, timeout=120)
    return next(into.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that the wheel is installed in; its dependencies are the test environment's."""
    into = tmp_path_factory.mktemp("site")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(into),
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, timeout=120)
    return into


def test_the_wheel_contains_only_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {
        "patchwright",
        f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info",
    }
    assert {"patchwright/py.typed", "patchwright/steps/tag.py", "patchwright/practice/github.py"} <= set(
        names
    )


def test_a_project_that_uses_the_tasks_of_patchwright_is_released(ground: Ground, site: Path) -> None:
    assert ground.git("branch", "--show-current") == "master"
    assert "from patchwright import ns" in (ground.clone / "tasks.py").read_text()
    assert "tasks.py" not in ground.git("ls-tree", "--name-only", "origin/release-1.24")
    where = ground.run(
        str(BIN / "python"), "-c", "print(__import__('patchwright').__file__)", PYTHONPATH=str(site)
    )
    assert Path(where.out.strip()).is_relative_to(site)

    done = ground.inv("release.patch", "--version", "1.24", "--yes", PYTHONPATH=str(site))

    assert done.status == 0, done.text
    require_released(ground)


def test_a_custom_collection_keeps_its_tasks_and_configures_the_release(
    make_ground: Make, site: Path
) -> None:
    ground = make_ground("release-branch")
    (ground.clone / "tasks.py").write_text(OWN_TASKS)
    (ground.clone / "invoke.yaml").write_text(OWN_CONFIGURATION)
    done = ground.inv(
        "greet", "release.patch", "--version", "1.24", "--yes", "--skip-check",
        PYTHONPATH=str(site), INVOKE_PATCHWRIGHT_CHANGELOG_SUBJECT="What is new in {version}.",
    )  # fmt: skip  # what is typed, and where

    assert done.status == 0, done.text
    assert done.out.startswith("good morning\n")
    require_released(ground)
    assert ground.subjects("release-1.24")[:3] == [
        "News fragments are rendered.", "What is new in 1.24.1.", "Almanac 1.24.1",
    ]  # fmt: skip  # one list


def test_a_single_step_uses_the_same_configuration_as_the_chain(ground: Ground, site: Path) -> None:
    (ground.clone / "tasks.py").write_text(OWN_TASKS)
    for step in ("checkout", "pick", "check"):
        done = ground.inv(f"release.{step}", "--version", "1.24", *flags_of(step), PYTHONPATH=str(site))
        assert done.status == 0, done.text

    done = ground.inv("release.bump", PYTHONPATH=str(site))

    assert done.status == 0, done.text
    worktree = next((ground.root / "state").glob("patchwright/*/1.24/release"))
    assert ground.git("log", "-1", "--format=%s", cwd=worktree) == "Almanac 1.24.1"
