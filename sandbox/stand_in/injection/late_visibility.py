"""New versions and aliases that other calls do not see at once.

Lambda answers 404 for them now and then, right after they were made: https://github.com/aws/aws-cdk/issues/2084
"""

import json
import time
from collections.abc import Iterable
from http import HTTPStatus

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front

_seconds: dict[str, float] = {}
"""By the function's ARN."""
_hidden_until: dict[str, float] = {}
"""By the ARN of the version or alias."""


def apply() -> None:
    """Hide what is new from calls that name it."""
    for name in ("_publish_version", "_create_alias"):
        put_in_front(lambda_svc, name, _make)
    for name in ("_get_function", "_get_function_config", "_get_alias"):
        put_in_front(lambda_svc, name, _read)
    put_in_front(lambda_svc, "_update_alias", _update_alias)


def hide_new(function: str, seconds: float) -> None:
    """Hide what is new of a function in the current account and region for so many seconds."""
    _seconds[lambda_svc._func_arn(function)] = seconds


def _make(original: Original, name: str, data: Json) -> Response:
    function = lambda_svc._func_arn(name)
    refusal = _refusal(f"{function}:{version}" for version in _versions(data))
    if refusal:
        return refusal
    known = set((lambda_svc._functions.get(name) or {}).get("versions") or {})
    answer: Response = original(name, data)
    if answer[0] == HTTPStatus.CREATED and _seconds.get(function):
        made = json.loads(answer[2])
        if made.get("Version") not in known:
            new = made.get("AliasArn") or made["FunctionArn"]
            _hidden_until[new] = time.monotonic() + _seconds[function]
    return answer


def _read(original: Original, name: str, qualifier: str | None = None) -> Response:
    return _refusal([f"{lambda_svc._func_arn(name)}:{qualifier}"]) or original(name, qualifier)


def _update_alias(original: Original, name: str, alias: str, data: Json) -> Response:
    function = lambda_svc._func_arn(name)
    return _refusal(f"{function}:{each}" for each in (alias, *_versions(data))) or original(name, alias, data)


def _versions(alias: Json) -> list[str]:
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return [version for version in (alias.get("FunctionVersion"), *weights) if version]


def _refusal(arns: Iterable[str]) -> Response | None:
    hidden = next((arn for arn in arns if _hidden_until.get(arn, 0) > time.monotonic()), None)
    return error_response_json("ResourceNotFoundException", f"Function not found: {hidden}", 404) if hidden else None
