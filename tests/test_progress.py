"""A progress without a terminal shows nothing."""

from __future__ import annotations

import pytest

from patchwright.progress import Progress, SilentProgress


def test_a_silent_progress_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress: Progress = SilentProgress()
    progress.say("Leap years.")
    progress.show_wait("qa")
    progress.show(object())
    assert not progress.live
    assert capsys.readouterr() == ("", "")
