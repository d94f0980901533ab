"""Waiting for something that the pipeline does in its own time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from sandbox.stand_in.process import require_running, trouble

_LOOK_AGAIN_SECONDS = 0.1

Found = TypeVar("Found")


_meanwhile: ContextVar[Callable[[bool], object]] = ContextVar("meanwhile", default=lambda _: None)


class NotSeenError(Exception):
    """Something that was expected did not happen in time."""


@contextmanager
def meanwhile(do: Callable[[bool], object]) -> Iterator[None]:
    """Call `do` after each look of `eventually` in this thread, while the block runs.

    It gets whether that was the last look.
    """
    token = _meanwhile.set(do)
    try:
        yield
    finally:
        _meanwhile.reset(token)


def eventually(what: str, look: Callable[[], Found | None], seconds: float = 60) -> Found:
    """Call `look` until it finds something, and return what it finds.

    Raises:
        NotSeenError: it found nothing in `seconds`; with a full disk, if there is one, and the place of the log.
        StandInError: a stand-in has ended meanwhile, which is noticed at once.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        _meanwhile.get()(found is not None)
        if found is not None:
            return found
        require_running()
        time.sleep(_LOOK_AGAIN_SECONDS)
    known = trouble()
    raise NotSeenError(f"not seen within {seconds:g} s: {what}{known and f'; {known}'}")
