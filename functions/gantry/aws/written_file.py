"""A file that people have written and uploaded: a manifest, or the policy file."""

from typing import Any

from gantry.promotion.gantry_error import GantryError

_MOST_BYTES = 128 * 1024
"""Larger than any real one, and small enough for a YAML parser in a small function."""


def text_of(body: Any, where: str, refused: type[GantryError]) -> str:  # noqa: ANN401 -- botocore's stream has no type at run time
    """Return the text of an object of S3.

    Args:
        body: the object's bytes.
        where: its address, for people.
        refused: what to raise when it is too long or not UTF-8 text.
    """
    content: bytes = body.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise refused(f"{where} is longer than {_MOST_BYTES // 1024} KiB: shorten it")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise refused(f"{where} is not UTF-8 text: {error}") from error
