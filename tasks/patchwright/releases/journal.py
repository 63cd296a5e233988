"""Journal: what was asked for in a release, stored in the clone so that it means the same across halts."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from patchwright import files
from patchwright.halts import Prerequisite
from patchwright.releases.plan import Plan

SCHEMA = 1


@dataclass(frozen=True)
class Record:
    """What was asked for in one release, and the few facts that no ref shows. Every field may be lost.

    `picks` are full object names, None until they are chosen; `again` are those that are picked even if the
    release branch seems to have them. `checked` are the trees on which the checks passed. `halt` is the last
    halt, as JSON. `branch_tips` and `mainline_tips` are the tips that origin's branches have had since the
    release began. `published` is the URL of the release run whose success this clone has seen: a hint.
    """

    version: str | None = None
    date: str | None = None
    message: str | None = None
    picks: tuple[str, ...] | None = None
    skip_check: bool = False
    checked: tuple[str, ...] = ()
    halt: dict[str, Any] | None = None
    finished: bool = False
    again: tuple[str, ...] = ()
    branch_tips: tuple[str, ...] = ()
    mainline_tips: tuple[str, ...] = ()
    integrate_later: bool = False
    published: str | None = None
    release_only: tuple[str, ...] = ()


# Journals of earlier versions of patchwright lack these fields.
_NEW_FIELDS = {"again", "branch_tips", "mainline_tips", "integrate_later", "published", "release_only"}
_MAX_TIPS = 50


class Journal:
    """The records of one project, one file for each series. A file that cannot be read counts as absent.

    A project in a folder of the repository has its own records: another one may have the same series.
    """

    def __init__(self, common: Path, folder: str = "") -> None:
        self.directory = common / "patchwright" / (f"projects/{folder}" if folder else "")

    def series(self) -> list[str]:
        """Return the series whose release is under way."""
        if self.directory.is_symlink() or not self.directory.is_dir():
            return []
        recorded = sorted(path.stem for path in self.directory.glob("*.json"))
        return [name for name in recorded if (record := self.read(name)).version and not record.finished]

    def read(self, series: str) -> Record:
        """Return the record of a series; an empty one if there is none, or none of this schema."""
        if self.directory.is_symlink():
            return Record()
        try:
            content = json.loads(files.read_text(self.path(series)) or "")
            if content["schema"] != SCHEMA:
                return Record()
            names = [field.name for field in fields(Record)]
            known = [name for name in names if name in content or name not in _NEW_FIELDS]
            record = Record(**{name: content[name] for name in known})
        except (ValueError, KeyError, TypeError, RecursionError):
            return Record()
        return _checked_types(record)

    def write(self, series: str, record: Record) -> None:
        """Write the record of a series. A kill leaves either the old file or the new one."""
        files.make_directory(self.directory)
        text = _as_text(record)
        if len(text) > files.LONGEST and record.halt:
            # A file that is too long would not be read again, and what was asked would be lost.
            text = _as_text(replace(record, halt={**record.halt, "evidence": [], "problems": []}))
        files.write_text(self.path(series), text)

    def forget(self, series: str) -> None:
        """Delete the record of a series."""
        self.path(series).unlink(missing_ok=True)

    def path(self, series: str) -> Path:
        """Return the file with the record of a series."""
        return self.directory / f"{series}.json"


class ReleaseRecord:
    """The record of one release. A dry run never writes it."""

    def __init__(self, journal: Journal, plan: Plan, *, dry: bool) -> None:
        self._journal = journal
        self._plan = plan
        self._dry = dry

    @property
    def content(self) -> Record:
        """The journal's record of this release; an empty one if the journal has another version."""
        record = self._journal.read(self._plan.series)
        return record if record.version == self._plan.version else Record(version=self._plan.version)

    @property
    def exists(self) -> bool:
        """Whether the journal has a record of this release."""
        return self._journal.read(self._plan.series).version == self._plan.version

    @property
    def is_under_way(self) -> bool:
        """Whether the journal has a record of this release that is not finished."""
        return self.exists and not self.content.finished

    def begin(self, branch_tip: str | None = None, mainline_tip: str | None = None) -> None:
        """Record the plan, as a release that is under way, and the tips that origin's branches have now."""
        plan, content = self._plan, self.content
        self._write(
            replace(
                content, date=plan.date, message=plan.message, picks=plan.picks,
                skip_check=plan.skip_check, integrate_later=plan.integrate_later, again=plan.again,
                release_only=plan.release_only, finished=False, halt=None,
                branch_tips=_with_tip(content.branch_tips, branch_tip),
                mainline_tips=_with_tip(content.mainline_tips, mainline_tip),
            )
        )  # fmt: skip  # what was asked for, then how far it is

    def add_checked(self, tree: str) -> None:
        """Record that the checks passed on a tree. Only the last five trees are stored."""
        self._update(checked=(*self.content.checked[-4:], tree))

    def add_picks(self, picks: tuple[str, ...]) -> None:
        """Record which patches the release picks."""
        self._update(picks=picks)

    def add_published(self, url: str | None) -> None:
        """Record the release run that this clone has seen succeed."""
        self._update(published=url)

    def add_halt(self, halt: dict[str, Any]) -> None:
        """Record a halt, in place of the last one."""
        self._update(halt=halt)

    def finish(self) -> None:
        """Record that the release is finished."""
        self._update(finished=True, halt=None)

    def forget(self) -> None:
        """Delete the record."""
        if not self._dry:
            self._journal.forget(self._plan.series)

    def _update(self, **changes: Any) -> None:  # noqa: ANN401  the fields of a record
        if self.exists:
            self._write(replace(self.content, **changes))

    def _write(self, record: Record) -> None:
        if not self._dry:
            self._journal.write(self._plan.series, record)


