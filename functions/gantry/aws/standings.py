"""What the ledger says of a release and its targets, read together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import lease_in
from gantry.aws.ledger import live_in
from gantry.aws.ledger_items import why_cancelled
from gantry.aws.quarantines import quarantine_in
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.quarantine import Quarantine, in_force
from gantry.promotion.release import Release
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_Item = Mapping[str, Any] | None
_TRIES = 3
"""A write takes milliseconds, as each try does."""


_MOST_KEYS = 100
"""Of one call: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a release stands towards a target."""

    lease: Lease
    """A free one when the target was never changed."""
    live: Live | None
    """None when Gantry has not released anything there."""
    quarantine: Quarantine | None
    """None when the release's digest is in none."""


@dataclass(frozen=True, slots=True)
class StandingAtGate:
    """How a release stands towards an environment."""

    quarantine: Quarantine | None
    """None when the release's digest is in none."""
    leases: tuple[Lease, ...]
    """Those on the environment's targets, in their order; a free one where the target was never changed."""


@dataclass(frozen=True, slots=True)
class StandingTowardsEnvironment:
    """How a release that waits stands towards an environment."""

    quarantine: Quarantine | None
    """None when the release's digest is in none."""
    lives: tuple[Live, ...]
    """What Gantry has released onto the environment's targets, in their order."""


class Standings:
    """Reads several items of the ledger by one call."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def towards(self, target: Target, release: Release, environment: str) -> Standing:
        """Return how a release stands towards a target."""
        wanted = (
            keys.lease(target.id),
            keys.live(release.service, environment, target.id),
            keys.quarantine(release.service, release.digest),
        )
        lease, live, quarantine = self._at_one_moment(wanted) or self._in_order(wanted)
        return Standing(
            lease_in(lease) if lease else Lease(target),
            live_in(live) if live else None,
            in_force(quarantine_in(quarantine)) if quarantine else None,
        )

    def at_gate(self, release: Release, targets: Sequence[Target]) -> StandingAtGate:
        """Return how a release stands towards an environment with these targets.

        Each item is read consistently, but they need not be of one moment: AcquireLease asks again. So nothing that is
        being written meanwhile refuses the call, as it would refuse a transaction.
        """
        quarantine, *leases = self._each(
            [keys.quarantine(release.service, release.digest), *(keys.lease(each.id) for each in targets)]
        )
        return StandingAtGate(
            in_force(quarantine_in(quarantine)) if quarantine else None,
            tuple(lease_in(item) if item else Lease(target) for target, item in zip(targets, leases, strict=True)),
        )

    def towards_environment(
        self, release: Release, environment: str, targets: Sequence[Target]
    ) -> StandingTowardsEnvironment:
        """Return how a release stands towards what is live in an environment; not of one moment, as `at_gate`."""
        quarantine, *lives = self._each(
            [
                keys.quarantine(release.service, release.digest),
                *(keys.live(release.service, environment, each.id) for each in targets),
            ]
        )
        return StandingTowardsEnvironment(
            in_force(quarantine_in(quarantine)) if quarantine else None,
            tuple(live for item in lives if item and (live := live_in(item))),
        )

    def _each(self, wanted: Sequence[keys.Key]) -> list[dict[str, Any] | None]:
        """Return the items with these keys, each of which is there once; None for each that does not exist."""
        batches = (wanted[start : start + _MOST_KEYS] for start in range(0, len(wanted), _MOST_KEYS))
        found = {(item["pk"], item["sk"]): item for batch in batches for item in self._batch(batch)}
        return [found.get((key["pk"], key["sk"])) for key in wanted]

    def _batch(self, wanted: Sequence[keys.Key]) -> Iterator[dict[str, Any]]:
        """Yield those of these items that exist, in any order.

        An answer leaves out what is more than 1 MB of a partition or 16 MB in all, but never everything:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        left: Any = {self._table.name: {"Keys": list(wanted), "ConsistentRead": True}}
        while left:
            answer = self._table.meta.client.batch_get_item(RequestItems=left)
            yield from answer["Responses"].get(self._table.name, [])
            left = answer["UnprocessedKeys"]

    def _at_one_moment(self, wanted: Sequence[keys.Key]) -> Sequence[_Item]:
        """Return the items as if nothing else happened meanwhile; nothing when one of them is written at each try.

        While one of them is being written, DynamoDB cancels the call, and botocore does not try it again:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
        """
        for _ in range(_TRIES):
            try:
                answer = self._table.meta.client.transact_get_items(
                    TransactItems=[{"Get": {"TableName": self._table.name, "Key": key}} for key in wanted]
                )
            except ClientError as error:
                if "TransactionConflict" not in why_cancelled(error):
                    raise
            else:
                return [each.get("Item") for each in answer["Responses"]]
        return []

    def _in_order(self, wanted: Sequence[keys.Key]) -> Sequence[_Item]:
        """Return the items one by one. No transaction makes DynamoDB refuse that.

        The lease is first: who takes it or ends it afterwards changes it, and so is noticed when it is written or asked
        for again.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
        """
        return [self._table.get_item(Key=key, ConsistentRead=True).get("Item") for key in wanted]
