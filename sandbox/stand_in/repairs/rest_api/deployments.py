"""CreateDeployment, DeleteDeployment, and what GetDeployment shows.

Restores: a deployment with canary settings becomes the canary of its stage, and the stage stays as it was. One without
them is refused for a stage that has a canary. An API without methods, or with a method without an integration, cannot
be deployed. A deployment that a stage or a canary uses cannot be deleted. Only `embed=apisummary` shows the summary.
The words are AWS':
https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json
https://github.com/serverless/serverless/issues/11518
https://github.com/hashicorp/terraform-provider-aws/issues/30733
https://github.com/hashicorp/terraform-provider-aws/issues/21210
https://github.com/cloudtools/troposphere/issues/496
"""

import json
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.rest_api.refusals import BadRequestError, bad_request
from sandbox.stand_in.repairs.rest_api.stages import check_variables, tidy
from sandbox.stand_in.settings import Settings

_INVALID = "Invalid deployment content specified."


def apply(settings: Settings) -> None:
    """Check first. A canary's deployment is made as one without a stage."""
    put_in_front(apigateway_v1, "_create_deployment", _create)
    put_in_front(apigateway_v1, "_delete_deployment", _delete)
    put_in_front(apigateway_v1, "handle_request", _without_summaries)


def _create(original: Original, api_id: str, data: Json) -> Response:
    canary, name = data.get("canarySettings"), data.get("stageName")
    stage = (apigateway_v1._stages_v1.get(api_id) or {}).get(name)
    try:
        _check_stage(canary, name, stage)
        _check_methods(api_id)
        check_variables(data.get("variables") or {})
        check_variables((canary or {}).get("stageVariableOverrides") or {})
    except BadRequestError as error:
        return bad_request(error)
    answer: Response = original(api_id, {**data, "stageName": None} if canary else data)
    if answer[0] == HTTPStatus.CREATED and canary and stage is not None:
        new = {"deploymentId": json.loads(answer[2])["id"], "percentTraffic": 0.0, "useStageCache": False}
        stage["canarySettings"] = {**new, **canary}
    elif answer[0] == HTTPStatus.CREATED and name:
        tidy(apigateway_v1._stages_v1.get(api_id)[name])
    return answer


def _check_stage(canary: Json | None, name: str | None, stage: Json | None) -> None:
    if canary and not name:
        shown = "null" if name is None else name
        raise BadRequestError(
            f"{_INVALID}Non null and non empty stageName must be provided for canary deployment. "
            f"Provided value is {shown}"
        )
    if canary and stage is None:
        raise BadRequestError(
            f"{_INVALID}Stage {name} must already be created before making a canary release deployment"
        )
    if stage and stage.get("canarySettings") and not canary:
        raise BadRequestError(
            f"{_INVALID}Non canary deployment not supported on stage {name} because Canary is enabled. "
            "Provide CanarySettings in deploymentInput."
        )


def _check_methods(api_id: str) -> None:
    resources = (apigateway_v1._resources.get(api_id) or {}).values()
    methods = [method for resource in resources for method in resource["resourceMethods"].values()]
    if api_id in apigateway_v1._rest_apis and not methods:
        raise BadRequestError("The REST API doesn't contain any methods")
    if any(not method.get("methodIntegration") for method in methods):
        raise BadRequestError("No integration defined for method")


def _delete(original: Original, api_id: str, deployment_id: str) -> Response:
    for stage in (apigateway_v1._stages_v1.get(api_id) or {}).values():
        if deployment_id in {stage.get("deploymentId"), (stage.get("canarySettings") or {}).get("deploymentId")}:
            return bad_request("Active stages pointing to this deployment must be moved or deleted")
    answer: Response = original(api_id, deployment_id)
    return answer


async def _without_summaries(original: Original, method: str, path: str, *content: Any) -> Response:  # noqa: ANN401 -- the library's own
    query = content[-1]
    status, kept, answer = await original(method, path, *content)
    is_deployment = path.startswith("/restapis/") and "deployments" in path.split("/")
    if not is_deployment or status >= HTTPStatus.BAD_REQUEST or not answer or "apisummary" in query.get("embed", []):
        return status, kept, answer
    found = json.loads(answer)
    for deployment in found.get("item", [found]):
        deployment.pop("apiSummary", None)
    return status, kept, json.dumps(found).encode()
