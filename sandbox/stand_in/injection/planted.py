"""The faults that are injected at the moment, and which of them hits an invocation."""

import json
import threading
from dataclasses import dataclass, field

from sandbox.stand_in.faults import Fault


@dataclass(slots=True)
class Planted:
    """A fault, the function it is in, and how many invocations it may still hit (None: all)."""

    function: str
    about: str
    fault: Fault
    left: int | None
    hits: int = 0
    held: int = 0
    """How many invocations did their work and had their answer held back."""
    cleared: threading.Event = field(default_factory=threading.Event)


_planted: list[Planted] = []
_lock = threading.Lock()


def plant(planted: Planted) -> None:
    """Add a fault."""
    with _lock:
        _planted.append(planted)


def take(function: str, event: object) -> Planted | None:
    """Return the fault that hits an invocation of the function with this event, and count the hit."""
    if not _planted:
        return None
    payload = json.dumps(event, ensure_ascii=False)
    with _lock:
        for each in _planted:
            if each.function == function and each.left != 0 and each.about in payload:
                each.hits += 1
                each.left = None if each.left is None else each.left - 1
                return each
    return None


def hits(about: str) -> int:
    """Return how many invocations the faults about this have hit."""
    with _lock:
        return sum(each.hits for each in _planted if each.about == about)


def held(about: str) -> int:
    """Return how many invocations the faults about this have held back after their work."""
    with _lock:
        return sum(each.held for each in _planted if each.about == about)


def kinds() -> set[str]:
    """Return the kinds of the faults that are left."""
    with _lock:
        return {each.fault.kind for each in _planted}


def clear(about: str) -> None:
    """Remove the faults about this."""
    with _lock:
        gone = [each for each in _planted if each.about == about]
        _planted[:] = [each for each in _planted if each.about != about]
    for each in gone:
        each.cleared.set()
