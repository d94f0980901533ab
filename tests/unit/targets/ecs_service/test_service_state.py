"""What a service is said to be on, whatever ECS leaves out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.service_deployment import ServiceDeployment
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.target_tags import TargetTags
from tests.unit.targets.ecs_service.described_service import service_revision
from tests.unit.targets.ecs_service.ecs_targets import SERVICE

ARN = "arn:aws:ecs:us-east-1:222222222222:service-deployment/main/cowsay/d1"
NAMES = {"blue": "cowsay:1", "green": "cowsay:2"}


def deployment(**changes: Any) -> ServiceDeployment:
    described = {
        "serviceDeploymentArn": ARN,
        "status": "IN_PROGRESS",
        "createdAt": datetime(2026, 11, 1, tzinfo=UTC),
        "sourceServiceRevisions": [{"arn": "blue", "requestedProductionTrafficWeight": 90.0}],
        "targetServiceRevision": {"arn": "green", "requestedProductionTrafficWeight": 10.0},
        "deploymentConfiguration": {"strategy": "CANARY"},
    }
    return ServiceDeployment.of(described | changes, NAMES)


def state(found: ServiceDeployment | None, *running: str) -> ServiceState:
    return ServiceState({}, "cowsay:9", running, found)


@pytest.mark.parametrize(
    ("found", "running", "live"),
    [
        (None, (), "cowsay:9"),
        (None, ("cowsay:3",), "cowsay:3"),
        (None, ("cowsay:3", "cowsay:4"), "cowsay:9"),
        (deployment(status="SUCCESSFUL"), (), "cowsay:2"),
        (deployment(status="SUCCESSFUL"), ("cowsay:2", "cowsay:1"), "cowsay:2"),
        (deployment(status="ROLLBACK_SUCCESSFUL"), (), "cowsay:1"),
        (deployment(status="ROLLBACK_SUCCESSFUL"), ("cowsay:1",), "cowsay:1"),
        (deployment(), ("cowsay:2",), "cowsay:1"),
        (deployment(status="STOPPED"), ("cowsay:2",), "cowsay:1"),
        (deployment(sourceServiceRevisions=[]), (), "cowsay:2"),
    ],
)
def test_what_runs_is_trusted_more_than_what_was_asked_for(
    found: ServiceDeployment | None, running: tuple[str, ...], live: str
) -> None:
    assert state(found, *running).live == live


def test_a_first_deployment_goes_where_it_goes() -> None:
    assert state(deployment(sourceServiceRevisions=[])).routing == Routing("cowsay:2")


def test_what_somebody_else_deploys_is_on_its_way_there() -> None:
    assert state(deployment()).routing == Routing("cowsay:2")


@pytest.mark.parametrize("status", ["STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"])
def test_what_goes_back_is_on_its_way_to_where_it_came_from(status: str) -> None:
    assert state(deployment(status=status)).routing == Routing("cowsay:1")


def test_of_several_sources_the_one_with_the_most_traffic_is_gone_back_to() -> None:
    sources = [{"arn": "green"}, {"arn": "blue", "requestedProductionTrafficWeight": 60.0}]
    found = deployment(sourceServiceRevisions=sources)
    assert found.source == "cowsay:1"
    assert deployment(sourceServiceRevisions=sources, rollback={"serviceRevisionArn": "green"}).source == "cowsay:2"


@pytest.mark.parametrize(
    ("tag", "allowed"), [("d1:34:ecs-pause-x", 34.0), ("d1:0:y", 0.0), ("d0:34:y", -1.0), ("", -1.0), ("d1:", -1.0)]
)
def test_what_was_noted_counts_for_its_own_deployment_only(tag: str, allowed: float) -> None:
    keys = TargetTags.of(SERVICE)
    assert state(deployment()).with_tags(keys, {keys.answered: tag}).allowed == allowed
    assert state(None).with_tags(keys, {keys.answered: tag}).allowed == -1.0


def test_a_token_is_another_one_once_ecs_turns() -> None:
    going = state(deployment())
    assert going.token == replace(going, deployment=deployment(status="PENDING")).token
    assert going.token != replace(going, deployment=deployment(status="ROLLBACK_REQUESTED")).token


def test_without_a_reason_of_its_own_a_way_back_says_so() -> None:
    assert "it gave no reason" in str(deployment(status="ROLLBACK_SUCCESSFUL").failure("cowsay"))
    back = {"serviceRevisionArn": "blue", "reason": "circuit breaker"}
    assert "circuit breaker" in str(deployment(status="ROLLBACK_SUCCESSFUL", rollback=back).failure("cowsay"))


def test_alarms_that_are_only_watched_are_no_reason() -> None:
    watched = deployment(status="ROLLBACK_FAILED", alarms={"status": "MONITORING", "triggeredAlarmNames": ["a"]})
    assert watched.triggered_alarms == ()


@pytest.mark.parametrize(("running", "number"), [([], 2), ([1], 1), ([2], 2), ([1, 2], 2)])
def test_of_two_service_revisions_with_the_live_task_definition_the_one_that_runs_is_live(
    running: list[int], number: int
) -> None:
    revisions = {each["serviceRevisionArn"]: each for each in (service_revision("cowsay:9", number=n) for n in (1, 2))}
    arns = [{"arn": arn} for arn, each in revisions.items() if each["createdAt"] in running]
    found = ServiceState({"currentServiceRevisions": arns}, "cowsay:9", ("cowsay:9",), None, revisions)
    assert found.live_revision
    assert found.live_revision["createdAt"] == number


def test_what_ecs_took_back_is_not_what_is_live_although_both_have_one_task_definition_and_still_run() -> None:
    kept, taken_back = (service_revision("cowsay:9", number=number) for number in (1, 2))
    revisions = {each["serviceRevisionArn"]: each for each in (kept, taken_back)}
    gone = replace(deployment(status="ROLLBACK_SUCCESSFUL"), target_arn=taken_back["serviceRevisionArn"])
    found = ServiceState(
        {"currentServiceRevisions": [{"arn": arn} for arn in revisions]}, "cowsay:9", ("cowsay:9",), gone, revisions
    )
    assert found.live == "cowsay:9"
    assert found.live_revision == kept
