"""Replay past patch releases: `python tests/replay.py REPOSITORY [--series X.Y] [--limit N]`.

For each patch release that was made on a release branch, a clone is taken back to just before it: the
release branch without the commits that were picked from the mainline, the mainline without the release's
section. Then patchwright proposes the picks, makes the release on a bare origin on this disk (towncrier
itself builds the section), and integrates the maintainers' own release into the mainline as it was. Compared
are the picks with the maintainers', and the mainline's changelog with what they left there.

Nothing of the repository is changed: its objects are borrowed. There is no GitHub; its steps are left out.
"""

# ruff: noqa: T201  a table is what it is for

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from patchwright.halts import Halt
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from replaying import compare, past as history, redo
from replaying.compare import Verdict
from replaying.past import Line, Past, Tagged, Unfit

COLUMNS = "{:<12} {:>5} {:>5} {:<15} {:<22} {:<18} {}"
CRASH = "crash"


@dataclass(frozen=True)
class Replay:
    """What came of one release; the verdicts are None where it was not replayed, and `unfit` says why."""

    version: str
    unfit: str = ""
    expected: int = 0
    own: int = 0
    picks: Verdict | None = None
    made: Verdict | None = None
    mainline: Verdict | None = None
    seconds: float = 0.0


def main(argv: list[str]) -> int:
    """Replay, print the table and the totals; return 1 where anything crashed, 2 for no such repository."""
    options = _options(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="replay-") as place:
            replays = list(_replays(options, Path(place)))
    except (Halt, Unfit) as problem:
        print(f"{options.repository} can't be replayed: {problem}", file=sys.stderr)
        return 2
    crashed = [
        one for one in replays if any(v and v.word == CRASH for v in (one.picks, one.made, one.mainline))
    ]
    if options.json:
        print(json.dumps([asdict(one) for one in replays], indent=1))
    else:
        _print_totals(replays)
    return 1 if crashed else 0


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="replay", description="Replay past patch releases of a repository.")
    parser.add_argument("repository", type=Path)
    parser.add_argument("--series", help="only releases of this series, as 1.24")
    parser.add_argument("--limit", type=int, help="only the last N releases")
    parser.add_argument("--mainline", help="the mainline's branch; default: HEAD's, else main or master")
    parser.add_argument("--verbose", action="store_true", help="print tracebacks, and the reasons in full")
    parser.add_argument("--json", action="store_true", help="print one JSON list and nothing else")
    return parser.parse_args(argv)


def _replays(options: argparse.Namespace, place: Path) -> Iterator[Replay]:
    lab = redo.Lab(options.repository.resolve(), place)
    source = Git(Shell(options.repository), options.repository)
    mainline = source.ref(history.mainline_of(source, options.mainline))
    pairs = history.pairs(history.tags_of(source), options.series)
    if not options.json:
        print(COLUMNS.format("release", "picks", "own", "proposal", "release made", "mainline", "why"))
    line = Line(lab.bare, str(mainline))
    for last, this in pairs[-options.limit :] if options.limit else pairs:
        began = time.monotonic()
        with lab.state():
            replay = _replay(lab, line, last, this, verbose=options.verbose)
        replay = Replay(**{**replay.__dict__, "seconds": round(time.monotonic() - began, 1)})
        if not options.json:
            _print_row(replay, verbose=options.verbose)
        yield replay


def _replay(lab: redo.Lab, line: Line, last: Tagged, this: Tagged, *, verbose: bool) -> Replay:
    try:
        past = history.past(lab.bare, line, last, this)
        base, off = history.rewound(lab.bare, past)
        settings = redo.configured(lab, past, lab.bare)
    except Unfit as problem:
        return Replay(this.version, unfit=str(problem))
    except Exception as error:  # noqa: BLE001  an odd repository is a row of the table, not the end of it
        return Replay(this.version, picks=_crash(error, verbose=verbose))
    expected = past if off else _without_picks(past)
    proposal = _guarded(lambda: _proposal(lab, expected, base, settings), verbose=verbose)
    made = _guarded(lambda: _made(lab, expected, base, settings), verbose=verbose)
    mainline = _guarded(lambda: _integrated(lab, past, settings), verbose=verbose)
    return Replay(this.version, "", len(expected.picks), len(past.own), proposal, made, mainline)


def _without_picks(past: Past) -> Past:
    """Return the release as one whose branch holds the picks already."""
    return Past(past.last, past.this, past.marks, past.mainline, past.integrated, {}, past.own)


def _proposal(lab: redo.Lab, past: Past, base: str, settings: dict[str, object]) -> Verdict:
    _, judged = redo.propose(lab, past, base, settings)
    return compare.picks(past, judged)


def _made(lab: redo.Lab, past: Past, base: str, settings: dict[str, object]) -> Verdict:
    release, _ = redo.propose(lab, past, base, settings)
    redo.make(release, tuple(past.picks))
    differing = redo.differing(lab, past, release.origin.branch_tip)
    if not differing:
        return Verdict("same tree", same=True)
    return Verdict("other tree", same=False, why=f"the trees differ in {', '.join(differing[:5])}")


def _integrated(lab: redo.Lab, past: Past, settings: dict[str, object]) -> Verdict:
    release = redo.integrate(lab, past, settings)
    return compare.mainline(lab.git, past, release.origin.mainline_tip)


def _guarded(part: Callable[[], Verdict], *, verbose: bool) -> Verdict:
    try:
        return part()
    except Halt as halt:
        return Verdict(f"halt: {halt.kind}", same=False, why=" ".join([halt.cause, *halt.evidence[:8]]))
    except Exception as error:  # noqa: BLE001  an odd repository is a row of the table, not the end of it
        return _crash(error, verbose=verbose)


def _crash(error: Exception, *, verbose: bool) -> Verdict:
    if verbose:
        traceback.print_exception(error)
    return Verdict(CRASH, same=False, why=repr(error))


def _print_row(one: Replay, *, verbose: bool) -> None:
    if one.unfit:
        print(COLUMNS.format(one.version, "", "", "-", "-", "-", one.unfit))
        return
    verdicts = (one.picks, one.made, one.mainline)
    words = [verdict.word if verdict else "-" for verdict in verdicts]
    why = " | ".join(verdict.why for verdict in verdicts if verdict and verdict.why)
    shown = why if verbose else why[:300]
    print(COLUMNS.format(one.version, one.expected, one.own, *words, shown.replace("\n", " ")), flush=True)


def _print_totals(replays: list[Replay]) -> None:
    fit = [one for one in replays if not one.unfit]
    print()
    print(f"{len(replays)} patch releases, {len(fit)} replayed, {sum(one.seconds for one in replays):.0f} s")
    for reason, count in Counter(one.unfit for one in replays if one.unfit).most_common():
        print(f"  not replayed: {count} because {reason}")
    _print_part("picks proposed as the maintainers picked", [one.picks for one in fit])
    _print_part("release made, tree as theirs", [one.made for one in fit])
    _print_part("mainline's changelog as they left it", [one.mainline for one in fit])


def _print_part(title: str, verdicts: list[Verdict | None]) -> None:
    counted = [verdict for verdict in verdicts if verdict and verdict.counts]
    same = sum(verdict.same for verdict in counted)
    share = f" ({100 * same / len(counted):.0f} %)" if counted else ""
    print(f"{title}: {same} of {len(counted)}{share}")
    for word, count in Counter(verdict.word for verdict in verdicts if verdict).most_common():
        print(f"  {count:>4} {word}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
