"""Leases: who may change a target, and who waits for it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import code_of, ledger_table
from gantry.aws.ledger_items import is_written, queried, to_item
from gantry.promotion.lease import Lease
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_LEASE = TypeAdapter(Lease)


class Leases:
    """The leases in the ledger, one a target. A lease that is free stays there, because its fencing number must."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def get(self, target: Target) -> Lease:
        """The lease on a target."""
        item = self._table.get_item(Key=keys.lease(target.id), ConsistentRead=True).get("Item")
        return _lease(item) if item else Lease(target)

    def all(self) -> Iterable[Lease]:
        """The leases on all targets that were ever changed."""
        all_of_them = Key("pk").eq(keys.LEASES)
        found = queried(lambda more: self._table.query(KeyConditionExpression=all_of_them, ConsistentRead=True, **more))
        return map(_lease, found)

    def change(
        self, target: Target, change: Callable[[Lease], Lease], together_with: Sequence[Mapping[str, Any]] = ()
    ) -> Lease:
        """Let something happen to a lease, and write these items with it, all of them or none.

        What happens to the lease at the same time happens before or after it. Answers the lease as it is afterwards.

        Args:
            target: whose lease.
            change: gives the lease as it is afterwards. May be called several times. What it raises ends this, and
                nothing is written.
            together_with: other items of the ledger, at most 99.
        """
        while True:
            before = self.get(target)
            after = change(before)
            if after == before and not together_with:
                return before
            after = replace(after, revision=before.revision + 1)
            if self._replace(before, after, together_with):
                return after

    def write_as_holder(self, target: Target, owner: str, fence: int, items: Sequence[Mapping[str, Any]]) -> None:
        """Write items of the ledger, at most 99, if the lease is still this holder's.

        Raises:
            LeaseLostError: it is not.
        """
        is_holder: TransactWriteItemTypeDef = {
            "ConditionCheck": {
                "TableName": self._table.name,
                "Key": keys.lease(target.id),
                "ConditionExpression": "holder.#owner = :owner AND fence = :fence",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":owner": owner, ":fence": fence},
            }
        }
        while not self._is_written_together([is_holder, *map(self._put, items)]):
            self.get(target).require(owner, fence)

    def _replace(self, before: Lease, after: Lease, items: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the lease was still as before."""
        put: Any = self._put(_item(after))
        condition = "revision = :before" if before.revision else "attribute_not_exists(pk)"
        put["Put"]["ConditionExpression"] = condition
        if before.revision:
            put["Put"]["ExpressionAttributeValues"] = {":before": before.revision}
        if items:
            return self._is_written_together([put, *map(self._put, items)])
        arguments = {name: value for name, value in put["Put"].items() if name != "TableName"}
        try:
            return is_written(lambda: self._table.put_item(**arguments))
        except ClientError as error:
            if code_of(error) != "TransactionConflictException":
                raise
            return False

    def _is_written_together(self, changes: "Sequence[TransactWriteItemTypeDef]") -> bool:
        """Whether the lease was as it had to be, and nobody else was writing."""
        try:
            self._table.meta.client.transact_write_items(TransactItems=changes)
        except ClientError as error:
            if not _was_cancelled_by_another_write(error):
                raise
            return False
        return True

    def _put(self, item: Mapping[str, Any]) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._table.name, "Item": item}}


def _was_cancelled_by_another_write(error: ClientError) -> bool:
    """Whether a condition was not met, or another transaction is at the same items; both are looked at again."""
    if code_of(error) != "TransactionCanceledException":
        return False
    response: Mapping[str, Any] = error.response
    codes = {reason.get("Code") for reason in response["CancellationReasons"]}
    return bool(codes & {"ConditionalCheckFailed", "TransactionConflict"})


def _item(lease: Lease) -> dict[str, Any]:
    return keys.lease(lease.target.id) | to_item(lease)


def _lease(item: Mapping[str, Any]) -> Lease:
    return _LEASE.validate_python(item)
