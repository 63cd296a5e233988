"""Plan: what one release is, and what the names of tags and branches say. No process is started here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from patchwright.halts import VersionConflict
from patchwright.invocation import corrected_command
from patchwright.settings import Settings
from patchwright.versions import NUMBER, release_numbers

_FINAL = re.compile(rf"{NUMBER}(?:\.{NUMBER}){{1,2}}", re.ASCII)
_SERIES = re.compile(rf"{NUMBER}\.{NUMBER}", re.ASCII)


@dataclass(frozen=True)
class Plan:
    """One patch release, decided before anything happens. Commits have full names; the date is ISO 8601.

    `picks` is None until the patches have been chosen. Those in `again` are picked even if the release branch
    seems to have them. Those in `release_only` stay on the release branch.
    """

    series: str
    version: str
    tag: str
    branch: str
    previous_version: str
    previous_tag: str
    previous: str
    date: str
    message: str | None
    picks: tuple[str, ...] | None
    skip_check: bool = False
    again: tuple[str, ...] = ()
    integrate_later: bool = False
    release_only: tuple[str, ...] = ()
    version_source: str = "auto"

    @property
    def fields(self) -> dict[str, str]:
        """The values of the settings' `{...}` fields in this release; only the tag step knows `{message}`."""
        return {"version": self.version, "series": self.series, "date": self.date}

    @property
    def integration_branch(self) -> str:
        """The short name of the branch from which the pull request brings the release to the mainline."""
        return integration_branch(self.tag)


@dataclass(frozen=True)
class PublishedRelease:
    """One final release of a series, known by its tag on the remote."""

    version: str
    tag: str
    commit: str

    @property
    def order(self) -> tuple[int, ...]:
        """The numbers by which releases of a series are sorted; X.Y is X.Y.0."""
        return release_numbers(self.version)


def published_releases(refs: Mapping[str, str], series: str, settings: Settings) -> list[PublishedRelease]:
    """Return the final releases of a series by the remote's tags, the highest one last."""
    found = []
    before, _, after = settings.tag.partition("{version}")
    prefix = f"refs/tags/{before}{series}"
    for ref in refs:
        if not ref.startswith(prefix) or not ref.endswith(after) or ref.endswith("^{}"):
            continue
        tag = ref.removeprefix("refs/tags/")
        version = tag[len(before) : len(tag) - len(after)]
        if _FINAL.fullmatch(version) and (version == series or version.startswith(f"{series}.")):
            found.append(PublishedRelease(version, tag, refs.get(f"{ref}^{{}}", refs[ref])))
    return sorted(found, key=lambda release: (release.order, release.version))


def all_series(refs: Mapping[str, str], settings: Settings) -> list[str]:
    """Return the series that have a release branch on the remote, in the order of their numbers."""
    before, _, after = settings.release_branch.partition("{series}")
    prefix = f"refs/heads/{before}"
    names = (
        ref[len(prefix) : len(ref) - len(after)]
        for ref in refs
        if ref.startswith(prefix) and ref.endswith(after)
    )
    return sorted((name for name in names if _SERIES.fullmatch(name)), key=release_numbers)


def require_asserted(asserted: str | None, version: str, why: str) -> None:
    """Raise VersionConflict if an exact version was typed and is not the next one. `why` is a clause."""
    if asserted is not None and release_numbers(asserted) != release_numbers(version):
        raise VersionConflict(
            f"--version names {asserted}, but the next release is {version}: {why}.",
            next_command=corrected_command(".".join(version.split(".")[:2]), version=version),
        )


def integration_branch(tag: str) -> str:
    """Return the short name of the branch from which a pull request brings a release to the mainline."""
    return f"patchwright/integrate-{tag}"


def release_branch(series: str, settings: Settings) -> str:
    """Return the short name of a series' release branch."""
    return settings.release_branch.replace("{series}", series)


def tag_name(version: str, settings: Settings) -> str:
    """Return the name of a version's tag."""
    return settings.tag.replace("{version}", version)
