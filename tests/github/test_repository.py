"""Push URLs, workflows, runs, jobs and logs of a repository on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fake_gh import BRANCH, QA, REPO, SHA, START, FakeClock, FakeGh, FakeRun, Reply, github
from patchwright.github.client import Refused
from patchwright.github.models import Approval, Job, Target, Workflow
from patchwright.github.repository import LOG_LINES, Repo, failing_lines, parse_url
from patchwright.halts import Prerequisite
from patchwright.practice.runs import Hold, JobScript, RunScript

GREEN = RunScript(jobs=[JobScript("build")])
RED = RunScript(jobs=[JobScript("build", conclusion="failure")])
NIGHTLY = {**QA, "id": 8, "path": ".github/workflows/nightly.yml"}
WORKFLOW = Workflow(7, "qa", ".github/workflows/qa.yaml", "active")


@pytest.fixture
def gh() -> Iterator[FakeGh]:
    with FakeGh(FakeClock(START + 3600)) as fake:
        yield fake


def repo_of(url: str) -> Repo | None:
    """Return the repository in a URL whose host is not an alias."""
    address = parse_url(url)
    return Repo.of(address.host, address.owner, address.name) if address else None


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/octo/alma.nac",
        "https://github.com/octo/alma.nac.git",
        "https://github.com/octo/alma.nac/",
        "https://user:secret@github.com/octo/alma.nac.git",
        "https://www.GitHub.com/octo/alma.nac",
        "http://github.com:80/octo/alma.nac.git",
        "ssh://git@github.com/octo/alma.nac.git",
        "ssh://git@ssh.github.com:443/octo/alma.nac.git",
        "git://github.com/octo/alma.nac.git",
        "git@github.com:octo/alma.nac.git",
        "git@github.com:/octo/alma.nac",
        "github.com:octo/alma.nac.git",
    ],
)
def test_a_push_url_names_a_repository(url: str) -> None:
    assert repo_of(url) == Repo("github.com", "octo", "alma.nac")


@pytest.mark.parametrize(
    "url",
    [
        "", "/srv/git/almanac.git", "../almanac.git", "file:///srv/git/almanac.git", "https://github.com/octo",
        "https://github.com/octo/almanac/tree", "https://github.com/octo/..", "https://github.com//almanac",
        "https://[github.com/octo/almanac", "git@github.com:octo/alma nac", "https://github.com/octo/alma%2fnac",
        "https://git hub.com/octo/almanac", "ext::sh -c whoami/x", "https://github.com/octo/.git",
    ],
)  # fmt: skip  # a list of URLs
def test_other_urls_name_no_repository(url: str) -> None:
    assert repo_of(url) is None


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,10}", fullmatch=True)


@given(NAMES, NAMES, st.sampled_from(["https://{}/{}/{}.git", "ssh://git@{}:22/{}/{}", "git@{}:{}/{}.git"]))
def test_all_forms_of_a_url_name_the_same_repository(owner: str, name: str, form: str) -> None:
    repo = Repo("github.example", owner, name)
    assert repo_of(form.format(repo.host, owner, name)) == repo
    assert repo_of(repo.url) == repo


@pytest.mark.parametrize(
    ("url", "is_ssh"),
    [
        ("git@Work:octo/almanac", True),
        ("ssh://git@Work:22/octo/almanac", True),
        ("git+ssh://Work/octo/almanac", True),
        ("https://github.com/octo/almanac", False),
    ],
)
def test_only_the_host_of_an_ssh_url_may_be_an_alias(url: str, *, is_ssh: bool) -> None:
    address = parse_url(url)
    assert address is not None
    assert address.is_ssh == is_ssh
    assert address.host == ("Work" if is_ssh else "github.com")


def test_github_ignores_case_in_names_and_not_in_hosts_of_others() -> None:
    assert Repo.of("GitHub.com", "Octo", "Almanac").is_same(Repo("github.com", "octo", "almanac"))
    assert not Repo("github.com", "octo", "almanac").is_same(Repo("github.example", "octo", "almanac"))


@given(st.text())
def test_any_text_can_be_read_as_a_url(url: str) -> None:
    repo = repo_of(url)
    assert repo is None or "/" not in repo.owner + repo.name


@pytest.mark.parametrize("name", ["qa", "qa.yaml", ".github/workflows/qa.yaml", "Quality"])
def test_a_workflow_is_found_by_file_and_by_name(gh: FakeGh, name: str) -> None:
    gh.workflows = [{**QA, "name": "Quality"}, {**NIGHTLY, "name": "Nightly"}]
    assert github(gh.clock).workflow(name).id == 7


def test_the_file_distinguishes_workflows_of_the_same_name(gh: FakeGh) -> None:
    gh.workflows = [QA, NIGHTLY]
    assert github(gh.clock).workflow("nightly.yml").id == 8
    with pytest.raises(Prerequisite, match="has 2 workflows that match `qa`") as halted:
        github(gh.clock).workflow("qa")
    assert halted.value.evidence == (
        ".github/workflows/qa.yaml (qa), active",
        ".github/workflows/nightly.yml (qa), active",
    )


@pytest.mark.parametrize("state", ["disabled_manually", "deleted"])
def test_a_disabled_workflow_does_not_make_a_name_ambiguous(gh: FakeGh, state: str) -> None:
    gh.workflows = [{**NIGHTLY, "state": state}, QA]
    assert github(gh.clock).workflow("qa").id == 7


def test_a_missing_workflow_halts_with_a_list_of_the_workflows(gh: FakeGh) -> None:
    gh.workflows = [QA]
    with pytest.raises(Prerequisite, match="has no workflow `release`") as halted:
        github(gh.clock).workflow("release")
    assert halted.value.evidence == (".github/workflows/qa.yaml (qa), active",)


def test_a_repository_without_workflows_says_so(gh: FakeGh) -> None:
    gh.workflows = []
    with pytest.raises(Prerequisite, match="has no workflow `qa`") as halted:
        github(gh.clock).workflow("qa")
    assert halted.value.evidence == ("The repository has no workflows.",)


def test_a_disabled_workflow_halts_with_the_command_that_enables_it(gh: FakeGh) -> None:
    gh.workflows = [{**QA, "state": "disabled_inactivity"}]
    with pytest.raises(Prerequisite, match="disabled_inactivity") as halted:
        github(gh.clock).workflow("qa")
    assert halted.value.next_command == "gh workflow enable qa.yaml -R github.example/octo/almanac"
    assert github(gh.clock).workflow("qa", even_disabled=True).id == 7


def test_all_pages_of_a_list_are_read(gh: FakeGh) -> None:
    gh.workflows = [
        {**QA, "id": number, "path": f"w/{number}.yaml", "name": str(number)} for number in range(250)
    ]
    assert github(gh.clock).workflow("249.yaml").id == 249
    assert len(gh.requests) == 3


def test_only_runs_of_exactly_this_push_are_returned(gh: FakeGh) -> None:
    right = FakeRun(GREEN, id=1, number=5)
    gh.runs = [
        FakeRun(GREEN, id=2, number=4, sha="f" * 40),
        FakeRun(GREEN, id=3, number=6, event="workflow_dispatch"),
        FakeRun(GREEN, id=4, number=7, event="pull_request"),
        FakeRun(GREEN, id=5, number=8, branch="master"),
        FakeRun(GREEN, id=6, number=9, workflow=NIGHTLY),
        FakeRun(GREEN, id=7, number=10, workflow={**QA, "path": ".github/workflows/qa.yml"}),
        right,
        FakeRun(RED, id=8, number=3),
    ]
    runs = github(gh.clock).runs(WORKFLOW, sha=SHA, ref=BRANCH)
    assert [run.id for run in runs] == [1, 8]
    assert (runs[0].number, runs[0].is_success, runs[0].title) == (5, True, "qa #5")


def test_runs_are_filtered_again_after_github(gh: FakeGh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_gh._passes", lambda _run, _query: True)
    gh.runs = [FakeRun(GREEN, id=2, number=9, sha="f" * 40), FakeRun(GREEN, id=3, number=8, event="schedule")]
    assert github(gh.clock).runs(WORKFLOW, sha=SHA, ref=BRANCH) == ()
    assert github(gh.clock).runs_of_commit("a" * 40) == ()


def test_the_path_of_a_run_may_include_a_ref(gh: FakeGh) -> None:
    gh.runs = [FakeRun(GREEN, workflow={**QA, "path": ".github/workflows/qa.yaml@refs/heads/release-1.24"})]
    assert len(github(gh.clock).runs(WORKFLOW, sha=SHA, ref=BRANCH)) == 1


def test_a_queued_job_has_not_started(gh: FakeGh) -> None:
    gh.runs = [FakeRun(RunScript(jobs=[JobScript("build", starts_after=9000), JobScript("lint", 9000)]))]
    hub = github(gh.clock)
    build, lint = hub.jobs(hub.run(1001))
    assert (build.state, build.started_at, build.seconds(hub.now())) == ("queued", None, None)
    assert (lint.state, lint.current_step, lint.seconds(hub.now())) == ("in progress", "Check out", 3600)


def test_the_last_success_is_the_newest_one_with_a_single_attempt(gh: FakeGh) -> None:
    gh.runs = [
        FakeRun(GREEN, id=1, number=1),
        FakeRun(GREEN, id=2, number=2),
        FakeRun(GREEN, id=3, number=3, attempt=2),
        FakeRun(RED, id=4, number=4),
        FakeRun(GREEN, id=5, number=5, event="schedule"),
    ]
    last = github(gh.clock).last_success(WORKFLOW)
    assert last is not None
    assert last.id == 2


def test_without_a_success_there_is_no_last_success(gh: FakeGh) -> None:
    assert github(gh.clock).last_success(WORKFLOW) is None


def test_pending_deployments_name_the_reviewers(gh: FakeGh) -> None:
    hold = Hold("production", ("alice", "bob"))
    gh.runs = [FakeRun(RunScript(jobs=[JobScript("publish")], hold=hold))]
    hub = github(gh.clock)
    (approval,) = hub.pending_deployments(hub.run(1001))
    assert approval == Approval("production", ("alice", "bob"))


def test_a_team_can_be_a_reviewer(gh: FakeGh) -> None:
    gh.runs = [FakeRun(GREEN)]
    reviewers = [{"type": "Team", "reviewer": {"slug": "maintainers", "name": "Maintainers"}}]
    gh.others["actions/runs/1001/pending_deployments"] = [
        {"environment": {"name": "pypi"}, "reviewers": reviewers}
    ]
    hub = github(gh.clock)
    assert hub.pending_deployments(hub.run(1001))[0].reviewers == ("maintainers",)


def test_an_optional_fact_that_github_refuses_is_unknown(gh: FakeGh) -> None:
    gh.runs = [FakeRun(GREEN)]
    gh.faults = [("permissions", Reply(403)), ("pending", Reply(404)), ("commits", Reply(422))]
    hub = github(gh.clock)
    assert hub.are_actions_enabled() is None
    assert hub.pending_deployments(hub.run(1001)) == ()
    assert hub.commit_message(SHA) is None


def test_a_run_that_does_not_exist_is_refused(gh: FakeGh) -> None:
    with pytest.raises(Refused):
        github(gh.clock).run(4711)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("id", "7"),
        ("id", True),
        ("run_number", None),
        ("head_sha", 5),
        ("status", 5),
        ("run_started_at", "today"),
        ("updated_at", "2026-01-01T00:00:00"),
    ],
)
def test_a_run_of_the_wrong_form_is_asked_for_again(
    gh: FakeGh, field: str, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh.runs = [FakeRun(GREEN)]
    correct = github(gh.clock).get("actions/runs/1001")
    gh.others["actions/runs/1001"] = {**correct, field: wrong}

    def repair(_clock: FakeClock, _seconds: float) -> None:
        del gh.others["actions/runs/1001"]

    monkeypatch.setattr(FakeClock, "sleep", repair)
    assert github(gh.clock).run(1001).id == 1001


def test_a_failing_log_ends_with_the_last_error_of_the_failed_step(gh: FakeGh) -> None:
    stamp = "2026-11-22T14:35:56.1234567Z"
    rows = [
        f"build\tSet up job\t\ufeff{stamp} starting",
        f"build\tRun\t{stamp} ^[[31mboom^[[0m",
        f"build\tRun\t{stamp} ",
        f"build\tRun\t{stamp} ##[error]Process completed with exit code 1.",
        f"build\tRun\t{stamp} tidying up",
        f"build\tPost Check out\t{stamp} done",
    ]
    gh.runs = [FakeRun(RED)]
    gh.logs["1001100"] = Reply(body="\n".join(rows) + "\n")
    hub = github(gh.clock)
    (log,) = hub.failing_logs(hub.jobs(hub.run(1001)))
    assert log.lines == ("boom", "Process completed with exit code 1.")
    assert log.missing is None


def test_without_known_steps_the_log_of_the_job_is_used() -> None:
    rows = [f"build\tUNKNOWN STEP\t2026-11-22T14:35:56.1234567Z line {number}" for number in range(50)]
    assert failing_lines(rows, "Run")[-1] == "line 49"
    assert len(failing_lines(rows, "Run")) == LOG_LINES


@given(st.lists(st.text()), st.none() | st.text())
def test_the_number_of_log_lines_is_limited(rows: list[str], step: str | None) -> None:
    assert len(failing_lines(rows, step)) <= LOG_LINES


def test_a_log_that_is_not_available_is_asked_for_again(gh: FakeGh) -> None:
    gh.runs = [FakeRun(RED)]
    hub = github(gh.clock)
    jobs: tuple[Job, ...] = hub.jobs(hub.run(1001))
    gh.logs["1001100"] = Reply(body="", exits=1, stderr="log not found: 1001100\n")
    (log,) = hub.failing_logs(jobs)
    assert (log.lines, log.missing) == ((), "log not found: 1001100")
    assert 0 < gh.clock.now() - START - 3600 < 10


def test_commands_name_host_and_repository(gh: FakeGh) -> None:
    gh.runs = [FakeRun(RED)]
    hub = github(gh.clock)
    assert hub.rerun_command(hub.run(1001)) == "gh run rerun 1001 --failed -R github.example/octo/almanac"
    everything = hub.rerun_command(hub.run(1001), failed_only=False)
    assert everything == "gh run rerun 1001 -R github.example/octo/almanac"
    assert hub.repo.url == REPO.url


def test_get_returns_any_json_of_the_repository(gh: FakeGh) -> None:
    gh.others["branches/master"] = {"name": "master"}
    content: Any = github(gh.clock).get("branches/master")
    assert content == {"name": "master"}


def test_a_repository_that_was_renamed_or_transferred_is_called_by_its_new_name(gh: FakeGh) -> None:
    gh.others[""] = {"full_name": "acme/gizmo", "fork": False, "archived": False}
    hub = github(gh.clock)
    assert [hub.current_repo().full_slug for _ in range(2)] == ["github.example/acme/gizmo"] * 2
    assert len(gh.requests) == 1


# The workflow in a file


def test_a_workflow_is_found_by_its_file_whatever_others_have_its_name(gh: FakeGh) -> None:
    other = {**QA, "id": 8, "path": ".github/workflows/tester.yaml"}
    gh.workflows = [other, QA]
    target = Target("qa", SHA, BRANCH, path=str(QA["path"]))
    found = github(gh.clock).workflow_of(target)
    assert found is not None
    assert found.id == 7


def test_github_may_not_list_a_file_yet(gh: FakeGh) -> None:
    gh.workflows = []
    assert github(gh.clock).workflow_in(str(QA["path"])) is None


def test_a_disabled_workflow_in_a_file_halts(gh: FakeGh) -> None:
    gh.workflows = [{**QA, "state": "disabled_inactivity"}]
    with pytest.raises(Prerequisite, match=r"qa\.yaml is disabled \(disabled_inactivity\)"):
        github(gh.clock).workflow_in(str(QA["path"]))
    assert github(gh.clock).workflow_in(str(QA["path"]), even_disabled=True)
