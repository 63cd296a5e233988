"""The maintainer as git knows them in their checkout, and what differs elsewhere."""

from __future__ import annotations

import pytest

from patchwright.tools import maintainer
from patchwright.tools.git_output import Identities
from patchwright.tools.maintainer import Maintainer
from repository import Repository

ADA, BEN = "Ada <ada@example.org>", "Ben <ben@example.org>"


@pytest.mark.parametrize(
    ("made", "author", "problem"),
    [
        (Identities(ADA, ADA, signed=True), None, None),
        (Identities(BEN, ADA, signed=True), BEN, None),
        (Identities(None, ADA, signed=False), None, None),
        (Identities(ADA, BEN, signed=True), None, f"its committer is {BEN}, not {ADA}"),
        (Identities(None, BEN, signed=True), None, f"its tagger is {BEN}, not {ADA}"),
        (Identities(BEN, ADA, signed=True), None, f"its author is {BEN}, not {ADA}"),
        (Identities(ADA, ADA, signed=False), None, "it is not signed, although commit.gpgSign is true"),
    ],
)
def test_identities_are_compared_by_their_whole_text(
    made: Identities, author: str | None, problem: str | None
) -> None:
    assert Maintainer(ADA, ADA, signs_commits=True).find_difference(made, author) == problem


def test_an_identity_becomes_variables_of_git() -> None:
    assert Maintainer("A < B <a@x>", ADA, signs_commits=False).environment == {
        "GIT_AUTHOR_NAME": "A < B",
        "GIT_AUTHOR_EMAIL": "a@x",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }


@pytest.mark.journey
def test_settings_that_differ_elsewhere_are_given(repository: Repository) -> None:
    repository.write({"keys/id.pub": "key\n", "tool": "x\n"})
    for key, value in {
        "user.signingKey": "keys/id.pub",
        "gpg.ssh.allowedSignersFile": "none",
        "filter.x.clean": "./tool --clean",
        "core.hooksPath": "hooks",
        "credential.helper": "store",
        "remote.origin.url": "/nowhere",
    }.items():
        repository.git("config", key, value)
    place = {"credential.helper": ("cache",), "gpg.format": ("ssh",)}

    settings = maintainer.settings_at(repository.package_git, place)

    given = dict(settings)
    assert given["user.signingkey"] == str(repository.path / "keys" / "id.pub")
    assert given["gpg.ssh.allowedsignersfile"] == "none"
    assert given["filter.x.clean"] == f"{repository.path}/tool --clean"
    assert given["core.hooksPath"] == str(repository.path / "hooks")
    assert given["gpg.format"] == "openpgp"
    assert [value for key, value in settings if key == "credential.helper"] == ["", "store"]
    assert "remote.origin.url" not in given
