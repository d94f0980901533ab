"""What happens to ECS services that the deployed pipeline promotes to. Each is a story of one service."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.driver.ecs_service import CLUSTER
from sandbox.driver.load_balancer import add_error_alarms
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD
from sandbox.stand_in.faults import Faults, raises
from tests.end_to_end.ecs_steps import SLOW, Tasks, awaits_answer, target
from tests.end_to_end.question import text_of
from tests.end_to_end.service import APPROVAL, APPROVER, LONG, Json

FAILS, ANSWERS = 500, 200
EQUAL_STEPS = [{"weight": 40, "bake": "5s"}, {"weight": 80, "bake": "5s"}]
A_MINUTE = [{"weight": 50, "bake": "1m"}]
AS_LONG_AS_ECS_NEEDS = [{"weight": 50, "bake": "30m"}]
"""Nobody waits so long. But ECS' own bake is as long, and in that time it is seen that ECS has not paused."""
TEN_PERCENT = [{"weight": 10, "bake": "35s"}]
"""A minute is counted half a minute after its end. So it is by the second look, 55 s later."""
MIGRATION = {"run_task": {"command": ["python", "app.py", "migrate"]}}


@dataclass(frozen=True)
class Ended:
    """A release of a service, and the end of its promotion."""

    tasks: Tasks
    digest: str
    promotion: str
    end: Json
    seen: Any = None
    """What was seen meanwhile."""

    @property
    def first(self) -> str:
        """The task definition from before Gantry."""
        return f"{self.tasks.name}:1"


Story = Callable[[Tasks], Ended]


def _ended(tasks: Tasks, digest: str, promotion: str, seen: Any = None) -> Ended:
    pipeline = tasks.service.pipeline
    pipeline.wait(promotion, SLOW)
    has_worked = pipeline.describe(promotion)["status"] == "SUCCEEDED"
    end = tasks.service.succeeds(promotion) if has_worked else tasks.service.fails(promotion)
    return Ended(tasks, digest, promotion, {"succeeded": has_worked, **end}, seen)


def promoted(tasks: Tasks) -> Ended:
    """A release goes through dev, where a function has the same image, to prod, where it is approved and watched."""
    dev = tasks.environment("dev")
    function = tasks.service.environment("dev")["targets"][0]
    dev["targets"] = [function, target(DEV, tasks.name)]
    own: Json = {"approval": APPROVAL, "traffic": EQUAL_STEPS, "before_traffic": [MIGRATION]}
    tasks.says(dev, tasks.environment("prod", **own))
    digest, promotion = tasks.push()
    link = tasks.service.pipeline.mail_to(APPROVER, digest, SLOW).links[0]
    page = text_of(tasks.service.pipeline.http("GET", link)[1])
    tasks.service.pipeline.answer(link, "approved", "it is good")
    tasks.canary(60, 40)
    answers = tasks.answers(40)
    tasks.canary(20, 80)
    return _ended(tasks, digest, promotion, (page, answers))


def unhealthy(tasks: Tasks) -> Ended:
    """A canary fails every request, which only the load balancer has counted."""
    tasks.says(tasks.environment(traffic=TEN_PERCENT, judge="decide"))
    digest, promotion = tasks.push(status=FAILS)
    tasks.canary(90, 10)
    balancer, now = tasks.prod.balancer, datetime.now(UTC)
    assert balancer is not None
    balancer.record_requests(balancer.blue, now, requests=54_000, failed=540)
    balancer.record_requests(balancer.green, now, requests=6_000, failed=6_000)
    return _ended(tasks, digest, promotion)


def alarmed(tasks: Tasks) -> Ended:
    """A canary fails every request, and an alarm of the manifest watches its target group."""
    assert tasks.prod.balancer is not None
    alarms = add_error_alarms(tasks.prod.balancer, tasks.name)
    tasks.says(tasks.environment(traffic=LONG, alarms=alarms))
    digest, promotion = tasks.push(status=FAILS)
    tasks.canary(50, 50)
    return _ended(tasks, digest, promotion, tasks.answers(20))


