"""How long an invocation of a version may take."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from gantry.promotion.target import Target
from gantry.targets.lambda_alias.function import LambdaFunction

LONGEST_TIMEOUT = timedelta(seconds=900)
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution"""


class Timeouts:
    """The timeouts of versions. Each is read once, because no version ever changes."""

    def __init__(self, function: Callable[[Target], LambdaFunction]) -> None:
        self._function = function
        self._known: dict[tuple[str, str], timedelta] = {}

    def longest(self, target: Target, versions: Iterable[str]) -> timedelta:
        """Return the longest timeout of some versions. A version that is gone may have had any."""
        return max(self._of(target, version) for version in versions)

    def _of(self, target: Target, version: str) -> timedelta:
        if (target.id, version) not in self._known:
            found = self._function(target).state(version)
            if found is None or found.configuration.timeout_seconds is None:
                return LONGEST_TIMEOUT
            self._known[target.id, version] = timedelta(seconds=found.configuration.timeout_seconds)
        return self._known[target.id, version]
