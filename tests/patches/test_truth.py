"""What patchwright believes is compared with what is true, in many generated histories: see `truth`."""

from __future__ import annotations

from pathlib import Path

import pytest

import truth

SHARE = 100
"""How many histories are one test."""
MOST_DOUBTS = 0.35


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    count = int(metafunc.config.getoption("--histories"))
    if "seeds" in metafunc.fixturenames:
        shares = [range(first, min(first + SHARE, count)) for first in range(0, count, SHARE)]
        metafunc.parametrize("seeds", shares, ids=[f"{one.start}-{one.stop - 1}" for one in shares])


def test_nothing_is_silently_wrong(seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    verdicts = doubts = 0
    stories = []
    for seed in seeds:
        operations = truth.draw(seed)
        report = truth.check(truth.write(operations))
        verdicts, doubts = verdicts + report.verdicts, doubts + report.doubts
        if report.wrongs:
            stories.append(truth.tell_story(seed, truth.shrink(operations)))
    assert not stories, "\n\n".join(stories)
    assert doubts <= verdicts * MOST_DOUBTS, f"{doubts} of {verdicts} verdicts are doubts"


def test_the_histories_have_every_operation() -> None:
    names = {name for seed in range(60) for name, _, _ in truth.draw(seed)}
    assert names == {"sections", *truth.OPERATIONS}


def test_a_wrong_belief_is_found_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(truth.World, "lacks", lambda *_: True)
    operations = (("fix", 0, 0), ("go on", 0, 0), ("pick -x", 0, 0))
    assert truth.shrink(operations) == (("fix", 0, 0), ("pick -x", 0, 0))
    story = truth.tell_story(7, operations)
    assert story.startswith("history 7\n")
    assert "fix 10 picked with -x" in story
    assert "WRONG" in story
