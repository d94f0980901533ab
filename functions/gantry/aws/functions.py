"""The function of a target: what it is, and giving it an image and a configuration."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import boto3

from gantry.aws.clients import CONFIG
from gantry.aws.function_state import FunctionState
from gantry.aws.lambda_errors import lambda_errors, pull_grants
from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0
"""Seconds between two looks at the function."""


class LambdaFunction:
    """The function of one target. Every method raises what `lambda_errors` says."""

    def __init__(
        self,
        client: "LambdaClient",
        target: Target,
        settle_seconds: float = 0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._target = target
        self._settle_seconds = settle_seconds
        self._sleep = sleep

    @classmethod
    def of(cls, target: Target, session: boto3.Session, settle_seconds: float = 0) -> Self:
        """With the credentials of a session in the target's account and region.

        Args:
            target: whose function.
            session: the credentials.
            settle_seconds: how long to wait for Lambda to finish a change.
        """
        return cls(session.client("lambda", config=CONFIG), target, settle_seconds)

    def configuration(self, qualifier: str | None = None) -> FunctionState | None:
        """The function, or what the version or alias `qualifier` is; None when it does not exist."""
        qualified: dict[str, Any] = {"Qualifier": qualifier} if qualifier else {}
        try:
            with lambda_errors(self._target):
                found = self._client.get_function_configuration(FunctionName=self._target.function, **qualified)
        except TargetNotFoundError:
            return None
        if trouble := found.get("Environment", {}).get("Error"):
            # The variables are missing from such an answer; taking them for none would compare wrongly.
            message = f"{self._target.id}: its environment variables cannot be read: {trouble.get('Message')}"
            raise TargetAccessError(message)
        return FunctionState.of(found)

    def create(self, image_uri: str, architecture: str, configuration: Configuration) -> None:
        """Create the function with the target's role; that it exists by now is fine, for that is what a retry finds."""
        if self._target.role is None:
            message = (
                f"{self._target.id}: the function does not exist, and the manifest gives no role to create it with"
            )
            raise TargetNotFoundError(message)
        architectures: Any = [architecture]
        with suppress(TargetConflictError), lambda_errors(self._target):
            self._client.create_function(
                **(configuration.request() | {"Role": self._target.role}),
                FunctionName=self._target.function,
                PackageType="Image",
                Code={"ImageUri": image_uri},
                Architectures=architectures,
            )

    def update_configuration(self, configuration: Configuration, revision_id: str) -> None:
        """Change what the configuration gives; nothing else."""
        with lambda_errors(self._target):
            self._client.update_function_configuration(
                **configuration.request(), FunctionName=self._target.function, RevisionId=revision_id
            )

    def update_image(self, image_uri: str, revision_id: str) -> None:
        """Change the image; nothing else."""
        with lambda_errors(self._target):
            self._client.update_function_code(
                FunctionName=self._target.function, ImageUri=image_uri, RevisionId=revision_id
            )

    def wait_until_settled(self, qualifier: str | None = None, *, after_update: bool = True) -> FunctionState:
        """What the function or version is once nothing is under way any more.

        The revision id changes again when an update settles, so that only this answer's is good for the next call.

        Args:
            qualifier: a version; None for the function itself.
            after_update: False before the first update, when one that failed earlier is no obstacle but what the
                next one replaces: the function has kept its code and configuration from before it.

        Raises:
            TargetFailedError: it failed, and waiting will not change that; with Lambda's own reason.
            TargetPendingError: it still is not settled.
        """
        accepted = {"Successful"} if after_update else {"Successful", "Failed"}
        waited, pause = 0.0, _SHORTEST_PAUSE
        while True:
            found = self.configuration(qualifier)
            if found is None:
                raise TargetNotFoundError(f"{self._target.id}: {qualifier or 'the function'} does not exist")
            if found.is_ready and found.last_update_status in accepted:
                return found
            if found.is_final:
                raise TargetFailedError(self._why_not(found, waited))
            if waited >= self._settle_seconds:
                raise TargetPendingError(self._why_not(found, waited))
            self._sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE)

    def publish(self, code_sha256: str, revision_id: str, description: str) -> str:
        """Publish what was read with this hash and revision, and nothing else; the version's number.

        Lambda publishes nothing when nothing changed since the last version, and answers with that one:
        https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
        """
        with lambda_errors(self._target):
            return self._client.publish_version(
                FunctionName=self._target.function,
                CodeSha256=code_sha256,
                RevisionId=revision_id,
                Description=description[:256],
            )["Version"]

    def image_digest(self, version: str) -> str:
        """The digest of the image that a version runs."""
        with lambda_errors(self._target):
            found = self._client.get_function(FunctionName=self._target.function, Qualifier=version)
        digest = found["Code"].get("ResolvedImageUri", "").partition("@")[2]
        if not digest:
            raise IncompatibleTargetError(f"{self._target.id}: version {version} runs no container image")
        return digest

    def _why_not(self, found: FunctionState, waited: float) -> str:
        hint = ""
        if found.state == "Inactive":
            hint = "; it was idle for so long that Lambda took its resources away: invoke it once to wake it up"
        elif "ImageAccessDenied" in found.reason:
            hint = f"; {pull_grants(self._target)}"
        return (
            f"{self._target.id}: {found.version} is {found.state} with its last update {found.last_update_status} "
            f"after {waited:g} s: {found.reason or 'Lambda gives no reason'}{hint}"
        )
