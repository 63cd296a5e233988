"""Checks of the pull request's branch, and of pull requests that still wait."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fake_gh import REPO, Recorder
from fake_release import FILES, MAINLINE, REFS, FakeCommits, fake_release
from patchwright.github.rules import Rule, Rules
from patchwright.halts import BranchConflict, Prerequisite
from patchwright.preflight import pull_requests
from patchwright.releases.release import Release
from repository import START

BRANCH = "patchwright/integrate-v1.24.1"
OLD = "refs/heads/patchwright/integrate-v1.24.0"
URL = f"{REPO.url}/pull/3"
WAITS = {**REFS, "refs/tags/v1.24.0": "c" * 40, OLD: "b" * 40}


@pytest.fixture(autouse=True)
def gh_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Rule]]:
    """The rules by branch, for a test to change. A branch with the rule `protected` is protected."""
    known: dict[str, list[Rule]] = {}
    monkeypatch.setattr(Rules, "of_branch", lambda _self, name: known.get(name, []))
    monkeypatch.setattr(Rules, "is_protected", lambda _self, name: f"{name} is protected" in known)
    return known


def release_with(path: Path, *names: str, pulls: Any = None, **options: Any) -> Release:  # noqa: ANN401  settings and JSON
    refs = {**REFS, **{f"refs/heads/{name}": "a" * 40 for name in names}}
    github = SimpleNamespace(repo=REPO, has_login=True, get=lambda _path, **_query: pulls or [])
    options = {"refs": refs, "commits": FakeCommits(), "github": github, **options}
    return fake_release(path, **options)


# require_integration_branch


@pytest.mark.parametrize("name", ["patchwright", f"{BRANCH}/more"])
@pytest.mark.parametrize("why", ["setting", "rule", "protection"])
def test_a_name_that_excludes_the_branch_halts(
    tmp_path: Path, rules: dict[str, list[Rule]], name: str, why: str
) -> None:
    settings = {"mainline_via": "pull-request"} if why == "setting" else {}
    if why == "rule":
        rules["master"] = [Rule("pull_request", "ruleset strict")]
    if why == "protection":
        rules["master is protected"] = []
    with pytest.raises(BranchConflict) as raised:
        pull_requests.require_integration_branch(release_with(tmp_path, name, **settings))
    assert raised.value.cause == (
        f"origin cannot have a branch {BRANCH} for the pull request to master, "
        f"because it has the branch {name}."
    )


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    "name", ["patchwright", "patchwork", BRANCH, "patchwright/integrate-v1.24.10", "x/patchwright"]
)
def test_other_names_and_a_mainline_that_takes_pushes_pass(tmp_path: Path, name: str) -> None:
    pull_requests.require_integration_branch(release_with(tmp_path, name))
    if name != "patchwright":
        pull_requests.require_integration_branch(release_with(tmp_path, name, mainline_via="pull-request"))


def test_github_is_not_asked_if_no_name_is_in_the_way(tmp_path: Path) -> None:
    pull_requests.require_integration_branch(release_with(tmp_path, "patchwork"))


def test_without_github_only_the_setting_counts(tmp_path: Path) -> None:
    elsewhere: dict[str, Any] = {"urls": ([], [])}
    pull_requests.require_integration_branch(release_with(tmp_path, "patchwright", **elsewhere))
    with pytest.raises(BranchConflict, match="because it has the branch patchwright"):
        pull_requests.require_integration_branch(
            release_with(tmp_path, "patchwright", mainline_via="pull-request", **elsewhere)
        )


def test_a_branch_that_may_not_be_created_halts(tmp_path: Path, rules: dict[str, list[Rule]]) -> None:
    rules[BRANCH] = [Rule("creation", "ruleset names")]
    with pytest.raises(Prerequisite, match=f"^You may not create the branch {BRANCH} for the pull request"):
        pull_requests.require_integration_branch(release_with(tmp_path, mainline_via="pull-request"))
    pull_requests.require_integration_branch(release_with(tmp_path, BRANCH, mainline_via="pull-request"))
    pull_requests.require_integration_branch(release_with(tmp_path))


# require_integrated


def pull(branch: str = OLD.removeprefix("refs/heads/")) -> dict[str, object]:
    return {"number": 3, "html_url": URL, "state": "open", "head": {"ref": branch}}


def test_an_open_pull_request_of_an_earlier_release_halts(tmp_path: Path) -> None:
    with pytest.raises(BranchConflict) as raised:
        pull_requests.require_integrated(release_with(tmp_path, refs=WAITS, pulls=[pull("other"), pull()]))
    assert raised.value.cause == "The pull request of an earlier release of 1.24 to master is still open."
    assert raised.value.evidence == (f"patchwright/integrate-v1.24.0: {URL}",)
    assert raised.value.never == ("Do not close it without merging it: master would lack that release.",)


@pytest.mark.parametrize(
    ("refs", "pulls"),
    [
        (WAITS, []),
        (WAITS, [pull("patchwright/integrate-v1.23.9"), "nonsense", {}]),
        (REFS, [pull()]),
        ({**WAITS, "refs/heads/patchwright/integrate-v1.24.1": "a" * 40}, [pull(BRANCH)]),
    ],
)
def test_other_pull_requests_pass(tmp_path: Path, refs: Mapping[str, str], pulls: list[object]) -> None:
    pull_requests.require_integrated(release_with(tmp_path, refs=refs, pulls=pulls))


def test_a_release_that_no_pull_request_brings_to_the_mainline_is_named(tmp_path: Path) -> None:
    release = release_with(tmp_path, refs=WAITS)
    release.progress = said = Recorder()
    pull_requests.require_integrated(release)
    [row] = said.said
    assert row.startswith(
        "master lacks the section of 1.24.0, and no pull request from patchwright/integrate-v1.24.0 is open; "
    )
    assert row.endswith("release.integrate-master --version 1.24.0")


def test_a_release_that_the_mainline_has_passes(tmp_path: Path) -> None:
    changelog = f"{START}\n1.24.0 (2026-01-01)\n===================\n\n- Years.\n"
    commits = FakeCommits(others={MAINLINE: {**FILES, "CHANGES.rst": changelog}})
    pull_requests.require_integrated(release_with(tmp_path, refs=WAITS, pulls=[pull()], commits=commits))


# report_others


@pytest.mark.parametrize(
    ("branch", "changed", "is_public", "is_named"),
    [
        ("patchwright/integrate-v1.23.9", "CHANGES.rst", False, True),
        ("patchwright/integrate-v1.23.9", "years.py", False, False),
        ("patchwright/integrate-v1.23.9", "CHANGES.rst", True, False),
        ("patchwright/integrate-v1.24.0", "CHANGES.rst", False, False),
        (BRANCH, "CHANGES.rst", False, False),
        ("somebody/changes", "CHANGES.rst", False, False),
    ],
)
def test_an_open_pull_request_of_another_series_is_named_if_it_changes_the_same_changelog(
    tmp_path: Path, branch: str, changed: str, *, is_public: bool, is_named: bool
) -> None:
    tags = {"refs/tags/v1.24.0": "c" * 40, **({"refs/tags/v1.24.1": "d" * 40} if is_public else {})}
    refs = {**REFS, **tags, f"refs/heads/{branch}": "b" * 40}
    release = release_with(tmp_path, refs=refs, pulls=[pull(branch)])
    fetched: list[object] = []
    release.git = SimpleNamespace(  # type: ignore[assignment]  # what is asked
        missing=list,
        fetch_objects=lambda *what: fetched.append(what),
        merge_base=lambda *_: "a" * 40,
        changed_paths=lambda *_: [changed],
    )
    release.progress = said = Recorder()
    pull_requests.report_others(release)
    row = (
        f"the pull request from {branch} is open and changes CHANGES.rst of master, too: merge it first, or "
        f"expect a conflict there: {URL}"
    )
    assert said.said == ([row] if is_named else [])
    assert all(what == ("origin", [f"refs/heads/{branch}"]) for what in fetched)
