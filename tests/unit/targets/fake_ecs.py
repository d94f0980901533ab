"""ECS in memory, at the place of its boto3 client, for one account and region.

It keeps the rules that Gantry relies on: a deployment keeps the configuration that it began with, each pause has an id
of its own and goes back by itself, `deploymentConfiguration` alone begins nothing, and going back restores what the
service was told to run. Calls that the SDK would not send are refused by the SDK's own model.
"""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.unit.targets.ecs_model import require_valid
from tests.unit.targets.fake_client import Answer, counted, refused
from tests.unit.targets.fake_ecs_service import FakeEcsService
from tests.unit.targets.fake_ecs_tasks import FakeEcsTasks
from tests.unit.targets.fake_service_deployment import FakeServiceDeployment
from tests.unit.targets.fake_task_definitions import FakeTaskDefinitions

_AT_ONCE = {"strategy": "BLUE_GREEN"}
_BLOCKS = {"linearConfiguration": "LINEAR", "canaryConfiguration": "CANARY"}


@dataclass
class FakeEcs(FakeTaskDefinitions):
    """The client, and what tests do with it besides calling it."""

    services: dict[str, FakeEcsService] = field(default_factory=dict)
    """By cluster and name: `main/cowsay`."""
    page: int = 100
    """How many deployments are listed at once."""
    lists_newest_first: bool = False
    runner: FakeEcsTasks = field(default_factory=FakeEcsTasks)
    """What runs tasks that belong to no service."""

    def create(self, name: str, revision: str, **content: Any) -> FakeEcsService:
        """Let somebody create a service, with tasks that run."""
        usual = {
            "serviceArn": f"arn:aws:ecs:{self.where}:{self.owner}:service/{name}",
            "status": "ACTIVE",
            "desiredCount": 2,
            "launchType": "FARGATE",
            "loadBalancers": [],
            "deploymentConfiguration": {"strategy": "ROLLING", "maximumPercent": 200},
        }
        found = FakeEcsService(usual | content, lambda each: dict(self.definitions[each]["taskDefinition"]))
        self.services[name] = found
        found.begin(revision, _AT_ONCE, slow=0)
        return found

    def put(self, name: str, revision: str, settings: Answer | None = None) -> None:
        """Let somebody else deploy a task definition, as the service is configured, or in a way of their own."""
        found = self.services[name]
        found.begin(revision, settings or found.content["deploymentConfiguration"], slow=0)

    @counted
    def describe_services(self, *, cluster: str, services: list[str]) -> Answer:
        if not any(each.startswith(f"{cluster}/") for each in self.services):
            raise refused("DescribeServices", "ClusterNotFoundException", "Cluster not found.")
        names = [f"{cluster}/{each}" for each in services]
        missing = [{"reason": "MISSING"} for each in names if each not in self.services]
        found = [self.services[each].described() for each in names if each in self.services]
        return {"services": found, "failures": missing}

    @counted
    def list_service_deployments(self, *, cluster: str, service: str, maxResults: int, nextToken: str = "0") -> Answer:
        """From old to new, or the other way round: https://docs.aws.amazon.com/goto/WebAPI/ecs-2014-11-13/ListServiceDeployments"""
        found = self._service("ListServiceDeployments", cluster, service)
        brief = [{"serviceDeploymentArn": each.arn, "createdAt": each.number} for each in found.shown]
        listed = brief[::-1] if self.lists_newest_first else brief
        end = int(nextToken) + min(maxResults, self.page)
        return {"serviceDeployments": listed[int(nextToken) : end]} | ({"nextToken": str(end)} if listed[end:] else {})

    @counted
    def describe_service_deployments(self, *, serviceDeploymentArns: list[str]) -> Answer:
        found = [self._deployment(each) for each in serviceDeploymentArns]
        return {"serviceDeployments": [service.look_at(each) for service, each in filter(None, found)]}

    @counted
    def describe_service_revisions(self, *, serviceRevisionArns: list[str]) -> Answer:
        known = {arn: each for service in self.services.values() for arn, each in service.revisions.items()}
        return {"serviceRevisions": [deepcopy(known[each]) for each in serviceRevisionArns]}

    @counted
    def update_service(self, **request: Any) -> Answer:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""
        require_valid("UpdateService", request)
        found = self._service("UpdateService", request["cluster"], request["service"])
        revision = request.get("taskDefinition")
        if revision is not None:
            self._require_active(revision)
        if "deploymentConfiguration" in request:
            found.content["deploymentConfiguration"] = _merged(
                found.content["deploymentConfiguration"], request["deploymentConfiguration"]
            )
        if revision is not None and (revision != found.asked_for or request.get("forceNewDeployment")):
            found.begin(revision, found.content["deploymentConfiguration"], slow=found.slow)
        return {"service": found.described()}

    @counted
    def stop_service_deployment(self, *, serviceDeploymentArn: str, stopType: str) -> Answer:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html"""
        assert stopType == "ROLLBACK"
        found = self._deployment(serviceDeploymentArn)
        if found is None:
            raise refused("StopServiceDeployment", "ServiceDeploymentNotFoundException", "Not found.")
        _, deployment = found
        if not deployment.is_in_flight:
            raise refused("StopServiceDeployment", "ConflictException", "The service deployment has completed.")
        if deployment.is_going:
            deployment.turn("stopped by a user")
        return {"serviceDeploymentArn": serviceDeploymentArn}

    @counted
    def continue_service_deployment(self, *, serviceDeploymentArn: str, hookId: str, action: str) -> Answer:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/continue-service-deployment.html"""
        found = self._deployment(serviceDeploymentArn)
        if found is None or not found[1].answer(hookId, action):
            raise refused("ContinueServiceDeployment", "InvalidParameterException", "The hook awaits no action.")
        return {"serviceDeploymentArn": serviceDeploymentArn}

    @counted
    def run_task(self, **request: Any) -> Answer:
        self.runner.definitions = {name: each["taskDefinition"] for name, each in self.definitions.items()}
        return self.runner.run_task(**request)

    @counted
    def describe_tasks(self, **request: Any) -> Answer:
        return self.runner.describe_tasks(**request)

    def _deployment(self, arn: str) -> tuple[FakeEcsService, FakeServiceDeployment] | None:
        every = ((service, each) for service in self.services.values() for each in service.deployments)
        return next((found for found in every if found[1].arn == arn), None)

    def _service(self, operation: str, cluster: str, service: str) -> FakeEcsService:
        found = self.services.get(f"{cluster}/{service}")
        if found is None:
            raise refused(operation, "ServiceNotFoundException", "Service not found.")
        return found

    def _require_active(self, revision: str) -> None:
        found = self.definitions.get(revision)
        if found is None:
            raise refused("UpdateService", "ClientException", "TaskDefinition not found.")
        if found["taskDefinition"]["status"] != "ACTIVE":
            raise refused("UpdateService", "ClientException", "TaskDefinition is inactive")


def _merged(stored: Answer, sent: Answer) -> Answer:
    """Return what ECS makes of a configuration: a member that is left out stays, and blocks belong to one strategy.

    https://github.com/go-to-k/cdkd/pull/1848, https://github.com/go-to-k/cdkd/pull/2256
    """
    merged = deepcopy({**stored, **sent})
    strategy = merged.get("strategy", "ROLLING")
    for block, belongs in _BLOCKS.items():
        if block in sent and strategy != belongs:
            raise refused("UpdateService", "InvalidParameterException", f"{block} is of {belongs}, not of {strategy}.")
        if strategy != belongs:
            merged.pop(block, None)
    if strategy != "ROLLING" and merged.get("earlySuccessCriteria", {}).get("enable"):
        raise refused("UpdateService", "InvalidParameterException", "Early success criteria not supported.")
    return merged
