"""One commit sets the version."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import StepFailed, VersionConflict
from patchwright.history.snapshot import same_version
from patchwright.releases.release import Release
from patchwright.tools.git import Git


def proof(release: Release) -> str | None:
    """The head's version is the planned one."""
    if not same_version(release.version_at(release.subject), release.plan.version):
        return None
    commit = release.landmarks().version_commit
    where = f"since {commit.short}" if commit else f"at {release.subject[:10]}"
    return f"{release.plan.version} {where}"


def act(release: Release) -> None:
    """Set the version, read it back, see that nothing else moved, and commit the files in which it stands."""
    release.require_version()
    current = release.version_at(release.head)
    version = release.plan.version
    tree = release.tree
    release.shell.act(*settings.filled(release.settings.bump_command, **release.plan.fields), cwd=tree.path)
    message = settings.filled_text(release.settings.version_subject, **release.plan.fields)
    if release.shell.dry:
        source = release.tree_at(release.head).version_source
        paths = [source.path if source and source.path else "."]
        tree.add(paths)
        tree.commit(paths, message)
        return
    stated = release.stated_version()
    if not same_version(stated, version):
        raise VersionConflict(f"After the bump the version is {stated}, not {version}.")
    changed = tree.changed()
    for path in changed:
        _require_only_version_moved(tree.git, path, current, version)
    tree.add(changed)
    tree.commit(changed, message)


def _require_only_version_moved(git: Git, path: str, current: str | None, version: str) -> None:
    before = (git.text(f"HEAD:{path}") or "").splitlines()
    after = (git.cwd / path).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    moved = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
    if len(before) != len(after) or any(new != old.replace(current or "", version) for old, new in moved):
        raise StepFailed(
            f"The bump changed more than the version in {path}.",
            evidence=[f"- {old}" for old, _ in moved[:5]] + [f"+ {new}" for _, new in moved[:5]],
        )
