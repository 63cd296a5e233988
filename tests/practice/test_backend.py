"""The stand-in has every part that its API and its commands for curl use, with the same parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import get_type_hints

import pytest

from patchwright.practice.backend import Backend, Controls
from patchwright.practice.github import StandIn


def parameters(function: Callable[..., object]) -> list[tuple[str, object]]:
    """Return the names of a function's parameters, with how each is given."""
    return [(one.name, one.kind) for one in inspect.signature(function).parameters.values()]


def methods(protocol: type) -> dict[str, Callable[..., object]]:
    """Return the methods that a protocol requires, by name."""
    return {name: one for name, one in vars(protocol).items() if inspect.isfunction(one) and name[0] != "_"}


@pytest.mark.parametrize("protocol", [Backend, Controls])
def test_the_stand_in_has_every_method(protocol: type) -> None:
    required = methods(protocol)
    assert required
    for name, method in required.items():
        assert parameters(getattr(StandIn, name)) == parameters(method), name


def test_the_stand_in_has_every_part(memory_standin: StandIn) -> None:
    parts = get_type_hints(Backend)
    assert parts
    for name, kind in parts.items():
        part = getattr(memory_standin, name)
        if inspect.isclass(kind) and name != "hosting":
            # The hosting of a unit test is in memory.
            assert isinstance(part, kind), name


def test_a_run_that_does_not_exist_raises_a_lookup_error(memory_standin: StandIn) -> None:
    backend: Backend = memory_standin
    for method in (backend.run, backend.rerun, backend.approve):
        with pytest.raises(LookupError):
            method(1)
