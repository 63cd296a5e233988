"""Intent: what was asked of a release, kept in the clone so that it means the same across halts."""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

SCHEMA = 1


@dataclass(frozen=True)
class Intent:
    """What was asked, and the little that no ref can tell. Every field may be lost; the world is the truth.

    `picks` are full object names, None until they are chosen. `checked` are the trees that the checks passed
    on. `halt` is the last halt, as JSON.
    """

    version: str | None = None
    date: str | None = None
    message: str | None = None
    picks: tuple[str, ...] | None = None
    skip_check: bool = False
    checked: tuple[str, ...] = ()
    halt: dict[str, Any] | None = None
    finished: bool = False


class Journal:
    """The intents of one clone, a file a series; a file that can't be read counts as absent."""

    def __init__(self, common: Path) -> None:
        self.directory = common / "patchwright"

    def series(self) -> list[str]:
        """Return the series whose release is under way."""
        if not self.directory.is_dir():
            return []
        named = sorted(path.stem for path in self.directory.glob("*.json"))
        return [series for series in named if (found := self.read(series)).version and not found.finished]

    def read(self, series: str) -> Intent:
        """Return the intent of a series; an empty one where there is none, or none of this schema."""
        try:
            kept = json.loads(self._path(series).read_text(encoding="utf-8"))
            if kept["schema"] != SCHEMA:
                return Intent()
            intent = Intent(**{field.name: kept[field.name] for field in fields(Intent)})
        except (OSError, ValueError, KeyError, TypeError):
            return Intent()
        return _of_right_types(intent)

    def write(self, series: str, intent: Intent) -> None:
        """Keep an intent; a kill leaves either the old file or the new one."""
        self.directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"schema": SCHEMA, **asdict(intent)}, indent=1)
        # Whoever writes holds the clone's lock; what a kill leaves of it is written over.
        unfinished = self.directory / f"{series}.json.new"
        with unfinished.open("w", encoding="utf-8") as new:
            new.write(text + "\n")
            new.flush()
            os.fsync(new.fileno())
        unfinished.replace(self._path(series))

    def forget(self, series: str) -> None:
        """Drop the intent of a series."""
        self._path(series).unlink(missing_ok=True)

    def _path(self, series: str) -> Path:
        return self.directory / f"{series}.json"


def _of_right_types(intent: Intent) -> Intent:
    texts = (intent.version, intent.date, intent.message)
    lists = (intent.picks or (), intent.checked)
    sound = (
        all(value is None or isinstance(value, str) for value in texts)
        and all(
            isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
            for names in lists
        )
        and (intent.halt is None or isinstance(intent.halt, dict))
        and isinstance(intent.skip_check, bool)
        and isinstance(intent.finished, bool)
        and (intent.date is None or _is_date(intent.date))
        and (intent.message is None or intent.message.isprintable())
    )
    if not sound:
        return Intent()
    return replace(
        intent, picks=None if intent.picks is None else tuple(intent.picks), checked=tuple(intent.checked)
    )


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
