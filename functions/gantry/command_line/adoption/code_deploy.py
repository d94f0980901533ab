"""Finds the deployment group of CodeDeploy that moves an alias.

No call of CodeDeploy finds a group by a function. So the last deployment of each group is read: its AppSpec names the
function: https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import yaml

from gantry.command_line.adoption.found_function import DeploymentGroup

Json = dict[str, Any]
CodeDeployClient = Any
"""Types of CodeDeploy are a package of their own, and only this module would need them."""
_AT_ONCE = 25
"""The most that BatchGetDeployments takes: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html.
Other calls take more."""
_MOST_APPLICATIONS = 200
_RUNNING = {"Created", "Queued", "InProgress", "Baking", "Ready"}


def deployment_group_of(client: CodeDeployClient, function: str, alias: str) -> DeploymentGroup | None:
    """Return the group whose last deployment moved this alias; None where there is none."""
    groups = {_last(each): each for each in _groups(client) if _last(each)}
    for identifiers in _batches(list(groups)):
        found = client.batch_get_deployments(deploymentIds=identifiers)["deploymentsInfo"]
        for each in found:
            if _moves(each.get("revision", {}), function, alias):
                return _described(groups[each["deploymentId"]])
    return None


def _groups(client: CodeDeployClient) -> Iterator[Json]:
    """Yield the groups of all applications that deploy functions."""
    names = client.get_paginator("list_applications").paginate().search("applications[]")
    for some in _batches([each for each in islice(names, _MOST_APPLICATIONS) if each]):
        for application in client.batch_get_applications(applicationNames=some)["applicationsInfo"]:
            if application.get("computePlatform") == "Lambda":
                yield from _groups_of(client, application["applicationName"])


def _groups_of(client: CodeDeployClient, application: str) -> Iterator[Json]:
    pages = client.get_paginator("list_deployment_groups").paginate(applicationName=application)
    for some in _batches([name for page in pages for name in page["deploymentGroups"]]):
        yield from client.batch_get_deployment_groups(applicationName=application, deploymentGroupNames=some)[
            "deploymentGroupsInfo"
        ]


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))


def _last(group: Json) -> str:
    return str(group.get("lastAttemptedDeployment", {}).get("deploymentId", ""))


def _moves(revision: Json, function: str, alias: str) -> bool:
    """Whether a deployment's AppSpec, in JSON or YAML, names the alias."""
    content = (revision.get("appSpecContent") or revision.get("string") or {}).get("content", "")
    try:
        spec = yaml.safe_load(content)
    except yaml.YAMLError:
        return False
    resources = spec.get("Resources") if isinstance(spec, dict) else None
    given = [
        each for one in resources or () if isinstance(one, dict) for each in one.values() if isinstance(each, dict)
    ]
    properties = [each.get("Properties") or {} for each in given]
    return any(
        str(each.get("Name")).rpartition(":")[2] == function and each.get("Alias") == alias for each in properties
    )


def _described(group: Json) -> DeploymentGroup:
    alarms = group.get("alarmConfiguration", {}).get("alarms", [])
    return DeploymentGroup(
        application=group["applicationName"],
        name=group["deploymentGroupName"],
        configuration=group.get("deploymentConfigName", ""),
        alarms=tuple(each["name"] for each in alarms),
        is_deploying=group["lastAttemptedDeployment"].get("status") in _RUNNING,
    )
