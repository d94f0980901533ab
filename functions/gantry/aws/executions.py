"""Executions of the pipeline's own machines, and the tasks that wait for an answer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from gantry.aws.clients import client, code_of
from gantry.promotion.failure import Failure, as_object
from gantry.promotion.timestamps import iso

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

ROLLED_BACK_MANUALLY = "RolledBackManually"
"""The error of a deployment that was stopped because a person rolled its target back."""
_NOTHING_TO_STOP = {"ExecutionDoesNotExist", "ValidationException"}
"""AWS does not say what it answers about an execution that is over; an emulator says ValidationException."""
_LAST_EVENTS = 100
_NEVER = "1970-01-01T00:00:00.000Z"
_NOBODY_WAITS = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}
_LONGEST_ERROR = 256
_LONGEST_CAUSE = 32768
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""


@dataclass(frozen=True, slots=True)
class Ended:
    """An execution that is over."""

    arn: str
    status: str
    """`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`; `FORGOTTEN` when Step Functions does not know it any more."""
    at: str
    """When it ended; ISO 8601, UTC."""
    input: Mapping[str, Any]
    """What it was started with; empty when that is no JSON object."""
    error: str | None = None
    cause: str | None = None

    @property
    def failure(self) -> Failure:
        """What went wrong; of one that was ended from outside, how it ended."""
        return Failure.of({"Error": self.error or self.status, "Cause": self.cause or ""})


class Executions:
    """Step Functions, in the pipeline's own account and region."""

    def __init__(self, sfn: "SFNClient") -> None:
        self._sfn = sfn

    @classmethod
    def from_env(cls) -> Self:
        """The machines of the account the function runs in."""
        return cls(client("stepfunctions"))

    def is_running(self, arn: str) -> bool:
        """Whether an execution goes on. What Step Functions has forgotten does not."""
        return self.ended(arn) is None

    def ended(self, arn: str) -> Ended | None:
        """How an execution has ended; None while it goes on, also when it was redriven."""
        try:
            found = self._sfn.describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            return Ended(arn, "FORGOTTEN", _NEVER, {})
        if found["status"] == "RUNNING":
            return None
        return Ended(
            arn,
            found["status"],
            iso(found["stopDate"]),
            as_object(found.get("input", "")),
            found.get("error"),
            found.get("cause"),
        )

    def errors(self, arn: str) -> Iterator[Mapping[str, Any]]:
        """The errors of the tasks that failed last, newest first, with the keys `Error` and `Cause`."""
        try:
            history = self._sfn.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=_LAST_EVENTS)
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            return
        for event in history["events"]:
            if failed := event.get("taskFailedEventDetails"):
                yield {"Error": failed.get("error"), "Cause": failed.get("cause")}

    def stop(self, arn: str, error: str, cause: str) -> None:
        """Stop an execution; that there is none to stop, or that it is over, is fine."""
        try:
            self._sfn.stop_execution(executionArn=arn, error=error[:_LONGEST_ERROR], cause=cause[:_LONGEST_CAUSE])
        except ClientError as failure:
            if code_of(failure) not in _NOTHING_TO_STOP:
                raise

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        """Answer a waiting task; False when nobody waits for this answer any more."""
        try:
            self._sfn.send_task_success(taskToken=task_token, output=json.dumps(output))
        except ClientError as failure:
            if code_of(failure) not in _NOBODY_WAITS:
                raise
            return False
        return True

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        """Fail a waiting task; False when nobody waits for this answer any more."""
        try:
            self._sfn.send_task_failure(
                taskToken=task_token, error=error[:_LONGEST_ERROR], cause=cause[:_LONGEST_CAUSE]
            )
        except ClientError as failure:
            if code_of(failure) not in _NOBODY_WAITS:
                raise
            return False
        return True
