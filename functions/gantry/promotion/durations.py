"""Durations as people write them: a whole number and a unit, `90s`, `10m`, `72h`, `3d`."""

import re

PATTERN = r"^[1-9][0-9]{0,8}[smhd]$"
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def seconds(text: str) -> int:
    """Return the seconds of a duration.

    Raises:
        ValueError: the text is not a duration.
    """
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is not a duration: give a whole number and one of s, m, h, d")
    return int(text[:-1]) * _SECONDS[text[-1]]


def text(duration_seconds: int) -> str:
    """Return a positive number of seconds as people write it, in the largest unit that divides it."""
    unit, size = next((unit, size) for unit, size in _SECONDS.items() if duration_seconds % size == 0)
    return f"{duration_seconds // size}{unit}"
