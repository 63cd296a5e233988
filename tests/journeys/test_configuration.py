"""No git configuration changes what is read, what a pick gives, or what a push sends."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fake_release import PLAN
from patchwright.releases.origin import Origin
from patchwright.settings import Settings
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from patchwright.tools.worktree import Worktree
from repository import Repository, isolate

pytestmark = pytest.mark.journey

MISSING = "/none/missing"
# Each of them is valid. Most of them changed or broke what an earlier version of patchwright or git read.
SETTINGS = f"""\
branch.autoSetupMerge=always
branch.sort=-committerdate
checkout.workers=4
color.diff=always
color.status=always
color.ui=always
column.ui=always
commit.cleanup=scissors
commit.gpgSign=false
commit.status=false
commit.template={MISSING}
commit.verbose=true
core.abbrev=4
core.attributesFile=ATTRIBUTES
core.autocrlf=input
core.bigFileThreshold=1
core.commentChar=C
core.excludesFile=EXCLUDES
core.fileMode=false
core.fsmonitor={MISSING}
core.ignoreStat=true
core.logAllRefUpdates=false
core.pager=false
core.quotePath=true
core.safecrlf=true
core.splitIndex=true
core.untrackedCache=true
core.useReplaceRefs=true
core.warnAmbiguousRefs=false
diff.algorithm=patience
diff.autoRefreshIndex=false
diff.colorMoved=zebra
diff.context=0
diff.external=false
diff.ignoreSubmodules=all
diff.interHunkContext=5
diff.mnemonicPrefix=true
diff.noprefix=true
diff.orderFile={MISSING}
diff.relative=true
diff.renameLimit=1
diff.renames=copies
diff.submodule=log
diff.suppressBlankEmpty=true
diff.wordRegex=.
diff.wsErrorHighlight=all
feature.experimental=true
feature.manyFiles=true
fetch.prune=true
fetch.pruneTags=true
fetch.recurseSubmodules=true
fetch.writeCommitGraph=true
format.notes=*
format.pretty=oneline
gc.auto=1
gc.pruneExpire=now
gc.reflogExpire=now
i18n.commitEncoding=latin1
i18n.logOutputEncoding=latin1
index.sparse=true
index.version=4
log.date=relative
log.decorate=full
log.diffMerges=off
log.excludeDecoration=*
log.follow=true
log.mailmap=true
log.showRoot=false
log.showSignature=true
maintenance.auto=true
mailmap.file=MAILMAP
merge.conflictStyle=zdiff3
merge.directoryRenames=true
merge.ff=only
merge.log=true
merge.renameLimit=1
merge.renames=false
merge.renormalize=true
merge.verifySignatures=true
notes.displayRef=*
protocol.version=0
pull.ff=only
pull.rebase=true
push.default=nothing
push.followTags=true
push.gpgSign=if-asked
push.negotiate=true
push.pushOption=ci.skip
push.recurseSubmodules=only
push.useForceIfIncludes=true
remote.origin.mirror=true
remote.origin.prune=true
remote.origin.pruneTags=true
remote.origin.push=+refs/heads/*:refs/heads/*
remote.origin.tagOpt=--tags
remote.pushDefault=elsewhere
rerere.autoUpdate=true
rerere.enabled=true
stash.showPatch=true
status.branch=true
status.relativePaths=false
status.renames=copies
status.short=true
status.showStash=true
status.showUntrackedFiles=no
status.submoduleSummary=true
submodule.recurse=true
tag.gpgSign=false
tag.sort=-version:refname
trailer.separators=%
transfer.fsckObjects=true
versionsort.suffix=-rc
""".splitlines()

ROWS = "".join(f"{number}\n" for number in range(40))


@pytest.fixture(scope="module")
def prototype(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a directory with a clone and its origin, and what is read there without any settings."""
    directory = tmp_path_factory.mktemp("configuration") / "prototype"
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch)
        _make_clone(directory)
        return directory, _read_facts(_copy(directory, directory.with_name("plain")))


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_changes_nothing(
    prototype: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    isolate(monkeypatch)
    place = _copy(prototype[0], tmp_path / "copy")
    _configure(place, setting)
    assert _read_facts(place) == prototype[1]


def test_all_settings_together_change_nothing(
    prototype: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolate(monkeypatch)
    place = _copy(prototype[0], tmp_path / "copy")
    for setting in SETTINGS:
        _configure(place, setting)
    assert _read_facts(place) == prototype[1]


def _make_clone(directory: Path) -> None:
    """Create a clone with a moved file, a conflict, notes, private refs, and a change with blank lines."""
    clone = Repository(directory / "clone")
    clone.git("init", "--quiet", "--bare", str(directory / "origin.git"))
    clone.git("config", "user.name", "Ada")
    clone.git("config", "user.email", "ada@example.org")
    mailmap = "Eve <eve@example.org> Ada <ada@example.org>\n"
    clone.commit("Base", {"a.txt": ROWS, "dir/ü.txt": f"ü\n{ROWS}", ".mailmap": mailmap})
    clone.git("branch", "release-1.24")
    clone.commit(
        "Move: Länge\n\n# not a comment\n\nSigned-off-by: Z", {"dir/ü.txt": None, "neu/ü.txt": f"ü\n{ROWS}"}
    )
    clone.commit("Patch", {"a.txt": ROWS.replace("39", "last"), "neu/ü.txt": f"ü\n{ROWS}\n\ny\n"})
    clone.commit("Clash", {"a.txt": ROWS.replace("39", "clash")})
    clone.git("tag", "--annotate", "--message=1\n\n# not a comment", "v1", "release-1.24")
    clone.git("push", "--quiet", str(directory / "origin.git"), "master", "release-1.24", "v1")
    clone.git("tag", "--annotate", "--message=private", "private", "master~1")
    clone.git("branch", "side")
    clone.git("notes", "add", "--message=a note", "master~1")


def _copy(prototype: Path, place: Path) -> Path:
    """Return a copy of the prototype whose remote is the origin beside it."""
    shutil.copytree(prototype, place, symlinks=True)
    (place / "attributes").write_text("*.txt merge=ours diff=x -text\n")
    (place / "excludes").write_text("*\n")
    (place / "mailmap").write_text("Eve <eve@example.org> Ada <ada@example.org>\n")
    _configure(place, f"remote.origin.url={place / 'origin.git'}")
    return place


def _configure(place: Path, setting: str) -> None:
    key, _, value = setting.partition("=")
    names = {name: str(place / name.lower()) for name in ("ATTRIBUTES", "EXCLUDES", "MAILMAP")}
    git = ("git", "config", "--add", key, names.get(value, value))
    subprocess.run(git, cwd=place / "clone", check=True, capture_output=True)


def _read_facts(place: Path) -> str:
    """Return what is read, picked, committed and pushed in a clone, as one text for each fact."""
    git = Git(Shell(place / "clone"), place / "clone")
    base, _, patch, clash = git.commits("refs/heads/master")
    tag = str(git.ref("refs/tags/v1"))
    simulated = [git.simulate_pick(source, base.sha) for source in (patch, clash)]
    facts: list[object] = [
        git.ls_remote("origin"),
        git.commits("refs/heads/master"),
        git.patch_ids([patch.sha, clash.sha]),
        git.past_tips("refs/heads/master"),
        (git.ref("refs/heads/side"), git.tag(tag), git.identities(tag), git.identities(clash.sha)),
        git.commit_with_prefix(patch.sha[:9]),
        (git.files(patch.sha), git.texts([f"{clash.sha}:a.txt"])),
        [(git.tree(picked), conflicts) for picked, conflicts in simulated],
        git.ask("show", "--no-patch", "--format=%ct", patch.sha).line,
    ]
    git.fetch_objects("origin", ["refs/heads/master"])
    facts += _work(git, place / "worktree", base.sha, [patch.sha, clash.sha])
    facts += _push(git, patch.sha, tag, place)
    return "\n".join(repr(fact) for fact in facts).replace(str(place), "PLACE")


def _work(git: Git, path: Path, base: str, sources: list[str]) -> list[object]:
    """Pick, edit and commit in a worktree, and return what is read there after each step."""
    worktree = Worktree(git, path)
    worktree.check_out(base)
    facts: list[object] = [worktree.changed_paths(), worktree.untracked_files(".")]
    for source in git.commits("--no-walk", f"{sources[0]}~1", sources[0]):
        worktree.pick(source, names_source=True)
        facts.append(git.commits("--no-walk", str(worktree.head())))
    (path / "new.txt").write_text("1\n")
    (path / "a.txt").write_text(ROWS.replace("7", "seven"))
    facts += [worktree.changed_paths(), worktree.untracked_files("."), git.tree(str(worktree.save_edits()))]
    worktree.add(["new.txt", "a.txt"])
    worktree.commit(["new.txt", "a.txt"], "Words\n\n# hash\n#42: x\nC x")
    facts += [git.commits("--no-walk", str(worktree.head())), git.identities(str(worktree.head()))]
    worktree.check_out(base)
    with pytest.raises(Exception, match="git failed"):
        worktree.pick(git.commits("--no-walk", sources[1])[0], names_source=True)
    facts += [worktree.operation(), worktree.unmerged_paths(), worktree.changed_paths()]
    (path / "a.txt").write_text("resolved\n")
    worktree.add(["a.txt"])
    worktree.continue_pick()
    return [*facts, git.commits("--no-walk", str(worktree.head())), worktree.changed_paths()]


def _push(git: Git, commit: str, tag: str, place: Path) -> list[object]:
    """Push a commit and a tag, each to one ref. Return the refs of the clone and of its origin."""
    origin = Origin(git, Settings(), replace(PLAN, branch="release-1.24", tag="v2"))
    origin.push(commit, "refs/heads/release-1.24")
    origin.push(tag, "refs/tags/v2")
    here = ("for-each-ref", "--format=%(refname) %(objectname)")
    return [git.ask(*where, *here).lines for where in ((), ("--git-dir", str(place / "origin.git")))]
