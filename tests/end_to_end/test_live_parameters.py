"""Parameters in the workload account say what is live: event, queue, function and Parameter Store as deployed."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, DEV, PROD
from tests.end_to_end.live_parameter_steps import parameter, told_by_parameters
from tests.end_to_end.service import NewService, Service
from tests.end_to_end.statements import all_statements, physical_id, removed
from tests.end_to_end.test_command_line import PROMOTE, READ, Operator


@pytest.fixture(scope="module")
def operator(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ, PROMOTE)


def release(service: Service) -> str:
    """Release an image; its digest."""
    digest = service.push_labelled(service.tag())
    service.succeeds(service.pipeline.promotion_of(digest))
    return digest


def test_parameters_follow_a_promotion_and_a_rollback_and_what_others_write_is_drift(
    new_service: NewService, pipeline: Pipeline, operator: Operator
) -> None:
    service = new_service()
    service.add(service.environment())
    first = release(service)
    said = told_by_parameters(service)
    assert (said["state"], said["digest"], said["revision"]) == ("live", first, "1")
    assert said["image"] == f"{ASSETS}.dkr.ecr.us-east-1.amazonaws.com/{service.name}@{first}"
    assert said["repository"] == f"https://github.com/acme/{service.name}"
    second = release(service)
    assert told_by_parameters(service)["digest"] == second

    service.succeeds(service.roll_back())
    assert told_by_parameters(service)["digest"] == first
    for account in (ASSETS, DEV):
        assert parameter(service, account=account) is None

    ssm = pipeline.stand_in.client("ssm", PROD)
    ssm.put_parameter(Name=f"/gantry/{service.name}/prod/live", Value="nonsense", Type="String", Overwrite=True)
    # It may be that of the last ten minutes, so the function is asked rather than drift.
    ran = operator("write-live", service.name, "prod", "--output", "json")
    assert (ran.code, ran.json[0]["changed"]) == (0, [f"{PROD}/us-east-1/gantry/{service.name}/prod/live"])
    assert told_by_parameters(service)["digest"] == first
    ran = operator("drift", service.name, "--exit-code", "--output", "json")
    assert (ran.code, ran.json["state"]) == (0, "SYNCED")


@pytest.fixture
def impatient_queue(pipeline: Pipeline) -> Iterator[None]:
    """Nobody waits for six minutes."""
    sqs = pipeline.stand_in.client("sqs", ASSETS)
    queue = physical_id(pipeline.stand_in, "gantry", ASSETS, "LiveParameterQueue")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "2"})
    yield
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "360"})


@pytest.mark.usefixtures("impatient_queue")
def test_a_parameter_store_that_refuses_touches_no_deployment_and_the_queue_makes_it_true_later(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service = new_service()
    service.add(service.environment("dev"))
    (statement,) = [each for each in all_statements() if str(each) == "Target:InvokeVersions.SayWhatIsLive"]
    assert statement.account == DEV

    def says() -> dict[str, Any] | None:
        return parameter(service, account=DEV, environment="dev")

    with removed(statement, pipeline.stand_in):
        digest = release(service)  # raises if it does not succeed
        eventually("what the function was refused", lambda: refusals(service) or None)
        assert says() is None
    assert eventually("what the queue has delivered again", says)["digest"] == digest


def refusals(service: Service) -> list[str]:
    """What the function says that it may not do for the service."""
    stand_in, function = service.pipeline.stand_in, service.pipeline.outputs["LiveParametersFunctionName"]
    configured = stand_in.client("lambda", ASSETS).get_function_configuration(FunctionName=function)
    pages = stand_in.client("logs", ASSETS).get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=configured["LoggingConfig"]["LogGroup"])
    refused = f"The parameter /gantry/{service.name}/dev/live in {DEV}/us-east-1 cannot be "
    return [each["message"] for page in found for each in page["events"] if refused in each["message"]]
