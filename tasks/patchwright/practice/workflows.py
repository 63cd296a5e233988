"""What the workflow files of a pushed commit ask for: their names, triggers and jobs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import yaml

from patchwright.github.triggers import lets_through, triggers_of
from patchwright.practice.runs import JobScript

DIRECTORY = ".github/workflows"
_MAX_TAGS_IN_A_PUSH = 3
_MATRIX_VALUE = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow file as it stands in one commit; `broken` where it is no workflow."""

    path: str
    name: str
    triggers: Mapping[str, Any]
    jobs: tuple[JobScript, ...]
    broken: bool = False

    def is_triggered_by(self, ref: str) -> bool:
        """Whether a push of the full ref `ref` triggers it. Filters by path are not looked at."""
        if self.broken or "push" not in self.triggers:
            return False
        kind = "branch" if ref.startswith("refs/heads/") else "tag"
        return lets_through(self.triggers["push"], kind, ref.split("/", 2)[2])


def parse_workflow(path: str, text: str, seconds: float) -> WorkflowFile:
    """Return what the workflow file at `path` asks for, each job of it lasting `seconds`."""
    try:
        # All scalars stay text: YAML 1.1 reads the key `on` as true, and 3.10 as 3.1.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  makes nothing but text, lists, dicts
        triggers, jobs = triggers_of(content["on"]), _jobs(content["jobs"], seconds)
        return WorkflowFile(path, content.get("name") or path, triggers, jobs)
    except (yaml.YAMLError, AttributeError, LookupError, TypeError, CycleError):
        return WorkflowFile(path, path, {}, (), broken=True)


def triggering_refs(refs: Sequence[str]) -> list[str]:
    """Return which refs of one push can start runs: more than three tags at once start none."""
    tags = [ref for ref in refs if ref.startswith("refs/tags/")]
    return [ref for ref in refs if ref.startswith("refs/heads/") or len(tags) <= _MAX_TAGS_IN_A_PUSH]


def _jobs(jobs: Mapping[str, Any], seconds: float) -> tuple[JobScript, ...]:
    """Return the jobs, each after those that it needs, one for each combination of a job's matrix.

    Raises CycleError when jobs need each other, LookupError when one needs a job that isn't there.
    """
    needs = {key: _listed(job.get("needs")) for key, job in jobs.items()}
    names = {key: _names(key, job) for key, job in jobs.items()}
    return tuple(
        JobScript(
            name=name,
            seconds=seconds,
            steps=("Set up job", *(_step_name(step) for step in jobs[key].get("steps") or ())),
            needs=tuple(itertools.chain.from_iterable(names[need] for need in needs[key])),
            may_fail=jobs[key].get("continue-on-error") == "true",
        )
        for key in TopologicalSorter(needs).static_order()
        for name in names[key]
    )


def _names(key: str, job: Mapping[str, Any]) -> list[str]:
    """Return the names of a job's combinations. What only GitHub can evaluate stays as it is written."""
    name = job.get("name") or key
    matrix = (job.get("strategy") or {}).get("matrix")
    names = (
        [_name(name, combination) for combination in _combinations(matrix)]
        if isinstance(matrix, Mapping)
        else []
    )
    return list(dict.fromkeys(names)) or [name]


def _combinations(matrix: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the combinations of a matrix; those that `include` adds count where there are no others."""
    axes = {axis: values for axis, values in matrix.items() if axis not in {"include", "exclude"}}
    if not axes:
        return list(matrix.get("include") or ())
    listed = [values if isinstance(values, list) else [values] for values in axes.values()]
    combinations = [dict(zip(axes, values, strict=True)) for values in itertools.product(*listed)]
    excluded = [given for given in matrix.get("exclude") or () if isinstance(given, Mapping)]
    return [one for one in combinations if not any(given.items() <= one.items() for given in excluded)]


def _name(name: str, combination: Mapping[str, Any]) -> str:
    """Return a job's name with the values of its matrix, put in where it says so, else after it."""
    values = {key: value for key, value in combination.items() if isinstance(value, str)}
    filled = _MATRIX_VALUE.sub(lambda found: values.get(found[1], found[0]), name)
    return filled if filled != name or not values else f"{name} ({', '.join(values.values())})"


def _step_name(step: Mapping[str, str]) -> str:
    what = step.get("name") or step.get("uses") or step.get("run") or "nothing"
    return what if step.get("name") else f"Run {what.strip().partition(chr(10))[0]}"


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) and value else value or []
