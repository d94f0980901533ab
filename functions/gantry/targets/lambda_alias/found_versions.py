"""The versions that targets were found on, kept for the next try of a preparation."""

from gantry.promotion.deployment import StableRevision
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.lambda_target import LambdaTarget


class FoundVersions:
    """Reads the version that a target was found on once for all tries of a state, because no version ever changes.

    Each first try reads it, because a function that was deleted and created again has the same numbers. Whatever is
    prepared by what a warm function remembers is compared with the version as it is, by `Preparation.confirm`.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[StableRevision, FunctionState]] = {}

    def of(
        self, function: LambdaFunction, target: LambdaTarget, stable: StableRevision, *, is_retry: bool
    ) -> FunctionState | None:
        """Return the version; None when there is none any more."""
        known, state = self._known.get(target.id, (None, None))
        if is_retry and known == stable:
            return state
        state = function.state(stable.revision)
        if state:
            self._known[target.id] = (stable, state)
        return state
