"""Routes with a JWT authorizer: which tokens they refuse, and how the claims of the others reach the function.

Restores: text that is not a token, and a token with an algorithm other than RSA, give a 401; in the library they give a
500 or are accepted. Claims that are null are left out, and claims that are objects are JSON without spaces. `scopes` is
null on a route that requires none, whatever the token has.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
https://github.com/awsdocs/amazon-api-gateway-developer-guide/issues/113
https://github.com/floci-io/floci/pull/2011
"""

import json
from typing import Any

from ministack.services import apigateway, lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

# API Gateway also accepts RS384 and RS512, which cannot be checked here.
_ALGORITHM = "RS256"
Verdict = tuple[Json | None, list[str] | None, Response | None]


def apply(settings: Settings) -> None:
    """Check the token, and format the claims."""
    put_in_front(apigateway, "_validate_jwt_authorizer", _validate)
    put_in_front(apigateway, "_jwt_claim_to_string", _text)
    put_in_front(lambda_svc, "_execute_function_with_config_scope", _with_null_scopes)


async def _validate(original: Original, route: Json, authorizer: Json, headers: Json, query_params: Json) -> Verdict:
    refused = None, None, apigateway._jwt_unauthorized()
    source = authorizer.get("identitySource", [])
    token = apigateway._extract_token_from_identity_source(source, headers, query_params) or ""
    try:
        if json.loads(apigateway._b64url_decode(token.split(".")[0]))["alg"] != _ALGORITHM:
            return refused
        claims, scopes, error = await original(route, authorizer, headers, query_params)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return refused
    if claims is not None:
        claims = {name: value for name, value in claims.items() if value is not None}
    return claims, scopes if route.get("authorizationScopes") else None, error


def _text(original: Original, value: object) -> str:
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(original(value))


def _with_null_scopes(original: Original, func: Json, event: Any) -> Json:  # noqa: ANN401 -- the caller's payload
    is_request = isinstance(event, dict) and event.get("version") == "2.0" and "http" in event.get("requestContext", {})
    if is_request:
        jwt = (event["requestContext"].get("authorizer") or {}).get("jwt") or {}
        if jwt.get("scopes") == []:
            jwt["scopes"] = None
    result: Json = original(func, event)
    return result
