"""What CloudWatch counts of one account and region, and how it fails, when a test says so.

    prod = Metrics(aws, PROD)
    prod.record_requests("orders", "live", "8", at, requests=6_000, failed=240)
    prod.record_answers(load_balancer, group, at, requests=6_000, failed=240)
    with prod.refusing("Throttling", "Rate exceeded"):
        …
    with prod.answering("PartialData", "Errors"):
        …

AWS has no such interface, and nobody can put metrics into its own namespaces.
"""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.stand_in.accounts import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.stand_in.process import StandIn

PATH = "/_sandbox/cloudwatch"


class Metrics:
    """CloudWatch in one account and region."""

    def __init__(self, stand_in: StandIn, account: str, region: str = REGION) -> None:
        self._stand_in = stand_in
        self._place = {"account": account, "region": region}

    def record_requests(  # noqa: PLR0913 -- all that Lambda counts
        self,
        function: str,
        alias: str,
        version: str,
        at: datetime,
        *,
        requests: int = 0,
        failed: int = 0,
        throttled: int = 0,
        milliseconds: float = 100,
    ) -> None:
        """Record what Lambda would of requests to a version behind an alias that begin at one moment.

        `requests` were served, and `failed` is how many of them had an error. `throttled` were not served.
        """
        counts = {"requests": requests, "failed": failed, "throttled": throttled, "milliseconds": milliseconds}
        self._ask("record", function=function, alias=alias, version=version, at=at.timestamp(), **counts)

    def record_answers(  # noqa: PLR0913 -- all that a load balancer counts
        self,
        load_balancer: str,
        group: str,
        at: datetime,
        *,
        requests: int,
        failed: int = 0,
        unreachable: int = 0,
        milliseconds: float = 100,
    ) -> None:
        """Record what a load balancer would of requests to a target group (both by ARN) at one moment.

        `requests` were answered, `failed` of them with status 500. For `unreachable` more, no target could be reached.
        """
        counts = {"requests": requests, "failed": failed, "unreachable": unreachable, "milliseconds": milliseconds}
        self._ask("answers", load_balancer=load_balancer, group=group, at=at.timestamp(), **counts)

    @contextmanager
    def refusing(self, code: str, message: str, metric: str | None = None) -> Iterator[None]:
        """Refuse each GetMetricData call (None), or each that asks for a metric of this name, while the block runs."""
        self._ask("refuse", code=code, message=message, metric=metric)
        try:
            yield
        finally:
            self._ask("recover")

    @contextmanager
    def answering(self, status: str, metric: str | None = None) -> Iterator[None]:
        """Give each query (None), or each for a metric of this name, a status and no values while the block runs."""
        self._ask("answer", status=status, metric=metric)
        try:
            yield
        finally:
            self._ask("recover")

    def _ask(self, what: str, **details: object) -> None:
        body = json.dumps({"what": what, **self._place, **details}).encode()
        request = urllib.request.Request(f"{self._stand_in.endpoint}{PATH}", body)  # noqa: S310 -- our own port
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own port
            answer.read()
