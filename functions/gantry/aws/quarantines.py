"""Digests in quarantine. The ledger adds them, together with the end that led to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from gantry.aws import board_keys
from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import queried, to_item, to_record
from gantry.aws.transactions import CONDITION, Transactions
from gantry.promotion.quarantine import Quarantine, QuarantineRelease, in_force

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Quarantines:
    """The quarantines in the ledger: each digest's last one, even if it has ended."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._together = Transactions(table)

    def get(self, service: str, digest: str) -> Quarantine | None:
        """Return a digest's quarantine; None when it is in none, or was released."""
        return in_force(self.last(service, digest))

    def active(self, service: str) -> list[Quarantine]:
        """Return the quarantines of a service that nobody has released. The number of its rollbacks bounds them."""
        at = Key("pk").eq(keys.service_partition(service)) & Key("sk").begins_with(keys.quarantine(service, "")["sk"])
        found = queried(lambda more: self._table.query(KeyConditionExpression=at, **more))
        return [each for each in map(quarantine_in, found) if each.is_active]

    def last(self, service: str, digest: str) -> Quarantine | None:
        """Return the last quarantine of a digest, released or not; None when there was none."""
        item = self._item(service, digest)
        return quarantine_in(item) if item else None

    def release(self, service: str, digest: str, released: QuarantineRelease) -> None:
        """Let automation promote the digest again, and keep who released it and why.

        Do nothing when the digest is not in quarantine, or was released already: a retry changes nothing. A rollback
        that was recorded later than this release stays in force: nobody can have meant it. The board's item goes in the
        same transaction, so that no digest is shown in quarantine that is not in it.
        """
        item = self._item(service, digest)
        if not item or "released" in item or item["since"] >= released.at:
            return
        changed = self._together.put(
            {**item, "released": to_item(released)},
            ConditionExpression="attribute_not_exists(released) AND #since = :since",
            ExpressionAttributeNames={"#since": "since"},
            ExpressionAttributeValues={":since": item["since"]},
        )
        from_board = self._together.delete(board_keys.listed_quarantine(service, digest))
        while why := self._together.why_refused([changed, from_board]):
            if CONDITION in why:
                return

    def _item(self, service: str, digest: str) -> dict[str, Any] | None:
        return self._table.get_item(Key=keys.quarantine(service, digest), ConsistentRead=True).get("Item")


def quarantine_in(item: Mapping[str, Any]) -> Quarantine:
    """Return the quarantine that an item of the ledger has, released or not."""
    released = item.get("released")
    return to_record(Quarantine, item, released=to_record(QuarantineRelease, released) if released else None)
