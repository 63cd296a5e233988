"""Logs: the logs of a run in the form in which GitHub sends them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

from patchwright.practice.runs import JobState, StepState
from patchwright.practice.shapes import iso


def pack_logs(jobs: Iterable[JobState]) -> bytes:
    """Return a zip file with a log for each job and, in a directory for the job, a log for each step.

    gh 2.102 finds the log of a step by these names.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for ordinal, job in enumerate(jobs):
            files.writestr(f"{ordinal}_{_file_name(job.name)}.txt", job_log(job))
            for step in job.steps:
                files.writestr(
                    f"{_file_name(job.name)}/{step.number}_{_file_name(step.name)}.txt", _step_log(job, step)
                )
    return archive.getvalue()


def job_log(job: JobState) -> str:
    """Return the log of a job, which is the logs of its steps in order."""
    return "".join(_step_log(job, step) for step in job.steps)


def _step_log(job: JobState, step: StepState) -> str:
    """Return the log of a step with a time before each line. Return no text until the step has ended."""
    if step.completed_at is None:
        return ""
    is_last = step.number == len(job.steps)
    lines = job.script.log.splitlines() if is_last and job.script.log else [f"{step.name}: done"]
    if step.conclusion == "failure":
        lines = [*(lines if job.script.log else []), "##[error]Process completed with exit code 1."]
    stamp = iso(step.completed_at).replace("Z", ".0000000Z")
    return "".join(f"{stamp} {line}\n" for line in lines)


def _file_name(name: str) -> str:
    return re.sub(r"[/:]", "", name)
