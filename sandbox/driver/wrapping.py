"""Texts for a terminal of 80 columns."""

import textwrap

WIDTH = 80
"""Columns. No line is longer, on whatever terminal."""


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Return the lines of a text, none longer than the screen is wide."""
    return [
        line
        for each in text.split("\n")
        for line in textwrap.wrap(each, WIDTH, subsequent_indent=" " * indent, replace_whitespace=False) or [""]
    ]
