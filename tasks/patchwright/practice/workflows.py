"""Workflows: read the name, the triggers and the jobs of workflow files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from patchwright.github.triggers import (
    Push,
    find_event_obstacle,
    parse_workflow as read_yaml,
    skipped_jobs,
    triggers_of,
)
from patchwright.practice.runs import JobScript

DIRECTORY = ".github/workflows"
_MAX_TAGS_IN_A_PUSH = 3
_MATRIX_VALUE = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow file at a commit, with its `on`. `broken` says that GitHub could not read it."""

    path: str
    name: str
    on: Any
    jobs: tuple[JobScript, ...]
    broken: bool = False

    def is_triggered_by(self, ref: str, changed_paths: Callable[[], Sequence[str]] | None = None) -> bool:
        """Return whether a push of the full ref `ref`, which changes some files, triggers the workflow."""
        is_tag = ref.startswith("refs/tags/")
        push = Push(ref.split("/", 2)[2], is_tag, changed_paths=changed_paths)
        return not self.broken and find_event_obstacle(self.on, push) is None


def parse_workflow(path: str, text: str, seconds: float) -> WorkflowFile:
    """Return the workflow in the file at `path`. Each of its jobs takes `seconds`."""
    try:
        content = read_yaml(text)
        on, jobs = content["on"], _jobs(content["jobs"], seconds)
        return WorkflowFile(path, content.get("name") or path, on, jobs, broken=not triggers_of(on))
    except (ValueError, AttributeError, LookupError, TypeError, CycleError):
        return WorkflowFile(path, path, None, (), broken=True)


def triggering_refs(refs: Sequence[str]) -> list[str]:
    """Return the refs of a push that can start runs. If it has more than three tags, no tag starts a run."""
    tags = [ref for ref in refs if ref.startswith("refs/tags/")]
    return [ref for ref in refs if ref.startswith("refs/heads/") or len(tags) <= _MAX_TAGS_IN_A_PUSH]


def _jobs(jobs: Mapping[str, Any], seconds: float) -> tuple[JobScript, ...]:
    """Return a job for each combination of a matrix. A job comes after the jobs that it needs.

    Raise CycleError if jobs need each other, and LookupError if a job needs one that does not exist.
    """
    needs = {key: _as_list(job.get("needs")) for key, job in jobs.items()}
    names = {key: _names(key, job) for key, job in jobs.items()}
    skipped = skipped_jobs(jobs)
    return tuple(
        JobScript(
            name=name,
            seconds=seconds,
            conclusion="skipped" if key in skipped else "success",
            steps=("Set up job", *(_step_name(step) for step in jobs[key].get("steps") or ())),
            needs=tuple(itertools.chain.from_iterable(names[need] for need in needs[key])),
            may_fail=jobs[key].get("continue-on-error") == "true",
        )
        for key in TopologicalSorter(needs).static_order()
        for name in names[key]
    )


def _names(key: str, job: Mapping[str, Any]) -> list[str]:
    """Return the name of each combination of a job. Leave expressions for GitHub as they are."""
    name = job.get("name") or key
    matrix = (job.get("strategy") or {}).get("matrix")
    names = (
        [_name(name, combination) for combination in _combinations(matrix)]
        if isinstance(matrix, Mapping)
        else []
    )
    return list(dict.fromkeys(names)) or [name]


def _combinations(matrix: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the combinations of a matrix. Use `include` only if the matrix has no axes."""
    axes = {axis: values for axis, values in matrix.items() if axis not in {"include", "exclude"}}
    if not axes:
        return list(matrix.get("include") or ())
    lists = [values if isinstance(values, list) else [values] for values in axes.values()]
    combinations = [dict(zip(axes, values, strict=True)) for values in itertools.product(*lists)]
    excluded = [entry for entry in matrix.get("exclude") or () if isinstance(entry, Mapping)]
    return [one for one in combinations if not any(entry.items() <= one.items() for entry in excluded)]


def _name(name: str, combination: Mapping[str, Any]) -> str:
    """Return a job's name with the values of a combination, in the places of expressions or at the end."""
    values = {key: value for key, value in combination.items() if isinstance(value, str)}
    new_name = _MATRIX_VALUE.sub(lambda found: values.get(found[1], found[0]), name)
    return new_name if new_name != name or not values else f"{name} ({', '.join(values.values())})"


def _step_name(step: Mapping[str, str]) -> str:
    text = step.get("name") or step.get("uses") or step.get("run") or "nothing"
    return text if step.get("name") else f"Run {text.strip().partition(chr(10))[0]}"


def _as_list(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) and value else value or []
