"""The pipeline has the steps of the process in their order."""

from __future__ import annotations

from patchwright.pipeline import LATE_STEPS, STEPS, STEPS_BY_NAME

NAMES = [
    "preflight", "checkout", "pick", "check", "bump", "changelog",
    "prepare", "push", "watch-qa", "tag", "watch-release", "clean-up", "integrate-master",
]  # fmt: skip  # the order of the process


def test_the_steps_are_the_steps_of_the_process_in_their_order() -> None:
    assert [step.name for step in STEPS] == NAMES
    assert [STEPS_BY_NAME[name] for name in NAMES] == list(STEPS)


def test_each_step_needs_only_earlier_steps() -> None:
    for at, step in enumerate(STEPS):
        assert set(step.needs) <= set(NAMES[:at]), step.name


def test_the_late_steps_follow_the_push() -> None:
    assert list(LATE_STEPS) == NAMES[NAMES.index("push") + 1 :]


def test_each_title_is_one_sentence_without_its_full_stop() -> None:
    for step in STEPS:
        assert step.title[0].isupper()
        assert not step.title.endswith(".")
