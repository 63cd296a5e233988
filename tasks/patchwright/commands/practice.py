"""`practice`: run a whole release of a small project, with a stand-in for GitHub."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from invoke import Context

from patchwright.engine import session
from patchwright.halts import Prerequisite


def run(c: Context, **flags: Any) -> int:  # noqa: ANN401  `parse_options` states their types
    """Create the practice ground of the flags, run a release there, and return its exit status."""
    report = session.new_report(c)
    with session.report_halts(c, report):
        with require_practice_extra():
            from patchwright.practice import ground  # noqa: PLC0415  it needs the extra `practice`
        options = ground.parse_options(**flags)
        return ground.run(options, report)


@contextlib.contextmanager
def require_practice_extra() -> Iterator[None]:
    """Raise Prerequisite if the block imports a module that only the extra `practice` installs."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise Prerequisite(
            f"The extra `practice` is not installed: the module {missing.name} is missing.",
            next_command="pip install 'patchwright[practice]'",
        ) from None
