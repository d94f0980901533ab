from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.executions import Executions

ARN = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-7"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOBODY_WAITS = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]


@pytest.fixture
def sfn() -> Any:
    return boto3.client("stepfunctions")


@pytest.fixture
def answers(sfn: Any, stubbed: Callable[[Any], Stubber]) -> Stubber:
    return stubbed(sfn)


@pytest.fixture
def executions(sfn: Any) -> Executions:
    return Executions(sfn)


@pytest.mark.parametrize(
    ("status", "running"),
    [("RUNNING", True), ("SUCCEEDED", False), ("FAILED", False), ("TIMED_OUT", False), ("ABORTED", False)],
)
def test_only_a_running_execution_runs(executions: Executions, answers: Stubber, status: str, running: bool) -> None:
    described = {"executionArn": ARN, "stateMachineArn": ARN, "status": status, "startDate": NOW}
    answers.add_response("describe_execution", described, {"executionArn": ARN})

    assert executions.is_running(ARN) is running


def test_an_execution_that_is_forgotten_does_not_run(executions: Executions, answers: Stubber) -> None:
    answers.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert not executions.is_running(ARN)


def test_an_execution_is_stopped_with_the_reason_cut_to_what_is_allowed(
    executions: Executions, answers: Stubber
) -> None:
    asked = {"executionArn": ARN, "error": "e" * 256, "cause": "c" * 32768}
    answers.add_response("stop_execution", {"stopDate": NOW}, asked)

    executions.stop(ARN, "e" * 300, "c" * 40000)


def test_there_may_be_nothing_to_stop(executions: Executions, answers: Stubber) -> None:
    answers.add_client_error("stop_execution", "ExecutionDoesNotExist")

    executions.stop(ARN, "RolledBackByHand", "rolled back")


def test_a_waiting_task_gets_its_answer(executions: Executions, answers: Stubber) -> None:
    answers.add_response("send_task_success", {}, {"taskToken": "token", "output": '{"decision": "approved"}'})

    assert executions.succeed("token", {"decision": "approved"})


def test_a_waiting_task_is_failed_with_the_reason_cut_to_what_is_allowed(
    executions: Executions, answers: Stubber
) -> None:
    asked = {"taskToken": "token", "error": "e" * 256, "cause": "c" * 32768}
    answers.add_response("send_task_failure", {}, asked)

    assert executions.fail("token", "e" * 300, "c" * 40000)


@pytest.mark.parametrize("code", NOBODY_WAITS)
def test_an_answer_that_nobody_waits_for_is_told_apart(executions: Executions, answers: Stubber, code: str) -> None:
    answers.add_client_error("send_task_success", code)
    answers.add_client_error("send_task_failure", code)

    assert not executions.succeed("token", {})
    assert not executions.fail("token", "AlarmRaisedError", "errors")


def test_an_unknown_error_escapes(executions: Executions, answers: Stubber) -> None:
    for call in ("describe_execution", "stop_execution", "send_task_success", "send_task_failure"):
        answers.add_client_error(call, "KmsAccessDeniedException")

    with pytest.raises(ClientError, match="Kms"):
        executions.is_running(ARN)
    with pytest.raises(ClientError, match="Kms"):
        executions.stop(ARN, "RolledBackByHand", "rolled back")
    with pytest.raises(ClientError, match="Kms"):
        executions.succeed("token", {})
    with pytest.raises(ClientError, match="Kms"):
        executions.fail("token", "AlarmRaisedError", "errors")


def test_executions_are_those_of_the_account_the_function_runs_in() -> None:
    assert isinstance(Executions.from_env(), Executions)
