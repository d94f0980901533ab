from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws.executions import ExecutionEnd, Executions, arn_of
from gantry.promotion.failure import Failure

ARN = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-7"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LAMBDA = {"resourceType": "lambda", "resource": "invoke"}
NOT_WAITING = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]


@pytest.fixture
def client() -> Any:
    return boto3.client("stepfunctions")


@pytest.fixture
def executions(client: Any) -> Executions:
    return Executions(client)


def described(status: str, **facts: Any) -> dict[str, Any]:
    """A response of DescribeExecution."""
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
def test_an_execution_that_has_ended_says_how_and_when(executions: Executions, answers: Stubber, status: str) -> None:
    facts = {"stopDate": NOW, "input": '{"service": "cowsay"}', "error": "Oops", "cause": "no reason"}
    answers.add_response("describe_execution", described(status, **facts), {"executionArn": ARN})

    assert executions.end_of(ARN) == ExecutionEnd(
        ARN, status, "2026-11-22T00:00:00.000Z", {"service": "cowsay"}, "Oops", "no reason"
    )


MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:gantry-promotion"
STARTED = {"stateMachineArn": MACHINE, "name": "push-1", "input": '{"repository": "cowsay"}'}


def test_an_execution_is_started_under_its_name(executions: Executions, answers: Stubber) -> None:
    answers.add_response("start_execution", {"executionArn": ARN, "startDate": NOW}, STARTED)

    assert executions.start_once(MACHINE, "push-1", {"repository": "cowsay"})
    assert arn_of(MACHINE, "push-1") == "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:push-1"


def test_an_execution_whose_name_is_taken_is_not_started_again(executions: Executions, answers: Stubber) -> None:
    answers.add_client_error("start_execution", "ExecutionAlreadyExists")

    assert not executions.start_once(MACHINE, "push-1", {"repository": "cowsay"})


def test_an_execution_that_cannot_be_started_is_an_error(executions: Executions, answers: Stubber) -> None:
    answers.add_client_error("start_execution", "ExecutionLimitExceeded")

    with pytest.raises(ClientError):
        executions.start_once(MACHINE, "push-1", {})


def test_an_execution_that_is_running_has_not_ended(executions: Executions, answers: Stubber) -> None:
    answers.add_response("describe_execution", described("RUNNING"))

    assert executions.end_of(ARN) is None


ANNOUNCED = ExecutionEnd(ARN, "FAILED", "2026-11-22T00:00:00.000Z", {}, "Oops", redrives=1)


@pytest.mark.parametrize(
    ("facts", "announced", "end"),
    [
        ({"redriveCount": 1}, ANNOUNCED, ANNOUNCED),
        ({"redriveCount": 2}, ANNOUNCED, None),
        ({"redriveCount": 1}, replace(ANNOUNCED, arn="arn:other"), None),
        ({}, replace(ANNOUNCED, redrives=0), replace(ANNOUNCED, redrives=0)),
    ],
    ids=["not known yet", "redriven since", "of another execution", "never redriven"],
)
def test_an_end_that_an_event_announced_counts_until_the_execution_is_redriven(
    executions: Executions,
    answers: Stubber,
    facts: dict[str, int],
    announced: ExecutionEnd,
    end: ExecutionEnd | None,
) -> None:
    answers.add_response("describe_execution", described("RUNNING", **facts))

    assert executions.end_of(ARN, announced) == end


def test_what_step_functions_knows_of_an_end_counts_more_than_what_was_announced(
    executions: Executions, answers: Stubber
) -> None:
    answers.add_response("describe_execution", described("ABORTED", stopDate=NOW, redriveCount=2))

    assert executions.end_of(ARN, ANNOUNCED) == ExecutionEnd(ARN, "ABORTED", "2026-11-22T00:00:00.000Z", {}, redrives=2)


@pytest.mark.parametrize(
    ("end", "failure"),
    [
        (ANNOUNCED, Failure("Oops", "no cause was given")),
        (replace(ANNOUNCED, error=None, status="TIMED_OUT"), Failure("TIMED_OUT", "no cause was given")),
        (replace(ANNOUNCED, cause="no reason"), Failure("Oops", "no reason")),
    ],
)
def test_an_end_is_a_failure_with_its_error_or_else_its_status(end: ExecutionEnd, failure: Failure) -> None:
    assert end.failure == failure


def test_an_execution_that_is_forgotten_ended_before_all_that_is_known(
    executions: Executions, answers: Stubber
) -> None:
    answers.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert executions.end_of(ARN) == ExecutionEnd(ARN, "FORGOTTEN", "1970-01-01T00:00:00.000Z", {})


@pytest.mark.parametrize("facts", [{}, {"input": '["a", "list"]'}, {"input": "no JSON"}])
def test_an_input_that_is_no_json_object_is_empty(
    executions: Executions, answers: Stubber, facts: dict[str, str]
) -> None:
    answers.add_response("describe_execution", described("ABORTED", stopDate=NOW, **facts))

    assert executions.end_of(ARN) == ExecutionEnd(ARN, "ABORTED", "2026-11-22T00:00:00.000Z", {})


def test_the_errors_of_failed_tasks_come_newest_first(executions: Executions, answers: Stubber) -> None:
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
    asked = {"executionArn": ARN, "error": "e" * 256, "cause": "c" * 32767 + "…"}
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
    asked = {"taskToken": "token", "error": "e" * 256, "cause": "c" * 32767 + "…"}
    answers.add_response("send_task_failure", {}, asked)

    assert executions.fail("token", "e" * 300, "c" * 40000)


@pytest.mark.parametrize("code", NOT_WAITING)
def test_an_answer_that_no_task_waits_for_is_false(executions: Executions, answers: Stubber, code: str) -> None:
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
        executions.end_of(ARN)
    with pytest.raises(ClientError, match="Kms"):
        list(executions.errors(ARN))
    with pytest.raises(ClientError, match="Kms"):
        executions.stop(ARN, "RolledBackManually", "rolled back")
    with pytest.raises(ClientError, match="Kms"):
        executions.succeed("token", {})
    with pytest.raises(ClientError, match="Kms"):
        executions.fail("token", "AlarmRaisedError", "errors")
