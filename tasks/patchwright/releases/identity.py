"""Identity: find the repository on GitHub that a remote or a setting names."""

from __future__ import annotations

from patchwright.github.repository import Repo, parse_url
from patchwright.settings import Settings
from patchwright.tools import ssh
from patchwright.tools.git import Git

_DEFAULT_HOST = "github.com"


def repo_of_url(git: Git, url: str) -> Repo | None:
    """Return the repository that a URL names, with the host that ssh would connect to.

    Return None if the URL names no repository on a host: a local path, for example.
    """
    address = parse_url(url)
    if address is None:
        return None
    host = ssh.resolve_host(git, address.host) if address.is_ssh else address.host
    return Repo.of(host, address.owner, address.name)


def configured_repo(settings: Settings) -> Repo | None:
    """Return the repository in the setting `repository`: `OWNER/NAME` or `HOST/OWNER/NAME`."""
    if not settings.repository:
        return None
    *host, owner, name = settings.repository.split("/")
    return Repo.of(host[0] if host else _DEFAULT_HOST, owner, name)
