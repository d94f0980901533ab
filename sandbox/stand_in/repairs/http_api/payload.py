"""The payload that an HTTP API sends to a function, and the response that it makes of the result.

Restores: cookies are in `cookies`, not in a header, and absent keys are left out instead of null. A function that fails
gives a 500 with `{"message":"Internal Server Error"}` and no details. API Gateway needs the function's permission,
which names the route, not the path of the request. The API answers OPTIONS itself only if it has CORS configured.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-dynamo-db.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

import json
from typing import Any

from ministack.services import apigateway, lambda_svc

from sandbox.stand_in.repairs.events.delivery import service_allowed
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_API_GATEWAY = "apigateway.amazonaws.com"
_ERROR = 500, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}'


def apply(settings: Settings) -> None:
    """Change the payload and the response."""
    put_in_front(lambda_svc, "_execute_function_with_config_scope", _with_a_tidy_event)
    put_in_front(lambda_svc, "lambda_execute_result_to_api_proxy_response", _without_the_error)
    put_in_front(apigateway, "_invoke_lambda_proxy", _if_permitted)
    put_in_front(apigateway, "_handle_execute_in_scope", _options_like_any_method)


def _with_a_tidy_event(original: Original, func: Json, event: Any) -> Json:  # noqa: ANN401 -- the caller's payload
    is_request = isinstance(event, dict) and event.get("version") == "2.0" and "http" in event.get("requestContext", {})
    if is_request:
        event = {key: value for key, value in event.items() if value is not None}
        headers = dict(event["headers"])
        cookies = headers.pop("cookie", None)
        event["headers"] = headers
        if cookies:
            event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    result: Json = original(func, event)
    return result


def _without_the_error(original: Original, result: Json) -> tuple[Json | None, str | None]:
    if result.get("error") and not result.get("throttle"):
        status, headers, body = _ERROR
        return {"statusCode": status, "headers": headers, "body": body.decode()}, None
    answer: tuple[Json | None, str | None] = original(result)
    return answer


async def _if_permitted(
    original: Original, integration: Json, api_id: str, *request: object, **options: object
) -> Response:
    stage, _path, method, _headers, _body, _query, route_key = request[:7]
    account, region = options["owner_account_id"], options["owner_region"]
    function = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
    route = str(route_key).partition(" ")[2] or f"/{route_key}"
    source = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{method}{route}"
    policy = lambda_svc.function_policy_for_arn(function)
    if policy is None or not service_allowed(policy[0], "lambda:InvokeFunction", function, source, _API_GATEWAY):
        return _ERROR
    return await original(integration, api_id, *request, **options)


async def _options_like_any_method(
    original: Original, api_id: str, stage: str, path: str, method: str, *rest: object
) -> Response:
    api = apigateway._apis.get(api_id) or {}
    if method == "OPTIONS" and not api.get("corsConfiguration"):
        if not apigateway._match_route(api_id, method, path):
            return 404, {"Content-Type": "application/json"}, json.dumps({"message": "Not Found"}).encode()
        # The library itself answers only the upper-case method.
        method = "options"
    return await original(api_id, stage, path, method, *rest)
