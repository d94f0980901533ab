"""Leases: which execution may change a target, and which ones wait for it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import code_of
from gantry.aws.ledger_items import is_written, queried, to_item
from gantry.aws.transactions import CONFLICT, Transactions
from gantry.promotion.lease import Lease
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_LEASE = TypeAdapter(Lease)


class Leases:
    """The leases in the ledger, one for each target. A free lease stays, because its fencing number must."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._together = Transactions(table)

    def get(self, target: Target) -> Lease:
        """Return the lease on a target; a free one when the target was never changed."""
        item = self._table.get_item(Key=keys.lease(target.id), ConsistentRead=True).get("Item")
        return lease_in(item) if item else Lease(target)

    def all(self) -> Iterable[Lease]:
        """Return the leases on all targets that were ever changed."""
        all_of_them = Key("pk").eq(keys.LEASES)
        found = queried(lambda more: self._table.query(KeyConditionExpression=all_of_them, ConsistentRead=True, **more))
        return map(lease_in, found)

    def change(
        self,
        target: Target,
        change: Callable[[Lease], Lease],
        together_with: Callable[[Lease], Sequence[Mapping[str, Any]]] = lambda before: (),
        known: Lease | None = None,
    ) -> Lease:
        """Change a lease, write these items with it in one transaction, and return the changed lease.

        Changes at the same time are made one after the other: none is lost.

        Args:
            target: the target that the lease is on.
            change: returns the changed lease. It may be called several times. When it raises, nothing is written.
            together_with: returns other items of the ledger, at most 99, given the lease as it was before.
            known: the lease as this state has read or written it, so that it need not be read for the first try. If it
                has changed since, nothing is written, and the next try reads it. So does one that has nothing to write:
                no write has said then that the lease is still the same.
        """
        while True:
            was_known = known is not None
            before, known = known or self.get(target), None
            after, items = change(before), together_with(before)
            if after != before or items:
                after = replace(after, revision=before.revision + 1)
                if self._replace(before, after, items):
                    return after
            elif not was_known:
                return before

    def write_as_holder(self, target: Target, owner: str, fence: int, items: Sequence[Mapping[str, Any]]) -> None:
        """Write items of the ledger, at most 99, if this execution still holds the lease.

        Raises:
            LeaseLostError: it does not.
        """
        is_holder = self.held_by(target, owner, fence)
        while self._together.why_refused([is_holder, *self._puts(items)]):
            self.get(target).require(owner, fence)

    def held_by(self, target: Target, owner: str, fence: int) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that refuses it unless this execution holds the lease."""
        return {
            "ConditionCheck": {
                "TableName": self._table.name,
                "Key": keys.lease(target.id),
                "ConditionExpression": "holder.#owner = :owner AND fence = :fence",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":owner": owner, ":fence": fence},
            }
        }

    def _replace(self, before: Lease, after: Lease, items: Sequence[Mapping[str, Any]]) -> bool:
        """Write the lease and these items; return False when the lease has changed since it was read."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before.revision:
            unchanged = {":before": before.revision}
            condition = {"ConditionExpression": "revision = :before", "ExpressionAttributeValues": unchanged}
        if items:
            return not self._together.why_refused([self._together.put(_item(after), **condition), *self._puts(items)])
        try:
            return is_written(lambda: self._table.put_item(Item=_item(after), **condition))
        except ClientError as error:
            if code_of(error) != f"{CONFLICT}Exception":
                raise
            return False

    def _puts(self, items: Sequence[Mapping[str, Any]]) -> "list[TransactWriteItemTypeDef]":
        return [self._together.put(each) for each in items]


def _item(lease: Lease) -> dict[str, Any]:
    return keys.lease(lease.target.id) | to_item(lease)


def lease_in(item: Mapping[str, Any]) -> Lease:
    """Return the lease that an item of the ledger has."""
    return _LEASE.validate_python(item)
