"""Guards on what programs say of themselves, on messages, and on what is advised for signing."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, strategies as st
from pytest_subprocess import FakeProcess

from patchwright.halts import Prerequisite
from patchwright.preflight import guards
from patchwright.releases.plan import Plan
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell

PLAN = Plan(
    series="1.24",
    version="1.24.1",
    tag="v1.24.1",
    branch="release-1.24",
    previous_version="1.24.0",
    previous_tag="v1.24.0",
    previous="0" * 40,
    date="2026-01-01",
    message=None,
    picks=None,
)


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("git", "git version 2.39.5\n"),
        ("git", "git version 2.39.5 (Apple Git-154)\n"),
        ("git", "git version 3.0.0.rc1\n"),
        ("gh", "gh version 2.102.0 (2026-01-01)\nhttps://github.com/cli/cli/releases/tag/v2.102.0\n"),
        ("hatch", "Hatch, version 1.18.0\n"),
        ("towncrier", "Creating environment: develop\ntowncrier, version 26.9.0\n"),
    ],
)
def test_a_program_that_is_new_enough_is_told_from_what_it_says(name: str, stated: str) -> None:
    least = {
        "git": guards.GIT_AT_LEAST,
        "gh": guards.GH_AT_LEAST,
        "hatch": guards.HATCH_AT_LEAST,
        "towncrier": guards.TOWNCRIER_AT_LEAST,
    }
    guards.require_at_least(name, stated, least[name])


@pytest.mark.parametrize(
    "stated", ["git version 2.37.9\n", "git version 1.99\n", "", "2.39.5\n", "git\n", "gitoxide 2.4"]
)
def test_a_program_that_is_too_old_or_says_nothing_halts(stated: str) -> None:
    with pytest.raises(Prerequisite, match="git is too old: ") as told:
        guards.require_at_least("git", stated, (2, 38))
    assert told.value.remedy == ("Install git 2.38 or newer.",)


@given(st.text())
def test_whatever_a_program_says_is_a_version_or_halts(stated: str) -> None:
    try:
        guards.require_at_least("git", stated, (2, 38))
    except Prerequisite as told:
        assert told.cause.startswith("git is too old: ")  # noqa: PT017  what passes is asserted as well
    else:
        assert re.search(r"git\D*(\d+)\.(\d+)", stated, re.IGNORECASE)


def prepared(message: str | None = None, **settings: str) -> Release:
    """A release as far as its messages go: not prepared yet, or with a head of that message."""
    marks = SimpleNamespace(commits=(SimpleNamespace(message=message),))
    stub = SimpleNamespace(
        is_prepared=message is not None,
        head="f" * 40,
        landmarks=lambda _tip: marks,
        settings=Settings(**settings),  # type: ignore[arg-type]  # texts only
        plan=PLAN,
    )
    return cast("Release", stub)


@pytest.mark.parametrize(
    "marker",
    [
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
        "[SKIP CI]",
        "\n\nskip-checks: true",
    ],
)
def test_a_marker_that_keeps_github_from_starting_halts(marker: str) -> None:
    with pytest.raises(Prerequisite, match="QA would never start: the commit ffffffffff"):
        guards.require_startable(prepared(f"Mend it. {marker}"))


def test_a_marker_in_a_subject_of_the_settings_halts() -> None:
    with pytest.raises(Prerequisite, match=r"a subject in the settings says `\[no ci\]`"):
        guards.require_startable(prepared(version_subject="{version} [no ci]"))


def test_messages_without_a_marker_start_workflows() -> None:
    guards.require_startable(prepared())
    guards.require_startable(prepared("Skip ci in the documentation.\n\nSee [skip] and ci."))


@pytest.mark.parametrize(
    ("key", "public"),
    [
        ("/home/ada/.ssh/id_ed25519", "$(cat /home/ada/.ssh/id_ed25519.pub)"),
        ("/home/ada/.ssh/id_ed25519.pub", "$(cat /home/ada/.ssh/id_ed25519.pub)"),
        ("/home/ada/my key", "$(cat '/home/ada/my key.pub')"),
        ("key::ssh-ed25519 AAAA ada", "ssh-ed25519 AAAA ada"),
        ("ssh-ed25519 AAAA ada", "ssh-ed25519 AAAA ada"),
    ],
)
def test_the_advice_names_the_key_that_signs(key: str, public: str, fp: FakeProcess, tmp_path: Path) -> None:
    for name, value in (
        ("gpg.format", "ssh"),
        ("gpg.ssh.allowedSignersFile", "/home/ada/signers"),
        ("user.signingKey", key),
    ):
        fp.register(["git", "config", "--get", name], stdout=f"{value}\n")
    told = guards.remedies_for_verifying(Git(Shell(tmp_path), tmp_path))
    assert told[-1] == f'$ echo "$(git config user.email) namespaces=\\"git\\" {public}" >> /home/ada/signers'
