"""A release waits in staging for its infrastructure, which comes as a stack and a parameter, and goes on by itself."""

from typing import Any

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD, REGION, STAGING
from tests.end_to_end.needs_steps import create_stack, write_parameter
from tests.end_to_end.service import NewService
from tests.end_to_end.test_command_line import READ, Operator


def test_a_release_waits_in_staging_until_its_infrastructure_is_there(
    new_service: NewService, pipeline: Pipeline, people: Inbox, automation: Inbox
) -> None:
    service = new_service()
    name, stack = f"/infra/{service.name}/revision", f"infra-{service.name}"
    needs: list[Any] = [
        {"parameter": name, "at_least": 12, "owner": "platform@example.com"},
        {"stack": stack, "output": "QueueUrl"},
    ]
    write_parameter(pipeline, STAGING, name, "11")
    service.add(service.environment("dev"), service.environment("staging", needs=needs), service.environment("prod"))

    digest, promotion = service.promote()

    subject = f"{service.name}: waits in staging"
    message = people.one("the message", lambda each: each["Subject"] == subject)["Message"]
    place = f"{STAGING}/{REGION}"
    assert f"- parameter {name} at least 12 in {place} (found 11)" in message
    assert f"- output QueueUrl of stack {stack} in {place} (there is no such stack)" in message
    assert "Ask platform@example.com." in message
    why = " ".join(Operator(pipeline, READ)("why", service.name, "staging").out.split())
    assert "It waits for its infrastructure" in why
    assert f"parameter {name} at least 12 in {place} (found 11)" in why
    assert "CheckGates" in pipeline.states(promotion), "dev was there already"
    assert service.versions(STAGING) == []

    write_parameter(pipeline, STAGING, name, "12")
    create_stack(pipeline, STAGING, stack)

    service.succeeds(promotion)
    assert service.running(service.routing(PROD)["version"], PROD) == digest
    found = automation.one(
        "the event",
        lambda each: (
            each["detail-type"] == "Promotion Infrastructure Found" and each["detail"]["execution"] == promotion
        ),
    )
    assert found["detail"]["infrastructure"][f"parameter {name}"] == "12"
    assert len(people.all(lambda each: each["Subject"] == subject)) == 1
    told = [len(service.history(f"infrastructure_{each}")) for each in ("awaited", "found")]
    assert told == [1, 1]

    newer = [{**needs[0], "at_least": 14}]
    service.change(service.environment("dev"), service.environment("staging", needs=newer), service.environment("prod"))
    write_parameter(pipeline, STAGING, name, "14")
    service.release()
    summary = service.succeeds(service.roll_back("staging"))["summary"]
    assert f"was made for parameter {name} 12 (later 14)" in summary
    eventually("the older version", lambda: service.routing(STAGING)["version"] == "1" or None)


def test_what_can_never_come_ends_the_promotion_before_dev_is_touched(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service = new_service()
    name, stack = f"/infra/{service.name}/revision", f"infra-{service.name}"
    secret = f"/infra/{service.name}/secret"
    write_parameter(pipeline, PROD, secret, "hunter2", kind="SecureString")
    write_parameter(pipeline, PROD, name, "v12")
    forbidden = {"parameter": f"/elsewhere/{service.name}"}
    in_prod = [{"parameter": name, "at_least": 12}, {"parameter": secret}, {"stack": stack, "output": "Url"}]
    service.add(
        service.environment("dev"),
        service.environment("staging", needs=[{"parameter": name}, forbidden]),
        service.environment("prod", needs=in_prod),
    )

    _, promotion = service.promote()

    cause = service.fails(promotion)["cause"]
    assert "ssm:GetParameters is denied. Add it to NeededParameterPatterns of target/template.yaml" in cause
    assert "a need is no secret" in cause
    assert "hunter2" not in cause
    assert "found v12, which is no whole number" in cause
    assert stack not in cause, "a stack may still come"
    assert pipeline.deployments_of(promotion) == []
