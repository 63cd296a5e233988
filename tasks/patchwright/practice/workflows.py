"""What the workflow files of a pushed commit ask for: their names, triggers and jobs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from patchwright.practice.runs import JobScript

DIRECTORY = ".github/workflows"
# docs.github.com, "Skipping workflow runs", seen in 2026.
_SKIP_MARKERS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_SKIP_TRAILER = re.compile(r"\n\n\n?skip-checks:\s*true\s*\Z")
_MAX_TAGS_IN_A_PUSH = 3


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow file as it stands in one commit; `broken` where it is no workflow."""

    path: str
    name: str
    triggers: Mapping[str, Any]
    jobs: tuple[JobScript, ...]
    broken: bool = False

    def wants_push(self, ref: str) -> bool:
        """Whether a push of the full ref `ref` triggers it. Filters by path are not looked at."""
        if self.broken or "push" not in self.triggers:
            return False
        filters = self.triggers["push"] or {}
        kind = "branches" if ref.startswith("refs/heads/") else "tags"
        other = "tags" if kind == "branches" else "branches"
        name = ref.split("/", 2)[2]
        if kind in filters:
            return matches(filters[kind], name)
        if f"{kind}-ignore" in filters:
            return not matches(filters[f"{kind}-ignore"], name)
        # A filter for the other kind of ref alone excludes this kind.
        return not (other in filters or f"{other}-ignore" in filters)


def read(path: str, text: str, seconds: float) -> WorkflowFile:
    """Return what the workflow file at `path` asks for, each job of it lasting `seconds`."""
    try:
        # All scalars stay text: YAML 1.1 reads the key `on` as true, and 3.10 as 3.1.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it makes nothing but text, lists and dicts
        return WorkflowFile(
            path, content.get("name") or path, _triggers(content["on"]), _jobs(content["jobs"], seconds)
        )
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return WorkflowFile(path, path, {}, (), broken=True)


def skips_runs(message: str) -> bool:
    """Whether a head commit with this message starts no runs for its push."""
    return any(marker in message.lower() for marker in _SKIP_MARKERS) or bool(_SKIP_TRAILER.search(message))


def triggering(refs: Sequence[str]) -> list[str]:
    """Return which refs of one push can start runs: more than three tags at once start none."""
    tags = [ref for ref in refs if ref.startswith("refs/tags/")]
    return [ref for ref in refs if ref.startswith("refs/heads/") or len(tags) <= _MAX_TAGS_IN_A_PUSH]


def matches(patterns: str | Sequence[str], name: str) -> bool:
    """Whether GitHub's filter patterns let `name` through: the last that matches decides, `!` excludes."""
    through = False
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        if pattern.startswith("!"):
            through = through and not _regex(pattern[1:]).fullmatch(name)
        else:
            through = through or bool(_regex(pattern).fullmatch(name))
    return through


def _regex(pattern: str) -> re.Pattern[str]:
    """`*` stays within a path segment, `**` does not; `?` and `+` repeat what stands before them."""
    pieces = re.findall(r"\*\*|\*|\?|\+|\[[^\]]+\]|\\.|.", pattern)
    meaning = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return re.compile(
        "".join(meaning.get(piece) or (piece if piece[0] in "[\\" else re.escape(piece)) for piece in pieces)
    )


def _triggers(on: Any) -> dict[str, Any]:  # noqa: ANN401  YAML has text, a list or a mapping here
    if isinstance(on, str):
        return {on: None}
    return dict(on) if isinstance(on, Mapping) else dict.fromkeys(on)


def _jobs(jobs: Mapping[str, Any], seconds: float) -> tuple[JobScript, ...]:
    """Return the jobs in the order of the file, one for each combination of a job's matrix."""
    names = {key: _names(key, job) for key, job in jobs.items()}
    return tuple(
        JobScript(
            name=name,
            seconds=seconds,
            steps=("Set up job", *(_step_name(step) for step in job.get("steps") or ())),
            needs=tuple(itertools.chain.from_iterable(names[need] for need in _listed(job.get("needs")))),
            may_fail=job.get("continue-on-error") == "true",
        )
        for key, job in jobs.items()
        for name in names[key]
    )


def _names(key: str, job: Mapping[str, Any]) -> list[str]:
    base = job.get("name") or key
    matrix = (job.get("strategy") or {}).get("matrix") or {}
    axes = [values for axis, values in matrix.items() if axis not in {"include", "exclude"}]
    if not axes:
        return [base]
    return [f"{base} ({', '.join(values)})" for values in itertools.product(*axes)]


def _step_name(step: Mapping[str, str]) -> str:
    return step.get("name") or f"Run {step.get('uses') or step.get('run', '').strip().splitlines()[0]}"


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or []
