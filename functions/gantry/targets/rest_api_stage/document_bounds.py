"""What an OpenAPI document may be, however it is written."""

from collections.abc import Iterable
from typing import Any

from gantry.promotion.errors import ArtifactTypeError

DEEPEST = 50
"""Levels."""


def mapping_of(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a mapping of a document.

    Raises:
        ArtifactTypeError: it gives a key twice.
    """
    found = list(pairs)
    mapping = dict(found)
    if len(mapping) != len(found):
        raise ArtifactTypeError("the document gives a key twice in one place")
    return mapping


def unreadable(error: Exception) -> ArtifactTypeError:
    """Return why a document cannot be read at all."""
    return ArtifactTypeError(f"the document is neither JSON nor YAML ({type(error).__name__})")
