"""Routes that require a signature (AWS_IAM): which signatures they accept, and how they refuse the others.

Restores: the signature must be for API Gateway in the API's region, by a key of the API's account, because an HTTP API
has no resource policy that could allow another account. In the library any other Authorization header lets everybody
in. A refusal is a 403 with `{"message":"Forbidden"}`, whatever the reason. A request finds every API, also if another
account's key signed it.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

import re

from ministack import app
from ministack.core.responses import get_account_id
from ministack.services import apigateway

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_SIGNED_FOR = re.compile(r"AWS4-HMAC-SHA256 .*\bCredential=[^/,]+/\d{8}/([^/,]+)/([^/,]+)/aws4_request\b")


def apply(settings: Settings) -> None:
    """Check the signature's scope and account first, then let the policy engine decide."""
    put_in_front(apigateway, "find_api_scope", _of_any_account)
    put_in_front(app, "_enforce_execute_api", _enforce)


def _of_any_account(_original: Original, api_id: str) -> tuple[str, str] | None:
    places = ((account, region) for (account, region, known), _ in apigateway._apis.all_items() if known == api_id)
    return next(places, None)


def _enforce(  # noqa: PLR0913, PLR0917 -- the library's own
    original: Original, api_id: str, stage: str, method: str, path: str, headers: Json, *rest: object, **options: str
) -> Response | None:
    owner = apigateway.find_api_scope(api_id)
    if owner is None or apigateway.route_authorization_type(api_id, stage, method, path) != "AWS_IAM":
        allowed: Response | None = original(api_id, stage, method, path, headers, *rest, **options)
        return allowed
    account, region = owner
    signed_for = _SIGNED_FOR.match(headers.get("authorization", ""))
    if signed_for is None or signed_for.groups() != (region, "execute-api") or get_account_id() != account:
        return _forbidden()
    return _forbidden() if original(api_id, stage, method, path, headers, *rest, **options) else None


def _forbidden() -> Response:
    return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'
