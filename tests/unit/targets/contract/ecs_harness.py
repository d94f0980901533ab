"""The kind `ecs` in the contract suite."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gantry.aws.session_policy import Right
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan, Routing, Step
from gantry.targets.ecs_service.deployment_settings import rollout_settings
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.making import make_kind
from gantry.targets.ecs_service.rights import rights
from gantry.targets.ecs_service.schema import SCHEMA
from gantry.targets.kind import TargetKind
from tests.unit.targets.contract.harness import IMAGE_SOURCE, NEW, OLD, OTHER, SECRET, deployment_of
from tests.unit.targets.ecs_service.described_service import BALANCER
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_ecs_service import FakeEcsService
from tests.unit.targets.fake_ecs_tasks import revision_in
from tests.unit.targets.fake_load_balancers import BLUE, RULE, serve
from tests.unit.targets.kind_parts import parts

NAME, FAMILY, CONTAINER = "main/cowsay", "cowsay", "app"
REGISTRY = "111111111111"
TASK_ROLE = "arn:aws:iam::222222222222:role/cowsay"
DELAY = timedelta(seconds=90)
ENVIRONMENT = {"TO_SAY": "Moo", "API_KEY": SECRET}
WRITES = ("update_service", "tag_resource", "continue_service_deployment", "stop_service_deployment")


class EcsHarness:
    """One service behind a load balancer with two target groups."""

    kind: TargetKind
    preparing: Sequence[str] = ("register_task_definition",)
    lacks = frozenset(
        {
            "slow",
            "fail",
            "sleep",
            "leftovers",
            "splits of others",
            "first deployments",
            "one write",
            "own revisions",
            "zero requests",
            "series of a revision",
        }
    )
    plan: Plan = (Step(34, 60), Step(68, 60))
    slow_routing = True
    settles_within = DELAY
    schema = SCHEMA
    target_keys: Mapping[str, Any] = {
        "kind": "ecs",
        "account": "222222222222",
        "region": "us-east-1",
        "cluster": "main",
        "service": "cowsay",
        "container": CONTAINER,
    }
    source = IMAGE_SOURCE
    reading_role: str | None = TASK_ROLE
    configuration: Mapping[str, Any] = {"environment": ENVIRONMENT, "cpu": "512"}
    target = SCHEMA.target({key: value for key, value in target_keys.items() if key != "kind"})
    uncreatable = target
    """Its service does not exist before somebody else makes it."""
    neighbour = EcsTarget("222222222222", "us-east-1", "main", "fortune", CONTAINER).as_target()

    def __init__(self) -> None:
        accounts = FakeAccounts()
        self.ecs = accounts.ecs_of(self.target)
        self._cloudwatch = accounts.cloudwatch_of(self.target)
        self.balancers = accounts.load_balancers_of(self.target)
        self.kind = make_kind(parts(accounts, REGISTRY, DELAY))
        self._slow = 0

    @property
    def service(self) -> FakeEcsService:
        """The service, once somebody has made it."""
        return self.ecs.services[NAME]

    def rights(self, target: Target) -> tuple[Right, ...]:
        return rights(target)

    def deployment(self, digest: str = NEW) -> Deployment:
        return replace(deployment_of(self.target, digest, self.configuration), plan=self.plan)

    def stable(self, digest: str = OLD) -> StableRevision:
        revision = self.make(digest)
        self.route(Routing(revision))
        return StableRevision(revision, digest)

    def make(self, digest: str) -> str:
        container = {
            "name": CONTAINER,
            "image": f"{REGISTRY}.dkr.ecr.us-east-1.amazonaws.com/cowsay@{digest}",
            "environment": [{"name": name, "value": value} for name, value in ENVIRONMENT.items()],
        }
        made = self.ecs.register_task_definition(
            family=FAMILY,
            cpu="512",
            memory="1024",
            taskRoleArn=TASK_ROLE,
            executionRoleArn="arn:aws:iam::222222222222:role/pulls",
            containerDefinitions=[container],
        )
        self.ecs.calls["register_task_definition"] -= 1
        return str(made["taskDefinition"]["taskDefinitionArn"].rpartition("/")[2])

    def route(self, routing: Routing) -> None:
        if NAME not in self.ecs.services:
            self.ecs.create(NAME, routing.revision, loadBalancers=[BALANCER])
            self.service.slow = self._slow
        else:
            self.ecs.put(NAME, routing.revision, {"strategy": "BLUE_GREEN"})
        for canary, weight in routing.weights.items():
            self._split(canary, weight)
        group = self._group(routing.revision) or BLUE
        self.balancers.forward(RULE, **{"blue" if group == BLUE else "green": 100})

    def routes(self) -> Sequence[Routing]:
        return self.ecs.services[NAME].routes if NAME in self.ecs.services else []

    def changes(self) -> int:
        return sum(self.ecs.calls[operation] for operation in (*self.preparing, *WRITES))

    def be_slow(self, looks: int) -> None:
        self._slow = looks
        if NAME in self.ecs.services:
            self.service.slow = looks

    def before(self, operation: str, action: Callable[[], object]) -> None:
        self.ecs.before(operation, action)

    def before_routing(self, action: Callable[[], object]) -> None:
        """Whichever write is next: ECS has four."""
        done = list[bool]()

        def once() -> None:
            if not done:
                done.append(True)
                action()

        for operation in WRITES:
            self.ecs.before(operation, once)

    def lose_answer(self, operation: str | None = None) -> None:
        self.ecs.lose_answer(operation or "update_service")

    def fail_next(self) -> None:
        pytest.skip("ECS registers a task definition or refuses it at once")

    def fail(self, revision: str) -> None:
        self.ecs.deregister(revision)

    def put_to_sleep(self, revision: str) -> None:
        pytest.skip("a task definition never sleeps")

    def refuse_changes(self) -> None:
        message = "User is not authorized to perform: ecs:UpdateService"
        self.ecs.refuse("update_service", "AccessDeniedException", message)

    def lose_artifact(self, digest: str) -> None:
        pytest.skip("ECS looks for an image when a task starts")

    def corrupt_artifact(self, revision: str) -> None:
        self.ecs.container_of(revision, CONTAINER)["image"] = f"elsewhere/cowsay@{OTHER}"

    def corrupt_configuration(self, revision: str) -> None:
        changed = [{"name": "API_KEY", "value": SECRET[1:]}]
        self.ecs.container_of(revision, CONTAINER)["environment"] = changed

    def refuse_architecture(self) -> None:
        self.ecs.definitions[self.service.live]["taskDefinition"]["runtimePlatform"] = {"cpuArchitecture": "ARM64"}

    def remove(self, revision: str) -> None:
        self.ecs.delete(revision)

    def remove_target(self) -> None:
        del self.ecs.services[NAME]

    def serve(self, revision: str, at: datetime, times: int, failed: int = 0, milliseconds: int = 100) -> None:
        group = self._group(revision)
        if group:
            serve(self._cloudwatch, group, at, times, failed, milliseconds)

    def answer(self, payload: str, error: str | None = None) -> None:
        pytest.skip("no request reaches a task past the service's traffic")

    def lose_request(self) -> None:
        pytest.skip("no request reaches a task past the service's traffic")

    def requests(self) -> Sequence[tuple[str, str]]:
        return ()

    def lose_evidence(self) -> None:
        self._cloudwatch.status = "InternalError"

    def tasks(self) -> Sequence[tuple[str, Sequence[str]]]:
        started = self.ecs.runner.requests.values()
        return [(revision_in(each), each["overrides"]["containerOverrides"][0]["command"]) for each in started]

    def lose_task(self) -> None:
        self.ecs.lose_answer("run_task")

    def end_task(self, task: str, exit_code: int) -> None:
        self.ecs.runner.end(task, exitCode=exit_code)

    def break_off_task(self, task: str) -> None:
        self.ecs.runner.end(task, "UserInitiated", exitCode=0)

    def forget_task(self, task: str) -> None:
        del self.ecs.runner.tasks[task]

    def _split(self, canary: str, weight: float) -> None:
        """Let another execution of the pipeline begin a rollout, and take one step of it."""
        deployment = replace(self.deployment(), plan=(Step(int(weight), 60),))
        settings = rollout_settings(self.service.content["deploymentConfiguration"], deployment, shifts_traffic=True)
        cluster, service = NAME.split("/")
        request = {"cluster": cluster, "service": service, "taskDefinition": canary}
        before = self.ecs.calls["update_service"]
        self.ecs.update_service(**request, deploymentConfiguration=settings)
        self.ecs.calls["update_service"] = before
        begun = self.service.newest
        for _ in range(2):
            assert begun.hook
            begun.answer(begun.hook["hookId"], "CONTINUE")

    def _group(self, revision: str) -> str | None:
        """The target group of the newest service revision that runs a task definition."""
        found = [each for each in self.service.revisions.values() if each["taskDefinition"].endswith(f"/{revision}")]
        groups = [group["targetGroupArn"] for each in found for group in each["resolvedConfiguration"]["loadBalancers"]]
        return groups[-1] if groups else None
