"""The resources that a call of ECS names, and the condition keys that come with each."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ministack.services import ecs

from sandbox.stand_in.repairs.replacing import Json


class Check(NamedTuple):
    """One question to the policies: an action, the ARN it is about, and condition keys of the request."""

    action: str
    arn: str
    keys: Json


def checks_of(action: str, request: Json, place: str) -> list[Check]:
    """Return what a call needs by itself, in a place such as `us-east-1:444444444444`; at least one check.

    Raises KeyError, TypeError or AttributeError if the request cannot be read.
    """
    about = _RESOURCES.get(action, _of_nothing)
    keys = _keys(request, place)
    checks = [Check(f"ecs:{action}", arn, {**keys, **more}) for arn, more in about(request, place)]
    if request.get("tags") and action in _CREATED:
        checks.append(Check("ecs:TagResource", _CREATED[action](request, place), {"ecs:CreateAction": action}))
    return checks


_Found = Iterator[tuple[str, Json]]


def _keys(request: Json, place: str) -> Json:
    keys: Json = {}
    if "cluster" in request:
        keys["ecs:cluster"] = _cluster_arn(request, place)
    definition = request.get("taskDefinition")
    if definition and ("service" in request or "serviceName" in request):
        keys["ecs:task-definition"] = _definition_arn(definition, place)
    return keys


def _cluster_arn(request: Json, place: str) -> str:
    return f"arn:aws:ecs:{place}:cluster/{_cluster(request)}"


def _cluster(request: Json) -> str:
    return str(request.get("cluster") or "default").rsplit("/", 1)[-1]


def _of_nothing(_request: Json, _place: str) -> _Found:
    yield "*", {}


def _of_service(request: Json, place: str) -> _Found:
    yield _service_arn(request.get("service") or request["serviceName"], request, place), _in_cluster(request, place)


def _of_services(request: Json, place: str) -> _Found:
    for each in request["services"]:
        yield _service_arn(each, request, place), _in_cluster(request, place)


def _service_arn(name: str, request: Json, place: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:ecs:{place}:service/{_cluster(request)}/{name}"


def _in_cluster(request: Json, place: str) -> Json:
    return {"ecs:cluster": _cluster_arn(request, place)}


def _part_of_service(arns: list[str]) -> _Found:
    """Each is `…:service-deployment/cluster/service/id`, or a service revision, and its service is asked about too."""
    for arn in arns:
        head, cluster, service, _ = arn.split("/")
        place = head.rpartition(":")[0]
        keys = {"ecs:cluster": f"{place}:cluster/{cluster}"}
        own = f"{place}:service/{cluster}/{service}"
        yield own, keys
        yield arn, {**keys, "ecs:service": own}


def _of_deployments(request: Json, _place: str) -> _Found:
    yield from _part_of_service(request["serviceDeploymentArns"])


def _of_deployment(request: Json, _place: str) -> _Found:
    yield from _part_of_service([request["serviceDeploymentArn"]])


def _of_revisions(request: Json, _place: str) -> _Found:
    yield from _part_of_service(request["serviceRevisionArns"])


def _of_family(request: Json, place: str) -> _Found:
    yield _family_arn(request, place), {}


def _family_arn(request: Json, place: str) -> str:
    """A revision that is being registered has no number yet."""
    return f"arn:aws:ecs:{place}:task-definition/{request['family']}:*"


def _of_run(request: Json, place: str) -> _Found:
    yield _definition_arn(request["taskDefinition"], place), _in_cluster(request, place)


def _of_definitions(request: Json, place: str) -> _Found:
    for each in request["taskDefinitions"]:
        yield _definition_arn(each, place), {}


def _definition_arn(name: str, place: str) -> str:
    known: str | None = ecs._resolve_td_key(name)
    return name if name.startswith("arn:") else f"arn:aws:ecs:{place}:task-definition/{known}"


def _of_task(request: Json, place: str) -> _Found:
    yield _task_arn(request["task"], request, place), _in_cluster(request, place)


def _of_tasks(request: Json, place: str) -> _Found:
    for each in request["tasks"]:
        yield _task_arn(each, request, place), _in_cluster(request, place)


def _task_arn(name: str, request: Json, place: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:ecs:{place}:task/{_cluster(request)}/{name}"


def _new_task(request: Json, place: str) -> str:
    return f"arn:aws:ecs:{place}:task/{_cluster(request)}/*"


def _of_instances(request: Json, place: str) -> _Found:
    yield f"arn:aws:ecs:{place}:container-instance/{_cluster(request)}/*", _in_cluster(request, place)


def _of_clusters(request: Json, place: str) -> _Found:
    for each in request.get("clusters") or ["default"]:
        yield each if each.startswith("arn:") else f"arn:aws:ecs:{place}:cluster/{each}", {}


def _of_cluster(request: Json, place: str) -> _Found:
    yield f"arn:aws:ecs:{place}:cluster/{request.get('clusterName') or _cluster(request)}", {}


def _of_tagged(request: Json, _place: str) -> _Found:
    yield request["resourceArn"], {}


_RESOURCES: dict[str, Callable[[Json, str], _Found]] = {
    **dict.fromkeys(("CreateService", "UpdateService", "DeleteService", "ListServiceDeployments"), _of_service),
    "DescribeServices": _of_services,
    "DescribeServiceDeployments": _of_deployments,
    **dict.fromkeys(("StopServiceDeployment", "ContinueServiceDeployment"), _of_deployment),
    "DescribeServiceRevisions": _of_revisions,
    "RegisterTaskDefinition": _of_family,
    "DeleteTaskDefinitions": _of_definitions,
    "RunTask": _of_run,
    "StopTask": _of_task,
    "DescribeTasks": _of_tasks,
    "ListTasks": _of_instances,
    "DescribeClusters": _of_clusters,
    **dict.fromkeys(("CreateCluster", "DeleteCluster", "UpdateCluster"), _of_cluster),
    **dict.fromkeys(("TagResource", "UntagResource", "ListTagsForResource"), _of_tagged),
}
"""The actions that are about resources. All others, such as DescribeTaskDefinition, are about none."""

_CREATED: dict[str, Callable[[Json, str], str]] = {
    "RegisterTaskDefinition": _family_arn,
    "RunTask": _new_task,
}
"""What a call creates that can have tags."""
