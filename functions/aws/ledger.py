"""The ledger: what is live where, and the history of everything."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from aws import keys
from aws.clients import code_of, ledger_table
from aws.items import is_written, to_item, to_record
from promotion.errors import LeaseLostError
from promotion.lease import Lease
from promotion.ledger import HistoryEntry, Live, LiveVersion, Quarantine
from promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_MOST_IN_A_TRANSACTION = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""


class Ledger:
    """The table of record. Whatever it records may be recorded again by a retry, and is kept once."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def live(self, service: str, environment: str | None = None) -> tuple[Live, ...]:
        """What is live on each target of a service, in one environment or in all."""
        at = Key("pk").eq(keys.service_partition(service)) & Key("sk").begins_with(keys.live_prefix(environment))
        return tuple(_live(item) for item in self._query(at))

    def live_on(self, service: str, environment: str, target: Target) -> Live | None:
        """What is live on one target; None when Gantry has not released anything there."""
        item = self._table.get_item(Key=keys.live(service, environment, target.id), ConsistentRead=True).get("Item")
        return _live(item) if item else None

    def history(self, service: str) -> list[HistoryEntry]:
        """Everything that happened to a service, newest first."""
        at = Key("pk").eq(keys.service_partition(service)) & Key("sk").begins_with(keys.HISTORY_PREFIX)
        return [to_record(HistoryEntry, item) for item in self._query(at, forward=False)]

    def record(self, entry: HistoryEntry) -> None:
        """One thing that happened."""
        self._table.put_item(Item=_history_item(entry))

    def record_release(self, live: Live, entry: HistoryEntry, lease_owner: str) -> None:
        """A release is live: the new record, the history and the end of the lease, all of them or none.

        Raises:
            LeaseLostError: the lease is not the owner's any more, and none of this was written before.
        """
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self._table.name,
                "Key": keys.lease(live.target.id),
                "ConditionExpression": "#owner = :owner",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":owner": lease_owner},
            }
        }
        puts = [self._put(_live_item(live)), self._put(_history_item(entry))]
        try:
            self._table.meta.client.transact_write_items(TransactItems=[*puts, delete])
        except ClientError as error:
            if not _was_cancelled_by_a_condition(error):
                raise
            if not self._has(keys.history(entry)):
                message = f"{live.target.id}: the lease is no longer {lease_owner}'s, so its release was not recorded"
                raise LeaseLostError(message) from error

    def record_failure(
        self, entry: HistoryEntry, target: Target, lease_owner: str, quarantine: Quarantine | None
    ) -> None:
        """A deployment failed. Its lease ends if it still has it; whoever else has it by now keeps it."""
        self._put_together([_history_item(entry), *_quarantine_items(quarantine)])
        self._free(target.id, lease_owner)

    def record_rollback(
        self,
        lives: Sequence[Live],
        entries: Sequence[HistoryEntry],
        quarantine: Quarantine | None,
        freed: Sequence[Lease],
    ) -> None:
        """Somebody rolled back: what is live again, what happened, and the leases of what was stopped for it."""
        items = [*(_live_item(live) for live in lives), *(_history_item(entry) for entry in entries)]
        self._put_together([*items, *_quarantine_items(quarantine)])
        for lease in freed:
            self._free(lease.target_id, lease.owner)

    def _query(self, at: ConditionBase, *, forward: bool = True) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while True:
            page = self._table.query(KeyConditionExpression=at, ConsistentRead=True, ScanIndexForward=forward, **more)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _has(self, key: keys.Key) -> bool:
        return "Item" in self._table.get_item(Key=key, ConsistentRead=True)

    def _put(self, item: Mapping[str, Any]) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._table.name, "Item": item}}

    def _put_together(self, items: Sequence[Mapping[str, Any]]) -> None:
        """All or nothing, up to what one transaction holds."""
        for start in range(0, len(items), _MOST_IN_A_TRANSACTION):
            puts = [self._put(item) for item in items[start : start + _MOST_IN_A_TRANSACTION]]
            self._table.meta.client.transact_write_items(TransactItems=puts)

    def _free(self, target_id: str, owner: str) -> None:
        is_its_own = Attr("owner").eq(owner)
        is_written(lambda: self._table.delete_item(Key=keys.lease(target_id), ConditionExpression=is_its_own))


def _was_cancelled_by_a_condition(error: ClientError) -> bool:
    """A transaction is also cancelled by another one on the same item, which only needs another try."""
    if code_of(error) != "TransactionCanceledException":
        return False
    response: Mapping[str, Any] = error.response
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in response["CancellationReasons"])


def _live(item: Mapping[str, Any]) -> Live:
    return to_record(
        Live,
        item,
        target=to_record(Target, item["target"]),
        current=_live_version(item["current"]),
        lineage=tuple(_live_version(each) for each in item["lineage"]),
    )


def _live_version(item: Mapping[str, Any]) -> LiveVersion:
    found = to_record(LiveVersion, item)
    return found if found.evidence is None else replace(found, evidence=tuple(found.evidence))


def _live_item(live: Live) -> dict[str, Any]:
    return keys.live(live.service, live.environment, live.target.id) | to_item(live)


def _history_item(entry: HistoryEntry) -> dict[str, Any]:
    return keys.history(entry) | to_item(entry)


def _quarantine_items(quarantine: Quarantine | None) -> list[dict[str, Any]]:
    return [keys.quarantine(quarantine.service, quarantine.image_digest) | to_item(quarantine)] if quarantine else []
