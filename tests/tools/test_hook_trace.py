"""Which hook a git command failed in, by the events that git writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from patchwright.halts import CommandFailed
from patchwright.tools import maintainer
from patchwright.tools.git import Git
from patchwright.tools.hook_trace import explain_refusal, trace_hooks, trace_hooks_elsewhere
from patchwright.tools.shell import Shell

EVENTS = (
    {"event": "child_start", "sid": "1", "child_id": 0, "child_class": "hook", "hook_name": "pre-push"},
    {"event": "child_exit", "sid": "1", "child_id": 0, "code": 1},
)


def write_events(environment: Mapping[str, str]) -> Path:
    """Write the events of a failed hook to the file that git would write to."""
    path = Path(environment["GIT_TRACE2_EVENT"])
    path.write_text("\n".join(json.dumps(event) for event in EVENTS))
    return path


def test_the_hook_is_known_in_the_block_and_the_file_is_gone_after_it(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with trace_hooks(path) as trace:
        assert trace.environment == {"GIT_TRACE2_EVENT": str(path)}
        assert trace.failed_hook() is None
        write_events(trace.environment)
        assert trace.failed_hook() == "pre-push"
    assert not path.exists()


def test_events_of_an_earlier_command_do_not_count(tmp_path: Path) -> None:
    path = write_events({"GIT_TRACE2_EVENT": str(tmp_path / "events")})
    with trace_hooks(path) as trace:
        assert trace.failed_hook() is None


def test_without_a_path_nothing_is_traced() -> None:
    with trace_hooks(None) as trace:
        assert trace.environment == {}
        assert trace.failed_hook() is None


def test_a_file_elsewhere_is_removed_even_if_the_command_fails() -> None:
    files = []

    def fail() -> None:
        with trace_hooks_elsewhere() as trace:
            files.append(write_events(trace.environment))
            assert trace.failed_hook() == "pre-push"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not files[0].parent.exists()


def test_output_that_is_no_text_is_read(tmp_path: Path) -> None:
    with trace_hooks(tmp_path / "events") as trace:
        (tmp_path / "events").write_bytes(b"\xff\xfe\n")
        assert trace.failed_hook() is None


def test_a_halt_says_which_hook_refused_what_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintainer, "hook_directory", lambda _git: Path("/clone/hooks"))
    failure = CommandFailed("git failed.", argv=("git", "push"), exit_status=1, output="No.\n")
    git = Git(Shell(Path()), Path())
    explain_refusal(failure, git, "pre-push", "the push to refs/heads/x", "Let it pass.", "Try again.")
    assert failure.cause == "The hook pre-push refused the push to refs/heads/x."
    where = "Fix what the output above names. The hook is in /clone/hooks."
    assert failure.remedy == (where, "Let it pass.", "Try again.")
