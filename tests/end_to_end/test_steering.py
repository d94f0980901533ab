"""Operators pause, resume, advance and abort a canary of the deployed pipeline, from the command line."""

from typing import Any

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV
from tests.end_to_end.service import STABLE, NewService, Service
from tests.end_to_end.test_command_line import READ, Operator

STEER = "OperatorSteerPolicyArn"
WHY = "the numbers look odd"
TWO_STEPS = [{"weight": 10, "bake": "10m"}, {"weight": 50, "bake": "10m"}]


@pytest.fixture(scope="module")
def reader(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ)


@pytest.fixture(scope="module")
def pilot(pipeline: Pipeline) -> Operator:
    """May steer, and nothing else."""
    return Operator(pipeline, STEER)


@pytest.fixture(scope="module")
def service(new_service: NewService) -> Service:
    """Whose judge only observes, so that nothing but people moves a canary before its bake ends."""
    made = new_service()
    made.add(made.environment("dev", traffic=TWO_STEPS, judge="observe"))
    made.release()
    return made


def canary(reader: Operator, service: Service) -> Any:
    """How far the canary is, as the board has it."""
    (known,) = reader("status", service.name, "--output", "json").json["services"]
    (target,) = known["environments"][0]["targets"]
    return (target["in_flight"] or {}).get("canary")


def steer(pilot: Operator, action: str, service: Service) -> Any:
    ran = pilot(action, service.name, "dev", "--reason", WHY, "--output", "json")
    assert ran.code == 0, ran.err
    (steered,) = ran.json
    assert (steered["honoured"], steered["refused"]) == (True, None)
    return steered


def test_a_canary_is_paused_resumed_advanced_and_aborted(service: Service, reader: Operator, pilot: Operator) -> None:
    digest, promotion, deployment = service.bakes()
    assert steer(pilot, "pause", service)["execution"] == deployment
    paused = eventually("a pause", lambda: (canary(reader, service) or {}).get("paused"))
    assert paused["reason"] == WHY
    assert pilot.role.rpartition("/")[2] in paused["by"]
    assert "paused" in reader("status", service.name).out
    assert f"gantry resume {service.name} dev" in reader("why", service.name, "dev").out
    again = pilot("pause", service.name, "dev")
    assert (again.code, "paused" in again.out) == (0, True), again.err

    steer(pilot, "resume", service)
    eventually("the end of the pause", lambda: canary(reader, service)["paused"] is None or None)
    assert canary(reader, service)["step"] == 1

    steer(pilot, "advance", service)
    eventually("the second step", lambda: (canary(reader, service) or {}).get("step") == 2 or None)
    refused = pilot("resume", service.name, "dev")
    assert (refused.code, "It is not paused." in refused.err) == (1, True)
    steer(pilot, "abort", service)
    service.fails(promotion)
    assert service.routing(DEV) == STABLE
    why = reader("why", service.name, "dev").out
    assert "CanaryAbortedError" in why
    assert WHY in why
    assert digest[:15] in reader("quarantine", service.name, "--output", "json").out
    assert "canary paused at 10 %" in reader("history", service.name).out
    kinds = [each["kind"] for each in reader("history", service.name, "--output", "json").json["entries"]]
    assert kinds.count("canary_steered") == 4, "the second pause changed nothing"
    late = pilot("abort", service.name, "dev")
    assert (late.code, "No canary" in late.err) == (2, True)


@pytest.mark.parametrize("action", ["pause", "resume", "advance", "abort"])
def test_who_may_read_may_not_steer(action: str, service: Service, reader: Operator) -> None:
    refused = reader(action, service.name, "dev", "--reason", WHY)
    assert (refused.code, "IAM does not allow" in refused.err, refused.out) == (5, True, "")


@pytest.mark.parametrize(
    "arguments", [("status",), ("promote", "cowsay", "1"), ("rollback", "cowsay", "dev", "--reason", WHY, "--yes")]
)
def test_who_may_steer_may_do_nothing_else(arguments: tuple[str, ...], pilot: Operator) -> None:
    refused = pilot(*arguments)
    assert (refused.code, refused.out) == (5, "")
