"""patchwright can release itself: its own workflows start when a release needs them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from patchwright.github.triggers import Push, find_obstacle
from patchwright.settings import load_settings

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yaml"))
TEMPLATES = sorted(ROOT.glob(".github/ISSUE_TEMPLATE/*.y*ml"))
# A major version, or a whole commit.
PINNED = re.compile(r"[\w./-]+@(?:release/)?(?:v\d+|[0-9a-f]{40})")


def parsed(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  it makes only text, lists and dicts
    return content


def workflow(name: str) -> Path:
    return ROOT / ".github" / "workflows" / f"{name}.yaml"


def test_the_workflows_have_the_names_that_the_settings_expect() -> None:
    settings = load_settings(ROOT / "pyproject.toml", {}, {})
    named = {parsed(path)["name"] for path in WORKFLOWS}
    assert named == {settings.qa_workflow, settings.release_workflow}


@pytest.mark.parametrize("branch", ["main", "release-0.1"])
def test_a_push_to_the_mainline_or_a_release_branch_starts_qa(branch: str) -> None:
    text = workflow("qa").read_text(encoding="utf-8")
    assert find_obstacle(text, Push(branch)) is None


def test_a_tag_starts_the_release_and_a_branch_does_not() -> None:
    text = workflow("release").read_text(encoding="utf-8")
    assert find_obstacle(text, Push("v0.1.1", is_tag=True)) is None
    assert find_obstacle(text, Push("release-0.1")) is not None


def test_only_the_job_that_publishes_gets_an_identity() -> None:
    release = parsed(workflow("release"))
    assert release["permissions"] == {"contents": "read"}
    assert {name: job.get("permissions") for name, job in release["jobs"].items()} == {
        "build": None,
        "publish": {"id-token": "write"},
    }
    assert release["jobs"]["publish"]["environment"]["name"] == "pypi"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.stem))
def test_every_action_is_pinned(path: Path) -> None:
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.stem))
def test_every_issue_template_can_be_read(path: Path) -> None:
    template = parsed(path)
    if path.stem == "config":
        assert template["contact_links"]
        return
    assert template["name"]
    assert template["description"]
    named = [field for field in template["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in named)
    assert len({field["id"] for field in named}) == len(named)
