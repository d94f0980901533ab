"""How often an API may be deployed: an option, because tests deploy more often than any pipeline.

Restores: CreateDeployment has one call in five seconds for each account and region, PutRestApi five times as many, and
the others are refused with TooManyRequestsException. Root users' calls do not count, as in `functions.request_rates`.
Further rates are not counted.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
https://docs.aws.amazon.com/apigateway/latest/api/CommonErrors.html
https://github.com/serverless-components/aws-api-gateway/issues/8 (the words)
"""

import re
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.functions.request_rates import ROOT_USER, Bucket
from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_DEPLOYMENTS = re.compile(r"/restapis/[^/]+/deployments/?")
_API = re.compile(r"/restapis/[^/]+/?")
_TIMES_AS_MANY = {"CreateDeployment": 1, "PutRestApi": 5}


def apply(settings: Settings) -> None:
    """Count calls before anything is done for them, if there is a rate."""
    rate = settings.limits.deployment_rate
    if rate is None:
        return
    buckets: dict[tuple[str, str, str], Bucket] = {}

    async def count(original: Original, method: str, path: str, *content: Any) -> Response:  # noqa: ANN401
        headers, _body, query = content
        call = _call(method, path)
        if call and not ROOT_USER.fullmatch(extract_access_key_id(headers, query)):
            own = Bucket(rate * _TIMES_AS_MANY[call])
            bucket = buckets.setdefault((get_account_id(), get_region(), call), own)
            if not bucket.take():
                refusal: Response = apigateway_v1._v1_error("TooManyRequestsException", "Too Many Requests", 429)
                return refusal
        answer: Response = await original(method, path, *content)
        return answer

    put_in_front(apigateway_v1, "handle_request", count)


def _call(method: str, path: str) -> str | None:
    """Return the name of a call that is counted."""
    if method == "POST" and _DEPLOYMENTS.fullmatch(path):
        return "CreateDeployment"
    return "PutRestApi" if method == "PUT" and _API.fullmatch(path) else None
