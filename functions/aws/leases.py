"""Leases: who may change a target."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from aws import keys
from aws.clients import ledger_table
from aws.items import is_condition_failure, is_written, item_in_the_way, to_item, to_record
from promotion.lease import Lease
from promotion.release import Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Leases:
    """The leases in the ledger, one a target."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def acquire(self, lease: Lease) -> Lease | None:
        """Take a free lease: None when it is the owner's now, as on a retry; otherwise the one in the way."""
        try:
            self._table.put_item(
                Item=_item(lease),
                ConditionExpression=Attr("pk").not_exists() | Attr("owner").eq(lease.owner),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            return _lease(item_in_the_way(error))
        return None

    def take_over(self, lease: Lease, from_owner: str) -> bool:
        """Take the lease from an owner that is known to have ended; False when somebody else was faster."""
        owners = Attr("owner").is_in([from_owner, lease.owner])
        return is_written(lambda: self._table.put_item(Item=_item(lease), ConditionExpression=owners))

    def held(self, target_id: str) -> Lease | None:
        """The lease on a target; None when it is free."""
        item = self._table.get_item(Key=keys.lease(target_id), ConsistentRead=True).get("Item")
        return _lease(item) if item else None


def _item(lease: Lease) -> dict[str, Any]:
    return keys.lease(lease.target_id) | to_item(lease)


def _lease(item: Mapping[str, Any]) -> Lease:
    return to_record(Lease, item, release=to_record(Release, item["release"]))
