"""Digests in quarantine. The ledger adds them, together with the end that led to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import is_written, to_item, to_record
from gantry.promotion.quarantine import Quarantine, QuarantineRelease, in_force

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Quarantines:
    """The quarantines in the ledger: each digest's last one, even if it has ended."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, service: str, digest: str) -> Quarantine | None:
        """Return a digest's quarantine; None when it is in none, or was released."""
        return in_force(self.last(service, digest))

    def last(self, service: str, digest: str) -> Quarantine | None:
        """Return the last quarantine of a digest, released or not; None when there was none."""
        item = self._item(service, digest)
        return quarantine_in(item) if item else None

    def release(self, service: str, digest: str, released: QuarantineRelease) -> None:
        """Let automation promote the digest again, and keep who released it and why.

        Do nothing when the digest is not in quarantine, or was released already: a retry changes nothing. A rollback
        that was recorded later than this release stays in force: nobody can have meant it.
        """
        item = self._item(service, digest)
        if not item or "released" in item or item["since"] >= released.at:
            return
        is_the_same = Attr("released").not_exists() & Attr("since").eq(item["since"])
        is_written(
            lambda: self._table.put_item(Item={**item, "released": to_item(released)}, ConditionExpression=is_the_same)
        )

    def _item(self, service: str, digest: str) -> dict[str, Any] | None:
        return self._table.get_item(Key=keys.quarantine(service, digest), ConsistentRead=True).get("Item")


def quarantine_in(item: Mapping[str, Any]) -> Quarantine:
    """Return the quarantine that an item of the ledger has, released or not."""
    released = item.get("released")
    return to_record(Quarantine, item, released=to_record(QuarantineRelease, released) if released else None)
