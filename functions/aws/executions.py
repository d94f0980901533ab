"""Executions of the pipeline's own machines, and the tasks that wait for an answer."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from aws.clients import client, code_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_NOBODY_WAITS = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}
_LONGEST_ERROR = 256
_LONGEST_CAUSE = 32768
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""


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
        try:
            return self._sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            return False

    def stop(self, arn: str, error: str, cause: str) -> None:
        """Stop an execution; that there is none to stop is fine."""
        try:
            self._sfn.stop_execution(executionArn=arn, error=error[:_LONGEST_ERROR], cause=cause[:_LONGEST_CAUSE])
        except ClientError as failure:
            if code_of(failure) != "ExecutionDoesNotExist":
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
