"""Versions: the numbers of a final version, the next patch version, and the comparison by PEP 440."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

# One number of a final version. The limit of nine digits keeps comparisons cheap.
NUMBER = r"(?:0|[1-9][0-9]{0,8})"


def release_numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a final version X.Y.Z. The third number of X.Y is 0."""
    numbers = tuple(int(part) for part in version.split("."))
    return numbers + (0,) * (3 - len(numbers))


def successor(version: str) -> str:
    """Return the next patch version after a final version."""
    major, minor, patch = release_numbers(version)
    return f"{major}.{minor}.{patch + 1}"


def same_version(one: str | None, other: str) -> bool:
    """Return whether two versions are equal by PEP 440. Text that is not a version equals nothing."""
    try:
        return one is not None and Version(one) == Version(other)
    except InvalidVersion:
        return False


def is_development_of(version: str, final: str) -> bool:
    """Return whether a version is a development version of a final one, such as 1.24.1.dev0 of 1.24.1."""
    try:
        parsed = Version(version)
    except InvalidVersion:
        return False
    is_plain = parsed.is_devrelease and parsed.pre is None and parsed.post is None
    return is_plain and same_version(parsed.base_version, final)


def same_series(one: str, other: str) -> bool:
    """Return whether the first two numbers of two versions are equal, as those of 1.24 and 1.24.3."""
    try:
        numbers = [(*Version(version).release, 0)[:2] for version in (one, other)]
    except InvalidVersion:
        return False
    return numbers[0] == numbers[1]
