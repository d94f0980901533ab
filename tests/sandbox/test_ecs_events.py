"""The events of ECS about deployments and hooks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.ecs_services import ACCOUNT, FENCE, Service, a_service, an_ecs, pause, waiting
from tests.sandbox.given import Json, a_role, allow, an_event_queue, new_name, soon

DEPLOYMENT, HOOK = "ECS Deployment State Change", "ECS Hook State Change"


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return an_ecs(aws)


@dataclass(frozen=True, slots=True)
class Heard:
    """All events of ECS in the account, as a queue in the assets account gets them over a bus there."""

    queue: Any
    url: str
    kept: list[Json]

    def about(self, service: Service, kind: str) -> list[Json]:
        """The events of a kind that name a service, oldest first."""
        received = self.queue.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for each in received:
            self.kept.append(json.loads(each["Body"]))
            self.queue.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return [each for each in self.kept if each["detail-type"] == kind and service.name in each["resources"][0]]

    def names(self, service: Service, kind: str, until: str) -> list[str]:
        """What the events of a service are called, once the last one has come."""

        def look() -> list[str] | None:
            found = [each["detail"]["eventName"] for each in self.about(service, kind)]
            return found if found[-1:] == [until] else None

        return soon(look)


@pytest.fixture(scope="module")
def heard(aws: StandIn) -> Heard:
    """A rule in the workload account forwards them, as alarms are forwarded."""
    queue, bus = aws.client("sqs", ASSETS), new_name("bus")
    url = an_event_queue(aws)
    assets, workload = aws.client("events", ASSETS), aws.client("events", ACCOUNT)
    bus_arn = assets.create_event_bus(Name=bus)["EventBusArn"]
    let_in = {**allow("events:PutEvents", bus_arn), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "in", **let_in}]}
    assets.put_permission(EventBusName=bus, Policy=json.dumps(policy))
    queue_arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = a_role(aws, allow("events:PutEvents", bus_arn), trusts="events.amazonaws.com", account=ACCOUNT)
    for client, on, target in (
        (assets, bus, {"Arn": queue_arn}),
        (workload, "default", {"Arn": bus_arn, "RoleArn": role}),
    ):
        rule = new_name("rule")
        client.put_rule(Name=rule, EventBusName=on, EventPattern=json.dumps({"source": ["aws.ecs"]}))
        client.put_targets(Rule=rule, EventBusName=on, Targets=[{"Id": "target", **target}])
    return Heard(queue, url, [])


def test_a_pause_is_announced_with_its_id_and_where_it_is(ecs: Any, heard: Heard) -> None:
    service = a_service(ecs)
    arn = service.deploy(hooks=[pause(FENCE)])
    [hook] = waiting(service.paused())

    [event] = soon(lambda: heard.about(service, HOOK))

    assert (event["source"], event["account"], event["region"]) == ("aws.ecs", ACCOUNT, REGION)
    assert event["resources"] == [arn]
    expected = {
        "eventType": "INFO",
        "eventName": "HOOK_AWAITING_ACTION",
        "hookId": hook["hookId"],
        "hookType": "PAUSE",
        "lifecycleStage": FENCE,
        "serviceArn": service.described()["serviceArn"],
        "clusterArn": service.described()["clusterArn"],
        "serviceDeploymentArn": arn,
    }
    assert expected.items() <= event["detail"].items()
    assert {"expiresAt", "updatedAt"} <= event["detail"].keys()


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (lambda service: service.answer(), "HOOK_SUCCEEDED"),
        (lambda service: service.answer("ROLLBACK"), "HOOK_FAILED"),
        (lambda _service: None, "HOOK_TIMED_OUT"),
    ],
)
def test_the_end_of_a_pause_is_announced(ecs: Any, heard: Heard, end: Callable[[Service], object], name: str) -> None:
    service = a_service(ecs)
    service.deploy(hooks=[pause(FENCE, minutes=1)])

    end(service)

    assert heard.names(service, HOOK, name) == ["HOOK_AWAITING_ACTION", name]


def test_a_deployment_is_announced_from_start_to_end(ecs: Any, heard: Heard) -> None:
    service = a_service(ecs)
    service.deploy()
    service.ended()

    names = heard.names(service, DEPLOYMENT, "SERVICE_DEPLOYMENT_COMPLETED")
    last = heard.about(service, DEPLOYMENT)[-1]

    # The first two are of the service's creation.
    assert names == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"] * 2
    assert last["resources"] == [service.described()["serviceArn"]]
    assert last["detail"]["deploymentId"] == service.described()["deployments"][0]["id"]


@pytest.mark.parametrize("breaks", [True, False])
def test_a_rollback_begins_and_completes_and_fails_only_with_the_circuit_breaker(
    ecs: Any, heard: Heard, breaks: bool
) -> None:
    service = a_service(ecs)
    breaker = {"enable": breaks, "rollback": breaks}
    service.deploy(hooks=[pause(FENCE)], deploymentCircuitBreaker=breaker)
    service.answer("ROLLBACK")
    service.ended()

    names = heard.names(service, DEPLOYMENT, "SERVICE_DEPLOYMENT_COMPLETED")[2:]

    failed = ["SERVICE_DEPLOYMENT_FAILED"] if breaks else []
    began = "SERVICE_DEPLOYMENT_IN_PROGRESS"
    assert names == [began, *failed, began, "SERVICE_DEPLOYMENT_COMPLETED"]