def _as_text(record: Record) -> str:
    return f"{json.dumps({'schema': SCHEMA, **asdict(record)}, indent=1)}\n"


def _with_tip(tips: tuple[str, ...], tip: str | None) -> tuple[str, ...]:
    """Return the tips with another one as the last. The first tip always stays."""
    if tip is None or tip in tips:
        return tips
    return (*tips[:1], *tips[1:][-_MAX_TIPS:], tip)


def _checked_types(record: Record) -> Record:
    """Return the record if each field has its type, else an empty one. Anybody may have written the file."""
    texts = (record.version, record.date, record.message, record.published)
    lists = (
        record.picks or (), record.checked, record.again, record.branch_tips, record.mainline_tips,
        record.release_only,
    )  # fmt: skip  # lists of names
    is_sound = (
        all(value is None or isinstance(value, str) for value in texts)
        and all(
            isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
            for names in lists
        )
        and (record.halt is None or isinstance(record.halt, dict))
        and isinstance(record.skip_check, bool)
        and isinstance(record.integrate_later, bool)
        and isinstance(record.finished, bool)
        and (record.date is None or _is_date(record.date))
        and (record.message is None or record.message.isprintable())
    )
    if not is_sound:
        return Record()
    picks = None if record.picks is None else tuple(record.picks)
    halt = None if record.halt is None else _sound_halt(record.halt)
    return replace(
        record, picks=picks, halt=halt, checked=tuple(record.checked), again=tuple(record.again),
        branch_tips=tuple(record.branch_tips), mainline_tips=tuple(record.mainline_tips),
        release_only=tuple(record.release_only),
    )  # fmt: skip  # JSON has lists, a record has tuples


def _sound_halt(halt: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a recorded halt that have the type that a halt gives them."""
    sound: dict[str, Any] = {}
    for name, expected in Prerequisite("").as_json().items():
        if name not in halt:
            continue
        value = halt[name]
        if name == "problems":
            listed = value if isinstance(value, list) else []
            sound[name] = [_sound_halt({**one, name: []}) for one in listed if isinstance(one, dict)]
        elif isinstance(expected, list):
            is_sound = isinstance(value, list) and all(isinstance(text, str) for text in value)
            sound[name] = value if is_sound else []
        else:
            sound[name] = value if isinstance(value, (str, int)) else None
    return sound


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
