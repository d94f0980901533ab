"""How ECS takes the steps of a rollout."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.errors import IncompatibleTargetError, TargetConflictError, TargetNotFoundError
from gantry.promotion.traffic import Plan, Routing, Step
from gantry.targets.ecs_service.target_tags import TargetTags
from gantry.targets.kind import Change
from tests.unit.targets.contract.driving import read
from tests.unit.targets.ecs_service.ecs_targets import SERVICE
from tests.unit.targets.ecs_service.rollouts import STEPS, prepared, stages_of, without_balancer

FENCE, STEP, LAST = "PRE_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
KEYS = TargetTags.of(SERVICE)
LAMBDA_HOOK = {
    "hookTargetArn": "arn:aws:lambda:us-east-1:222222222222:function:tests",
    "roleArn": "arn:aws:iam::222222222222:role/hooks",
    "lifecycleStages": ["POST_SCALE_UP"],
}


def test_each_question_does_one_thing_and_no_new_task_starts_before_the_fence_is_answered() -> None:
    made = prepared()
    writes = made.harness.ecs.calls

    assert not made.ask(0)
    assert (made.begun, made.flight.stage, writes["continue_service_deployment"]) == (2, FENCE, 0)
    assert read(made.harness.kind, made.harness.target)[0] == made.rollout.begun
    assert not made.ask(0)
    assert (made.flight.stage, made.flight.weight, writes["continue_service_deployment"]) == (STEP, 0, 1)
    assert made.ask(0)
    assert (made.flight.weight, writes["continue_service_deployment"], writes["update_service"]) == (34, 2, 1)


def test_ecs_waits_before_every_step_until_it_is_asked_for() -> None:
    made = prepared()
    made.take(0)

    assert made.looks_settled(0)
    assert made.flight.weight == 34
    made.take(1)
    assert (made.flight.weight, made.flight.stage) == (68, STEP)


def test_the_old_tasks_stay_until_the_rollout_is_finished() -> None:
    made = prepared()
    made.take(0, 1, 2)

    assert (made.flight.stage, made.flight.status) == (LAST, "IN_PROGRESS")
    assert not made.harness.kind.finish(made.harness.target, made.rollout.canary)
    assert made.flight.status == "SUCCESSFUL"
    made.finish()
    assert read(made.harness.kind, made.harness.target)[0] == Routing(made.rollout.canary)


def test_our_pauses_are_taken_out_when_it_is_finished_and_nothing_begins_by_that() -> None:
    made = prepared()
    made.take(0, 1, 2)
    assert stages_of(made.settings) == [FENCE, STEP, LAST]

    made.finish()

    assert (stages_of(made.settings), made.begun) == ([], 2)


def test_old_tasks_that_end_slowly_keep_no_rollout_from_its_end() -> None:
    made = prepared()
    made.take(0, 1, 2)
    made.flight.cleans = True

    made.finish()

    assert (made.flight.status, made.flight.stage) == ("IN_PROGRESS", "CLEAN_UP")
    assert (stages_of(made.settings), made.begun) == ([], 2)
    made.go_back()
    assert made.service.live == made.rollout.stable


def test_a_step_that_looks_like_the_end_is_none() -> None:
    made = prepared()
    made.take(0)
    made.flight.stage = "CLEAN_UP"

    assert not made.harness.kind.finish(made.harness.target, made.rollout.canary)


@pytest.mark.parametrize(
    ("plan", "strategy"),
    [
        ((Step(5, 600),), {"canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}}),
        (
            (Step(34, 90), Step(68, 90)),
            {"linearConfiguration": {"stepPercent": 34.0, "stepBakeTimeInMinutes": 2}},
        ),
        ((), {}),
    ],
    ids=["CANARY", "LINEAR", "BLUE_GREEN"],
)
def test_a_plan_becomes_the_strategy_that_takes_its_steps(
    plan: Plan, strategy: dict[str, object], request: pytest.FixtureRequest
) -> None:
    made = prepared(plan)
    made.ask(0)

    name = request.node.callspec.id
    others = {"maximumPercent": 200, "bakeTimeInMinutes": 0, "strategy": name}
    assert {key: value for key, value in made.settings.items() if key != "lifecycleHooks"} == others | strategy
    made.take(*range(len(plan) + 1))
    made.finish()
    assert made.service.routes[-1] == Routing(made.rollout.canary)


YESTERDAY = [
    {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 25.0, "stepBakeTimeInMinutes": 2}},
    {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 2}},
    {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5},
    {"strategy": "ROLLING", "earlySuccessCriteria": {"enable": True, "healthyPercent": 50}},
]


@pytest.mark.parametrize("yesterday", YESTERDAY, ids=lambda each: each["strategy"])
@pytest.mark.parametrize("plan", [STEPS, (Step(5, 600),), ()], ids=["LINEAR", "CANARY", "BLUE_GREEN"])
def test_a_service_takes_another_strategy_today(plan: Plan, yesterday: dict[str, Any]) -> None:
    made = prepared(plan, deploymentConfiguration=yesterday)

    made.take(*range(len(plan) + 1))
    made.finish()
    made.go_back()

    assert made.settings["strategy"] == "BLUE_GREEN"
    assert made.settings.get("earlySuccessCriteria", {"enable": False}) == {"enable": False}
    assert not {"linearConfiguration", "canaryConfiguration"} & made.settings.keys()


@pytest.mark.parametrize("plan", [STEPS, (Step(5, 600),), ()], ids=["LINEAR", "CANARY", "BLUE_GREEN"])
def test_after_a_rollout_people_can_go_back_without_its_steps(plan: Plan) -> None:
    made = prepared(plan)
    made.take(*range(len(plan) + 1))
    made.finish()

    left = {key: value for key, value in made.settings.items() if key != "lifecycleHooks"}

    assert left == {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "maximumPercent": 200}


CONNECT = [{"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "http"}]}}]


@pytest.mark.parametrize(
    ("set_up", "strategy"), [("BLUE_GREEN", "BLUE_GREEN"), ("CANARY", "BLUE_GREEN"), ("ROLLING", "ROLLING")]
)
def test_in_service_connect_traffic_is_shifted_as_the_service_is_set_up(set_up: str, strategy: str) -> None:
    theirs = {"strategy": set_up, "lifecycleHooks": [LAMBDA_HOOK]}
    made = prepared((), loadBalancers=[], deployments=CONNECT, deploymentConfiguration=theirs)
    made.take(0)

    assert (made.settings["strategy"], made.settings["lifecycleHooks"][0]) == (strategy, LAMBDA_HOOK)
    made.finish()
    assert (made.settings["strategy"], made.settings["lifecycleHooks"]) == (strategy, [LAMBDA_HOOK])


def test_a_service_that_has_lost_its_second_target_group_goes_back_without_it() -> None:
    made = prepared((Step(5, 600),))
    made.take(0, 1)
    made.finish()
    made.service.content["loadBalancers"] = []

    made.go_back()

    assert (made.settings["strategy"], made.service.live) == ("ROLLING", made.rollout.stable)


def test_tasks_that_are_replaced_are_all_replaced_before_a_rollout_ends() -> None:
    made = without_balancer()
    early = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": "DEFERRED"}
    made.service.content["deploymentConfiguration"] = {"strategy": "ROLLING", "earlySuccessCriteria": early}

    made.ask(0)

    assert made.settings["earlySuccessCriteria"] == {"enable": False}


def test_ecs_own_bake_lasts_until_a_look_has_seen_the_step() -> None:
    made = prepared((Step(5, 1),))
    made.ask(0)
    assert made.settings["canaryConfiguration"]["canaryBakeTimeInMinutes"] == 2


def test_what_others_have_set_up_stays_and_is_sent_again() -> None:
    theirs = {"lifecycleHooks": [LAMBDA_HOOK], "minimumHealthyPercent": 50, "strategy": "ROLLING"}
    made = prepared(deploymentConfiguration=theirs)
    made.take(0)

    assert made.settings["minimumHealthyPercent"] == 50
    assert made.settings["lifecycleHooks"][0] == LAMBDA_HOOK
    made.take(1, 2)
    made.finish()
    assert made.settings["lifecycleHooks"] == [LAMBDA_HOOK]


def test_without_a_load_balancer_tasks_are_replaced_and_ecs_itself_watches_them() -> None:
    made = without_balancer()
    made.deployment = replace(made.deployment, alarms=("cowsay-errors",))
    made.service.content["deploymentConfiguration"]["alarms"] = {"alarmNames": ["theirs"], "enable": False}

    assert not made.ask(0)
    assert stages_of(made.settings) == [FENCE]
    assert made.settings["strategy"] == "ROLLING"
    assert made.settings["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert made.settings["alarms"] == {"alarmNames": ["theirs", "cowsay-errors"], "enable": True, "rollback": True}
    made.take(0)
    made.finish()
    assert read(made.harness.kind, made.harness.target)[0] == Routing(made.rollout.canary)


def test_tasks_that_are_replaced_one_by_one_are_the_new_version_only_when_all_are() -> None:
    made = without_balancer()
    made.ask(0)
    made.flight.slow = 20

    assert [made.ask(0) for _ in range(2)] == [False, False]
    assert read(made.harness.kind, made.harness.target)[0] == made.rollout.begun


def test_a_service_that_has_lost_its_second_target_group_takes_no_steps() -> None:
    made = prepared(loadBalancers=[])
    with pytest.raises(IncompatibleTargetError, match="second target group"):
        made.ask(0)
    assert made.begun == 1


def test_steps_that_ecs_cannot_take_are_refused_and_never_taken_otherwise() -> None:
    made = prepared((Step(10, 60), Step(50, 60)))
    with pytest.raises(IncompatibleTargetError, match="give 10 alone"):
        made.ask(0)
    assert made.begun == 1


def test_how_far_ecs_may_go_is_noted_before_it_is_told() -> None:
    made = prepared()
    seen = list[str]()
    for _ in range(2):
        made.harness.ecs.before(
            "continue_service_deployment",
            lambda: seen.append(made.harness.ecs.tags_of(made.rollout.canary)[KEYS.answered]),
        )
    made.take(0)
    assert [each.rpartition(":")[0] for each in seen] == ["d00002:0", "d00002:34"]
    assert len({each.rpartition(":")[2] for each in seen}) == 2


def test_another_deployment_in_flight_is_not_replaced_by_a_step() -> None:
    made = prepared()
    theirs = made.harness.make("sha256:" + "9" * 64)
    made.service.begin(theirs, {"strategy": "ROLLING"}, slow=9)
    routing, token = read(made.harness.kind, made.harness.target)

    assert routing == Routing(theirs)
    with pytest.raises(TargetConflictError, match="another deployment is in progress"):
        made.harness.kind.route(made.harness.target, made.rollout.routing_at(0), token, deployment=made.deployment)
    assert made.harness.kind.is_moving(made.harness.target)


def test_a_service_that_is_gone_has_nowhere_to_arrive_and_is_never_created() -> None:
    made = prepared()
    made.harness.remove_target()
    assert not made.harness.kind.is_settled(made.harness.target, Change(routing=made.rollout.routing_at(0)))
    with pytest.raises(TargetNotFoundError, match="creates none"):
        made.harness.kind.route(made.harness.target, Routing(made.rollout.canary), None)
    with pytest.raises(TargetNotFoundError, match="any more"):
        made.harness.kind.finish(made.harness.target, made.rollout.canary)
