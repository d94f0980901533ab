"""CreateStage and UpdateStage.

Restores: a stage can have a canary from the start. UpdateStage applies all operations or none, and refuses what it does
not know. Names and values of stage variables are checked. What a stage does not have is left out of its description.
The words are AWS':
https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json
https://github.com/serverless/serverless/issues/6133 and
https://github.com/awsdocs/amazon-api-gateway-developer-guide/issues/91 (variables)
That none is applied if one fails is not documented.
"""

import re
import time
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.rest_api.access_logs import check_log_role
from sandbox.stand_in.repairs.rest_api.refusals import BadRequestError, bad_request, not_found
from sandbox.stand_in.repairs.rest_api.stage_patches import patched
from sandbox.stand_in.settings import Settings

_NAME = re.compile(r"\w+", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9-._~:/?#&=,]+")
_SYMBOLS = "' ', -', '.', '_', ':', '/', '?', '&', '=', and ','"
_ALWAYS_SHOWN = frozenset({"methodSettings", "cacheClusterEnabled", "tracingEnabled"})


def apply(settings: Settings) -> None:
    """Check before anything is changed."""
    put_in_front(apigateway_v1, "_create_stage", _create)
    put_in_front(apigateway_v1, "_update_stage", partial(_update, settings.limits.canaries_alone))


def tidy(stage: Json) -> None:
    """Leave out what the stage does not have."""
    for name in [name for name, value in stage.items() if name not in _ALWAYS_SHOWN and value in (None, "", {}, [])]:
        del stage[name]
    stage["cacheClusterStatus"] = "NOT_AVAILABLE"


def check_variables(variables: Mapping[str, str]) -> None:
    """Raise BadRequestError for a name or a value that stage variables cannot have."""
    for name, value in variables.items():
        if not _NAME.fullmatch(name):
            raise BadRequestError(f"Invalid stage variable name: {name}.  Please use names with only word characters.")
        if not _VALUE.fullmatch(value or ""):
            raise BadRequestError(
                f"Invalid stage variable value: {value}.  Please use values with alphanumeric characters and the "
                f"symbols {_SYMBOLS}."
            )


def check_stage(api_id: str, stage: Json) -> None:
    """Raise BadRequestError for a stage that API Gateway would refuse."""
    canary, known = stage.get("canarySettings") or {}, apigateway_v1._deployments_v1.get(api_id) or {}
    for deployment in (stage.get("deploymentId"), canary.get("deploymentId", stage.get("deploymentId"))):
        if deployment not in known:
            raise BadRequestError("Deployment id does not exist")
    check_variables(stage.get("variables") or {})
    check_variables(canary.get("stageVariableOverrides") or {})
    if (stage.get("accessLogSettings") or {}).get("destinationArn"):
        check_log_role()


def _create(original: Original, api_id: str, data: Json) -> Response:
    stages = apigateway_v1._stages_v1.get(api_id) or {}
    if data.get("stageName") in stages:
        exists: Response = apigateway_v1._v1_error("ConflictException", "Stage already exists", 409)
        return exists
    if api_id in apigateway_v1._rest_apis:
        try:
            check_stage(api_id, data)
        except BadRequestError as error:
            return bad_request(error)
    answer: Response = original(api_id, data)
    if answer[0] != HTTPStatus.CREATED:
        return answer
    stage = apigateway_v1._stages_v1.get(api_id)[data["stageName"]]
    if canary := data.get("canarySettings"):
        defaults = {"deploymentId": stage["deploymentId"], "percentTraffic": 0.0, "useStageCache": False}
        stage["canarySettings"] = {**defaults, **canary}
    tidy(stage)
    created: Response = apigateway_v1._v1_response(stage, 201)
    return created


def _update(canaries_alone: bool, _original: Original, api_id: str, name: str, data: Json) -> Response:
    stage = (apigateway_v1._stages_v1.get(api_id) or {}).get(name)
    if stage is None:
        return not_found("Stage")
    try:
        new = patched(stage, data.get("patchOperations") or [], canaries_alone=canaries_alone)
        check_stage(api_id, new)
    except BadRequestError as error:
        return bad_request(error)
    new["lastUpdatedDate"] = int(time.time())
    tidy(new)
    stage.clear()
    stage.update(new)
    updated: Response = apigateway_v1._v1_response(stage)
    return updated
