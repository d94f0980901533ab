"""Faults that a test puts into functions of a running stand-in.

    faults = Faults(aws)
    faults.inject("gantry-ShiftTraffic", raises("Lambda.Unknown", "lost"), about="orders", times=2)
    …
    assert faults.hits("orders") == 2
    faults.clear("orders")

AWS has nothing like it: it stands for what goes wrong there by itself.
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
    """What happens to an invocation; made by one of the functions below."""

    kind: str
    error: str = ""
    message: str = ""
    seconds: float = 0.0


def raises(error: str, message: str = "injected") -> Fault:
    """The function does nothing, and answers with an error of this type."""
    return Fault("raises", error, message)


def times_out() -> Fault:
    """The function does nothing, and Lambda answers at once as if it had exceeded its timeout."""
    return Fault("times_out")


def killed() -> Fault:
    """The function runs, with all its effects; then its process ends before it has answered."""
    return Fault("killed")


def throttled() -> Fault:
    """The function runs in a process of its own, in which every call of an AWS API is refused for its rate.

    The SDK tries as often as it always does, but the pauses between the attempts are short.
    """
    return Fault("throttled")


def pauses(seconds: float) -> Fault:
    """The function runs, with all its effects; then its answer is held back.

    The pause ends early when the fault is cleared or the execution that waits for the answer has ended.
    """
    return Fault("pauses", seconds=seconds)


class Faults:
    """The faults of one stand-in, from any number of tests at a time."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in

    def inject(self, function: str, fault: Fault, about: str, times: int | None = None) -> None:
        """Let the fault hit the next `times` invocations of the function, or all, whose payload has `about` in it.

        `function` is the function's name. Of several faults that fit one invocation, the first that was injected and
        is not used up hits it.
        """
        body = {"function": function, "times": times, "fault": asdict(fault)}
        self._ask("POST", about, json.dumps(body).encode())

    def hits(self, about: str) -> int:
        """How many invocations the faults about this have hit, until they are cleared."""
        return self._ask("GET", about)["hits"]

    def held(self, about: str) -> int:
        """How many of them have done their work and had their answer held back."""
        return self._ask("GET", about)["held"]

    def clear(self, about: str) -> None:
        """Take back every fault about this, and end its pauses."""
        self._ask("DELETE", about)

    def _ask(self, method: str, about: str, content: bytes | None = None) -> dict[str, int]:
        url = f"{self._stand_in.endpoint}{PATH}?{urllib.parse.urlencode({'about': about})}"
        request = urllib.request.Request(url, content, method=method)  # noqa: S310 -- our own port
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own port
            counts: dict[str, int] = json.load(answer)
            return counts
