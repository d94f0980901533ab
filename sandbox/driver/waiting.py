"""Waiting for something that the pipeline does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

_LOOK_AGAIN_SECONDS = 0.1

Found = TypeVar("Found")


class NotSeenError(Exception):
    """Something that was expected did not happen in time."""


def eventually(what: str, look: Callable[[], Found | None], seconds: float = 60) -> Found:
    """Call `look` until it finds something, and return what it finds.

    Raises:
        NotSeenError: it found nothing in `seconds`.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise NotSeenError(f"not seen within {seconds:g} s: {what}")
