"""Digests in quarantine. The ledger puts them there, together with what led to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.conditions import Attr

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import ledger_table
from gantry.aws.ledger_items import is_written, to_item, to_record
from gantry.promotion.quarantine import Quarantine, QuarantineRelease, in_force

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Quarantines:
    """The quarantines in the ledger: of each digest the last one, also when it is over."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def get(self, service: str, image_digest: str) -> Quarantine | None:
        """Since when and why a digest is in quarantine; None when it is not, or not any more."""
        return in_force(self.last(service, image_digest))

    def last(self, service: str, image_digest: str) -> Quarantine | None:
        """The quarantine that a digest is in or was released from; None when it never was in any."""
        item = self._item(service, image_digest)
        return _quarantine(item) if item else None

    def release(self, service: str, image_digest: str, released: QuarantineRelease) -> None:
        """Let automation promote the digest again, and keep with its quarantine who says so, and why.

        That it is not in quarantine is fine, and what is kept of an earlier release stays, so that a retry changes
        nothing. Nobody can have meant a rollback that was recorded only after they asked: that one stays in force.
        """
        item = self._item(service, image_digest)
        if not item or "released" in item or item["since"] >= released.at:
            return
        is_the_same = Attr("released").not_exists() & Attr("since").eq(item["since"])
        is_written(
            lambda: self._table.put_item(Item={**item, "released": to_item(released)}, ConditionExpression=is_the_same)
        )

    def _item(self, service: str, image_digest: str) -> dict[str, Any] | None:
        return self._table.get_item(Key=keys.quarantine(service, image_digest), ConsistentRead=True).get("Item")


def _quarantine(item: Mapping[str, Any]) -> Quarantine:
    released = item.get("released")
    return to_record(Quarantine, item, released=to_record(QuarantineRelease, released) if released else None)
