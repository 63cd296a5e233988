"""`release.rehearse`: run the whole release on a throwaway copy of origin."""

from __future__ import annotations

from invoke import Context

from patchwright.commands.practice import require_practice_extra
from patchwright.engine import session
from patchwright.releases.request import Flags, parse_request


def run(c: Context, **flags: object) -> int:
    """Rehearse the release that the flags describe, and return the exit status of the rehearsal."""
    report = session.new_report(c)
    with session.report_halts(c, report):
        request = parse_request(Flags(**flags))  # type: ignore[arg-type]  # the flags of the collection
        with require_practice_extra():
            from patchwright.practice import rehearsal  # noqa: PLC0415  it needs the extra `practice`
        running = session.start(c, request, report, only_asks=True, task="rehearse")
        status = rehearsal.run(running.release, request.arguments, report)
        running.close()
    return status
