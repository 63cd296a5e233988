"""The project for practice, also with the real git, hatch and towncrier."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from patchwright.practice import almanac
from patchwright.practice.github import StandIn
from patchwright.practice.project import Project, make_project, write_activation
from practice.ground import Ground


def subjects(ground: Ground, span: str) -> list[str]:
    """Return the subjects of commits, oldest first."""
    return ground.run("git", "log", "--reverse", "--format=%s", span).stdout.splitlines()


def text(ground: Ground, name: str) -> str:
    """Return the text of a file at a commit."""
    return ground.run("git", "show", name).stdout


def fragments(ground: Ground, commit: str) -> list[str]:
    listed = ground.run("git", "ls-tree", "--name-only", commit, f"{almanac.FRAGMENTS}/").stdout.split()
    return sorted(path.rpartition("/")[2] for path in listed if path.endswith(".rst"))


def test_the_activation_sets_the_environment_and_puts_the_programs_first(
    memory_standin: StandIn, tmp_path: Path
) -> None:
    project = Project(tmp_path, tmp_path / "almanac", memory_standin, memory_standin.remote_url, False, ())  # noqa: FBT003  unsigned
    activation = write_activation(project, {"PATH": "/elsewhere", "GH_HOST": "", "HOME": "/a b"})
    lines = activation.read_text().splitlines()
    assert lines[1:3] == ["export GH_HOST=''", "export HOME='/a b'"]
    assert lines[3:] == [f'export PATH={Path(sys.executable).parent}:"$PATH"']


@pytest.mark.journey
def test_version_1_24_0_is_released_and_integrated_into_master(ground: Ground) -> None:
    assert "__version__ = '1.24.0'" in text(ground, f"origin/release-1.24:{almanac.VERSION_FILE}")
    assert "__version__ = '1.25a0'" in text(ground, f"origin/master:{almanac.VERSION_FILE}")
    assert subjects(ground, "origin/master..origin/release-1.24") == [
        "Version: 1.24.0",
        "Update changelog for v1.24.0 release.",
        "Clean up news fragments.",
    ]
    tagged = ground.run("git", "rev-parse", "v1.24.0^{commit}").stdout
    assert tagged == ground.run("git", "rev-parse", "origin/release-1.24~1").stdout
    assert text(ground, f"v1.24.0:{almanac.CHANGELOG}") == text(ground, f"origin/master:{almanac.CHANGELOG}")


@pytest.mark.journey
def test_the_patches_are_on_master_with_their_own_authors_and_dates(ground: Ground) -> None:
    assert fragments(ground, "origin/master") == [
        "+eclipses.enhance.rst",
        "+tides.repair.rst",
        "417.repair.rst",
    ]
    assert fragments(ground, "origin/release-1.24") == []
    output = ground.run(
        "git", "show", "--no-patch", "--format=%an %at %cn %ct", *ground.project.patches
    ).stdout
    one, other = (line.split() for line in output.splitlines())
    assert (one[0], other[0], one[3]) == ("Cleo", "Ben", "Ada")
    assert one[2] != one[5]
    ground.run("git", "checkout", "--quiet", "--detach", "origin/release-1.24")
    ground.run("git", "cherry-pick", "-x", *ground.project.patches)


@pytest.mark.journey
def test_the_patches_may_be_on_the_release_branch(make_ground: Callable[..., Ground]) -> None:
    ground = make_ground(patches="release-branch")
    assert fragments(ground, "origin/master") == ["+eclipses.enhance.rst"]
    assert fragments(ground, "origin/release-1.24") == ["+tides.repair.rst", "417.repair.rst"]
    newest = ground.run("git", "rev-list", "--reverse", "-n", "2", "origin/release-1.24").stdout.split()
    assert tuple(newest) == ground.project.patches


@pytest.mark.journey
def test_a_newer_series_may_be_released_with_a_section_in_the_changelog_of_master(
    make_ground: Callable[..., Ground],
) -> None:
    ground = make_ground(newer_series=True)
    changelog = text(ground, f"origin/master:{almanac.CHANGELOG}")
    assert changelog.index("almanac 1.25.0 (") < changelog.index("almanac 1.24.0 (")
    assert "__version__ = '1.26a0'" in text(ground, f"origin/master:{almanac.VERSION_FILE}")
    ground.run("git", "verify-tag", "v1.25.0")


@pytest.mark.journey
def test_tags_are_signed_with_the_key_of_the_project(ground: Ground) -> None:
    assert ground.project.signed
    output = ground.run("git", "verify-tag", "v1.24.0").stderr
    assert 'Good "git" signature for ada@example.org with ED25519 key' in output


@pytest.mark.journey
@pytest.mark.parametrize("reason", ["not requested", "no ssh-keygen"])
def test_a_project_without_a_key_has_unsigned_tags_and_disables_signing(
    make_ground: Callable[..., Ground], monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    if reason == "no ssh-keygen":
        monkeypatch.setattr(shutil, "which", lambda _program: None)
    ground = make_ground(sign=reason != "not requested")
    assert not ground.project.signed
    assert "[tool.patchwright]\nsign = false\n" in text(ground, "origin/master:pyproject.toml")
    assert "SIGNATURE" not in ground.run("git", "cat-file", "tag", "v1.24.0").stdout
    assert ground.run("git", "config", "user.signingKey", ok=False).stdout == ""


@pytest.mark.journey
def test_the_history_is_always_the_same(ground: Ground, tmp_path: Path) -> None:
    with StandIn(tmp_path / "again" / "github") as standin:
        again = make_project(tmp_path / "again", standin)
        assert again.patches == ground.project.patches
        assert {*standin.hosting.refs()} == {*ground.standin.hosting.refs()}


@pytest.mark.journey
def test_only_master_has_tasks(ground: Ground) -> None:
    assert "from patchwright import ns" in text(ground, "origin/master:tasks.py")
    ground.run("git", "cat-file", "-e", "origin/release-1.24:tasks.py", ok=False)


@pytest.mark.journey
def test_the_clone_is_clean_complete_and_configured_for_itself(ground: Ground) -> None:
    assert ground.run("git", "status", "--short", "--branch").stdout == "## master...origin/master\n"
    assert ground.run("git", "remote", "get-url", "origin").stdout.strip() == ground.project.remote_url
    ground.run("git", "fsck", "--strict")
    ground.run("git", "fetch", "--quiet")


@pytest.mark.journey
@pytest.mark.parametrize("branch", ["master", "release-1.24"])
def test_the_checks_pass_and_change_no_tracked_files(ground: Ground, branch: str) -> None:
    ground.run("git", "checkout", "--quiet", branch)
    for script in ("linters", "testers", "docsgen"):
        ground.run("hatch", "--env", "develop", "run", script)
    assert ground.run("git", "status", "--short").stdout == ""
    assert (
        "Release Notes" in (ground.project.clone / "documentation" / "_build" / "changelog.html").read_text()
    )


@pytest.mark.journey
def test_the_checks_fail_for_wrong_code_and_documents(ground: Ground) -> None:
    for path, wrong, script in (
        ("almanac/tides.py", "def (:\n", "linters"),
        ("almanac/years.py", "def is_leap( year ): return False\n", "testers"),
        ("documentation/index.rst", "almanac\n====\n", "docsgen"),
    ):
        (ground.project.clone / path).write_text(wrong)
        ground.run("hatch", "--env", "develop", "run", script, ok=False)
        ground.run("git", "checkout", "--quiet", path)


@pytest.mark.journey
def test_the_changelog_is_equal_to_the_output_of_towncrier(ground: Ground) -> None:
    ground.run("git", "checkout", "--quiet", "--detach", "origin/release-1.24~3")
    build = ("hatch", "--env", "develop", "run", "towncrier", "build", "--keep")
    ground.run(*build, "--version", "1.24.0", "--date", "2025-03-03")
    written = (ground.project.clone / almanac.CHANGELOG).read_text()
    assert written == text(ground, f"v1.24.0:{almanac.CHANGELOG}")
    ground.run("git", "reset", "--hard", "--quiet", "origin/master")
    ground.run(*build, "--version", "1.24.1", "--date", "2025-04-01")
    written = (ground.project.clone / almanac.CHANGELOG).read_text()
    for entry in (
        "Know that most centuries begin without a leap day. (#417)",
        "Let high waters come 25 minutes",
    ):
        assert f"\n- {entry}" in written


@pytest.mark.journey
def test_the_activation_leads_a_shell_to_the_practice_ground(ground: Ground) -> None:
    activation = write_activation(
        ground.project, ground.standin.environment(ground.project.directory / "home")
    )
    command = f". '{activation}' && gh repo view --json name && command -v hatch && git ls-remote origin HEAD"
    output = ground.run(
        "env", "-i", f"HOME={ground.project.directory / 'home'}", "PATH=/usr/bin:/bin", "sh", "-c", command
    )
    assert output.stdout.startswith('{"name":"almanac"}\n')
    assert output.stdout.rstrip().endswith("HEAD")
