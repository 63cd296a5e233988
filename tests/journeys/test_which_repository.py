"""Which repository GitHub is asked about: an ssh alias, a push URL of another form, and a setting."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from journeys.ground import Ground

pytestmark = pytest.mark.journey

VERSION = ("--version", "1.24")
ALIAS = "git@github-work:practice/almanac.git"
# It resolves aliases as the real ssh does, and connects to a repository on this machine.
SSH = """\
#!{python}
import os, subprocess, sys
arguments = sys.argv[1:]
if "-G" in arguments:
    os.execvp("ssh", ["ssh", "-F", "{config}", *arguments])
os.chdir("{root}")
raise SystemExit(subprocess.run(["/bin/sh", "-c", arguments[-1]]).returncode)
"""


def ssh_to_origin(ground: Ground) -> str:
    """Return an ssh command that knows an alias for the stand-in's host."""
    config, script = ground.root / "ssh_config", ground.root / "ssh"
    config.write_text("Host github-work\n  HostName github.localhost\n  User git\n")
    root = ground.project.origin.parent.parent
    script.write_text(SSH.format(python=sys.executable, config=config, root=root))
    script.chmod(0o755)
    return str(script)


def test_an_ssh_alias_is_asked_about_by_its_real_host(ground: Ground) -> None:
    ssh = ssh_to_origin(ground)
    ground.git("config", "remote.origin.url", ALIAS)

    done = ground.inv("release.preflight", *VERSION, GIT_SSH_COMMAND=ssh)

    assert done.status == 0, done.text
    assert [asked.target for asked in ground.standin.api_requests if "workflows" in asked.target]


def test_a_fetch_url_and_a_push_url_of_one_repository_are_one_place(ground: Ground) -> None:
    ssh = ssh_to_origin(ground)
    ground.git("config", "remote.origin.pushurl", ALIAS)

    done = ground.inv("release.preflight", *VERSION, GIT_SSH_COMMAND=ssh)

    assert done.status == 0, done.text


def test_an_alias_for_another_repository_is_another_place(ground: Ground) -> None:
    ssh = ssh_to_origin(ground)
    ground.git("config", "remote.origin.pushurl", "git@github-work:practice/calendar.git")

    done = ground.inv("release.preflight", *VERSION, GIT_SSH_COMMAND=ssh)

    assert done.status == 3, done.text
    assert "has different URLs for fetch and push" in done.err


def test_an_unknown_alias_halts_at_once_and_is_named(ground: Ground) -> None:
    ssh = ssh_to_origin(ground)
    Path(ground.root / "ssh_config").write_text("")
    ground.git("config", "remote.origin.url", ALIAS)

    done = ground.inv("release.preflight", *VERSION, GIT_SSH_COMMAND=ssh)

    assert done.status == 3, done.text
    assert "github-work" in done.err
    assert "githubstatus" not in done.err


def test_a_setting_names_the_repository(ground: Ground) -> None:
    ssh = ssh_to_origin(ground)
    Path(ground.root / "ssh_config").write_text("")
    ground.git("config", "remote.origin.url", ALIAS)

    done = ground.inv(
        "release.preflight", *VERSION, GIT_SSH_COMMAND=ssh,
        INVOKE_PATCHWRIGHT_REPOSITORY="github.localhost/practice/almanac",
    )  # fmt: skip  # the task, then its environment

    assert done.status == 0, done.text
