"""What ECS may do otherwise than it says, and what happens to services there by itself.

    prod = EcsFaults(aws, PROD)
    prod.ignore_pauses("main/orders")
    prod.never_start("main/orders")
    prod.expire("main/orders")
    prod.behave("main/orders")

AWS has no such interface. A service is named by its cluster and its name; one that is not there is an HTTPError 404.
Each call replaces what an earlier one has asked of that service.
"""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from sandbox.stand_in.accounts import REGION

if TYPE_CHECKING:
    from sandbox.stand_in.process import StandIn

PATH = "/_sandbox/ecs"


class EcsFaults:
    """The services of one account and region."""

    def __init__(self, stand_in: StandIn, account: str, region: str = REGION) -> None:
        self._stand_in = stand_in
        self._place = {"account": account, "region": region}

    def behave(self, service: str) -> None:
        """Let the service's deployments do again what ECS says."""
        self._behave(service)

    def ignore_pauses(self, service: str) -> None:
        """Let its deployments go on where a pause should hold them."""
        self._behave(service, ignores_pauses=True)

    def pause_once(self, service: str) -> None:
        """Let a deployment pause before its first step, but before no other."""
        self._behave(service, pauses_once=True)

    def never_start(self, service: str) -> None:
        """Let new tasks exit before they are healthy."""
        self._behave(service, never_starts=True)

    def shift_slowly(self, service: str, seconds: float, back: float | None = None) -> None:
        """Let it take so many seconds until the traffic has moved; None for the way back is as long as always."""
        self._behave(service, shift_seconds=seconds, back_seconds=back)

    def fail_to_go_back(self, service: str) -> None:
        """Let rollbacks end as ROLLBACK_FAILED, with the traffic where it was."""
        self._behave(service, cannot_go_back=True)

    def expire(self, service: str) -> int:
        """Let the pauses that wait now time out at once; return how many there were."""
        return int(self._ask("expire", service)["pauses"])

    def _behave(self, service: str, **behaviour: object) -> None:
        self._ask("behave", service, behaviour=behaviour)

    def _ask(self, what: str, service: str, **details: object) -> dict[str, Any]:
        body = json.dumps({"what": what, **self._place, "service": service, **details}).encode()
        request = urllib.request.Request(f"{self._stand_in.endpoint}{PATH}", body)  # noqa: S310 -- our own port
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own port
            found: dict[str, Any] = json.load(answer)
            return found
