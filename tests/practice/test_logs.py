from __future__ import annotations

import io
import zipfile

from patchwright.practice import logs
from patchwright.practice.runs import JobScript, RunScript, run_state

LINT = JobScript("lint / all", 10, "failure", steps=["Set up", "Run: ruff"], log="first\nsecond")
TEST = JobScript("test", 30)


def test_the_zip_file_has_a_log_for_each_job_and_step_under_the_names_that_gh_expects() -> None:
    jobs = run_state(RunScript([LINT, TEST]), 0, 100).jobs
    with zipfile.ZipFile(io.BytesIO(logs.pack_logs(jobs))) as archive:
        assert archive.namelist() == [
            "0_lint  all.txt",
            "lint  all/1_Set up.txt",
            "lint  all/2_Run ruff.txt",
            "1_test.txt",
            "test/1_Set up job.txt",
            "test/2_Check out.txt",
            "test/3_Run.txt",
        ]
        assert archive.read("0_lint  all.txt").decode() == logs.job_log(jobs[0])


def test_the_log_of_a_failed_step_ends_with_the_error_and_each_line_has_a_time() -> None:
    (job,) = run_state(RunScript([LINT]), 0, 100).jobs
    assert logs.job_log(job).splitlines() == [
        "1970-01-01T00:00:05.0000000Z Set up: done",
        "1970-01-01T00:00:10.0000000Z first",
        "1970-01-01T00:00:10.0000000Z second",
        "1970-01-01T00:00:10.0000000Z ##[error]Process completed with exit code 1.",
    ]


def test_a_running_step_has_no_log() -> None:
    (job,) = run_state(RunScript([LINT]), 0, 7).jobs
    assert logs.job_log(job) == "1970-01-01T00:00:05.0000000Z Set up: done\n"
