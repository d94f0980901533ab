"""What the ledger says of a release and a target, all of it at one moment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import lease_in
from gantry.aws.ledger import live_in
from gantry.aws.quarantines import quarantine_in
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.quarantine import Quarantine, in_force
from gantry.promotion.release import Release
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


@dataclass(frozen=True, slots=True)
class Standing:
    """How a release stands towards a target."""

    lease: Lease
    """A free one when the target was never changed."""
    live: Live | None
    """None when Gantry has not released anything there."""
    quarantine: Quarantine | None
    """None when the release's digest is in none."""


class Standings:
    """Reads three items of the ledger by one call."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def towards(self, target: Target, release: Release, environment: str) -> Standing:
        """Return how a release stands towards a target.

        The items are read as if nothing else happened meanwhile. While one of them is being written, DynamoDB refuses
        the call, and the state is tried again:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
        """
        wanted = (
            keys.lease(target.id),
            keys.live(release.service, environment, target.id),
            keys.quarantine(release.service, release.digest),
        )
        answer = self._table.meta.client.transact_get_items(
            TransactItems=[{"Get": {"TableName": self._table.name, "Key": key}} for key in wanted]
        )
        found: list[dict[str, Any] | None] = [each.get("Item") for each in answer["Responses"]]
        lease, live, quarantine = found
        return Standing(
            lease_in(lease) if lease else Lease(target),
            live_in(live) if live else None,
            in_force(quarantine_in(quarantine)) if quarantine else None,
        )
