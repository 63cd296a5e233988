from __future__ import annotations

from patchwright.practice import shapes
from patchwright.practice.actions import Actions, Run
from patchwright.practice.hosting import Commit
from patchwright.practice.pulls import Pull
from patchwright.practice.runs import Hold, JobScript, RunScript
from patchwright.practice.shapes import Shapes

SHAPE = Shapes("practice", "almanac", "master")
API = "http://api.github.localhost/repos/practice/almanac"
COMMIT = Commit("1" * 40, "2" * 40, ("3" * 40,), "Ada", "a@x", "t1", "Ben", "b@x", "t2", "Fix.\n\nBody.")
FAILED_JOB = JobScript("test", 10, "failure")


def make_run(*jobs: JobScript, attempts: int = 1) -> Run:
    """Return a run that was created at second 100, with attempts that all have these jobs."""
    actions = Actions(lambda: 100.0, 1.0)
    script = RunScript(jobs)
    run = actions.add(actions.workflow("qa.yaml", "qa"), "push", "master", COMMIT, script)
    for _ in range(attempts - 1):
        actions.rerun(run, script)
    return run


def test_times_are_in_utc_without_fractions() -> None:
    assert shapes.iso(1_740_988_800.9) == "2025-03-03T08:00:00Z"


def test_a_repository_has_its_name_its_default_branch_and_its_urls() -> None:
    repository = SHAPE.repository()
    assert (repository["full_name"], repository["default_branch"]) == ("practice/almanac", "master")
    assert repository["url"] == API
    assert repository["clone_url"] == "http://github.localhost/practice/almanac.git"


def test_a_commit_has_its_message_its_tree_and_its_parents() -> None:
    commit = SHAPE.commit(COMMIT)
    assert (commit["sha"], commit["parents"]) == ("1" * 40, [{"sha": "3" * 40}])
    assert commit["commit"]["tree"] == {"sha": "2" * 40}
    assert commit["commit"]["message"] == "Fix.\n\nBody."
    assert commit["commit"]["committer"] == {"name": "Ben", "email": "b@x", "date": "t2"}


def test_a_release_has_its_tag_and_the_time_of_its_publication() -> None:
    release = SHAPE.release("v1.24.1", 0)
    assert (release["tag_name"], release["draft"]) == ("v1.24.1", False)
    assert release["published_at"] == "1970-01-01T00:00:00Z"


def test_only_a_merged_pull_request_has_a_merge_time() -> None:
    pull = Pull(1, "Integrate", "Please.", "integrate", "master", "1" * 40, 0)
    before = SHAPE.pull(pull)
    assert (before["merged"], before["merged_at"], before["mergeable"]) == (False, None, True)
    pull.state, pull.merged_at, pull.merge_commit = "closed", 60, "4" * 40
    after = SHAPE.pull(pull)
    assert (after["merged"], after["merged_at"], after["mergeable"]) == (True, "1970-01-01T00:01:00Z", None)
    assert (after["head"]["sha"], after["merge_commit_sha"]) == ("1" * 40, "4" * 40)


def test_a_run_has_the_subject_of_its_commit_and_its_state() -> None:
    run = make_run(FAILED_JOB)
    shape = SHAPE.run(run, run.state(200), 1)
    assert (shape["display_title"], shape["head_sha"]) == ("Fix.", "1" * 40)
    assert (shape["status"], shape["conclusion"]) == ("completed", "failure")
    assert shape["previous_attempt_url"] is None


def test_only_the_latest_attempt_of_a_run_has_the_short_url_of_its_jobs() -> None:
    run = make_run(FAILED_JOB, attempts=2)
    first, second = (SHAPE.run(run, run.state(200, number), number) for number in (1, 2))
    url = f"{API}/actions/runs/{run.id}"
    assert first["jobs_url"] == f"{url}/attempts/1/jobs"
    assert second["jobs_url"] == f"{url}/jobs"
    assert second["previous_attempt_url"] == f"{url}/attempts/1"


def test_a_job_has_a_runner_only_after_its_start() -> None:
    run = make_run(JobScript("test", 10, starts_after=5))
    queued, completed = (SHAPE.job(run, 1, run.state(at).jobs[0], 7) for at in (101, 200))
    assert (queued["status"], queued["runner_id"], queued["completed_at"]) == ("queued", None, None)
    assert (completed["status"], completed["runner_id"]) == ("completed", 1)
    assert completed["completed_at"] == "1970-01-01T00:01:55Z"
    assert [step["conclusion"] for step in completed["steps"]] == ["success"] * 3


def test_pending_deployments_are_the_holds_with_an_environment() -> None:
    holds = [Hold(), Hold("pypi", ("ada", shapes.USER)), Hold("docs", ("ben",))]
    pending = shapes.pending_deployments(holds)
    assert [one["environment"]["name"] for one in pending] == ["pypi", "docs"]
    assert [one["current_user_can_approve"] for one in pending] == [True, False]
    assert [who["reviewer"]["login"] for who in pending[0]["reviewers"]] == ["ada", shapes.USER]


def test_only_a_failed_job_has_an_annotation() -> None:
    failed, passed = (make_run(job).state(200).jobs[0] for job in (FAILED_JOB, JobScript("lint", 10)))
    assert [one["message"] for one in shapes.job_annotations(failed)] == [
        "Process completed with exit code 1."
    ]
    assert shapes.job_annotations(passed) == []
