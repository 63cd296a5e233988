"""Tasks for the people who work on patchwright: `inv dev.*`. The wheel leaves them out."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from invoke import Collection, Context, task

ROOT = Path(__file__).parent.parent
# The programs of the environment that runs inv: it need not be activated.
PROGRAMS = Path(sys.executable).parent
WORKERS = 2
_ONLY = "run only the tests that match this expression (pytest's -k)"
_PATH = "run only the tests below this file or directory"


def _python(c: Context, *arguments: str) -> None:
    """Run this Python in the root of the project, with its programs first on PATH."""
    path = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with c.cd(str(ROOT)):
        c.run(shlex.join([sys.executable, *arguments]), env={"PATH": path}, pty=sys.stdout.isatty())


def _pytest(c: Context, marked: str, only: str | None, path: str | None) -> None:
    chosen = ["-k", only] if only else []
    _python(c, "-m", "pytest", "-n", str(WORKERS), "-m", marked, *chosen, *([path] if path else []))


@task(name="test", help={"only": _ONLY, "path": _PATH}, auto_shortflags=False)
def units(c: Context, only: str | None = None, path: str | None = None) -> None:
    """Run the unit tests and the property tests; they start no processes."""
    _pytest(c, "not journey", only, path)


@task(help={"only": _ONLY, "path": _PATH}, auto_shortflags=False)
def journeys(c: Context, only: str | None = None, path: str | None = None) -> None:
    """Run the journeys: real git, hatch, towncrier and gh on the practice ground."""
    _pytest(c, "journey", only, path)


@task(help={"histories": "how many histories are made"}, auto_shortflags=False)
def truth(c: Context, histories: int = 2000) -> None:
    """Compare what patchwright believes with the truth in many generated histories."""
    workers = ["-n", str(WORKERS)]
    _python(c, "-m", "pytest", *workers, "--histories", str(histories), "tests/patches/test_truth.py")


@task(help={"fix": "repair what ruff can repair"}, auto_shortflags=False)
def lint(c: Context, fix: bool = False) -> None:  # noqa: FBT001, FBT002  Invoke makes a flag of it
    """Check the code and its format with ruff."""
    _python(c, "-m", "ruff", "check", *(["--fix"] if fix else []))
    _python(c, "-m", "ruff", "format", *([] if fix else ["--check"]))


@task
def types(c: Context) -> None:
    """Check the types with mypy."""
    _python(c, "-m", "mypy")


@task(
    help={"rounds": "how often a release is timed", "repeat": "how many runs are watched"},
    auto_shortflags=False,
)
def bench(c: Context, rounds: int = 3, repeat: int = 3) -> None:
    """Measure what the project promises about speed, as ratios."""
    _python(c, "benchmarks/release.py", "--rounds", str(rounds))
    _python(c, "benchmarks/watching.py", "--repeat", str(repeat))


@task
def transcripts(c: Context) -> None:
    """Record the golden transcript again: every program that a release starts."""
    _python(c, "tests/record_transcripts.py")


@task
def pictures(c: Context) -> None:
    """Draw the pictures of the documentation again, from real runs."""
    _python(c, "documentation/pictures.py")


@task(
    help={
        "repository": "path of a clone whose past patch releases are made again",
        "series": "replay only releases of this series, as in 1.24",
        "limit": "replay only the last releases, this many",
    },
    auto_shortflags=False,
)
def replay(c: Context, repository: str, series: str | None = None, limit: int | None = None) -> None:
    """Make past patch releases of a repository again, and compare them with the originals."""
    chosen = [*(["--series", series] if series else []), *(["--limit", str(limit)] if limit else [])]
    _python(c, "tests/replay.py", str(Path(repository).expanduser().absolute()), *chosen)


@task
def package(c: Context) -> None:
    """Build the distributions in dist/ and check them; needs the extra `package`."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    _python(c, "-m", "build")
    built = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "dist").iterdir())
    _python(c, "-m", "twine", "check", "--strict", *built)
    _python(c, "-m", "check_wheel_contents", *(path for path in built if path.endswith(".whl")))


dev = Collection(
    "dev", units, journeys, truth, lint, types, bench, transcripts, pictures, replay, package
)  # fmt: skip  # in the order of the table in CONTRIBUTING.md
