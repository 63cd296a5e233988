"""git: the commands that are run, and the facts that their output gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from patchwright.halts import Unavailable
from patchwright.tools.git import Git
from patchwright.tools.git_output import Change
from patchwright.tools.shell import Shell
from repository import Repository

ONE, TWO = "1" * 40, "2" * 40


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(Shell(tmp_path), tmp_path)


def test_the_refs_of_a_remote_are_its_branches_and_tags(git: Git, fp: FakeProcess) -> None:
    fp.register(
        ["git", "ls-remote", "--", "origin", "refs/heads/*", "refs/tags/*"],
        stdout=f"warning: noise\n{ONE}\trefs/heads/a b\n{TWO}\trefs/tags/v1\n{ONE}\trefs/tags/v1^{{}}\n",
    )
    assert git.ls_remote("origin") == {"refs/heads/a b": ONE, "refs/tags/v1": TWO, "refs/tags/v1^{}": ONE}


@pytest.mark.parametrize("status", [1, 128])
def test_a_remote_that_does_not_answer_is_unavailable(git: Git, fp: FakeProcess, status: int) -> None:
    fp.register(["git", "ls-remote", fp.any()], returncode=status, stderr="fatal: unable to access\n")
    with pytest.raises(Unavailable) as halted:
        git.ls_remote("origin")
    assert "  fatal: unable to access" in halted.value.evidence


def test_an_unexpected_answer_is_not_a_clone(git: Git, fp: FakeProcess) -> None:
    fp.register(["git", "rev-parse", fp.any()], stdout="/one\n/two\n")
    assert git.clone() is None


def test_an_empty_question_starts_no_process(git: Git) -> None:
    assert git.missing([]) == []
    assert git.texts([]) == {}
    assert git.patch_ids([]) == {}


def test_an_object_is_read_once_by_its_full_name(git: Git, fp: FakeProcess) -> None:
    fp.register(["git", "rev-parse", f"--disambiguate={ONE}"], stdout=f"{ONE}\n")
    fp.register(["git", "cat-file", "--batch-check=%(objecttype) %(objectname)"], stdout=f"commit {ONE}\n")
    fp.register(["git", "cat-file", "tag", TWO], stdout=f"object {ONE}\ntype commit\ntag v1\n\nText\n")
    fp.register(
        ["git", "cat-file", "-p", TWO], stdout=f"object {ONE}\ntagger Ada <ada@example.org> 1 +0000\n"
    )
    for _ in range(2):
        assert git.commit_with_prefix(ONE) == ONE
        assert git.tag(TWO) is not None
        assert git.identities(TWO).committer == "Ada <ada@example.org>"


def test_an_object_that_was_missing_is_looked_for_again(git: Git, fp: FakeProcess) -> None:
    fp.register(["git", "rev-parse", f"--disambiguate={ONE}"], stdout="")
    fp.register(["git", "rev-parse", f"--disambiguate={ONE}"], stdout=f"{ONE}\n")
    fp.register(["git", "cat-file", "--batch-check=%(objecttype) %(objectname)"], stdout=f"commit {ONE}\n")
    fp.register(["git", "cat-file", "tag", TWO], returncode=128)
    fp.register(["git", "cat-file", "tag", TWO], stdout=f"object {ONE}\ntype commit\ntag v1\n\nText\n")
    assert (git.commit_with_prefix(ONE), git.tag(TWO)) == (None, None)
    assert git.commit_with_prefix(ONE) == ONE
    assert git.tag(TWO) is not None


def test_a_short_name_is_asked_each_time(git: Git, fp: FakeProcess) -> None:
    fp.register(["git", "rev-parse", f"--disambiguate={ONE[:7]}"], stdout=f"{ONE}\n", occurrences=2)
    check = ["git", "cat-file", "--batch-check=%(objecttype) %(objectname)"]
    fp.register(check, stdout=f"commit {ONE}\n")
    fp.register(check, stdout=f"commit {ONE}\n")
    assert [git.commit_with_prefix(ONE[:7]) for _ in range(2)] == [ONE, ONE]


@pytest.mark.journey
class TestRealGit:
    """Facts about a real repository."""

    def test_a_clone_is_found_from_a_subdirectory(self, repository: Repository) -> None:
        (repository.path / "below").mkdir()
        clone = Git(Shell(repository.path), repository.path / "below").clone()
        assert clone is not None
        assert (clone.top, clone.common, clone.shallow) == (repository.path, repository.path / ".git", False)

    def test_a_directory_without_a_repository_has_no_clone(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        assert repository.package_git.clone() is not None
        assert Git(Shell(tmp_path), tmp_path).clone() is None

    def test_commits_come_ancestors_first_with_their_changes(self, repository: Repository) -> None:
        first = repository.commit("One\n\nBody: *bold*\n", {"a b.txt": "1\n", "ü.txt": "ü\n"})
        second = repository.commit(":100644 not a change", {"a b.txt": "2\n", "ü.txt": None})
        empty = repository.commit("Nothing")

        commits = repository.package_git.commits("HEAD")

        assert [one.sha for one in commits] == [first, second, empty]
        assert [one.subject for one in commits] == ["One", ":100644 not a change", "Nothing"]
        assert commits[0].message == "One\n\nBody: *bold*"
        assert commits[0].author == "Ada <ada@example.org>"
        assert commits[0].date == "2026-01-02T03:04:05+00:00"
        assert commits[0].parents == ()
        assert commits[1].parents == (first,)
        assert commits[1].paths == {"a b.txt", "ü.txt"}
        deletion = next(change for change in commits[1].changes if change.path == "ü.txt")
        assert deletion == Change("ü.txt", "D", repository.git("rev-parse", f"{first}:ü.txt"), None)
        assert commits[2].changes == ()

    def test_the_changes_of_a_merge_are_against_its_first_parent(self, repository: Repository) -> None:
        repository.commit("Base", {"base.txt": "1\n"})
        repository.git("checkout", "--quiet", "-b", "side")
        repository.commit("Side", {"side.txt": "1\n"})
        repository.git("checkout", "--quiet", "master")
        repository.commit("Main", {"main.txt": "1\n"})
        repository.git("merge", "--quiet", "--no-edit", "side")

        merge = repository.package_git.commits("-1", "HEAD")[0]

        assert len(merge.parents) == 2
        assert merge.paths == {"side.txt"}

    def test_the_same_patch_has_the_same_id_elsewhere(self, repository: Repository) -> None:
        base = repository.commit("Base", {"a.txt": "1\n2\n3\n"})
        patch = repository.commit("Patch", {"a.txt": "1\n2\n3\n4\n"})
        repository.git("checkout", "--quiet", "--detach", base)
        repository.commit("Other", {"b.txt": "b\n"})
        repository.git("cherry-pick", patch)
        pick, empty = repository.git("rev-parse", "HEAD"), repository.commit("Empty")

        ids = repository.package_git.patch_ids([patch, pick, empty, base])

        assert ids[patch] == ids[pick] != ids[base]
        assert empty not in ids

    def test_ancestry(self, repository: Repository) -> None:
        first, second = repository.commit("One"), repository.commit("Two")
        assert repository.package_git.is_ancestor(first, second)
        assert repository.package_git.is_ancestor(second, second)
        assert not repository.package_git.is_ancestor(second, first)
        assert repository.package_git.merge_base(first, second) == first

    def test_unrelated_histories_have_no_merge_base(self, repository: Repository) -> None:
        first = repository.commit("One")
        repository.git("checkout", "--quiet", "--orphan", "other")
        assert repository.package_git.merge_base(first, repository.commit("Two")) is None

    def test_texts_are_read_byte_for_byte(self, repository: Repository) -> None:
        (repository.path / "raw").write_bytes(b"\xff\r\n\0 missing\n")
        commit = repository.commit("Raw", {"empty": "", "plain": "one\n"})

        texts = repository.package_git.texts(f"{commit}:{path}" for path in ("plain", "raw", "empty", "none"))

        assert list(texts.values()) == ["one\n", "\udcff\r\n\0 missing\n", "", None]

    def test_files_below_a_directory_of_a_tree(self, repository: Repository) -> None:
        commit = repository.commit(
            "Files", {"news/a.rst": "a\n", "news/deep/b.rst": "b\n", "newsletter": "c\n"}
        )
        assert set(repository.package_git.files(commit, "news")) == {"news/a.rst", "news/deep/b.rst"}
        assert set(repository.package_git.files(commit)) == {"news/a.rst", "news/deep/b.rst", "newsletter"}
        assert repository.package_git.files(commit, "none") == {}

    def test_refs_and_names(self, repository: Repository) -> None:
        commit = repository.commit("One")
        assert repository.package_git.ref("refs/heads/master") == commit
        assert repository.package_git.ref("refs/heads/none") is None
        assert repository.package_git.commit_named(commit[:10]) == commit
        assert repository.package_git.commit_named("f" * 40) is None
        assert repository.package_git.missing([commit, "f" * 40]) == ["f" * 40]

    def test_an_object_name_is_never_the_name_of_a_ref(self, repository: Repository) -> None:
        repository.commit("One")
        commit = repository.commit("Two")
        git = repository.package_git
        repository.git("branch", "deadbeef")
        repository.git("tag", commit[:9], f"{commit}^")
        assert git.commit_with_prefix(commit[:9]) == commit
        assert git.commit_with_prefix(commit) == commit
        for name in ("deadbeef", "f" * 40, git.tree(commit)):
            assert git.commit_with_prefix(name) is None

    def test_past_tips_are_those_of_the_reflog(self, repository: Repository) -> None:
        first = repository.commit("One")
        repository.git("branch", "topic")
        second = repository.commit("Two")
        repository.git("branch", "--force", "topic", second)
        git = repository.package_git
        assert git.past_tips("refs/heads/topic") == [second, first]
        assert git.past_tips("refs/heads/nowhere") == []

    def test_a_tag_is_read_back(self, repository: Repository) -> None:
        commit = repository.commit("One")
        repository.git(
            "tag", "--annotate", "--cleanup=verbatim", "--message=Release 1.\n\n# not a comment", "v1"
        )
        tag = repository.package_git.tag(repository.git("rev-parse", "v1"))
        assert tag is not None
        assert (tag.target, tag.message, tag.signed) == (commit, "Release 1.\n\n# not a comment", False)
        assert repository.package_git.tag(commit) is None

    def test_a_fetch_changes_no_ref(self, repository: Repository, tmp_path: Path) -> None:
        repository.commit("One")
        repository.git("clone", "--quiet", ".", str(tmp_path / "clone"))
        second = repository.commit("Two")
        repository.git("tag", "v2")
        clone = Git(Shell(tmp_path / "clone"), tmp_path / "clone")
        before = clone.ask("for-each-ref").stdout
        assert clone.missing([second]) == [second]

        clone.fetch_objects("origin", ["refs/heads/master"])

        assert clone.missing([second]) == []
        assert clone.ask("for-each-ref").stdout == before
        assert not (tmp_path / "clone" / ".git" / "FETCH_HEAD").exists()

    def test_a_pick_is_simulated(self, repository: Repository) -> None:
        base = repository.commit("Base", {"a.txt": "1\n2\n3\n"})
        patch = repository.commit("Patch", {"a.txt": "1\n2\n3!\n"})
        clash = repository.commit("Clash", {"a.txt": "1\n2\n3?\n"})
        source, conflicting = repository.package_git.commits(clash, f"^{base}")
        refs = repository.git("for-each-ref")

        pick, no_conflicts = repository.package_git.simulate_pick(source, base)
        _, conflicts = repository.package_git.simulate_pick(conflicting, base)

        assert no_conflicts == []
        assert repository.git("show", f"{pick}:a.txt") == "1\n2\n3!"
        assert repository.git("rev-parse", f"{pick}^") == base
        assert conflicts == ["a.txt"]
        assert repository.git("for-each-ref") == refs
        assert patch == source.sha
