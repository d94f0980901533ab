"""Executions of the pipeline's own machines, and the tasks that wait for a callback."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.promotion.failure import Failure, as_object
from gantry.promotion.timestamps import iso, moment
from gantry.promotion.visible_text import shortened

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

WAVE_FAILED = "WaveFailed"
"""The error of a deployment that was stopped because another one of its wave had failed."""
_NOTHING_TO_STOP = {"ExecutionDoesNotExist", "ValidationException"}
"""AWS does not document the error for an execution that has ended. An emulator raises ValidationException."""
_LAST_EVENTS = 100
_NEVER = "1970-01-01T00:00:00.000Z"
_NOT_WAITING = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}
_FORGOTTEN = "FORGOTTEN"
_FORGOTTEN_AFTER = timedelta(days=30)
"""Less than the 90 days for which Step Functions knows an execution that has ended."""
_IN_WORDS = {"ABORTED": "stopped", "TIMED_OUT": "timed out"}
_LONGEST_ERROR = 256
_LONGEST_CAUSE = 32768
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""


@dataclass(frozen=True, slots=True)
class ExecutionEnd:
    """How an execution ended."""

    arn: str
    status: str
    """`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`; `FORGOTTEN` when Step Functions no longer knows it."""
    at: str
    """When it ended; ISO 8601, UTC."""
    input: Mapping[str, Any]
    """The input of the execution; empty when it is no JSON object."""
    error: str | None = None
    cause: str | None = None
    redrives: int = 0
    """How often it had been redriven by then."""

    @property
    def failure(self) -> Failure:
        """What went wrong. An execution that was ended from outside has its status as the error."""
        return Failure.of({"Error": self.error or self.status, "Cause": self.cause or ""})

    @property
    def how(self) -> str:
        """How it ended, for people."""
        return _IN_WORDS.get(self.status, "failed")

    @property
    def is_forgotten(self) -> bool:
        """Whether Step Functions no longer knows it."""
        return self.status == _FORGOTTEN

    def is_certain(self, since: str, now: datetime) -> bool:
        """Whether it has ended for certain. A new execution may not be known yet, and an old one is forgotten.

        Args:
            since: when it was seen first; ISO 8601.
            now: the time.
        """
        return not self.is_forgotten or now - moment(since) > _FORGOTTEN_AFTER


def arn_of(machine: str, name: str) -> str:
    """Return the ARN of a machine's execution."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


class Executions:
    """Step Functions, in the pipeline's own account and region."""

    def __init__(self, sfn: "SFNClient") -> None:
        self._sfn = sfn

    def start_once(self, machine: str, name: str, value: Mapping[str, Any]) -> bool:
        """Start an execution, or find it running with this input; return False when one of this name was there.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        try:
            self._sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(value))
        except ClientError as error:
            if code_of(error) != "ExecutionAlreadyExists":
                raise
            return False
        return True

    def is_running(self, arn: str) -> bool:
        """Whether an execution is still running. One that Step Functions has forgotten is not."""
        return self.end_of(arn) is None

    def end_of(self, arn: str, announced: ExecutionEnd | None = None) -> ExecutionEnd | None:
        """Return how an execution ended; None while it is running, also after a redrive.

        Args:
            arn: the execution's ARN.
            announced: the end that an event announced. DescribeExecution is eventually consistent and may not know it
                yet (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html). Then
                the event is right, unless the execution was redriven since.
        """
        try:
            found = self._sfn.describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            return ExecutionEnd(arn, _FORGOTTEN, _NEVER, {})
        redrives = found.get("redriveCount", 0)
        if found["status"] == "RUNNING":
            return announced if announced and (announced.arn, announced.redrives) == (arn, redrives) else None
        return ExecutionEnd(
            arn,
            found["status"],
            iso(found["stopDate"]),
            as_object(found.get("input", "")),
            found.get("error"),
            found.get("cause"),
            redrives,
        )

    def errors(self, arn: str) -> Iterator[Mapping[str, Any]]:
        """Return the errors of the last failed tasks, newest first, with the keys `Error` and `Cause`."""
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
        """Stop an execution. Do nothing when it does not exist or has ended."""
        try:
            self._sfn.stop_execution(
                executionArn=arn, error=error[:_LONGEST_ERROR], cause=shortened(cause, _LONGEST_CAUSE)
            )
        except ClientError as failure:
            if code_of(failure) not in _NOTHING_TO_STOP:
                raise

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        """Complete a waiting task; return False when no task waits with this token any more."""
        try:
            self._sfn.send_task_success(taskToken=task_token, output=json.dumps(output))
        except ClientError as failure:
            if code_of(failure) not in _NOT_WAITING:
                raise
            return False
        return True

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        """Fail a waiting task; return False when no task waits with this token any more."""
        try:
            self._sfn.send_task_failure(
                taskToken=task_token, error=error[:_LONGEST_ERROR], cause=shortened(cause, _LONGEST_CAUSE)
            )
        except ClientError as failure:
            if code_of(failure) not in _NOT_WAITING:
                raise
            return False
        return True
