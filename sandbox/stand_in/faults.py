"""Faults that a test injects into functions of a running stand-in.

    faults = Faults(aws)
    faults.inject("gantry-ShiftTraffic", raises("Lambda.Unknown", "lost"), about="orders", times=2)
    …
    assert faults.hits("orders") == 2
    faults.clear("orders")

AWS has no such interface. The faults stand for what fails there by itself.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.stand_in.process import StandIn

PATH = "/_sandbox/faults"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to an invocation. Use the functions below to make one."""

    kind: str
    error: str = ""
    message: str = ""
    seconds: float = 0.0


def raises(error: str, message: str = "injected") -> Fault:
    """Return the fault of a function that does nothing and answers with an error of this type."""
    return Fault("raises", error, message)


def times_out() -> Fault:
    """Return the fault of a function that does nothing; Lambda answers at once as if it had exceeded its timeout."""
    return Fault("times_out")


def killed() -> Fault:
    """Return the fault of a function that runs, with all its effects, and whose process ends before it answers."""
    return Fault("killed")


def throttled() -> Fault:
    """Return the fault of a function whose AWS calls are all throttled.

    It runs in its own process. The SDK makes as many attempts as always, but waits less between them.
    """
    return Fault("throttled")


def pauses(seconds: float) -> Fault:
    """Return the fault of a function that runs, with all its effects, and whose answer is held back.

    The pause ends early when the fault is cleared, or when the execution that waits for the answer has ended.
    """
    return Fault("pauses", seconds=seconds)


class Faults:
    """The faults of one stand-in. Any number of tests can use them at the same time."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in

    def inject(self, function: str, fault: Fault, about: str, times: int | None = None) -> None:
        """Let the fault hit the next `times` invocations of the function whose payload contains `about` (None: all).

        `function` is the function's name. If several faults fit an invocation, the oldest one that is not used up hits
        it.
        """
        body = {"function": function, "times": times, "fault": asdict(fault)}
        self._ask("POST", about, json.dumps(body).encode())

    def hits(self, about: str) -> int:
        """Return how many invocations the faults about this have hit."""
        return self._ask("GET", about)["hits"]

    def held(self, about: str) -> int:
        """Return how many of them did their work and had their answer held back."""
        return self._ask("GET", about)["held"]

    def clear(self, about: str) -> None:
        """Remove every fault about this, and end its pauses."""
        self._ask("DELETE", about)

    def _ask(self, method: str, about: str, content: bytes | None = None) -> dict[str, int]:
        url = f"{self._stand_in.endpoint}{PATH}?{urllib.parse.urlencode({'about': about})}"
        request = urllib.request.Request(url, content, method=method)  # noqa: S310 -- our own port
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own port
            counts: dict[str, int] = json.load(answer)
            return counts
