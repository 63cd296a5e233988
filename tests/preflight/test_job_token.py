"""In a job of GitHub Actions: pushes with the job's own token start no workflows."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fake_gh import Recorder
from fake_release import FakeCommits, fake_release
from patchwright.github.repository import GitHub, Repo
from patchwright.halts import Prerequisite
from patchwright.preflight import job_token
from patchwright.tools.git import Git
from patchwright.tools.shell import Output, Shell

URL = "https://github.com/octo/almanac.git"
JOB, APP, PERSON = "ghs_jobsjobsjobsjobs", "ghs_appsappsappsapps", "ghp_personspersonspe"
LOGINS = {JOB: "github-actions[bot]", APP: "almanac-release[bot]"}
GH = "!/usr/bin/gh auth git-credential"


@pytest.fixture(autouse=True)
def job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a job of GitHub Actions."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")


def header(token: str) -> str:
    """Return the header with which actions/checkout configures git."""
    return f"AUTHORIZATION: basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"


class Job:
    """A job whose git has a header or a credential helper, and whose gh has a token."""

    def __init__(self, path: Path, *, url: str = URL, of_gh: str = "", **configuration: str) -> None:
        self.release = fake_release(path, urls=([url], [url]), commits=FakeCommits())
        self.configuration, self.of_gh = configuration, of_gh
        self.asked: list[str] = []
        self.release.progress = self.shown = Recorder()
        self.release.github = cast(
            "GitHub", SimpleNamespace(has_login=True, repo=Repo("github.com", "octo", "almanac"))
        )
        self.release.git = cast("Git", SimpleNamespace(ask=self._git))
        self.release.shell = cast("Shell", SimpleNamespace(ask=self._gh))

    def _git(self, *arguments: str, ok: None) -> Output:
        command, flag, key, _url = arguments
        assert (command, flag, ok) == ("config", "--get-urlmatch", None)
        value = self.configuration.get(key.rpartition(".")[2], "")
        return Output(arguments, 0 if value else 1, f"{value}\n" if value else "", "")

    def _gh(self, *argv: str, ok: None, env: Mapping[str, str] | None = None) -> Output:
        assert ok is None
        if argv[:3] == ("gh", "auth", "token"):
            return Output(argv, 0, f"{self.of_gh}\n", "")
        token = (env or {})["GH_TOKEN"]
        assert token not in " ".join(argv)
        self.asked.append(token)
        return Output(argv, 0 if token in LOGINS else 1, f"{LOGINS.get(token, '')}\n", "")


@pytest.mark.parametrize("how", ["header", "url", "gh"])
@pytest.mark.parametrize(("token", "halts"), [(JOB, True), (APP, False), (PERSON, False)])
def test_only_the_token_of_the_job_halts(tmp_path: Path, how: str, token: str, *, halts: bool) -> None:
    job = {
        "header": lambda: Job(tmp_path, extraheader=header(token)),
        "url": lambda: Job(tmp_path, url=f"https://x-access-token:{token}@github.com/octo/almanac.git"),
        "gh": lambda: Job(tmp_path, helper=GH, of_gh=token),
    }[how]()
    if not halts:
        job_token.require_starting_token(job.release)
        assert job.shown.said == []
        # A personal token needs no question.
        assert job.asked == [token] * (token == APP)
        return
    with pytest.raises(
        Prerequisite, match="start no workflows: git uses the job's own GITHUB_TOKEN"
    ) as raised:
        job_token.require_starting_token(job.release)
    remedy = " ".join(raised.value.remedy)
    assert "actions/create-github-app-token" in remedy
    assert "deploy key" in remedy
    assert token not in f"{raised.value.evidence}{remedy}"


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"helper": "store"},
        {"extraheader": "AUTHORIZATION: basic ???"},
        {"extraheader": "AUTHORIZATION: bearer x"},
        {"extraheader": header("ghs_unknownunknownun")},
    ],
)
def test_an_unknown_token_is_said_as_such(tmp_path: Path, configuration: dict[str, str]) -> None:
    job = Job(tmp_path, **configuration)
    job_token.require_starting_token(job.release)
    assert job.shown.said == ["it is not known whether pushes from this job start workflows"]


def test_a_key_for_ssh_starts_workflows(tmp_path: Path) -> None:
    job = Job(tmp_path, url="git@github.com:octo/almanac.git")
    job_token.require_starting_token(job.release)
    assert (job.asked, job.shown.said) == ([], [])


def test_elsewhere_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    job = Job(tmp_path, extraheader=header(JOB))
    job_token.require_starting_token(job.release)
    assert job.asked == []
