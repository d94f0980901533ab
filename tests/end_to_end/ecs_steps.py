"""An ECS service that the deployed pipeline promotes to, and what its people look at there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sandbox.driver.ecs_service import CLUSTER, CONTAINER, EcsService, add_ecs_service, image_uri
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD, REGION, WORKLOAD_ACCOUNTS
from sandbox.stand_in.ecs_faults import EcsFaults
from tests.end_to_end.service import Json, Service

BEFORE = "before Gantry"
SLOW = 300
"""Seconds. An event that comes before anybody waits for it costs a minute."""
_APP = """\
import json, os, sys

def handler(event, context):
    said = {"said": os.environ.get("TO_SAY"), "by": "%(word)s"}
    return {"statusCode": %(status)d, "body": json.dumps(said)} if "requestContext" in event else said

if __name__ == "__main__":
    print("%(word)s", *sys.argv[1:])
    sys.exit(%(exit_code)d)
"""
"""It answers a load balancer, and everybody else. As a program, it prints its arguments."""


class Standing(NamedTuple):
    """Which task definitions answer, which one ECS has been told to run, and what is left of a rollout."""

    answering: frozenset[str | None]
    revision: str
    hooks: tuple[str, ...] = ()
    is_held: bool = False
    """Whether somebody holds the lease."""


def at_rest(revision: str) -> Standing:
    """One task definition has all requests, nothing of a rollout is left, and nobody holds the lease."""
    return Standing(frozenset({revision}), revision)


@dataclass(frozen=True)
class Tasks:
    """A service whose image is that of an ECS service in prod, and perhaps in dev."""

    service: Service
    prod: EcsService

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def faults(self) -> EcsFaults:
        return EcsFaults(self.prod.stand_in, PROD)

    @property
    def named(self) -> str:
        """What the faults call the service."""
        return f"{CLUSTER}/{self.name}"

    @property
    def target_id(self) -> str:
        """What the ledger calls the target."""
        return f"{PROD}/{REGION}/ecs/{CLUSTER}/{self.name}"

    def environment(self, name: str = "prod", **own: Any) -> Json:
        """An environment with the ECS service as its only target."""
        return {
            "name": name,
            "targets": [target(WORKLOAD_ACCOUNTS[name], self.name)],
            "configuration": {"environment": {"TO_SAY": f"moo from {name}"}},
            "traffic": "AllAtOnce",
            **own,
        }

    def says(self, *environments: Json) -> None:
        """Upload its manifest."""
        self.service.change(*environments, configuration={})

    def push(self, *, status: int = 200, exit_code: int = 0) -> tuple[str, str]:
        """Push an image, and return its digest with the promotion that this started."""
        tag = self.service.tag()
        digest = self.service.pipeline.push(self.name, tag, app(f"{self.name} {tag}", status, exit_code))
        return digest, self.service.pipeline.promotion_of(digest)

    def release(self) -> str:
        """Push an image, and wait until it is live everywhere; return its digest."""
        digest, promotion = self.push()
        self.service.pipeline.wait(promotion, SLOW)
        self.service.succeeds(promotion)
        return digest

    def weights(self) -> list[int]:
        """The weights of the blue and the green target group."""
        assert self.prod.balancer is not None
        found = self.prod.balancer.weights
        return [found[self.prod.balancer.blue], found[self.prod.balancer.green]]

    def canary(self, *weights: int) -> None:
        """Wait until the listener splits the requests like this, blue first."""
        eventually(f"{weights} of {self.name}", lambda: self.weights() == list(weights) or None, SLOW)

    def answers(self, times: int) -> Counter[tuple[int, str | None]]:
        """Send requests through the listener; return how often which task definition answered with which status."""
        assert self.prod.balancer is not None
        replies = [self.prod.balancer.request("/say") for _ in range(times)]
        return Counter((each.status, each.revision) for each in replies)

    def deployments(self) -> list[Json]:
        """The deployments of the ECS service, oldest first, as DescribeServiceDeployments shows them."""
        client = self.prod.stand_in.client("ecs", PROD)
        listed = client.list_service_deployments(cluster=CLUSTER, service=self.name)["serviceDeployments"]
        arns = [each["serviceDeploymentArn"] for each in listed]
        found = client.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
        return sorted(found, key=lambda each: each["createdAt"])

    def statuses(self) -> list[str]:
        """How they stand, oldest first."""
        return [each["status"] for each in self.deployments()]

    def ends_as(self, status: str) -> None:
        """Wait until the newest deployment has a status. Its traffic is where it should be before that."""
        eventually(f"{status} of {self.name}", lambda: self.statuses()[-1] == status or None, SLOW)

    def hooks(self) -> list[Json]:
        """The hooks that the ECS service has for its next deployment."""
        found: list[Json] = self.prod.described["deploymentConfiguration"].get("lifecycleHooks") or []
        return found

    def line(self) -> Json:
        """The lease on the target, whether somebody holds it or not."""
        return next(each for each in self.service.pipeline.ledger("lease") if each["sk"] == self.target_id)

    def standing(self) -> "Standing":
        """How the service stands."""
        answering = frozenset(revision for _, revision in self.answers(10))
        is_held = self.line().get("holder") is not None
        return Standing(answering, self.prod.revision, tuple(map(str, self.hooks())), is_held)

    def printed(self) -> list[str]:
        """What its containers have printed, wherever one ran once."""
        logs = self.prod.stand_in.client("logs", PROD)
        found = logs.filter_log_events(logGroupName=f"/ecs/{self.name}")["events"]
        return [each["message"] for each in found]


def target(account: str, name: str) -> Json:
    """An ECS service as a manifest names it."""
    place = {"kind": "ecs", "account": account, "region": REGION}
    return place | {"cluster": CLUSTER, "service": name, "container": CONTAINER}


def app(word: str, status: int = 200, exit_code: int = 0) -> str:
    """The source of an image."""
    return _APP % {"word": word, "status": status, "exit_code": exit_code}


def add_tasks(service: Service, accounts: Sequence[str] = (PROD,)) -> Tasks:
    """Add a repository, and in each account an ECS service that runs an image from before Gantry."""
    pipeline = service.pipeline
    pipeline.add_repository(service.name)
    digest = service.registry.push(service.name, None, {"app.py": app(f"{service.name} {BEFORE}")})
    image = image_uri(pipeline.stand_in, service.name, digest)
    assert image.partition(".")[0] == ASSETS
    made = {each: add_ecs_service(pipeline.stand_in, each, service.name, image) for each in accounts}
    tasks = Tasks(service, made[PROD])
    eventually(f"tasks of {service.name}", lambda: tasks.statuses() == ["SUCCESSFUL"] or None)
    return tasks


def awaits_answer(tasks: Tasks) -> None:
    """Wait until ECS pauses before the next step."""

    def is_paused() -> bool | None:
        newest = tasks.deployments()[-1]
        waiting = [each for each in newest["lifecycleHookDetails"] if each["status"] == "AWAITING_ACTION"]
        return True if waiting else None

    eventually(f"a pause of {tasks.name}", is_paused, 60)
