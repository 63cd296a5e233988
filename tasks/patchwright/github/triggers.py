"""Triggers: find out whether a push starts a workflow, from the commit message and the workflow file.

The rules are from docs.github.com ("Skipping workflow runs", "Workflow syntax"), read in 2026.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from patchwright.github.filters import matches
from patchwright.text import safe_line

_MARKERS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_TRAILER = re.compile(r"^skip-checks:\s*true\s*\Z", re.MULTILINE)
# GitHub compares the filters by path with this many of the changed files.
_MAX_COMPARED_PATHS = 300
_FALSE = re.compile(r"false|\$\{\{\s*false\s*\}\}")
# With one of these, a job runs whatever the event is.
_ALWAYS = re.compile(r"(?:\$\{\{)?\s*(?:true|always\(\)|success\(\)|!\s*cancelled\(\))\s*(?:\}\})?")
_SHOWN_LENGTH = 160
_SHOWN_PATHS = 5
_FIX_CONDITION = "Remove the condition, or change it so that it is true for this push."


Kind = Literal["stops", "unreadable", "depends"]


@dataclass(frozen=True)
class Push:
    """A push of one branch or tag. `pattern` is a filter pattern that a project would use for such refs.

    `changed_paths` returns the files that a push of a branch changes. Without it, or if it returns None,
    filters by path are ignored. With `may_change_more`, the push may change other files too.
    """

    ref: str
    is_tag: bool = False
    pattern: str = ""
    changed_paths: Callable[[], Sequence[str] | None] | None = None
    may_change_more: bool = False

    @property
    def kind(self) -> str:
        """`tag` or `branch`."""
        return "tag" if self.is_tag else "branch"

    @property
    def filters(self) -> tuple[str, str]:
        """The filters of `on: push` for this kind of refs, and for the other kind."""
        return ("tags", "branches") if self.is_tag else ("branches", "tags")

    def __str__(self) -> str:
        return f"the {self.kind} {self.ref}"


@dataclass(frozen=True)
class Obstacle:
    """Why a push does not start a workflow: the key and its value in the file, and how to fix it.

    `reason` is the end of a sentence that begins with the path of the file. `kind` says what is known: the
    push does not start the workflow, or the file cannot be read, or what starts depends on something that the
    file does not show.
    """

    reason: str
    key: str
    value: str
    fix: str
    kind: Kind = "stops"

    @property
    def place(self) -> str:
        """A clause with the key and its value, empty without a key."""
        if not self.key:
            return ""
        return f"`{self.key}` is `{self.value}`" if self.value else f"`{self.key}` has no value"


def skip_marker(message: str) -> str | None:
    """Return the marker in a commit message that keeps a push from starting runs, or None."""
    markers = [marker for marker in _MARKERS if marker in message.lower()]
    trailer = _TRAILER.search(message)
    return markers[0] if markers else trailer[0].strip() if trailer else None


def parse_workflow(text: str) -> Any:  # noqa: ANN401  YAML is anything
    """Return the content of a workflow file. Every scalar stays text. Raise ValueError if it is not YAML."""
    import yaml  # noqa: PLC0415  it is slow to load, and a listing of the tasks does not need it

    try:
        # YAML 1.1 reads the key `on` as true, and 3.10 as 3.1.
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it creates only texts, lists and dicts
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(safe_line(str(error))) from None


def workflow_name(text: str) -> str | None:
    """Return the display name in a workflow file, or None if it has none or is not YAML."""
    try:
        content = parse_workflow(text)
    except ValueError:
        return None
    name = content.get("name") if isinstance(content, Mapping) else None
    return name if isinstance(name, str) and name else None


def select_files(name: str, files: Mapping[str, str]) -> list[str]:
    """Return the paths of the workflow files that a name stands for. `files` are texts by path.

    A name is a path, a file name with or without its extension, or the display name in the file.
    """
    by_file = {path: path.rpartition("/")[2] for path in files}
    exact = [path for path in files if name in {path, by_file[path]}]
    return exact or [
        path for path in files if name in {by_file[path].rpartition(".")[0], workflow_name(files[path])}
    ]


def find_obstacle(text: str, push: Push, required_jobs: Sequence[str] = ()) -> Obstacle | None:
    """Return why a push does not start a workflow, or None if it does. What is known best comes first.

    `required_jobs` are the names of jobs that must run.
    """
    try:
        content = parse_workflow(text)
    except ValueError as error:
        fix = "Correct the YAML of the file."
        return Obstacle(f"is not valid YAML ({error})", "", "", fix, "unreadable")
    content = content if isinstance(content, Mapping) else {}
    return _first(
        itertools.chain(_event_obstacles(content.get("on"), push), _job_obstacles(content, required_jobs))
    )


def find_event_obstacle(on: Any, push: Push) -> Obstacle | None:  # noqa: ANN401  YAML is anything
    """Return why a push does not start a workflow with this `on`, whatever its jobs are."""
    return _first(_event_obstacles(on, push))


def triggers_of(on: Any) -> dict[str, Any]:  # noqa: ANN401  YAML has text, a list or a mapping here
    """Return the events in `on` of a workflow file, with their filters."""
    if isinstance(on, Mapping):
        return {name: filters for name, filters in on.items() if isinstance(name, str)}
    names = [on] if isinstance(on, str) else on if isinstance(on, list) else []
    return {name: None for name in names if isinstance(name, str) and name}


def skipped_jobs(jobs: Any) -> list[str]:  # noqa: ANN401  YAML is anything
    """Return the keys of the jobs that never run: their `if` is false, or a job that they need never runs."""
    jobs = jobs if isinstance(jobs, Mapping) else {}
    skipped: set[str] = set()
    while more := {key for key in jobs if key not in skipped and _is_skipped(jobs[key], skipped)}:
        skipped |= more
    return [key for key in jobs if key in skipped]


# The event


def _event_obstacles(on: Any, push: Push) -> Iterator[Obstacle]:  # noqa: ANN401  YAML is anything
    own, _ = push.filters
    wanted = f"`push: {{{own}: ['{push.pattern or push.ref}']}}`"
    triggers = triggers_of(on)
    filters = triggers.get("push")
    if not triggers:
        yield _obstacle("has no `on`", "on", on, f"Add `on` with {wanted}.")
    elif "push" not in triggers:
        reason = f"is not started by pushes, only by {', '.join(triggers)}"
        yield _obstacle(reason, "on", on, f"Add {wanted} to `on`.")
    elif isinstance(filters, Mapping):
        yield from _contradictions(filters)
        yield from _ref_obstacles(filters, push)
        yield from _path_obstacles(filters, push)
    elif filters:
        reason = "has an `on: push` of an unknown form"
        yield _obstacle(reason, "on.push", filters, f"Write {wanted}.", "unreadable")


def _contradictions(filters: Mapping[str, Any]) -> Iterator[Obstacle]:
    for name in ("branches", "tags", "paths"):
        if name in filters and f"{name}-ignore" in filters:
            reason = f"has both `{name}` and `{name}-ignore`, which GitHub rejects"
            yield _obstacle(reason, "on.push", filters, f"Keep only one of `{name}` and `{name}-ignore`.")


def _ref_obstacles(filters: Mapping[str, Any], push: Push) -> Iterator[Obstacle]:
    (own, other), pattern = push.filters, push.pattern or push.ref
    reason = f"is not started by a push of {push}"
    if own in filters:
        accepted = _accepted(filters[own], [push.ref])
        if accepted is None:
            yield _unreadable(own, filters[own])
        elif not accepted:
            yield _obstacle(reason, f"on.push.{own}", filters[own], f"Add '{pattern}' to `on.push.{own}`.")
    elif f"{own}-ignore" in filters:
        name, patterns = f"{own}-ignore", filters[f"{own}-ignore"]
        ignored = _accepted(patterns, [push.ref])
        if ignored is None:
            yield _unreadable(name, patterns)
        elif ignored:
            fix = f"Remove the pattern that matches {push.ref} from `on.push.{name}`."
            yield _obstacle(reason, f"on.push.{name}", patterns, fix)
    elif other in filters or f"{other}-ignore" in filters:
        # If only the other kind of ref has a filter, no ref of this kind is accepted.
        yield _obstacle(reason, "on.push", filters, f"Add `{own}: ['{pattern}']` to `on.push`.")


def _path_obstacles(filters: Mapping[str, Any], push: Push) -> Iterator[Obstacle]:
    """Yield an obstacle if no changed file passes a filter by path. GitHub ignores them for tags."""
    name = next((name for name in ("paths", "paths-ignore") if name in filters), None)
    changed = push.changed_paths() if name and push.changed_paths and not push.is_tag else None
    if name is None or changed is None:
        return
    key, patterns, paths = f"on.push.{name}", filters[name], sorted(changed)
    accepted = _accepted(patterns, paths)
    if accepted is None:
        yield _unreadable(name, patterns)
        return
    passing = accepted if name == "paths" else [path for path in paths if path not in set(accepted)]
    if set(passing) & set(paths[:_MAX_COMPARED_PATHS]):
        return
    fix = f"Remove `{name}` from `on.push`, so that every push of the branch starts the workflow."
    if passing or push.may_change_more:
        reason = f"may not be started by a push of {push}: perhaps no changed file passes the filter"
        yield _obstacle(reason, key, patterns, fix, "depends")
    else:
        more = " and more" if len(paths) > _SHOWN_PATHS else ""
        shown = ", ".join(paths[:_SHOWN_PATHS]) or "nothing"
        reason = f"is not started by a push of {push} that changes only {shown}{more}"
        yield _obstacle(reason, key, patterns, fix)


def _accepted(patterns: Any, texts: Sequence[str]) -> list[str] | None:  # noqa: ANN401  YAML is anything
    """Return the texts that the patterns of a filter accept, or None if the filter cannot be read."""
    listed = [patterns] if isinstance(patterns, str) and patterns else patterns
    if not listed or not isinstance(listed, list):
        return None
    if not all(isinstance(one, str) and "${{" not in one for one in listed):
        return None
    try:
        return [text for text in texts if matches(listed, text)]
    except re.error:
        return None


def _unreadable(name: str, patterns: Any) -> Obstacle:  # noqa: ANN401  YAML is anything
    reason, fix = f"has a filter `{name}` that cannot be read", "Write a list of filter patterns."
    return _obstacle(reason, f"on.push.{name}", patterns, fix, "unreadable")


# The jobs


def _job_obstacles(content: Mapping[str, Any], required: Sequence[str]) -> Iterator[Obstacle]:
    """Yield an obstacle if conditions keep every job, or a required one, from running."""
    if _is_false(content.get("if")):
        yield _obstacle("never runs", "if", content["if"], _FIX_CONDITION)
    jobs = content.get("jobs")
    jobs = (
        {key: job for key, job in jobs.items() if isinstance(job, Mapping)}
        if isinstance(jobs, Mapping)
        else {}
    )
    names = {key: str(job.get("name") or key) for key, job in jobs.items()}
    skipped, wanted = skipped_jobs(jobs), [key for key in jobs if names[key] in required]
    stopped = [key for key in wanted if key in skipped] or (skipped if len(skipped) == len(jobs) else [])
    if stopped:
        cause = next(key for key in skipped if _is_false(jobs[key].get("if")))
        reason = f"never runs {', '.join(names[key] for key in stopped)}"
        yield _obstacle(reason, f"jobs.{cause}.if", jobs[cause]["if"], _FIX_CONDITION)
    uncertain = [key for key in jobs if key not in skipped and not _is_always(jobs[key].get("if", "true"))]
    unsure = [key for key in wanted if key in uncertain]
    if unsure or (uncertain and len(uncertain) + len(skipped) == len(jobs)):
        unsure = unsure or uncertain
        reason = f"runs {', '.join(names[key] for key in unsure)} only if an expression is true"
        yield _obstacle(reason, f"jobs.{unsure[0]}.if", jobs[unsure[0]]["if"], _FIX_CONDITION, "depends")


def _is_skipped(job: Any, skipped: set[str]) -> bool:  # noqa: ANN401  YAML is anything
    if not isinstance(job, Mapping):
        return False
    if "if" in job:
        return _is_false(job["if"])
    needs = job.get("needs")
    needs = [needs] if isinstance(needs, str) else needs if isinstance(needs, list) else []
    return any(isinstance(need, str) and need in skipped for need in needs)


def _is_false(condition: Any) -> bool:  # noqa: ANN401  YAML is anything
    return isinstance(condition, str) and _FALSE.fullmatch(condition.strip().lower()) is not None


def _is_always(condition: Any) -> bool:  # noqa: ANN401  YAML is anything
    return isinstance(condition, str) and _ALWAYS.fullmatch(condition.strip()) is not None


# What is found


def _first(obstacles: Iterable[Obstacle]) -> Obstacle | None:
    """Return the first obstacle of the kind that is known best."""
    kinds = get_args(Kind)
    return min(obstacles, key=lambda obstacle: kinds.index(obstacle.kind), default=None)


def _obstacle(reason: str, key: str, value: Any, fix: str, kind: Kind = "stops") -> Obstacle:  # noqa: ANN401  as above
    return Obstacle(reason, key, _show(value), fix, kind)


def _show(value: Any) -> str:  # noqa: ANN401  YAML is anything
    """Return a value of the file on one line, as a workflow file would write it."""
    return "".join(_flow(value, 0))[:_SHOWN_LENGTH]


def _flow(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  YAML is anything
    # YAML can contain itself.
    if depth > 5:  # noqa: PLR2004  deeper than any filter
        yield "..."
    elif isinstance(value, Mapping):
        rows = (f"{key}: {''.join(_flow(one, depth + 1))}".rstrip() for key, one in value.items())
        yield f"{{{', '.join(rows)}}}"
    elif isinstance(value, list):
        yield f"[{', '.join(''.join(_flow(one, depth + 1)) for one in value)}]"
    else:
        yield "" if value is None else str(value)
