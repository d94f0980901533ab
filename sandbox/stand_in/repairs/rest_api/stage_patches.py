"""The operations of UpdateStage.

`copy` takes a canary's deployment or variables over into the stage; the stage's other variables stay. `replace` of a
canary's setting makes a canary if there is none, of the stage's own deployment and at 0 %. `add` is refused. The words
are AWS', but for the share of the traffic; the list of valid paths is shortened.
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json

Whether a canary may be removed together with other operations is not known: each was recorded alone. It may, unless the
setting `canaries_alone` says otherwise; the words are made up then.
"""

import copy
from collections.abc import Sequence

from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.rest_api.refusals import BadRequestError

_CANARY = "canarySettings"
_COPIES = {
    "/deploymentId": "/canarySettings/deploymentId",
    "/variables": "/canarySettings/stageVariableOverrides",
}
_MOST_PERCENT = 100
_SETTINGS = frozenset(
    {"description", "cacheClusterEnabled", "cacheClusterSize", "clientCertificateId", "tracingEnabled"}
)
_LOG_SETTINGS = frozenset({"destinationArn", "format"})
_METHOD_SETTING_PARTS = 4


def patched(stage: Json, operations: Sequence[Json], *, canaries_alone: bool = False) -> Json:
    """Return the stage after all operations; the stage itself does not change. Raises BadRequestError."""
    removals = [each for each in operations if each.get("op") == "remove" and each.get("path") == f"/{_CANARY}"]
    if canaries_alone and removals and len(operations) > 1:
        raise BadRequestError("Invalid patch: /canarySettings cannot be removed together with other operations")
    new = copy.deepcopy(stage)
    for operation in operations:
        kind, path = str(operation.get("op")), str(operation.get("path"))
        match kind:
            case "copy":
                _copy(new, path, str(operation.get("from")))
            case "replace":
                _replace(new, path, str(operation.get("value")))
            case "remove":
                _remove(new, path)
            case _:
                raise BadRequestError(f"Invalid {kind} operation with path: {path}")
    return new


def _copy(stage: Json, path: str, source: str) -> None:
    if _COPIES.get(path) != source:
        raise BadRequestError(
            f"Invalid copy operation with path: {path} and from {source}. Valid copy:path are "
            f"[{', '.join(_COPIES)}] and valid copy:from are [{', '.join(_COPIES.values())}]"
        )
    canary = stage.get(_CANARY)
    if canary is None:
        raise BadRequestError("Promotion not available. Canary does not exist.")
    if path == "/deploymentId":
        stage["deploymentId"] = canary["deploymentId"]
    else:
        stage["variables"] = {**stage.get("variables", {}), **canary.get("stageVariableOverrides", {})}


def _replace(stage: Json, path: str, value: str) -> None:
    parts = path.removeprefix("/").split("/")
    match parts:
        case ["canarySettings", *setting] if setting:
            _replace_in_canary(stage, path, setting, value)
        case ["deploymentId"]:
            stage["deploymentId"] = value
        case ["variables", name]:
            stage.setdefault("variables", {})[name] = value
        case [name] if name in _SETTINGS:
            apigateway_v1._apply_stage_patch(stage, [{"op": "replace", "path": path, "value": value}])
        case ["accessLogSettings", name] if name in _LOG_SETTINGS:
            stage.setdefault("accessLogSettings", {})[name] = value
        case [*_] if len(parts) >= _METHOD_SETTING_PARTS and "canarySettings" not in parts:
            apigateway_v1._apply_stage_patch(stage, [{"op": "replace", "path": path, "value": value}])
        case _:
            raise BadRequestError(_invalid_path(path))


def _replace_in_canary(stage: Json, path: str, setting: Sequence[str], value: str) -> None:
    new: Json = {"deploymentId": stage["deploymentId"], "percentTraffic": 0.0, "useStageCache": False}
    canary = stage.setdefault(_CANARY, new)
    match setting:
        case ["deploymentId"]:
            canary["deploymentId"] = value
        case ["percentTraffic"]:
            canary["percentTraffic"] = _percent(value)
        case ["useStageCache"]:
            canary["useStageCache"] = value == "true"
        case ["stageVariableOverrides", name]:
            canary.setdefault("stageVariableOverrides", {})[name] = value
        case _:
            raise BadRequestError(_invalid_path(path))


def _percent(value: str) -> float:
    try:
        percent = float(value)
    except ValueError:
        percent = -1
    if not 0 <= percent <= _MOST_PERCENT:
        raise BadRequestError(f"Invalid percent traffic: {value}. It must be between 0.0 and 100.0")
    return percent


def _remove(stage: Json, path: str) -> None:
    parts = path.removeprefix("/").split("/")
    match parts:
        case ["canarySettings"] | ["accessLogSettings"]:
            stage.pop(parts[0], None)
        case ["canarySettings", "stageVariableOverrides", name]:
            _remove_override(stage.get(_CANARY) or {}, name)
        case ["variables", name]:
            stage.get("variables", {}).pop(name, None)
        case [resource, method] if f"{resource}/{method}" in stage.get("methodSettings", {}):
            del stage["methodSettings"][f"{resource}/{method}"]
        case _:
            setting = path.removeprefix("/")
            raise BadRequestError(
                f"Cannot remove method setting {setting} because there is no method setting for this method "
            )


def _remove_override(canary: Json, name: str) -> None:
    overrides = canary.get("stageVariableOverrides", {})
    overrides.pop(name, None)
    if not overrides:
        canary.pop("stageVariableOverrides", None)


def _invalid_path(path: str) -> str:
    paths = (
        "/deploymentId, /description, /accessLogSettings/destinationArn, /variables/{variable_name}, /tracingEnabled"
    )
    return f"Invalid method setting path: {path}. Must be one of: [{paths}]"
