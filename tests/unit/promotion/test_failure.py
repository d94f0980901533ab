import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.failure import LONGEST_MESSAGE, Failure, as_object

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["errorMessage", "Status"]), inner),
    max_leaves=8,
)


def child(**facts: Any) -> str:
    """The cause that states:startExecution.sync:2 gives when its execution did not succeed."""
    arn = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:one"
    return json.dumps({"ExecutionArn": arn, "Input": '{"a": 1}', "Name": "one", "Status": "FAILED"} | facts)


def test_a_failed_function_has_its_own_message() -> None:
    cause = {"errorMessage": "the target is gone", "errorType": "TargetNotFoundError", "stackTrace": ["…"]}
    failure = Failure.of({"Error": "TargetNotFoundError", "Cause": json.dumps(cause)})
    assert failure == Failure("TargetNotFoundError", "the target is gone")
    assert str(failure) == "TargetNotFoundError: the target is gone"


def test_a_failed_execution_has_its_own_error() -> None:
    cause = child(Error="DeploymentRolledBack", Cause="CanaryUnhealthyError: an alarm. The traffic is restored.")
    failure = Failure.of({"Error": "States.TaskFailed", "Cause": cause})
    assert failure == Failure("DeploymentRolledBack", "CanaryUnhealthyError: an alarm. The traffic is restored.")


def test_the_innermost_error_counts_however_deep_it_lies() -> None:
    innermost = json.dumps({"errorMessage": "no mail", "errorType": "MailError"})
    cause = child(Error="States.TaskFailed", Cause=child(Error="MailError", Cause=innermost))
    assert Failure.of({"Error": "States.TaskFailed", "Cause": cause}) == Failure("MailError", "no mail")


@pytest.mark.parametrize(("status", "words"), [("ABORTED", "aborted"), ("TIMED_OUT", "timed_out")])
def test_an_execution_without_an_error_has_its_status(status: str, words: str) -> None:
    failure = Failure.of({"Error": "States.TaskFailed", "Cause": child(Status=status)})
    assert failure == Failure("States.TaskFailed", f"the execution {words}")


def test_an_execution_without_a_status_has_failed() -> None:
    cause = json.dumps({"ExecutionArn": "arn"})
    assert Failure.of({"Error": "States.TaskFailed", "Cause": cause}) == Failure(
        "States.TaskFailed", "the execution failed"
    )


def test_an_execution_in_the_spelling_of_the_api_is_understood_too() -> None:
    cause = json.dumps({"executionArn": "arn", "status": "FAILED", "error": "DeploymentFailed", "cause": "no role"})
    assert Failure.of({"Error": "States.TaskFailed", "Cause": cause}) == Failure("DeploymentFailed", "no role")


@pytest.mark.parametrize(
    "cause", ["nobody decided in time", '["a", "list"]', '"a string"', '{"another": "object"}', "{"]
)
def test_any_other_cause_stays_as_it_is(cause: str) -> None:
    assert Failure.of({"Error": "ApprovalExpired", "Cause": cause}) == Failure("ApprovalExpired", cause)


@pytest.mark.parametrize("output", [{}, {"Error": "", "Cause": ""}, {"Error": None, "Cause": None}])
def test_an_empty_error_still_says_something(output: dict[str, Any]) -> None:
    assert Failure.of(output) == Failure("UnknownError", "no cause was given")


@given(st.text(), st.text() | json_values.map(json.dumps))
def test_every_cause_makes_a_readable_failure(error: str, cause: str) -> None:
    failure = Failure.of({"Error": error, "Cause": cause})
    assert "\n" not in str(failure).replace("\n    ", "")
    assert len(str(failure)) < 100 + 10 * LONGEST_MESSAGE
    assert failure.error == (error or "UnknownError")


@pytest.mark.parametrize("error", ["AlarmRaisedError", "CanaryUnhealthyError"])
def test_what_the_canary_did_is_a_verdict_on_the_release(error: str) -> None:
    assert Failure(error, "").is_verdict


@pytest.mark.parametrize("error", ["TargetChangedError", "States.Timeout", "LeaseLostError", "CanaryInconclusiveError"])
def test_what_happened_to_the_machinery_is_no_verdict_on_the_release(error: str) -> None:
    assert not Failure(error, "").is_verdict


@pytest.mark.parametrize(
    ("text", "found"), [('{"service": "cowsay"}', {"service": "cowsay"}), ('["a", "list"]', {}), ("null", {}), ("", {})]
)
def test_a_text_that_is_no_json_object_is_an_empty_one(text: str, found: dict[str, str]) -> None:
    assert as_object(text) == found
