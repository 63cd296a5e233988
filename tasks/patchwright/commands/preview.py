"""`release.preview`: build a release in a throwaway copy, and show what it would make public."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from invoke import Context

from patchwright.commands.status import find_proof
from patchwright.engine import session
from patchwright.engine.runner import module_of
from patchwright.halts import AlreadyPublished, BranchConflict, Halt, combine
from patchwright.history.candidate import Candidate
from patchwright.patches import choice
from patchwright.pipeline import STEPS, STEPS_BY_NAME
from patchwright.preflight import problems
from patchwright.progress import SilentProgress
from patchwright.publication.overview import Overview, find_overview
from patchwright.releases import copies
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, Request, parse_request
from patchwright.report.terminal import Report
from patchwright.text import safe_line, safe_text
from patchwright.tools import maintainer
from patchwright.tools.git import Clone, Git
from patchwright.tools.git_output import Commit
from patchwright.tools.shell import Shell

SCHEMA = 1
# The steps that build the release. `check` builds nothing, and the later steps publish.
_BUILDING = ("checkout", "pick", "bump", "changelog", "prepare")


@dataclass(frozen=True)
class Preview:
    """What a release would be: its candidates, what it would make public, and what prevents it.

    `overview` is None if the release cannot be built. The last problem says why.
    """

    candidates: list[Candidate]
    overview: Overview | None
    problems: list[Halt]


def run(c: Context, *, as_json: bool, **flags: object) -> None:
    """Print the preview of the release that the flags describe, as text or as one JSON object."""
    report = session.new_report(c, as_json=as_json)
    with session.one_document(halted_document) if as_json else contextlib.nullcontext() as print_document:
        _run(c, report, print_document, **flags)


def _run(
    c: Context, report: Report, print_document: Callable[[dict[str, object]], None] | None, **flags: object
) -> None:
    """Print the preview as text, or give it to `print_document`."""
    with session.report_halts(c, report):
        request = parse_request(Flags(**flags))  # type: ignore[arg-type]  # the flags of the collection
        running = session.start(c, request, report, only_asks=True, task="preview")
        preview = find_preview(running.release, request)
        if print_document:
            print_document(as_document(running.release, preview))
        else:
            show(running.release, preview, report)
        running.close()


def show_plan(release: Release, request: Request, report: Report) -> None:
    """Show what `release.patch` would do, step by step. Raise one halt for all problems. Change nothing."""
    preview = find_preview(release, request)
    show(release, replace(preview, problems=[]), report)
    rows = []
    for step in STEPS[1:]:
        evidence = find_proof(release, step)
        rows.append(("done" if evidence else "to do", step.name, evidence or f"{step.title}."))
    report.chapter("The steps")
    report.facts(rows)
    if preview.problems:
        raise combine(preview.problems)


def find_preview(release: Release, request: Request) -> Preview:
    """Return the preview of a release. The clone, its refs and its worktrees do not change.

    A problem that a check has found is not repeated as what would stop the build.
    """
    candidates: list[Candidate] = []
    halts = problems.find_problems(problems.relevant_checks(release), release)
    found = list(combine(halts).parts) if halts else []
    if any(isinstance(halt, AlreadyPublished) for halt in found):
        # Nothing else matters for a version that was public before, and it is not built again.
        return Preview([], None, found)
    if request.patches is not None:
        choice.choose_named(release, request.patches)
    elif release.plan.picks is None and not release.origin.tag:
        candidates = choice.collect_candidates(release)
        release.choose(choice.proposed_commits(candidates))
    try:
        return Preview(candidates, build_overview(release), found)
    except Halt as halt:
        causes = {problem.cause for problem in found}
        others = [part for part in halt.parts if part.cause not in causes]
        return Preview(
            candidates, None, [*found, *(halt_at(halt.step, part) if halt.step else part for part in others)]
        )


def build_overview(release: Release) -> Overview:
    """Build a release in a throwaway copy, and return what it would make public.

    Raise the halt that the release would meet, with its step.
    """
    if release.origin.tag or module_of(STEPS_BY_NAME["prepare"]).proof(release):
        return find_overview(release)
    with _copied(release) as copy:
        for name in _BUILDING:
            try:
                _do(name, copy)
            except Halt as halt:
                halt.step = name
                raise
        overview = find_overview(copy)
    return replace(overview, repository=release.repo.full_slug if release.repo else release.settings.remote)


def show(release: Release, preview: Preview, report: Report) -> None:
    """Print a preview."""
    report.headline(release)
    report.candidates(preview.candidates)
    if preview.overview:
        report.present(preview.overview.chapters(with_names=False))
    for problem in preview.problems:
        report.present([(f"Problem: {problem.cause}", [*problem.evidence, *problem.remedy])])


def as_document(release: Release, preview: Preview) -> dict[str, object]:
    """Return the object that `release.preview --json` prints (schema 1)."""
    overview = preview.overview
    return {
        "schema": SCHEMA,
        "version": release.plan.version,
        "tag": release.plan.tag,
        "candidates": [
            {
                "sha": one.commit.sha,
                "subject": safe_line(one.commit.subject),
                "verdict": one.verdict,
                "reason": safe_line(one.reason),
            }
            for one in preview.candidates
        ],
        "tag_message": safe_text(overview.tag_message) if overview else None,
        "changelog": {"path": overview.changelog, "section": safe_text(overview.section)}
        if overview
        else None,
        "commits": {
            branch: None if commits is None else [_commit_row(commit) for commit in commits]
            for branch, commits in overview.commits.items()
        }
        if overview
        else None,
        "problems": [problem.as_json() for problem in preview.problems],
        "halt": None,
    }


def halted_document(halt: Halt) -> dict[str, object]:
    """Return the object that `release.preview --json` prints if a halt keeps it from an answer (schema 1)."""
    return {
        "schema": SCHEMA,
        **dict.fromkeys(("version", "tag", "tag_message", "changelog", "commits")),
        "candidates": [],
        "problems": [problem.as_json() for problem in halt.problems or (halt,)],
        "halt": halt.as_json(),
    }


def _commit_row(commit: Commit) -> dict[str, str]:
    # The names of commits differ each time that they are built.
    return {"subject": safe_line(commit.subject), "author": safe_line(commit.author)}


def _do(name: str, release: Release) -> None:
    """Run a step of the copy: proof, act, proof."""
    step = module_of(STEPS_BY_NAME[name])
    if step.proof(release) is None:
        step.act(release)
        release.refresh()
        step.proof(release)


def halt_at(name: str, halt: Halt) -> Halt:
    """Return a halt of the copy as a halt of the preview. A person cannot look at the copy any more."""
    rows = [row for row in halt.evidence if not row.startswith("worktree: ")]
    return BranchConflict(
        f"The release would halt at {name}: {halt.cause}",
        evidence=rows,
        remedy=["release.patch halts there before anything is public, and says how to continue."],
    )


@contextlib.contextmanager
def _copied(release: Release) -> Iterator[Release]:
    """Yield the same release in a throwaway copy of origin and of the clone. Nothing in it is signed."""
    with tempfile.TemporaryDirectory(prefix="patchwright-preview-", ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        # The name of the checkout may be that of a directory beside it, such as `hatch`.
        bare, clone = place / "origin.git", place / "clone" / release.clone.top.name
        copies.fetch_origin(release)
        written = release.git.quarantine.place
        copies.copy_origin(release, bare, [release.clone.common / "objects", *([written] if written else [])])
        copies.copy_clone(release, bare, clone)
        copies.configure(release, clone, str(bare))
        Git(Shell(clone), clone).act("config", "--add", "commit.gpgSign", "false")
        author = maintainer.read_maintainer(release.git)
        # Hatch keeps the environments of a project by its path: those of the copy go with it.
        shell = Shell(clone, variables={**author.environment, "HATCH_DATA_DIR": str(place / "hatch")})
        copy = Release(
            shell,
            replace(release.settings, sign=False),
            Clone(clone, clone / ".git", shallow=False, folder=release.clone.folder),
            SilentProgress(),
            place=place / "worktrees",
        )
        copy.resolve(release.plan)
        yield copy
