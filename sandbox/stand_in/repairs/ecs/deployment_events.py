"""The events of service deployments and their hooks, on the account's default bus.

Restores: both kinds of events, in AWS' words. An event of a deployment names the service in its resources, and one of a
hook the deployment. A deployment that goes back begins a second time, and completes, too. It is said to have failed
only where the circuit breaker is turned on.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html
"""

import datetime

from ministack.core.responses import new_uuid

from sandbox.stand_in.repairs.aws_events import put_aws_event
from sandbox.stand_in.repairs.ecs.state import Rollout
from sandbox.stand_in.repairs.replacing import Json

_SOURCE = "aws.ecs"


def tell_of_deployment(rollout: Rollout, name: str, reason: str) -> None:
    """Put an event of a deployment, such as SERVICE_DEPLOYMENT_COMPLETED."""
    failed = name == "SERVICE_DEPLOYMENT_FAILED"
    if failed and not rollout.record["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"]:
        return
    detail = {
        "eventType": "ERROR" if failed else "INFO",
        "eventName": name,
        "deploymentId": rollout.entry["id"],
        "updatedAt": _iso(datetime.datetime.now(datetime.UTC).timestamp()),
        "reason": reason,
    }
    put_aws_event(_SOURCE, "ECS Deployment State Change", detail, rollout.service["serviceArn"])


def tell_of_hook(rollout: Rollout, hook: Json, stage: str) -> None:
    """Put the event of a hook's present status."""
    now = datetime.datetime.now(datetime.UTC).timestamp()
    detail = {
        "eventType": "ERROR" if hook["status"] in {"FAILED", "TIMED_OUT"} else "INFO",
        "eventName": f"HOOK_{hook['status']}",
        "hookId": hook["hookId"],
        "hookType": hook["targetType"],
        "expiresAt": _iso(hook["expiresAt"]),
        "lifecycleStage": stage,
        "clusterArn": rollout.service["clusterArn"],
        "serviceArn": rollout.service["serviceArn"],
        "serviceDeploymentArn": rollout.arn,
        "updatedAt": _iso(now),
    }
    put_aws_event(_SOURCE, "ECS Hook State Change", detail, rollout.arn)


def note(service: Json, message: str) -> None:
    """Add a line to the service's own list of events, newest first."""
    event = {"id": new_uuid(), "createdAt": _iso(datetime.datetime.now(datetime.UTC).timestamp())}
    service["events"].insert(0, {**event, "message": f"(service {service['serviceName']}) {message}"})
    del service["events"][100:]


def _iso(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