def rolled_back_by_a_person(tasks: Tasks) -> Ended:
    """A person rolls one release back while ECS shifts its traffic, and the next one once it is live."""
    tasks.says(tasks.environment())
    tasks.release()
    tasks.says(tasks.environment(traffic=LONG))
    digest, promotion = tasks.push()
    tasks.canary(50, 50)
    tasks.service.baking(promotion, SLOW)
    tasks.service.succeeds(tasks.service.roll_back())
    during = tasks.weights(), tasks.prod.revision
    tasks.says(tasks.environment())
    last = tasks.release()
    before = tasks.prod.revision
    tasks.service.succeeds(tasks.service.roll_back())
    return _ended(tasks, digest, promotion, (during, last, before))


def left_by_a_dead_gantry(tasks: Tasks) -> Ended:
    """A deployment is stopped and the repair fails, so that nobody answers ECS. Later the repair works again."""
    pipeline = tasks.service.pipeline
    tasks.says(tasks.environment(traffic=A_MINUTE))
    digest, promotion = tasks.push()
    tasks.canary(50, 50)
    deployment, faults = tasks.service.baking(promotion, SLOW), Faults(pipeline.stand_in)
    faults.inject(pipeline.function_name("RepairTarget"), raises("Runtime.ExitError"), deployment)
    tasks.service.stop(deployment)
    awaits_answer(tasks)
    assert tasks.faults.expire(tasks.named) == 1
    tasks.ends_as("ROLLBACK_SUCCESSFUL")
    alone = tasks.weights(), tasks.line().get("holder") is not None, tasks.hooks()
    assert faults.hits(deployment) > 0
    faults.clear(deployment)
    pipeline.run("RepairTarget", {"target": tasks.target_id})
    return _ended(tasks, digest, promotion, (deployment, alone))


def waiting_in_line(tasks: Tasks) -> Ended:
    """A release waits until the team has stopped a deployment of its own, and the next one until that one has ended."""
    tasks.says(tasks.environment(traffic=[{"weight": 50, "bake": "30s"}]))
    tasks.faults.shift_slowly(tasks.named, 3_600)
    ecs = tasks.prod.stand_in.client("ecs", PROD)
    ecs.update_service(cluster=CLUSTER, service=tasks.name, forceNewDeployment=True)
    _, first = tasks.push()
    deployment = tasks.service.deployment(first)
    told = eventually("one that waits", lambda: _retried(tasks.service.pipeline, deployment), SLOW)
    tasks.faults.behave(tasks.named)
    ecs.stop_service_deployment(serviceDeploymentArn=tasks.deployments()[-1]["serviceDeploymentArn"])
    tasks.canary(50, 50)
    digest, second = tasks.push()
    eventually("the second one in line", lambda: tasks.line()["waiting"] or None)
    return _ended(tasks, digest, second, (told, _ended(tasks, "", first).end["succeeded"]))


def _retried(pipeline: Pipeline, deployment: str) -> str | None:
    failed = (each.get("taskFailedEventDetails") for each in pipeline.history(deployment))
    return next((str(each) for each in failed if each), None)


def with_a_bad_migration(tasks: Tasks) -> Ended:
    """A release brings a migration that fails."""
    tasks.says(tasks.environment(traffic=LONG, before_traffic=[MIGRATION]))
    return _ended(tasks, *tasks.push(exit_code=1))


def ignoring_pauses(tasks: Tasks) -> Ended:
    """ECS goes on where it should pause."""
    tasks.faults.ignore_pauses(tasks.named)
    tasks.says(tasks.environment(traffic=AS_LONG_AS_ECS_NEEDS, max_bake="2h"))
    return _ended(tasks, *tasks.push())
