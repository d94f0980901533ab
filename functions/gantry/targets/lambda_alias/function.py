"""The function of a target: its state, its configuration, its code and its versions."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from gantry.observability import logger
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
    TargetUnreachableError,
)
from gantry.promotion.failure import as_object
from gantry.targets.invocable import Answer
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.lambda_errors import KEY_GRANT, lambda_errors
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.package_types import IMAGE, code_digest, package_type
from gantry.targets.lambda_alias.packages import DeploymentPackage
from gantry.targets.readiness import Readiness, RevisionState

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_READINESS = {
    "Active": Readiness.READY,
    "Pending": Readiness.STARTING,
    "Inactive": Readiness.ASLEEP,
    "Failed": Readiness.BROKEN,
}


class LambdaFunction:
    """The function of one target. Every method raises what `lambda_errors` says."""

    def __init__(self, client: "LambdaClient", target: LambdaTarget) -> None:
        self._client = client
        self._target = target

    def state(self, qualifier: str | None = None) -> FunctionState | None:
        """Return the state of the function, or of its version `qualifier`; None when it does not exist.

        GetFunction has all of GetFunctionConfiguration and says where the code is. Lambda counts it not among the calls
        of which it takes 15 a second: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
        """
        qualified: dict[str, Any] = {"Qualifier": qualifier} if qualifier else {}
        try:
            with lambda_errors(self._target):
                found = self._client.get_function(FunctionName=self._target.function, **qualified)
        except TargetNotFoundError:
            return None
        described = found["Configuration"]
        if trouble := described.get("Environment", {}).get("Error"):
            # Such a response has no variables. Reading that as an empty environment would compare wrongly.
            message = f"{self._target.id}: its variables cannot be read: {trouble.get('Message')}: {KEY_GRANT}"
            raise TargetAccessError(message)
        return FunctionState.of(described, found["Code"])

    def create(self, package: DeploymentPackage, architecture: str, configuration: LambdaConfiguration) -> None:
        """Create the function with the target's role. Do nothing when a retry finds that it exists."""
        if self._target.role is None:
            message = f"{self._target.id}: the function does not exist, and the manifest has no role to create it with"
            raise TargetNotFoundError(message)
        code: Any = {"Code": package.address(), "PackageType": package.package_type, "Architectures": [architecture]}
        with suppress(TargetConflictError), lambda_errors(self._target):
            self._client.create_function(
                **(configuration.request() | {"Role": self._target.role}), **code, FunctionName=self._target.function
            )

    def update_configuration(self, configuration: LambdaConfiguration, revision_id: str) -> FunctionState:
        """Change what the configuration gives, and nothing else; return the function as it is right afterwards."""
        with lambda_errors(self._target):
            answer = self._client.update_function_configuration(
                **configuration.request(), FunctionName=self._target.function, RevisionId=revision_id
            )
        return FunctionState.of(answer)

    def update_code(self, package: DeploymentPackage, revision_id: str) -> FunctionState:
        """Change the code, and nothing else; return the function as it is right afterwards."""
        address: Any = package.address()
        with lambda_errors(self._target):
            answer = self._client.update_function_code(
                **address, FunctionName=self._target.function, RevisionId=revision_id
            )
        return FunctionState.of(answer)

    def publish(self, code_sha256: str, revision_id: str, description: str) -> str:
        """Publish what was read with this hash and revision id, and nothing else; return the version's number.

        When nothing has changed since the last version, Lambda publishes nothing and returns that version:
        https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
        """
        with lambda_errors(self._target):
            return self._client.publish_version(
                FunctionName=self._target.function,
                CodeSha256=code_sha256,
                RevisionId=revision_id,
                Description=description[:256],
            )["Version"]

    def version(self, version: str) -> RevisionState | None:
        """Return whether a version can take traffic, and what it runs; None when there is no such version.

        https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
        """
        try:
            with lambda_errors(self._target):
                found = self._client.get_function(FunctionName=self._target.function, Qualifier=version)
        except TargetNotFoundError:
            return None
        described = found["Configuration"]
        readiness = _READINESS.get(described.get("State", "Active"), Readiness.BROKEN)
        reasons = (described.get("StateReasonCode"), described.get("StateReason"))
        said = " ".join(str(reason) for reason in reasons if reason) or "Lambda gives no reason"
        reason = "" if readiness is Readiness.READY else f"Lambda calls it {described.get('State')}: {said}"
        needs_image = package_type(described) == IMAGE
        return RevisionState(readiness, code_digest(described, found["Code"]), reason, needs_image)

    def wake(self, version: str, payload: str) -> None:
        """Invoke a version that sleeps. Lambda refuses that and begins to make the version ready.

        If it wakes in between, the version runs with the payload. Such an error is the version's own.
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-images.html
        """
        try:
            with lambda_errors(self._target):
                self._client.invoke(
                    FunctionName=self._target.function,
                    Qualifier=version,
                    InvocationType="RequestResponse",
                    Payload=payload.encode(),
                )
        except (BotoCoreError, ClientError, TargetConflictError) as error:
            logger.info("safely ignored: Lambda refuses to run what sleeps", version=version, said=str(error))

    def invoke(self, version: str, payload: str) -> Answer:
        """Invoke a version once, past the alias, and wait for its answer.

        CloudWatch counts this under `Resource=cowsay:8`. What judges a canary counts `Resource=cowsay:live` with
        `ExecutedVersion=8`, so it is in no comparison:
        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html

        Raises:
            TargetUnreachableError: no answer came in the time that the client waits.
        """
        try:
            with lambda_errors(self._target):
                found = self._client.invoke(
                    FunctionName=self._target.function,
                    Qualifier=version,
                    InvocationType="RequestResponse",
                    Payload=payload.encode(),
                )
        except ReadTimeoutError as error:
            message = f"{self._target.id}: version {version} did not answer in the time that there was"
            raise TargetUnreachableError(message) from error
        text = found["Payload"].read().decode(errors="replace")
        return Answer(text, _own_error(text) if found.get("FunctionError") else None)

    def may_be_invoked(self, version: str) -> None:
        """Ask whether the version may be invoked, without running it.

        Raises:
            TargetAccessError: it may not.
        """
        with suppress(TargetConflictError, TargetNotFoundError, IncompatibleTargetError), lambda_errors(self._target):
            self._client.invoke(FunctionName=self._target.function, Qualifier=version, InvocationType="DryRun")

    def digest(self, version: str) -> str:
        """Return the digest of what a version runs."""
        with lambda_errors(self._target):
            found = self._client.get_function(FunctionName=self._target.function, Qualifier=version)
        return required_digest(self._target, version, code_digest(found["Configuration"], found["Code"]))


def required_digest(target: LambdaTarget, version: str, digest: str) -> str:
    """Return the digest of what a version runs.

    Raises:
        IncompatibleTargetError: Lambda does not say what it runs.
    """
    if not digest:
        raise IncompatibleTargetError(f"{target.id}: Lambda does not say which image version {version} runs")
    return digest


def _own_error(payload: str) -> str:
    """Return a version's own error, as every runtime answers it. https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    told = as_object(payload)
    return ": ".join(str(told[key]) for key in ("errorType", "errorMessage") if told.get(key)) or "it gave no reason"
