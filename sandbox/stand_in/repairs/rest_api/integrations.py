"""What a method's integration asks for, and what becomes of its answer.

Restores: `${stageVariables.name}` in an integration's URI is the variable's value, or nothing. API Gateway needs the
permission of the function, and an alias needs one of its own; without it a request has status 500, and the access log
has the reason. A function that fails, or whose answer is no response, gives status 502. The templates of a MOCK
integration are rendered. The function sees the request's own id.
https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
https://github.com/DataBiosphere/azul/issues/8301 (the status, and the reason in the access log)
"""

import json
import re
import time
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway_v1, lambda_svc

from sandbox.stand_in.repairs.events.delivery import service_allowed
from sandbox.stand_in.repairs.iam.decisions import role_may
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.repairs.rest_api.snapshots import Served, canary_mark, current
from sandbox.stand_in.settings import Settings

_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_API_GATEWAY = "apigateway.amazonaws.com"
_INVOKE = "lambda:InvokeFunction"
_NO_PERMISSION = "Execution failed due to configuration error: Invalid permissions on Lambda function"
_BAD_GATEWAY = {
    "statusCode": 502,
    "headers": {"Content-Type": "application/json"},
    "body": '{"message": "Internal server error"}',
}


def apply(settings: Settings) -> None:
    """Resolve, permit, and answer."""
    put_in_front(apigateway_v1, "_extract_lambda_ref_from_integration_uri", _resolve)
    put_in_front(apigateway_v1, "_build_lambda_event_v1", _with_request_id)
    put_in_front(apigateway_v1, "_invoke_lambda_proxy_v1", _invoke_if_permitted)
    put_in_front(apigateway_v1, "_invoke_lambda_custom_v1", _invoke_if_permitted)
    put_in_front(apigateway_v1, "_invoke_http_proxy_v1", _invoke_url)
    put_in_front(apigateway_v1, "_lambda_proxy_response", _proxy_response)
    put_in_front(apigateway_v1, "_invoke_mock_v1", _rendered)


def _with_variables(uri: str) -> str:
    served = current()
    variables = (served.stage.get("variables") or {}) if served else {}
    return _VARIABLE.sub(lambda found: variables.get(found[1], ""), uri)


def _resolve(original: Original, uri: str) -> str:
    return str(original(_with_variables(uri or "")))


async def _invoke_url(original: Original, integration: Json, *request: object) -> object:
    return await _timed(original, {**integration, "uri": _with_variables(integration["uri"])}, *request)


async def _invoke_if_permitted(original: Original, integration: Json, *request: Any, **options: object) -> object:  # noqa: ANN401
    api_id, stage_name, _stage, resource, _path, method = request[:6]
    function = apigateway_v1._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
    source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api_id}/{stage_name}/{method}{resource['path']}"
    if not _permitted(function, source, integration.get("credentials")):
        served = current()
        if served is not None:
            served.error = _NO_PERMISSION
        return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
    return await _timed(original, integration, *request, **options)


def _with_request_id(original: Original, *request: object, **options: object) -> Json:
    event: Json = original(*request, **options)
    served = current()
    if served is not None and "request_id" in served.request:
        event["requestContext"].update(dict.fromkeys(("requestId", "extendedRequestId"), served.request["request_id"]))
    return event


def _permitted(function: str, source: str, role: str | None) -> bool:
    """Return whether the function's policy lets the API invoke it, or the role that the integration names may."""
    if role:
        return role_may(role, _INVOKE, function, get_region())
    policy = lambda_svc.function_policy_for_arn(function)
    return policy is not None and service_allowed(policy[0], _INVOKE, function, source, _API_GATEWAY)


async def _timed(original: Original, *request: object, **options: object) -> object:
    began = time.monotonic()
    answer = await original(*request, **options)
    served = current()
    if served is not None:
        served.integration_milliseconds = (time.monotonic() - began) * 1000
    return answer


def _proxy_response(original: Original, result: Json) -> tuple[Json | None, str | None]:
    body = result.get("body")
    if result.get("throttle"):
        throttled: tuple[Json | None, str | None] = original(result)
        return throttled
    if result.get("error") or not isinstance(body, dict) or "statusCode" not in body:
        return _BAD_GATEWAY, None
    answer: tuple[Json | None, str | None] = original(result)
    return answer


def _rendered(original: Original, integration: Json) -> object:
    served = current()
    if served is None:
        return original(integration)
    responses = {
        code: {**response, "responseTemplates": _render(response.get("responseTemplates") or {}, served)}
        for code, response in (integration.get("integrationResponses") or {}).items()
    }
    requests = _render(integration.get("requestTemplates") or {}, served)
    return original({**integration, "requestTemplates": requests, "integrationResponses": responses})


def _render(templates: Json, served: Served) -> Json:
    context = {
        "apiId": served.api_id,
        "stage": served.stage["stageName"],
        "deploymentId": served.stage["deploymentId"],
        "isCanaryRequest": canary_mark(served),
        "requestId": served.request.get("request_id", ""),
    }
    variables = {"stageVariables": served.stage.get("variables") or {}}

    def render(template: object) -> str:
        text = template if isinstance(template, str) else json.dumps(template)
        state = {"vars": dict(variables), "context": context, "body": "", "params": {}, "gobbled": False}
        return str(apigateway_v1._vtl_render(text, state))

    return {kind: render(template) for kind, template in templates.items()}
