"""The alias of a target: which versions take its traffic."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self

import boto3
from botocore.exceptions import ClientError

from gantry.aws.clients import CONFIG, code_of
from gantry.aws.lambda_errors import lambda_errors
from gantry.promotion.errors import TargetChangedError, TargetConflictError, TargetNotFoundError
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Alias:
    """The alias of one target. Every method raises what `lambda_errors` says."""

    def __init__(self, client: "LambdaClient", target: Target) -> None:
        self._client = client
        self._target = target

    @classmethod
    def of(cls, target: Target, session: boto3.Session) -> Self:
        """With the credentials of a session in the target's account and region."""
        return cls(session.client("lambda", config=CONFIG), target)

    def routing(self) -> tuple[Routing, str] | None:
        """What the alias routes to, with the revision id that a change of it must give; None without an alias."""
        try:
            with lambda_errors(self._target):
                found = self._client.get_alias(FunctionName=self._target.function, Name=self._target.alias)
        except TargetNotFoundError:
            return None
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return Routing(found["FunctionVersion"], per_cents(weights)), found["RevisionId"]

    def change(self, decide: Callable[[Routing], Routing | None]) -> Routing:
        """Read the routing, let `decide` say what it should be (None: it is right already), write that.

        Nobody can change the alias between the two unnoticed. Answers the routing that was read.

        Raises:
            TargetNotFoundError: there is no alias.
            TargetChangedError: somebody else changed it between the reading and the writing; or `decide` raised it.
        """
        found = self.routing()
        if found is None:
            raise TargetNotFoundError(f"{self._target.id}: there is no such alias")
        current, revision_id = found
        wanted = decide(current)
        if wanted is not None:
            self.update(wanted, revision_id)
        return current

    def seize(self, decide: Callable[[Routing], Routing]) -> Routing:
        """As `change`, for who has just taken the target over: always writes, also what is right already.

        Writing changes the RevisionId, so that who read the alias before and writes it late, writes nothing. One such
        write may have been under way and come first; then this is done again. More than one cannot be: an execution
        runs one task at a time, and whoever begins now finds the lease taken.

        Raises:
            TargetNotFoundError: there is no alias.
            TargetChangedError: somebody changes it again and again.
        """
        try:
            return self.change(decide)
        except TargetChangedError:
            return self.change(decide)

    def create(self, version: str) -> None:
        """Create the alias on a version. That it exists by now and routes there is fine.

        Raises:
            TargetChangedError: it exists and routes elsewhere.
        """
        try:
            with lambda_errors(self._target):
                self._client.create_alias(
                    FunctionName=self._target.function, Name=self._target.alias, FunctionVersion=version
                )
        except TargetConflictError as error:
            self._require(Routing(version), error)

    def update(self, routing: Routing, revision_id: str) -> None:
        """Change what the alias routes to, if nobody else changed it since it was read.

        When the SDK had to send the request again, the second one meets the revision that the first one made.
        So what counts is where the alias routes to.

        Raises:
            TargetChangedError: somebody else changed it.
            TargetNotFoundError: there is no such alias any more.
        """
        try:
            with lambda_errors(self._target):
                self._client.update_alias(
                    FunctionName=self._target.function,
                    Name=self._target.alias,
                    FunctionVersion=routing.version,
                    # Always given: what is left out of an update stays as it was, the weight of a canary included.
                    RoutingConfig={"AdditionalVersionWeights": fractions(routing.weights)},
                    RevisionId=revision_id,
                )
        except TargetNotFoundError as error:
            raise TargetNotFoundError(str(error)) from error
        except TargetConflictError as error:
            if not _is_precondition(error.__cause__):
                raise
            self._require(routing, error)

    def _require(self, wanted: Routing, error: TargetConflictError) -> None:
        found = self.routing()
        if found is None or found[0] != wanted:
            routes = f"routes to {found[0]}" if found else "is gone"
            message = f"{self._target.id}: the alias should route to {wanted}, but {routes}: somebody else changed it"
            raise TargetChangedError(message) from error


def per_cents(weights: Mapping[str, float]) -> dict[str, float]:
    """The API's shares, 0 to 1, in per cent. A share of nothing is no share: no request reaches that version.

    Rounded, because 0.07 * 100 is 7.000000000000001.
    """
    return {version: round(weight * 100, 6) for version, weight in weights.items() if weight}


def fractions(weights: Mapping[str, float]) -> dict[str, float]:
    """Shares in per cent as the API wants them, 0 to 1."""
    return {version: round(weight / 100, 8) for version, weight in weights.items()}


def _is_precondition(cause: BaseException | None) -> bool:
    return isinstance(cause, ClientError) and code_of(cause) == "PreconditionFailedException"
