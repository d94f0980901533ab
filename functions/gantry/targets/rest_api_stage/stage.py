"""The stage of a target: which revisions take its traffic."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gantry.promotion.errors import IncompatibleTargetError, TargetChangedError, TargetNotFoundError
from gantry.promotion.traffic import Routing
from gantry.targets.rest_api_stage.api_errors import api_errors, slow_rates
from gantry.targets.rest_api_stage.revision import MARK
from gantry.targets.rest_api_stage.stage_patches import REMOVE_CANARY, Operation, in_two, operations_for, undoing
from gantry.targets.rest_api_stage.stage_state import StageState
from gantry.targets.rest_api_stage.stage_target import StageTarget

if TYPE_CHECKING:
    from mypy_boto3_apigateway.client import APIGatewayClient

_NO_DEPLOYMENT = "gantry-rehearsal"
"""Nothing that API Gateway makes up, because its ids have no hyphen."""


class Stage:
    """The stage of one target. Every method raises what `api_errors` says.

    Args:
        client: the account's API Gateway.
        once: the same, which sends each call once: what the SDK sends again, arrives later than anybody expects.
        target: the API and its stage.
        random: returns other letters and digits each time, to tell writes apart.
    """

    def __init__(
        self, client: "APIGatewayClient", once: "APIGatewayClient", target: StageTarget, random: Callable[[], str]
    ) -> None:
        self._client = client
        self._once = once
        self._target = target
        self._random = random

    def state(self) -> StageState | None:
        """Return the stage as it is; None when there is none."""
        try:
            with api_errors(self._target):
                return StageState.of(
                    self._client.get_stage(restApiId=self._target.rest_api_id, stageName=self._target.stage)
                )
        except TargetNotFoundError:
            return None

    def route(self, wanted: Routing, token: str) -> Routing:
        """Send the traffic elsewhere, unless the stage routes as wanted since somebody has changed it.

        Raises:
            TargetChangedError: somebody else changed it since it was read, or while this was written.
            TargetNotFoundError: there is no such stage, or no such deployment, any more.
        """
        found = self._existing()
        if found.token != token:
            return self._require(wanted, found)
        mark = f"{MARK}{self._random()}"
        operations = operations_for(found, wanted, mark)
        try:
            written = self._write(operations)
        except IncompatibleTargetError:
            if (now := self._existing()).token != token:
                return self._require(wanted, now)
            if not (parts := in_two(operations)):
                raise
            written = self._write_in_two(found, wanted, parts)
        if written.marks != {mark} or written.routing != wanted:
            for each in undoing(found, written, wanted, mark):
                self._update(each)
            raise self._changed_by_others(written)
        return wanted

    def tidy(self, found: StageState) -> None:
        """Remove the canary that a try of `route` has left, if it died between its two calls."""
        if found.has_leftover:
            self._update([REMOVE_CANARY])

    def may_be_updated(self) -> None:
        """Ask whether the stage may be changed, by a change that API Gateway must refuse.

        `Deployment id does not exist`: https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json

        Raises:
            TargetAccessError: it may not.
        """
        try:
            self._update([{"op": "replace", "path": "/canarySettings/deploymentId", "value": _NO_DEPLOYMENT}])
        except IncompatibleTargetError:
            return

    def _existing(self) -> StageState:
        found = self.state()
        if found is None:
            raise TargetNotFoundError(f"{self._target.id}: there is no such stage any more")
        return found

    def _write_in_two(self, found: StageState, wanted: Routing, parts: Sequence[list[Operation]]) -> StageState:
        """Send two patches. The second one is not sent over what somebody else has written before."""
        first, second = parts
        between = self._write(first)
        if first == [REMOVE_CANARY]:
            is_ours = between.primary == found.primary and between.marks == found.marks
        else:
            is_ours = between.routing == wanted and len(between.marks) == 1
        return self._write(second) if is_ours else between

    def _changed_by_others(self, written: StageState) -> TargetChangedError:
        message = f"{self._target.id}: somebody else changed the stage while this was written"
        return TargetChangedError(f"{message}; it routed to {written.routing} then")

    def _write(self, operations: list[Operation]) -> StageState:
        try:
            with slow_rates(self._target):
                return StageState.of(self._once.update_stage(**self._patch(operations)))
        except IncompatibleTargetError as error:
            if "Deployment id does not exist" in str(error):
                raise TargetNotFoundError(str(error)) from error
            raise

    def _update(self, operations: list[Operation]) -> None:
        """Send what does no harm when it arrives late."""
        with api_errors(self._target):
            self._client.update_stage(**self._patch(operations))

    def _patch(self, operations: list[Operation]) -> dict[str, Any]:
        return {
            "restApiId": self._target.rest_api_id,
            "stageName": self._target.stage,
            "patchOperations": operations,
        }

    def _require(self, wanted: Routing, found: StageState) -> Routing:
        if found.routing != wanted:
            message = f"{self._target.id}: it should route to {wanted}, but routes to {found.routing}"
            raise TargetChangedError(f"{message}: somebody else changed it")
        return found.routing
