"""The pictures of the documentation show what a release shows now."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTATION = Path(__file__).parent.parent / "documentation"
PICTURES = sorted(path.name for path in DOCUMENTATION.glob("*.svg"))
_TEXT = re.compile(r'<text class="[^"]+" x="([\d.]+)" y="([\d.]+)"[^>]* clip-path=[^>]*>([^<]*)</text>')
# How many programs a step starts may change without a new picture.
_DURATION = re.compile(r"\b(\d+ h )?(\d+ min )?\d+(\.\d)? (min|s)\b")


def text_of(picture: Path) -> list[str]:
    """Return the rows of text in a picture, without durations and without what only aligns the columns."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(picture.read_text(encoding="utf-8")):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text)))
    whole = (" ".join(text for _, text in sorted(rows[y])) for y in sorted(rows))
    return [_DURATION.sub("N s", " ".join(row.split())) for row in whole]


@pytest.mark.journey
def test_the_pictures_show_what_a_release_shows_now(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DOCUMENTATION / "pictures.py", tmp_path], check=True, timeout=120)
    for name in PICTURES:
        assert text_of(DOCUMENTATION / name) == text_of(tmp_path / name), "Run `inv dev.pictures`."


def test_there_is_text_in_every_picture() -> None:
    assert PICTURES == ["halt.svg", "release.svg", "watching.svg"]
    for name, row in zip(PICTURES, ["Halted at", "$ inv release.patch", "watch-qa"], strict=True):
        assert row in text_of(DOCUMENTATION / name)[0]
