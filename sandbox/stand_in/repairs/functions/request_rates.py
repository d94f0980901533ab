"""How often Lambda's control plane may be called: an option, because tests call it more often than any pipeline.

Restores: for each account and region, Lambda answers 15 calls a second over all operations together, and throttles the
others with `TooManyRequestsException`. GetFunction has 100 a second of its own and GetPolicy 15. Invocations have other
limits. The library answers all.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Lambda API requests"
https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html

The seconds are real ones, whatever the time scale is: calls are real work, which is not faster here. AWS documents no
burst; one second's calls may come at once. The root users are the tests and people that look on, so their calls do not
count, and neither do CloudFormation's, which do not come through the API here.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_GET_FUNCTION, _GET_POLICY, _OTHERS = "GetFunction", "GetPolicy", "all others"
_OWN_RATES = {_GET_FUNCTION: 100.0, _GET_POLICY: 15.0}
_INVOCATION = re.compile(r"/(invocations|response-streaming-invocations|invoke-async)/?$")
_OWN_BUCKETS = ((re.compile(r"/functions/[^/]+/?$"), _GET_FUNCTION), (re.compile(r"/policy/?$"), _GET_POLICY))
ROOT_USER = re.compile(r"\d{12}")


@dataclass(slots=True)
class Bucket:
    """How many calls are left. It fills up at a rate, to one second's calls at most."""

    rate: float
    left: float = 1.0
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Take one call out of the bucket, if there is one."""
        now = time.monotonic()
        self.left = min(self.left + (now - self.at) * self.rate, max(self.rate, 1.0))
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


_buckets: dict[tuple[str, str, str], Bucket] = {}


def apply(settings: Settings) -> None:
    """Count calls before anything is done for them, if there is a rate."""
    if settings.limits.lambda_rate is None:
        return
    rates = {**_OWN_RATES, _OTHERS: settings.limits.lambda_rate}

    async def count(original: Original, method: str, path: str, headers: Json, *content: Any) -> Response:  # noqa: ANN401
        kind, (_, query) = _kind_of(method, path), content
        if kind is not None and not ROOT_USER.fullmatch(extract_access_key_id(headers, query)):
            place = get_account_id(), get_region(), kind
            bucket = _buckets.setdefault(place, Bucket(rates[kind], left=max(rates[kind], 1.0)))
            if not bucket.take():
                reason = {"Reason": "CallerRateLimitExceeded", "Type": "User"}
                refusal: Response = error_response_json("TooManyRequestsException", "Rate exceeded", 429, reason)
                return refusal
        answer: Response = await original(method, path, headers, *content)
        return answer

    put_in_front(lambda_svc, "handle_request", count)


def _kind_of(method: str, path: str) -> str | None:
    """Return whose bucket a call is taken from; None for an invocation."""
    if _INVOCATION.search(path):
        return None
    if method == "GET":
        return next((kind for pattern, kind in _OWN_BUCKETS if pattern.search(path)), _OTHERS)
    return _OTHERS
