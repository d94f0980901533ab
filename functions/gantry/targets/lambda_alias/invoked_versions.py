"""Versions that are invoked past the alias: to wake one, or to check a new one."""

from collections.abc import Callable

from botocore.config import Config

from gantry.aws.clients import ONCE, waiting
from gantry.promotion.target import Target
from gantry.targets.invocable import Answer
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.lambda_target import LambdaTarget


class InvokedVersions:
    """The part of the port that invokes, each time in a session that may do nothing else."""

    def __init__(self, invoker: Callable[[Target, str, Config], LambdaFunction]) -> None:
        self._invoker = invoker

    def may_wake(self, target: Target) -> bool:
        """Return what the manifest says."""
        return LambdaTarget.of(target).wake

    def wake(self, target: Target, revision: str) -> None:
        """Invoke a sleeping version once."""
        self._invoker(target, revision, ONCE).wake(revision, LambdaTarget.of(target).wake_payload)

    def invoke(self, target: Target, revision: str, payload: str, seconds: int) -> Answer:
        """Invoke a version by its number."""
        return self._invoker(target, revision, waiting(seconds)).invoke(revision, payload)

    def revision_arn(self, target: Target, revision: str) -> str:
        """Return the ARN of a version."""
        return f"{LambdaTarget.of(target).function_arn}:{revision}"
