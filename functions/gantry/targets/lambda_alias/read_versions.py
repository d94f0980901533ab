"""What versions hold."""

from collections.abc import Callable

from botocore.config import Config

from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import TargetNotFoundError
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.invoked_versions import InvokedVersions
from gantry.targets.lambda_alias.lambda_target import LambdaTarget


class ReadVersions(InvokedVersions):
    """The part of the port that reads a version, or `$LATEST`, which an alias may route to as well."""

    def __init__(
        self, function: Callable[[Target], LambdaFunction], invoker: Callable[[Target, str, Config], LambdaFunction]
    ) -> None:
        super().__init__(invoker)
        self._function = function

    def digest(self, target: Target, revision: str) -> str | None:
        """Return the digest of what a version runs."""
        try:
            return self._function(target).digest(revision)
        except TargetNotFoundError:
            return None

    def settings(self, target: Target, revision: str, masking: Masking) -> MaskedSettings | None:
        """Return all of a version's settings, also those that only infrastructure sets."""
        found = self._function(target).state(revision)
        return found.masked(masking) if found else None

    def reading_role(self, target: Target) -> str | None:
        """Return the execution role: the manifest's, or else the function's own."""
        if role := LambdaTarget.of(target).role:
            return role
        found = self._function(target).state()
        return found.role if found else None
