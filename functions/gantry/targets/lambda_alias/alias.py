"""The alias of a target: which versions take its traffic."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetChangedError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.lambda_errors import lambda_errors
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef


NO_REVISION_ID = "00000000-0000-0000-0000-000000000000"


class Alias:
    """The alias of one target. Every method raises what `lambda_errors` says."""

    def __init__(self, client: "LambdaClient", target: LambdaTarget) -> None:
        self._client = client
        self._target = target

    def routing(self) -> tuple[Routing, str] | None:
        """Return where the alias routes, with the revision id that a change must give; None without an alias."""
        try:
            with lambda_errors(self._target):
                found = self._client.get_alias(FunctionName=self._target.function, Name=self._target.alias)
        except TargetNotFoundError:
            return None
        return _routing_in(found), found["RevisionId"]

    def create(self, version: str) -> None:
        """Create the alias on a version. Do nothing when it exists by now and routes there.

        Raises:
            TargetChangedError: it exists and routes elsewhere.
            TargetPendingError: it exists, and cannot be read yet.
        """
        try:
            with lambda_errors(self._target):
                self._client.create_alias(
                    FunctionName=self._target.function, Name=self._target.alias, FunctionVersion=version
                )
        except TargetConflictError as error:
            found = self.routing()
            if found is None:
                message = f"{self._target.id}: the alias exists, and Lambda does not show it yet"
                raise TargetPendingError(message) from error
            self._require(Routing(version), found, error)

    def update(self, routing: Routing, revision_id: str) -> Routing | None:
        """Change where the alias routes, if nobody else changed it since it was read; return where it routes now.

        When the SDK sends the request twice, the second one meets the revision id that the first one made. So the
        routing decides whether the change was made, and None is returned.

        Raises:
            TargetChangedError: somebody else changed it.
            TargetNotFoundError: there is no such alias any more.
        """
        try:
            with lambda_errors(self._target):
                found = self._client.update_alias(
                    FunctionName=self._target.function,
                    Name=self._target.alias,
                    FunctionVersion=routing.revision,
                    # Always sent: an update keeps what it leaves out, such as the weight of a canary.
                    RoutingConfig={"AdditionalVersionWeights": fractions(routing.weights)},
                    RevisionId=revision_id,
                )
        except TargetConflictError as error:
            if not _is_precondition(error.__cause__):
                raise
            self._require(routing, self.routing(), error)
            return None
        return _routing_in(found)

    def is_moving(self) -> bool:
        """Whether Lambda itself is moving the traffic, because the alias has provisioned concurrency.

        Until the new version has it, Lambda keeps a weight on the old one:
        https://github.com/hashicorp/terraform-provider-aws/pull/48116,
        https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html

        Raises:
            TargetFailedError: it could not give the new version its concurrency.
        """
        try:
            with lambda_errors(self._target):
                found = self._client.get_provisioned_concurrency_config(
                    FunctionName=self._target.function, Qualifier=self._target.alias
                )
        except ClientError as error:
            if code_of(error) != "ProvisionedConcurrencyConfigNotFoundException":
                raise
            return False
        if found["Status"] == "FAILED":
            message = (
                f"{self._target.id}: Lambda could not provision concurrency, and keeps the traffic where it was: "
                f"{found.get('StatusReason')}. Take the alias' provisioned concurrency away, and start again"
            )
            raise TargetFailedError(message)
        return found["Status"] == "IN_PROGRESS"

    def may_be_updated(self) -> None:
        """Ask whether the alias may be changed, by a change that Lambda must refuse: its revision id is none.

        Raises:
            TargetAccessError: it may not.
        """
        with suppress(TargetConflictError, IncompatibleTargetError, TargetNotFoundError), lambda_errors(self._target):
            self._client.update_alias(
                FunctionName=self._target.function, Name=self._target.alias, RevisionId=NO_REVISION_ID
            )

    def _require(self, wanted: Routing, found: tuple[Routing, str] | None, error: TargetConflictError) -> None:
        if found is None or found[0] != wanted:
            routes = f"routes to {found[0]}" if found else "is gone"
            message = f"{self._target.id}: the alias should route to {wanted}, but {routes}: somebody else changed it"
            raise TargetChangedError(message) from error


def _routing_in(found: "AliasConfigurationResponseTypeDef") -> Routing:
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return Routing(found["FunctionVersion"], per_cents(weights))


def per_cents(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the API's shares, 0 to 1, in per cent. A share of 0 is left out: no request reaches that version.

    Rounded, because 0.07 * 100 is 7.000000000000001.
    """
    return {version: round(weight * 100, 6) for version, weight in weights.items() if weight}


def fractions(weights: Mapping[str, float]) -> dict[str, float]:
    """Return shares in per cent as the API wants them, 0 to 1."""
    return {version: round(weight / 100, 8) for version, weight in weights.items()}


def _is_precondition(cause: BaseException | None) -> bool:
    return isinstance(cause, ClientError) and code_of(cause) == "PreconditionFailedException"
