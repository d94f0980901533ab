"""What happens to the functions of one account and region by itself on AWS, and on a stand-in when a test says so.

    prod = LambdaFaults(aws, PROD)
    prod.put_to_sleep("orders", "7")
    prod.look_for_image("orders", "6")
    with LambdaFaults(aws, PROD, "eu-west-1").hanging():
        …

AWS has no such interface.
"""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.stand_in.accounts import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.stand_in.process import StandIn

PATH = "/_sandbox/lambda"


class LambdaFaults:
    """The Lambda service of one account and region. A function or version that it does not know is an HTTPError 404."""

    def __init__(self, stand_in: StandIn, account: str, region: str = REGION) -> None:
        self._stand_in = stand_in
        self._place = {"account": account, "region": region}

    def put_to_sleep(self, function: str, version: str = "$LATEST", wakes_after: float | None = None) -> None:
        """Let a version be Inactive, as after weeks without an invocation.

        `wakes_after` is how many seconds it needs once it is invoked; a scaled minute if it is None.
        """
        self._ask("sleep", function=function, version=version, wakes_after=wakes_after)

    def look_for_image(self, function: str, version: str = "$LATEST") -> str:
        """Let Lambda fetch a version's image again, as it does from time to time; return the version's state.

        It is `Failed` if the image is gone. Delete it from ECR first.
        """
        return str(self._ask("look_for_image", function=function, version=version)["state"])

    def hide_new(self, function: str, seconds: float) -> None:
        """Let new versions and aliases of a function be unknown for so many seconds; 0 stops hiding the next ones."""
        self._ask("hide_new", function=function, seconds=seconds)

    @contextmanager
    def hanging(self, function: str | None = None) -> Iterator[None]:
        """Let all calls about the function (None: all calls) get no answer while the block runs.

        They are lost: they have no effect, and those that still wait at the end get an error of Lambda.
        """
        self._ask("hang", function=function)
        try:
            yield
        finally:
            self._ask("answer", function=function)

    def unanswered(self) -> int:
        """Return how many calls have got no answer so far."""
        return int(self._ask("unanswered")["calls"])

    def _ask(self, what: str, **details: object) -> dict[str, Any]:
        body = json.dumps({"what": what, **self._place, **details}).encode()
        request = urllib.request.Request(f"{self._stand_in.endpoint}{PATH}", body)  # noqa: S310 -- our own port
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own port
            found: dict[str, Any] = json.load(answer)
            return found
