"""What the project promises about speed, as ratios, side by side in one run.

A whole release against a plain script of the written process, `inv --list` against a bare collection, and
`release.status` on a large repository against the practice project.

    python benchmarks/release.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from patchwright.practice.github import StandIn
from patchwright.practice.ground import ground_environment
from patchwright.practice.project import Project, make_project

BIN = Path(sys.executable).parent
INV = str(BIN / "inv")
COMMITS, TAGS, FRAGMENTS = 100_000, 5_000, 1_000

# The written process, command by command, as a person would paste it; what it leaves to the reader (hashes,
# run ids, the fragments' names) is filled in as a shell can.
WRITTEN = """
set -e
export GH_REPO=github.localhost/practice/almanac
picks=$(git log --reverse --format=%H --grep='^Repair' origin/release-1.24..master)
git status && git pull origin master
hatch --env develop run linters
hatch --env develop run testers
hatch --env develop run docsgen
git checkout release-1.24
git pull origin release-1.24
for commit in $picks; do git cherry-pick $commit; done
hatch version patch
git commit -am "Version: $(hatch version)"
hatch --env develop run towncrier build --keep --version $(hatch version)
git commit -am "Update changelog for v$(hatch version) patch release."
changelog=$(git rev-parse HEAD)
git push origin release-1.24
gh run list --workflow=qa --limit=1
run=$(gh run list --workflow=qa --limit=1 --json databaseId --jq .[0].databaseId)
gh run watch $run --interval INTERVAL --compact
git tag -s -m "Release v$(hatch version) patch: Repairs." v$(hatch version)
git push --tags
gh run list --workflow=release --limit=1
run=$(gh run list --workflow=release --limit=1 --json databaseId --jq .[0].databaseId)
gh run watch $run --interval INTERVAL --compact
git rm .auxiliary/data/towncrier/*.rst
git commit -m "Clean up news fragments."
cleanup=$(git rev-parse HEAD)
git push origin release-1.24
git checkout master && git pull origin master
git cherry-pick $changelog
git cherry-pick $cleanup
git push origin master
"""


def main() -> None:
    """Run the three comparisons and print their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as temporary:
        root = Path(temporary)
        compare_releases(root, rounds)
        compare_lists(root, 10 * rounds)
        compare_statuses(root, rounds)


def compare_releases(root: Path, rounds: int) -> None:
    """Time a whole release, less the time that the stand-in's runs take."""
    kinds: dict[str, Callable[[Project, Mapping[str, str]], None]] = {
        "patchwright": lambda project, env: run(
            [INV, "release.patch", "--version", "1.24"], project.clone, env
        ),
        "written, --interval 1": lambda project, env: script(project, env, 1),
        "written, --interval 30": lambda project, env: script(project, env, 30),
    }
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds + 1):
        for at, (kind, release) in enumerate(kinds.items()):
            seconds = timed_release(root / f"release-{number}-{at}", root, release)
            # The first round makes Hatch's environments and warms the disk.
            if number or rounds == 0:
                took[kind].append(seconds)
    report("a whole release, less the runs", took, "patchwright", 0.8)


def timed_release(place: Path, root: Path, release: Callable[[Project, Mapping[str, str]], None]) -> float:
    """Return the seconds that a release took beyond the runs that it waited for."""
    with StandIn(place / "github", job_seconds=1.0) as standin:
        project = make_project(place / "ground", standin)
        env = ground(standin, place, root)
        run(
            ["git", "branch", "--quiet", "--track", "release-1.24", "origin/release-1.24"], project.clone, env
        )
        began = time.perf_counter()
        release(project, env)
        took = time.perf_counter() - began
        awaited = standin.runs[:2]
        spans = [standin.state(one) for one in awaited]
        return took - sum(
            state.updated_at - one.created_at for one, state in zip(awaited, spans, strict=True)
        )


def script(project: Project, env: Mapping[str, str], interval: int) -> None:
    """Run the written process as a shell script."""
    run(["bash", "-c", WRITTEN.replace("INTERVAL", str(interval))], project.clone, env)


def compare_lists(root: Path, rounds: int) -> None:
    """Time `inv --list` on patchwright's collection and on one with a single empty task."""
    ours, bare = root / "ours", root / "bare"
    for place, text in ((ours, "from patchwright import ns\n"), (bare, BARE)):
        place.mkdir()
        (place / "tasks.py").write_text(text)
    took: dict[str, list[float]] = {"patchwright": [], "bare": []}
    for _ in range(rounds + 1):
        for kind, place in (("patchwright", ours), ("bare", bare)):
            began = time.perf_counter()
            run([INV, "--list"], place, os.environ)
            took[kind].append(time.perf_counter() - began)
    report("inv --list", {kind: seconds[1:] for kind, seconds in took.items()}, "patchwright", 1.15)


BARE = '''from invoke import Collection, task

@task
def nothing(c):
    """Do nothing."""

ns = Collection(nothing)
'''


def compare_statuses(root: Path, rounds: int) -> None:
    """Time `release.status` on a repository of many commits and tags and on the practice project."""
    with StandIn(root / "large" / "github") as large, StandIn(root / "small" / "github") as small:
        projects = {
            "large": (make_project(root / "large" / "ground", large), ground(large, root / "large", root)),
            "practice": (make_project(root / "small" / "ground", small), ground(small, root / "small", root)),
        }
        grow(*projects["large"])
        took: dict[str, list[float]] = {kind: [] for kind in projects}
        for _ in range(rounds + 1):
            for kind, (project, env) in projects.items():
                began = time.perf_counter()
                run([INV, "release.status", "--version", "1.24"], project.clone, env)
                took[kind].append(time.perf_counter() - began)
    report(
        f"release.status, {COMMITS} commits",
        {kind: seconds[1:] for kind, seconds in took.items()},
        "large",
        1.5,
    )


def grow(project: Project, env: Mapping[str, str]) -> None:
    """Give origin's mainline many commits, tags and fragments, and fetch them."""
    stream = []
    who = "Ada <ada@example.org> 1700000000 +0000"
    for number in range(COMMITS):
        tree = f"M 100644 inline filler/{number % 500}.txt\ndata {len(str(number))}\n{number}\n"
        if number < FRAGMENTS:
            tree += (
                f"M 100644 inline .auxiliary/data/towncrier/{5000 + number}.enhance.rst\ndata 6\nMore.\n\n"
            )
        onto = "from refs/heads/master^0\n" if number == 0 else ""
        stream.append(
            f"commit refs/heads/master\nmark :{number + 1}\ncommitter {who}\ndata 5\nMore.\n{onto}{tree}"
        )
    stream += [f"reset refs/tags/old-{number}\nfrom :{number + 1}\n\n" for number in range(TAGS)]
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=project.origin,
        env=env,
        input="".join(stream).encode(),
        check=True,
    )
    run(["git", "gc", "--quiet"], project.origin, env)
    run(["git", "pull", "--quiet", "--tags", str(project.origin), "master"], project.clone, env)


def ground(standin: StandIn, place: Path, root: Path) -> dict[str, str]:
    """Return the environment of a practice ground; Hatch's environments are shared by all of a run."""
    surrounding = ground_environment(standin, place, BIN)
    return {
        **os.environ,
        **surrounding,
        "HATCH_DATA_DIR": str(root / "data"),
        "XDG_CACHE_HOME": str(root / "cache"),
    }


def run(argv: list[str], cwd: Path, env: Mapping[str, str]) -> None:
    """Run a program that must succeed."""
    done = subprocess.run(
        argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        sys.exit(f"{argv[0]} failed:\n{done.stdout}{done.stderr}")


def report(what: str, took: Mapping[str, list[float]], measured: str, goal: float) -> None:
    """Print the medians, and the ratio of one kind to each other one."""
    medians = {kind: statistics.median(seconds) for kind, seconds in took.items()}
    print(f"{what}:")
    for kind, seconds in medians.items():
        print(f"  {kind:<24} {seconds:6.2f} s")
    for kind, seconds in medians.items():
        if kind != measured:
            ratio = medians[measured] / seconds
            print(f"  {measured} / {kind}: {ratio:.2f} (goal: {goal} or less)")


if __name__ == "__main__":
    main()
