"""Digests in quarantine. The ledger puts them there, together with what led to it."""

from typing import TYPE_CHECKING, Self

from aws import keys
from aws.clients import ledger_table
from aws.items import to_record
from promotion.ledger import Quarantine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Quarantines:
    """The quarantined digests in the ledger."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def get(self, service: str, image_digest: str) -> Quarantine | None:
        """Since when and why a digest is in quarantine; None when it is not."""
        item = self._table.get_item(Key=keys.quarantine(service, image_digest), ConsistentRead=True).get("Item")
        return to_record(Quarantine, item) if item else None

    def release(self, service: str, image_digest: str) -> None:
        """Let automation promote the digest again; that it is not in quarantine is fine."""
        self._table.delete_item(Key=keys.quarantine(service, image_digest))
