"""The calls about service deployments and service revisions.

Restores: they are listed, newest first, and described, up to 20 at once. One that has not ended can be stopped, which
takes it back, and one that waits at a pause continues. The library has none of these.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/continue-service-deployment.html
"""

from ministack.core.responses import json_response
from ministack.services import ecs

from sandbox.stand_in.repairs.ecs import pauses
from sandbox.stand_in.repairs.ecs.refusals import RefusedError, answering, described, few, invalid
from sandbox.stand_in.repairs.ecs.service_revisions import known_revisions
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout, all_states, rollout_of, service_of, state_of
from sandbox.stand_in.repairs.replacing import Json, Response
from sandbox.stand_in.settings import Settings

_BRIEF = (
    "serviceDeploymentArn",
    "serviceArn",
    "clusterArn",
    "startedAt",
    "createdAt",
    "finishedAt",
    "status",
    "statusReason",
)
_PAGE = 20


def apply(settings: Settings) -> None:
    """Answer the calls."""
    calls = {
        "ListServiceDeployments": _list,
        "DescribeServiceDeployments": _describe,
        "DescribeServiceRevisions": _describe_revisions,
        "StopServiceDeployment": _stop,
        "ContinueServiceDeployment": _continue,
    }
    ecs._ACTION_MAP.update({action: answering(call) for action, call in calls.items()})


def _list(data: Json) -> Response:
    state, statuses, created = state_of(service_of(data)["serviceArn"]), data.get("status"), data.get("createdAt") or {}
    with LOCK:
        rollouts = [
            each
            for each in reversed(state.rollouts.values())
            if (not statuses or each.record["status"] in statuses)
            and created.get("after", 0) <= each.record["createdAt"] <= created.get("before", float("inf"))
        ]
        start, size = int(data.get("nextToken") or 0), data.get("maxResults") or _PAGE
        more = {"nextToken": str(start + size)} if len(rollouts) > start + size else {}
        return json_response({"serviceDeployments": [_brief(each) for each in rollouts[start : start + size]], **more})


def _brief(rollout: Rollout) -> Json:
    shown = {name: rollout.record[name] for name in _BRIEF if name in rollout.record}
    return {**shown, "targetServiceRevisionArn": rollout.target}


def _describe(data: Json) -> Response:
    arns = few(data["serviceDeploymentArns"])
    with LOCK:
        known = {arn: each.record for state in all_states().values() for arn, each in state.rollouts.items()}
        return json_response(described("serviceDeployments", arns, known))


def _describe_revisions(data: Json) -> Response:
    arns = few(data["serviceRevisionArns"])
    return json_response(described("serviceRevisions", arns, known_revisions(arns)))


def _stop(data: Json) -> Response:
    rollout = rollout_of(data["serviceDeploymentArn"])
    if data.get("stopType", "ROLLBACK") != "ROLLBACK":
        raise invalid("The stop type ABORT is not supported.")
    with LOCK:
        if not rollout.in_flight:
            raise RefusedError("ConflictException", "The service deployment has already completed.")
        if rollout.record["status"] in {"PENDING", "IN_PROGRESS"}:
            rollout.asked = "ROLLBACK"
            rollout.record["status"] = "ROLLBACK_REQUESTED"
    return json_response({"serviceDeploymentArn": rollout.arn})


def _continue(data: Json) -> Response:
    rollout = rollout_of(data["serviceDeploymentArn"])
    pauses.answer(rollout, data["hookId"], data.get("action") or "CONTINUE")
    return json_response({"serviceDeploymentArn": rollout.arn})
