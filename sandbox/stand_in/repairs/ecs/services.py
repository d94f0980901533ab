"""CreateService, UpdateService and DeleteService.

Restores: what needs new tasks begins a service deployment, and nothing else does. A missing or inactive task definition
is refused, and so is a cluster that does not exist. A service says which deployment is its newest one, and which
revisions run.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
The words are AWS': https://github.com/aws/aws-cdk/issues/33195, https://github.com/boto/boto3/issues/1936
Not documented: that a value which the service has already begins no deployment.
For speed, not fidelity: the time scale shortens ECS' minutes.
"""

import json
import secrets
import time
from functools import partial
from http import HTTPStatus

from ministack.core.responses import json_response
from ministack.services import ecs

from sandbox.stand_in.repairs.ecs import walks
from sandbox.stand_in.repairs.ecs.configurations import ROLLING, check_load_balancers, merged
from sandbox.stand_in.repairs.ecs.refusals import RefusedError, answering, invalid
from sandbox.stand_in.repairs.ecs.service_revisions import arn_within, make_revision
from sandbox.stand_in.repairs.ecs.shares import show
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout, forget, service_of, state_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_MINUTE_SECONDS = 60
_NEED_TASKS = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
_ONLY_KEPT = (
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "capacityProviderStrategy",
    "placementConstraints",
    "placementStrategy",
    "enableECSManagedTags",
    "propagateTags",
    "availabilityZoneRebalancing",
)


def apply(settings: Settings) -> None:
    """Begin deployments instead of starting tasks."""
    minute = settings.limits.ecs_minute or _MINUTE_SECONDS * settings.time_scale
    ecs._get_docker = lambda: None  # no container is ever started
    ecs._reconcile_service_tasks = lambda *_: None
    put_in_front(ecs, "_create_service", answering(partial(_create, minute)))
    put_in_front(ecs, "_update_service", answering(partial(_update, minute)))
    put_in_front(ecs, "_delete_service", answering(_delete))
    for action in ("CreateService", "UpdateService", "DeleteService"):
        name = "_" + action.replace("Service", "_service").lower()
        ecs._ACTION_MAP[action] = getattr(ecs, name)


def _create(minute: float, original: Original, data: Json) -> Response:
    if ecs._resolve_cluster_name(data.get("cluster") or "default") not in ecs._clusters:
        raise RefusedError("ClusterNotFoundException", "Cluster not found.")
    configuration = merged(None, data.get("deploymentConfiguration"))
    check_load_balancers(configuration, data)
    arn = _usable(data.get("taskDefinition") or "")
    with LOCK:
        answer: Response = original({**data, "taskDefinition": arn, "deploymentConfiguration": configuration})
        if answer[0] != HTTPStatus.OK:
            return answer
        service = service_of(data, "serviceName")
        service |= {name: data[name] for name in (*_NEED_TASKS, *_ONLY_KEPT) if data.get(name) is not None}
        service["deployments"] = []
        rollout = _rollout(service, minute)
    walks.begin(rollout)
    return json_response({"service": ecs._sanitize(service)})


def _update(minute: float, _original: Original, data: Json) -> Response:
    service = service_of(data)
    if service["status"] != "ACTIVE":
        raise RefusedError("ServiceNotActiveException", "Service was not ACTIVE.")
    with LOCK:
        rollout = _rollout(service, minute) if _change(service, data) else None
        newest = state_of(service["serviceArn"]).newest()
        if newest is not None:
            show(newest)
        answer: Response = json_response({"service": ecs._sanitize(service)})
    if rollout is not None:
        walks.begin(rollout)
        answer = json_response({"service": ecs._sanitize(service)})
    return answer


def _change(service: Json, data: Json) -> bool:
    """Change the service; return whether that needs new tasks."""
    configuration = merged(service["deploymentConfiguration"], data.get("deploymentConfiguration"))
    new = {name: data[name] for name in (*_NEED_TASKS, *_ONLY_KEPT) if data.get(name) is not None}
    check_load_balancers(configuration, {**service, **new})
    if data.get("taskDefinition"):
        if service["deploymentController"]["type"] == "CODE_DEPLOY":
            raise invalid(
                "Unable to update task definition on services with a CODE_DEPLOY deployment controller. "
                "Use AWS CodeDeploy to trigger a new deployment."
            )
        new["taskDefinition"] = _usable(data["taskDefinition"])
    needs = any(new[name] != service.get(name) for name in (*_NEED_TASKS, "taskDefinition") if name in new)
    service |= {**new, "deploymentConfiguration": configuration}
    if data.get("desiredCount") is not None:
        service["desiredCount"] = data["desiredCount"]
        for share in state_of(service["serviceArn"]).shares.values():
            share.running = data["desiredCount"] if share.running else 0
    return bool(needs or data.get("forceNewDeployment"))


def _usable(reference: str) -> str:
    """Return the ARN of an active task definition. Raises RefusedError."""
    found = ecs._task_defs.get(ecs._resolve_td_key(reference) or "")
    if found is None:
        raise RefusedError("ClientException", "TaskDefinition not found.")
    if found["status"] != "ACTIVE":
        raise RefusedError("ClientException", "TaskDefinition is inactive")
    return str(found["taskDefinitionArn"])


def _rollout(service: Json, minute: float) -> Rollout:
    """Make a deployment of what the service is now. It ends the one before it."""
    state = state_of(service["serviceArn"])
    before = state.newest()
    if before is not None and before.record["status"] in {"PENDING", "IN_PROGRESS"}:
        before.asked = before.asked or "STOP"
        before.record["status"] = "STOP_REQUESTED"
    swaps = service["deploymentConfiguration"]["strategy"] != ROLLING
    target = make_revision(service, state.live, swaps=swaps)
    sources = [arn for arn, share in state.shares.items() if share.running or share.pending or share.weight]
    arn = arn_within(service, "service-deployment", secrets.token_urlsafe(16))
    record = {
        "serviceDeploymentArn": arn,
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "createdAt": time.time(),
        "status": "PENDING",
        "sourceServiceRevisions": [{"arn": source} for source in sources],
        "targetServiceRevision": {"arn": target},
        "deploymentConfiguration": json.loads(json.dumps(service["deploymentConfiguration"])),
        "lifecycleHookDetails": [],
    }
    rollout = Rollout(service, state, record, _entry(service, target), minute, before)
    state.rollouts[arn] = rollout
    service["currentServiceDeployment"] = arn
    show(rollout)
    return rollout


def _entry(service: Json, target: str) -> Json:
    """Add the deployment to those that the service shows."""
    entry: Json = ecs._make_deployment(service["taskDefinition"], service["desiredCount"])
    entry |= {"rolloutState": "IN_PROGRESS", "launchType": service.get("launchType"), "_revision": target}
    entry["rolloutStateReason"] = f"ECS deployment {entry['id']} in progress."
    for other in service["deployments"]:
        other["status"] = "ACTIVE"
    service["deployments"].insert(0, entry)
    return entry


def _delete(original: Original, data: Json) -> Response:
    service = service_of(data)
    answer: Response = original(data)
    if answer[0] == HTTPStatus.OK:
        forget(service["serviceArn"])
    return answer
