"""The Invoke collection: names, flags and help of the tasks. `commands` has what each task does.

`inv --list` imports this module, so each command is imported only when its task runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from invoke import Collection, Context, Exit, Task, task

from patchwright.pipeline import STEPS, Step

_VERSIONS = "series to patch, such as 1.24 (or its exact next version, such as 1.24.3); or several: 1.23,1.24"
_VERSION = "series to patch, such as 1.24 (or its exact next version, such as 1.24.3)"
_SERIES = "series, such as 1.24 (or its exact next version, such as 1.24.3); optional if only one is possible"
_RELEASE_HELP = {
    "patches": "mainline commits to pick, comma-separated, or `none`; by default patchwright proposes them; "
    "SHA:again picks a commit even if the branch seems to have it",
    "message": "brief description for the message of the tag",
    "skip-check": "do not run linters, testers and docsgen here; QA still runs",
    "integrate-later": "do not build the integration before the push; resolve conflicts after publication",
    "release-only": "commits of the release branch that stay there, comma-separated: the mainline gets none",
    "yes": "take the proposed patches and publish without asking",
    "published": "finish an exact version that was published although no release run shows it",
}
_STEP_HELP = {**_RELEASE_HELP, "yes": "take the proposed patches without asking"}
_LISTS = ("patches",)


def _step_task(step: Step) -> Task[Callable[..., None]]:
    def body(c: Context, version: str | None = None) -> None:
        _run_step(c, step, version=version)

    def body_with_patches(
        c: Context,
        version: str | None = None,
        patches: list[str] | None = None,
        yes: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    ) -> None:
        _run_step(c, step, version=version, patches=patches or (), yes=yes)

    chosen = body_with_patches if step.name == "pick" else body
    chosen.__doc__ = f"{step.title}."
    taken = [name for name in ("patches", "yes") if name in inspect.signature(chosen).parameters]
    return Task(
        chosen,
        name=step.name,
        help={"version": _SERIES, **{name: _STEP_HELP[name] for name in taken}},
        iterable=[name for name in taken if name in _LISTS],
        auto_shortflags=False,
    )


def _run_step(c: Context, step: Step, **flags: object) -> None:
    from patchwright.commands import step as command  # noqa: PLC0415  `inv --list` does not need it

    command.run(c, step, **flags)


_STEP_TASKS = [_step_task(step) for step in STEPS]


def _release_task(
    name: str, description: str, version: str, run: Callable[..., None]
) -> Task[Callable[..., None]]:
    """Return a task with the flags of a whole release: `release.patch` or `release.rehearse`."""

    def body(  # noqa: PLR0913  one parameter for each flag
        c: Context,
        version: str | None = None,
        patches: list[str] | None = None,
        message: str | None = None,
        skip_check: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
        integrate_later: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
        yes: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
        published: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
        release_only: list[str] | None = None,
    ) -> None:
        run(
            c, version=version, patches=patches or (), message=message,
            skip_check=skip_check, integrate_later=integrate_later, yes=yes, published=published,
            release_only=release_only or (),
        )  # fmt: skip  # what is released, then how

    body.__doc__ = description
    return Task(
        body,
        name=name,
        help={"version": version, **_RELEASE_HELP},
        iterable=["patches", "release_only"],
        auto_shortflags=False,
    )


def _patch(c: Context, **flags: object) -> None:
    from patchwright.commands import patch as command  # noqa: PLC0415  `inv --list` does not need it

    command.run(c, **flags)


def _rehearse(c: Context, **flags: object) -> None:
    from patchwright.commands import rehearse as command  # noqa: PLC0415  `inv --list` does not need it

    raise Exit(code=command.run(c, **flags))


# Invoke runs equal `post` tasks only once, so the steps are no `post` tasks: each release runs its own.
patch = _release_task(
    "patch", "Make a patch release, from the release branch to the mainline.", _VERSIONS, _patch
)
rehearse = _release_task(
    "rehearse",
    "Rehearse the whole release on a throwaway copy of origin, with a stand-in for GitHub.",
    _VERSION,
    _rehearse,
)


@task(
    help={
        "version": _VERSION,
        "patches": _RELEASE_HELP["patches"],
        "message": _RELEASE_HELP["message"],
        "json": "print one JSON object and nothing else",
    },
    iterable=["patches"],
    auto_shortflags=False,
)
def preview(
    c: Context,
    version: str | None = None,
    patches: list[str] | None = None,
    message: str | None = None,
    json: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
) -> None:
    """Show what the release would make public; change nothing."""
    from patchwright.commands import preview as command  # noqa: PLC0415  `inv --list` does not need it

    command.run(c, version=version, patches=patches or (), message=message, as_json=json)


@task(help={"version": _SERIES, "json": "print one JSON object and nothing else"}, auto_shortflags=False)
def status(c: Context, version: str | None = None, json: bool = False) -> None:  # noqa: FBT001, FBT002  Invoke makes a flag of it
    """Show every step of the release with its evidence, and the next command; change nothing."""
    from patchwright.commands import status as command  # noqa: PLC0415  `inv --list` does not need it

    command.run(c, version, as_json=json)


@task(
    help={
        "version": "series of the release to give up, such as 1.24; or version to close, such as 1.24.3",
        "yes": "close a public version without asking",
    },
    auto_shortflags=False,
)
def abandon(c: Context, version: str | None = None, yes: bool = False) -> None:  # noqa: FBT001, FBT002  Invoke makes a flag of it
    """Give up a release: delete its private work, or close a public version that was never published."""
    from patchwright.commands import abandon as command  # noqa: PLC0415  `inv --list` does not need it

    command.run(c, version, yes=yes)


@task(
    help={
        "patches": "where the patches were developed: mainline or release-branch",
        "fail": "the workflow that fails: qa or release",
        "newer-series": "publish 1.25.0 first, so that 1.24.1 goes below it in the changelog",
        "version-source": "where the project's version comes from: file or tag",
        "by-hand": "only create the practice ground; you run every task yourself",
        "keep": "keep the stand-in running until Ctrl-C, so that you can run tasks there",
        "directory": "new directory for the practice ground; by default a temporary one",
    },
    auto_shortflags=False,
)
def practice(  # noqa: PLR0913  one parameter for each flag
    c: Context,
    patches: str = "mainline",
    fail: str = "",
    newer_series: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    by_hand: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    keep: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    directory: str | None = None,
    version_source: str = "file",
) -> None:
    """Make a small project and a stand-in for GitHub, and run a whole patch release there."""
    from patchwright.commands import practice as command  # noqa: PLC0415  `inv --list` does not need it

    status = command.run(
        c,
        patches=patches,
        fail=fail,
        directory=directory,
        newer_series=newer_series,
        by_hand=by_hand,
        keep=keep,
        version_source=version_source,
    )
    raise Exit(code=status)


release = Collection("release", patch, preview, status, abandon, rehearse, *_STEP_TASKS)
ns = Collection(release, practice)
