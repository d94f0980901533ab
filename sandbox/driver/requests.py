"""The requests to a busy service, as CloudWatch counts them."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.driver.stack import Stack
from sandbox.stand_in.accounts import REGION
from sandbox.stand_in.metrics import Metrics


@dataclass
class Requests(Stack):
    """Requests that nobody makes: to invoke a function for each would take minutes."""

    def metrics(self, account: str, region: str = REGION) -> Metrics:
        """Return what CloudWatch counts in an account and region."""
        return Metrics(self.stand_in, account, region)

    def record_requests(  # noqa: PLR0913 -- all that Lambda counts
        self,
        account: str,
        function: str,
        version: str,
        at: datetime,
        *,
        requests: int,
        failed: int = 0,
        milliseconds: float = 100,
        alias: str = "live",
    ) -> None:
        """Record requests to a version behind an alias, of which `failed` had an error. They all begin at `at`."""
        self.metrics(account).record_requests(
            function, alias, version, at, requests=requests, failed=failed, milliseconds=milliseconds
        )
