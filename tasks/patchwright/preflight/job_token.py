"""Job token: pushes with the GITHUB_TOKEN of a GitHub Actions job start no workflows."""

from __future__ import annotations

import base64
import binascii
import os
from urllib.parse import urlsplit

from patchwright.halts import Prerequisite
from patchwright.preflight.remote import can_ask_github
from patchwright.releases.release import Release

# Tokens of jobs and of GitHub Apps begin like this.
_INSTALLATION = "ghs_"
_JOB = "github-actions[bot]"


def require_starting_token(release: Release) -> None:
    """Raise Prerequisite if this is a job of GitHub Actions that pushes with its own GITHUB_TOKEN.

    Say so if it is not known whose token git uses.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true" or not can_ask_github(release):
        return
    url = release.origin.urls[1][0]
    if urlsplit(url).scheme not in {"http", "https"}:
        # A key for SSH is never the job's.
        return
    token = _token_in_header(release, url) or urlsplit(url).password or _token_of_gh(release, url)
    if token and not token.startswith(_INSTALLATION):
        return
    login = _login_of(release, token) if token else None
    if login is None:
        release.progress.say("it is not known whether pushes from this job start workflows")
    if login == _JOB:
        raise Prerequisite(
            "Pushes from this job start no workflows: git uses the job's own GITHUB_TOKEN.",
            evidence=["GITHUB_ACTIONS is true", f"git pushes to {url} as {_JOB}"],
            remedy=[
                "Create a token of a GitHub App in the job: actions/create-github-app-token.",
                "Give it to actions/checkout as `token`, and to gh as `GH_TOKEN`.",
                "Or add a deploy key with write access, and give it to actions/checkout as `ssh-key`.",
            ],
        )


def _token_in_header(release: Release, url: str) -> str | None:
    """Return the token in the HTTP header with which actions/checkout configures git."""
    header = release.git.ask("config", "--get-urlmatch", "http.extraheader", url, ok=None)
    scheme, _, encoded = header.line.partition(":")[2].strip().partition(" ")
    if header.status or scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded).decode().partition(":")[2] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _token_of_gh(release: Release, url: str) -> str | None:
    """Return the token of gh, if git asks gh for credentials."""
    helper = release.git.ask("config", "--get-urlmatch", "credential.helper", url, ok=None)
    if "gh auth git-credential" not in helper.line:
        return None
    token = release.shell.ask("gh", "auth", "token", "--hostname", release.github.repo.host, ok=None)
    return token.line or None


def _login_of(release: Release, token: str) -> str | None:
    """Return the user as whom GitHub sees a token, or None if it does not say."""
    query = ("graphql", "--raw-field", "query=query UserCurrent{viewer{login}}", "--jq", ".data.viewer.login")
    answer = release.shell.ask(
        "gh", "api", "--hostname", release.github.repo.host, *query, ok=None,
        env={"GH_TOKEN": token, "GH_ENTERPRISE_TOKEN": token},
    )  # fmt: skip  # the question, then by whom
    return answer.line if answer.status == 0 and answer.line else None
