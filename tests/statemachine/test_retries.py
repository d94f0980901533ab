"""What is tried again, and what is not."""

from collections.abc import Iterator

import pytest

from sandbox.accounts import ASSETS
from tests.sandbox.given import a_function, function_arn
from tests.statemachine.scripted import Machine, Raises, Stage
from tests.statemachine.stories import DEPLOYMENT, PUBLISHED, STEP

TRANSIENT = [
    Raises(f"Lambda.{name}")
    for name in (
        "ServiceException",
        "AWSLambdaException",
        "SdkClientException",
        "TooManyRequestsException",
        "ClientExecutionTimeoutException",
    )
]


def test_errors_of_lambda_itself_are_tried_again(deployment: Machine) -> None:
    ran = deployment.run(AcquireLease=[*TRANSIENT, {}])

    assert ran.status == "SUCCEEDED"
    assert ran.errors() == [each.error for each in TRANSIENT]
    assert len(ran.payloads("AcquireLease")) == 6


def test_every_attempt_says_the_same_so_that_functions_can_tell_a_retry(deployment: Machine) -> None:
    first, second = deployment.run(RecordRelease=[Raises("Lambda.Unknown"), {"version": "8"}]).payloads("RecordRelease")

    assert first == second


def test_a_function_that_cannot_even_wait_for_a_token_is_tried_again(deployment: Machine) -> None:
    long_bake = {"plan": [{**STEP, "bake_seconds": 30}]}

    ran = deployment.start(long_bake, Bake=[Raises("Lambda.ServiceException"), {}]).succeed("Bake", {})

    assert ran.status == "SUCCEEDED"
    assert ran.errors() == ["Lambda.ServiceException"]
    assert len({payload["task_token"] for payload in ran.payloads("Bake")}) == 2


@pytest.fixture
def throttled(stage: Stage) -> Iterator[str]:
    """The ARN of a function that may not run even once at a time."""
    client, name = stage.aws.client("lambda", ASSETS), a_function(stage.aws, "def handler(event, context): ...")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield function_arn(name)
    client.delete_function(FunctionName=name)


def test_a_function_that_stays_throttled_is_given_up(stage: Stage, deployment: Machine, throttled: str) -> None:
    machine = stage.machine("deployment", {"InspectTargetFunctionArn": throttled})

    ran = stage.start(machine, DEPLOYMENT, deployment.script).ended()

    assert ran.errors() == ["Lambda.TooManyRequestsException"] * 6
    assert ran.payload("RecordFailure")["failure"]["Error"] == "Lambda.TooManyRequestsException"


def test_somebody_elses_change_of_the_function_is_read_again(deployment: Machine) -> None:
    conflict = Raises("TargetConflictError")

    ran = deployment.run(PublishVersion=[conflict, conflict, PUBLISHED])

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("PublishVersion")) == 3


def test_a_function_that_others_keep_changing_is_given_up(deployment: Machine) -> None:
    ran = deployment.run(PublishVersion=Raises("TargetConflictError"))

    assert ran.errors() == ["TargetConflictError"] * 5
    assert ran.payload("RecordFailure")["failure"]["alias"] == "untouched"


@pytest.mark.parametrize("error", ["TargetAccessError", "AliasChangedError", "ClientError", "Sandbox.Timedout"])
def test_a_rollback_is_tried_again(deployment: Machine, error: str) -> None:
    ran = deployment.run(RecordRelease=Raises("LedgerError"), RollBack=[Raises(error), {"version": "7"}])

    assert ran.error == "DeploymentRolledBack"
    assert ran.errors() == ["LedgerError", error]


def test_what_the_pipeline_refuses_itself_is_not_tried_again(deployment: Machine) -> None:
    ran = deployment.run(AcquireLease=Raises("LeaseHeldError", "held by another execution"))

    assert ran.errors() == ["LeaseHeldError"]
