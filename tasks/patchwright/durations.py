"""Durations as people write them."""

from __future__ import annotations

_MINUTE = 60
_TENTHS_MATTER_BELOW = 10


def duration(seconds: float) -> str:
    """Return a duration as people write it: 0.4 s, 12 s, 3 min 05 s, 1 h 02 min."""
    if seconds < _TENTHS_MATTER_BELOW:
        return f"{max(0.0, seconds):.1f} s"
    return whole_duration(seconds)


def whole_duration(seconds: float) -> str:
    """Return a duration of which only whole seconds are known: 4 s, 12 s, 3 min 05 s, 1 h 02 min."""
    whole = max(round(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes, rest = divmod(whole, _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // _MINUTE} h {minutes % _MINUTE:02} min"
