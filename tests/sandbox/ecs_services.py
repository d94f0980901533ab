"""ECS services for the contract tests, each in a cluster of its own account and region."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import PROD, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name, soon

ACCOUNT = PROD
CLUSTER = "services"
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"
"""An image that is not in the stand-in's registry. Its tasks always start."""
BLUE, GREEN = "blue", "green"
FENCE, STEP, LAST = "PRE_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
ENDED = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


@dataclass(frozen=True, slots=True)
class Service:
    """A service whose first task definition is live, and a second one that is not."""

    client: Any
    name: str

    @property
    def named(self) -> dict[str, str]:
        return {"cluster": CLUSTER, "service": self.name}

    def described(self) -> Json:
        found: Json = self.client.describe_services(cluster=CLUSTER, services=[self.name])["services"][0]
        return found

    def update(self, **changes: Any) -> Json:
        """The service as UpdateService answers."""
        answer: Json = self.client.update_service(**self.named, **changes)["service"]
        return answer

    def deploy(self, strategy: str = "BLUE_GREEN", hooks: Iterable[Json] = (), **configuration: Any) -> str:
        """Begin a deployment of the second task definition; return its ARN."""
        settings = {"strategy": strategy, "lifecycleHooks": list(hooks), **configuration}
        updated = self.update(taskDefinition=f"{self.name}:2", deploymentConfiguration=settings)
        return str(updated["currentServiceDeployment"])

    def listed(self, **options: Any) -> list[Json]:
        found: list[Json] = self.client.list_service_deployments(**self.named, **options)["serviceDeployments"]
        return found

    def deployment(self, arn: str | None = None) -> Json:
        """The deployment of this ARN, or the newest one."""
        wanted = arn or self.listed()[0]["serviceDeploymentArn"]
        answer: Json = self.client.describe_service_deployments(serviceDeploymentArns=[wanted])["serviceDeployments"][0]
        return answer

    def revision(self, arn: str) -> Json:
        found: Json = self.client.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]
        return found

    def target(self, arn: str | None = None) -> Json:
        """The revision that a deployment brings."""
        return self.revision(self.deployment(arn)["targetServiceRevision"]["arn"])

    def when(self, look: Callable[[Json], object], arn: str | None = None) -> Json:
        """The deployment, as soon as it is as it should be."""

        def seen() -> Json | None:
            found = self.deployment(arn)
            return found if look(found) else None

        return soon(seen)

    def paused(self, arn: str | None = None) -> Json:
        """The deployment, as soon as it waits."""
        return self.when(waiting, arn)

    def ended(self, arn: str | None = None) -> Json:
        """The deployment, as soon as it has ended."""
        return self.when(lambda found: found["status"] in ENDED, arn)

    def answer(self, action: str = "CONTINUE") -> Json:
        """Answer the pause that waits, or will; return the deployment as it was."""
        found = self.paused()
        [hook] = waiting(found)
        self.client.continue_service_deployment(
            serviceDeploymentArn=found["serviceDeploymentArn"], hookId=hook["hookId"], action=action
        )
        return found


def waiting(deployment: Json) -> list[Json]:
    """The pauses that wait."""
    return [each for each in deployment["lifecycleHookDetails"] if each["status"] == "AWAITING_ACTION"]


def weight(deployment: Json) -> float:
    """The new revision's share of the traffic."""
    return float(deployment["targetServiceRevision"]["requestedProductionTrafficWeight"])


def pause(*stages: str, minutes: int = 60, action: str = "ROLLBACK") -> Json:
    return {
        "targetType": "PAUSE",
        "lifecycleStages": list(stages),
        "timeoutConfiguration": {"timeoutInMinutes": minutes, "action": action},
    }


def an_ecs(aws: StandIn, account: str = ACCOUNT, region: str = REGION) -> Any:
    """A client of an account that has the cluster."""
    client = aws.client("ecs", account, region)
    client.create_cluster(clusterName=CLUSTER)
    return client


def register(client: Any, family: str, **changes: Any) -> Json:
    """A new task definition."""
    container = {"name": "app", "image": IMAGE, "essential": True}
    answer = client.register_task_definition(**{"family": family, "containerDefinitions": [container], **changes})
    return dict(answer["taskDefinition"])


def a_service(client: Any, *, balanced: bool = True, tasks: int = 2, **options: Any) -> Service:
    """A service that is in a steady state."""
    name = new_name("service")
    register(client, name)
    register(client, name)
    rule = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/{name}/1/2/3"
    advanced = {"alternateTargetGroupArn": GREEN, "productionListenerRule": rule, "roleArn": "arn:aws:iam::1:role/x"}
    balancer = {"targetGroupArn": BLUE, "containerName": "app", "containerPort": 80, "advancedConfiguration": advanced}
    client.create_service(
        cluster=CLUSTER,
        serviceName=name,
        taskDefinition=f"{name}:1",
        desiredCount=tasks,
        **{"loadBalancers": [balancer] if balanced else [], **options},
    )
    service = Service(client, name)
    assert service.ended()["status"] == "SUCCESSFUL"
    return service


def refusal(error: ClientError) -> tuple[str, str]:
    return error.response["Error"]["Code"], error.response["Error"]["Message"]
