"""A signature that is wrong differs from one that cannot be verified here."""

from __future__ import annotations

import pytest

from memory_release import MemoryRelease
from patchwright.halts import CommandFailed
from patchwright.releases import signature
from patchwright.tools.shell import Output

SHA = "d" * 40
NO_SIGNERS = "error: gpg.ssh.allowedSignersFile needs to be configured and exist"


def failing(words: str) -> CommandFailed:
    return CommandFailed("git failed.", argv=("git", "verify-tag", SHA), exit_status=1, output=words)


def test_a_signature_that_verifies_is_no_problem(release: MemoryRelease) -> None:
    assert signature.find_problem(release, SHA) is None
    assert signature.find_wrong_signature(release, SHA) is None
    assert release.notes == []


@pytest.mark.parametrize(
    ("words", "last"), [("gpg: made today\nNo principal matched.\n", "No principal matched."), ("", "")]
)
def test_a_problem_ends_with_the_last_line_of_the_output(
    release: MemoryRelease, words: str, last: str
) -> None:
    release.memory.answers[SHA] = failing(words)
    problem = f"its signature does not verify ({last or 'git verify-tag failed'})"
    assert signature.find_problem(release, SHA) == problem
    assert release.notes == []


@pytest.mark.parametrize(
    "words",
    [
        "gpg: BAD signature from Ada",
        "[GNUPG:] BADSIG 1 Ada",
        "Signature verification failed: incorrect signature",
    ],
)
def test_a_wrong_signature_is_found_in_each_program_s_words(release: MemoryRelease, words: str) -> None:
    release.memory.answers[SHA] = failing(words)
    assert signature.find_wrong_signature(release, SHA) == f"its signature does not verify ({words})"
    assert release.notes == []


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("gpg: Can't check signature: No public key", "Import the signer's public key: gpg --import FILE"),
        ("No principal matched.", "git config gpg.ssh.allowedSignersFile FILE"),
    ],
)
def test_an_unknown_key_is_a_note_that_says_how_to_configure_it(
    release: MemoryRelease, words: str, how: str
) -> None:
    release.memory.answers[SHA] = failing(words)
    assert signature.find_wrong_signature(release, SHA) is None
    (note,) = release.notes
    assert note.startswith(f"v1.24.1 cannot be verified here ({words}).")
    assert note.endswith(how)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("incorrect signature", f"its signature does not verify ({NO_SIGNERS})"),
        ("No principal matched.", None),
    ],
)
def test_without_a_file_of_signers_git_is_asked_with_an_empty_one(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch, words: str, problem: str | None
) -> None:
    asked: list[tuple[str, ...]] = []

    def ask(*arguments: str, **_more: object) -> Output:
        asked.append(arguments)
        if arguments[0] == "verify-tag":
            raise failing(NO_SIGNERS)
        return Output(("git", *arguments), 1, "", words)

    monkeypatch.setattr(release.memory, "ask", ask)
    assert signature.find_wrong_signature(release, SHA) == problem
    assert asked[1] == ("-c", "gpg.ssh.allowedSignersFile=/dev/null", "verify-tag", SHA)
