from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws.executions import Ended, Executions

ARN = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-7"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LAMBDA = {"resourceType": "lambda", "resource": "invoke"}
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


def described(status: str, **facts: Any) -> dict[str, Any]:
    """An answer of DescribeExecution."""
    return {"executionArn": ARN, "stateMachineArn": ARN, "status": status, "startDate": NOW} | facts


@pytest.mark.parametrize(
    ("status", "running"),
    [("RUNNING", True), ("SUCCEEDED", False), ("FAILED", False), ("TIMED_OUT", False), ("ABORTED", False)],
)
def test_only_a_running_execution_runs(executions: Executions, answers: Stubber, status: str, running: bool) -> None:
    answers.add_response("describe_execution", described(status, stopDate=NOW), {"executionArn": ARN})

    assert executions.is_running(ARN) is running


def test_an_execution_that_is_forgotten_does_not_run(executions: Executions, answers: Stubber) -> None:
    answers.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert not executions.is_running(ARN)


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_of_an_execution_that_has_ended_it_is_told_how_and_when(
    executions: Executions, answers: Stubber, status: str
) -> None:
    facts = {"stopDate": NOW, "input": '{"service": "cowsay"}', "error": "Oops", "cause": "no reason"}
    answers.add_response("describe_execution", described(status, **facts), {"executionArn": ARN})

    assert executions.ended(ARN) == Ended(
        ARN, status, "2026-11-22T00:00:00.000Z", {"service": "cowsay"}, "Oops", "no reason"
    )


def test_an_execution_that_goes_on_has_not_ended(executions: Executions, answers: Stubber) -> None:
    answers.add_response("describe_execution", described("RUNNING"))

    assert executions.ended(ARN) is None


def test_an_execution_that_is_forgotten_ended_before_all_that_is_known(
    executions: Executions, answers: Stubber
) -> None:
    answers.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert executions.ended(ARN) == Ended(ARN, "FORGOTTEN", "1970-01-01T00:00:00.000Z", {})


@pytest.mark.parametrize("facts", [{}, {"input": '["a", "list"]'}, {"input": "no JSON"}])
def test_an_input_that_is_no_json_object_tells_nothing(
    executions: Executions, answers: Stubber, facts: dict[str, str]
) -> None:
    answers.add_response("describe_execution", described("ABORTED", stopDate=NOW, **facts))

    assert executions.ended(ARN) == Ended(ARN, "ABORTED", "2026-11-22T00:00:00.000Z", {})


def test_the_errors_of_failed_tasks_are_told_newest_first(executions: Executions, answers: Stubber) -> None:
    events = [
        {"id": 9, "timestamp": NOW, "type": "ExecutionFailed", "executionFailedEventDetails": {"error": "Failed"}},
        {
            "id": 7,
            "timestamp": NOW,
            "type": "TaskFailed",
            "taskFailedEventDetails": {"error": "States.Timeout"} | LAMBDA,
        },
        {"id": 5, "timestamp": NOW, "type": "TaskSucceeded"},
        {
            "id": 3,
            "timestamp": NOW,
            "type": "TaskFailed",
            "taskFailedEventDetails": {"error": "Oops", "cause": "no reason"} | LAMBDA,
        },
    ]
    asked = {"executionArn": ARN, "reverseOrder": True, "maxResults": 100}
    answers.add_response("get_execution_history", {"events": events}, asked)

    assert list(executions.errors(ARN)) == [
        {"Error": "States.Timeout", "Cause": None},
        {"Error": "Oops", "Cause": "no reason"},
    ]


def test_an_execution_that_is_forgotten_has_no_errors(executions: Executions, answers: Stubber) -> None:
    answers.add_client_error("get_execution_history", "ExecutionDoesNotExist")

    assert list(executions.errors(ARN)) == []


def test_an_execution_is_stopped_with_the_reason_cut_to_what_is_allowed(
    executions: Executions, answers: Stubber
) -> None:
    asked = {"executionArn": ARN, "error": "e" * 256, "cause": "c" * 32768}
    answers.add_response("stop_execution", {"stopDate": NOW}, asked)

    executions.stop(ARN, "e" * 300, "c" * 40000)


@pytest.mark.parametrize("code", ["ExecutionDoesNotExist", "ValidationException"])
def test_there_may_be_nothing_to_stop(executions: Executions, answers: Stubber, code: str) -> None:
    answers.add_client_error("stop_execution", code)

    executions.stop(ARN, "RolledBackManually", "rolled back")


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
    calls = ("describe_execution", "describe_execution", "get_execution_history", "stop_execution")
    for call in (*calls, "send_task_success", "send_task_failure"):
        answers.add_client_error(call, "KmsAccessDeniedException")

    with pytest.raises(ClientError, match="Kms"):
        executions.is_running(ARN)
    with pytest.raises(ClientError, match="Kms"):
        executions.ended(ARN)
    with pytest.raises(ClientError, match="Kms"):
        list(executions.errors(ARN))
    with pytest.raises(ClientError, match="Kms"):
        executions.stop(ARN, "RolledBackManually", "rolled back")
    with pytest.raises(ClientError, match="Kms"):
        executions.succeed("token", {})
    with pytest.raises(ClientError, match="Kms"):
        executions.fail("token", "AlarmRaisedError", "errors")


def test_executions_are_those_of_the_account_the_function_runs_in() -> None:
    assert isinstance(Executions.from_env(), Executions)
