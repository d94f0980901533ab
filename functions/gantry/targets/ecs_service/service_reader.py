"""Reading a service together with its newest deployment and their revisions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gantry.promotion.errors import TargetNotFoundError
from gantry.targets.ecs_service.ecs_errors import ecs_errors
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.service_deployment import ServiceDeployment
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.target_tags import TargetTags
from gantry.targets.ecs_service.task_definition import revision_of
from gantry.targets.ecs_service.task_definitions import TaskDefinitions

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient

_MOST_DESCRIBED = 20
"""Service revisions that one call describes."""
_PAGE = 100
"""Deployments that one call lists at most."""


class ServiceReader:
    """Reads one service. Every method raises what `ecs_errors` says."""

    def __init__(self, client: "ECSClient", target: EcsTarget) -> None:
        self._client = client
        self._target = target
        self._definitions = TaskDefinitions(client, target)
        self._keys = TargetTags.of(target)

    def state(self) -> ServiceState | None:
        """Return the service as it is; None when there is none."""
        service = self._service()
        if service is None:
            return None
        with ecs_errors(self._target):
            deployment = self._newest_deployment(service)
            running = [each["arn"] for each in service.get("currentServiceRevisions") or ()]
            revisions = self._revisions([*_revisions_of(deployment), *running])
        names = {arn: revision_of(each["taskDefinition"]) for arn, each in revisions.items()}
        runs = tuple(names[each] for each in running if each in names)
        begun = ServiceDeployment.of(deployment, names) if deployment else None
        found = ServiceState(
            service=service,
            asked_for=revision_of(service["taskDefinition"]),
            running=runs,
            deployment=begun.starting_from((*runs, *_definitions_in(service))) if begun else None,
            revisions=revisions,
        )
        return found.with_tags(self._keys, self._tags(found.in_flight.target if found.in_flight else found.live))

    def _service(self) -> Mapping[str, Any] | None:
        """Return the service; None where it or its cluster is gone. ECS keeps showing a deleted one for a while."""
        try:
            with ecs_errors(self._target):
                response = self._client.describe_services(cluster=self._target.cluster, services=[self._target.service])
        except TargetNotFoundError:
            return None
        return next((each for each in response["services"] if each["status"] != "INACTIVE"), None)

    def _newest_deployment(self, service: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the newest deployment, whether it has ended or not."""
        newest = max(self._listed(), key=lambda each: each["createdAt"], default=None)
        arns = {newest["serviceDeploymentArn"]} if newest else set()
        arns |= {service["currentServiceDeployment"]} if service.get("currentServiceDeployment") else set()
        if not arns:
            return None
        found = self._client.describe_service_deployments(serviceDeploymentArns=sorted(arns))["serviceDeployments"]
        return max(found, key=lambda each: each["createdAt"], default=None)

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        """Yield the deployments of 90 days, or the newest ones. ECS does not say how it sorts them.

        A page from new to old is the last one that is read: it has the newest.
        """
        more: dict[str, Any] = {}
        while True:
            response = self._client.list_service_deployments(
                cluster=self._target.cluster, service=self._target.service, maxResults=_PAGE, **more
            )
            page = response["serviceDeployments"]
            yield from page
            if not response.get("nextToken") or _is_from_new_to_old(page):
                return
            more = {"nextToken": response["nextToken"]}

    def _revisions(self, arns: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        wanted = [*dict.fromkeys(arns)]
        if not wanted:
            return {}
        found = self._client.describe_service_revisions(serviceRevisionArns=wanted[:_MOST_DESCRIBED])[
            "serviceRevisions"
        ]
        return {each["serviceRevisionArn"]: each for each in found}

    def _tags(self, revision: str) -> Mapping[str, str]:
        found = self._definitions.find(revision)
        return found.tags if found else {}


def _is_from_new_to_old(page: Sequence[Mapping[str, Any]]) -> bool:
    times = [each["createdAt"] for each in page]
    return len(set(times)) > 1 and times == sorted(times, reverse=True)


def _definitions_in(service: Mapping[str, Any]) -> Iterator[str]:
    """Yield the task definitions that DescribeServices says are deployed, whatever service revisions it names."""
    yield from (
        revision_of(each["taskDefinition"]) for each in service.get("deployments") or () if "taskDefinition" in each
    )


def _revisions_of(deployment: Mapping[str, Any] | None) -> Iterator[str]:
    if deployment is None:
        return
    yield deployment["targetServiceRevision"]["arn"]
    yield from (each["arn"] for each in deployment.get("sourceServiceRevisions") or ())
    if back := (deployment.get("rollback") or {}).get("serviceRevisionArn"):
        yield back
