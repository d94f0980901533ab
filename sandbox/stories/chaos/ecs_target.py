"""An ECS service behind a load balancer as the target of a case."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.driver.ecs_service import CLUSTER, CONTAINER, EcsService, add_ecs_service, image_uri
from sandbox.driver.load_balancer import LoadBalancer
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD
from sandbox.stand_in.ecs_faults import EcsFaults
from sandbox.stories.chaos.target import CASE_SECONDS, Json, Pushed, Target

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceRevisionTypeDef

_BEFORE = "0"
"""The version that was there before Gantry."""
_APP = "def handler(event, context):\n    return {'case': %r}\n"
_IN_FLIGHT = {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
_PAUSE = "PAUSE"


@dataclass
class ServiceTarget(Target):
    """A service of its own, with two target groups."""

    _versions: dict[str, str] = field(default_factory=dict)
    """By digest."""

    ecs: EcsService = field(init=False)

    @property
    def service(self) -> str:
        """The repository's name."""
        return self.name

    @property
    def target_name(self) -> str:
        """The cluster and the service."""
        return f"ecs/{CLUSTER}/{self.name}"

    @property
    def troubles(self) -> EcsFaults:
        """What ECS may do otherwise, to services with the name `in_cluster`."""
        return EcsFaults(self.pipeline.stand_in, PROD)

    @property
    def in_cluster(self) -> str:
        """The cluster's name and the service's."""
        return f"{CLUSTER}/{self.name}"

    @property
    def balancer(self) -> LoadBalancer:
        """What users send their requests to."""
        if self.ecs.balancer is None:
            raise LookupError(f"{self.name} has no load balancer")
        return self.ecs.balancer

    @property
    def client(self) -> "ECSClient":
        """ECS in the workload account, for its people."""
        client: ECSClient = self.pipeline.stand_in.client("ecs", PROD)
        return client

    def make(self) -> None:
        """Make the repository and the service: no deployment creates one."""
        self.pipeline.add_repository(self.name)
        image = image_uri(self.pipeline.stand_in, self.name, self.push(_BEFORE).digest)
        self.ecs = add_ecs_service(self.pipeline.stand_in, PROD, self.name, image)
        eventually("the service's first tasks", lambda: self.status == "SUCCESSFUL" or None, CASE_SECONDS)

    def push(self, version: str) -> Pushed:
        """Push an image."""
        ecr = Registry(self.pipeline.stand_in.client("ecr", ASSETS, self.region))
        digest = ecr.push(self.name, None, {"app.py": _APP % f"{self.name} {version}"})
        self._versions[digest] = version
        arn = f"arn:aws:ecs:{self.region}:{PROD}:service/{CLUSTER}/{self.name}"
        target = {
            "kind": "ecs",
            "account": PROD,
            "region": self.region,
            "name": self.target_name,
            "arn": arn,
            "settings": {"container": CONTAINER},
        }
        return Pushed(digest, target, {"configuration": {}})

    def revisions(self) -> list[str]:
        """Return the task definitions whose target groups have a weight in the listener's rule."""
        found = self.newest
        sources, target = found["sourceServiceRevisions"], found["targetServiceRevision"]
        arns = [*(each["arn"] for each in sources), target["arn"]]
        described = self.client.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
        by_arn = {each["serviceRevisionArn"]: each for each in described}
        groups = {_group(by_arn[arn]): str(by_arn[arn]["taskDefinition"]).rpartition("/")[2] for arn in arns}
        weights = self.balancer.weights
        return [revision for group, revision in groups.items() if weights[group]]

    def version_of(self, revision: str) -> str:
        """Return the version whose image a task definition has."""
        found = self.client.describe_task_definition(taskDefinition=revision)["taskDefinition"]
        return self._versions[found["containerDefinitions"][0]["image"].partition("@")[2]]

    def left_behind(self) -> tuple[str, ...]:
        """Return what a deployment has left in the service, and whether others get an answer than its revision's."""
        hooks = self.ecs.described["deploymentConfiguration"].get("lifecycleHooks") or []
        answered = self.balancer.request().revision
        checks = {
            f"a deployment of the service is {self.status}": self.status not in _IN_FLIGHT,
            "our pauses are left in the service": all(each["targetType"] != _PAUSE for each in hooks),
            f"{answered} answers": [answered] == self.revisions(),
        }
        return tuple(what for what, holds in checks.items() if not holds)

    @property
    def newest(self) -> Json:
        """The newest deployment of the service, as DescribeServiceDeployments answers."""
        listed = self.client.list_service_deployments(cluster=self.ecs.cluster, service=self.name)
        arn = listed["serviceDeployments"][0]["serviceDeploymentArn"]
        found = self.client.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
        return dict(found)

    @property
    def status(self) -> str:
        """How that deployment stands."""
        return str(self.newest["status"])


def _group(revision: "ServiceRevisionTypeDef") -> str:
    """Return the target group of a service revision."""
    return str(revision["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"])
