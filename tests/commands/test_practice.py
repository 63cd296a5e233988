"""`practice`: it passes its flags to the practice ground, and names the extra if that is not installed."""

from __future__ import annotations

import pytest
from invoke import Context

from patchwright.commands import practice
from patchwright.halts import BadArgument, Prerequisite
from patchwright.practice import ground
from patchwright.practice.ground import Options
from patchwright.report.terminal import Report


@pytest.mark.parametrize("status", [0, 5])
def test_the_flags_describe_the_practice_ground(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    described: list[Options] = []

    def run(options: Options, _report: Report) -> int:
        described.append(options)
        return status

    monkeypatch.setattr(ground, "run", run)
    assert (
        practice.run(
            Context(),
            patches="release-branch",
            fail="qa",
            directory=None,
            newer_series=True,
            by_hand=False,
            keep=True,
            version_source="tag",
        )
        == status
    )
    assert described == [
        Options("release-branch", "qa", newer_series=True, by_hand=False, keep=True, version_source="tag")
    ]


def test_a_wrong_flag_halts() -> None:
    with pytest.raises(BadArgument, match="--fail"):
        practice.run(
            Context(),
            patches="mainline",
            fail="docs",
            directory=None,
            newer_series=False,
            by_hand=False,
            keep=False,
        )


def test_a_missing_extra_halts_with_the_command_to_install_it() -> None:
    with pytest.raises(Prerequisite) as halted, practice.require_practice_extra():
        raise ModuleNotFoundError(name="dulwich")
    assert halted.value.cause == "The extra `practice` is not installed: the module dulwich is missing."
    assert halted.value.next_command == "pip install 'patchwright[practice]'"
