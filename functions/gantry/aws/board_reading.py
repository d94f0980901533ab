"""What the board and a history are read from, each partition by one query."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from gantry.aws import board_items as items
from gantry.aws import board_keys, ledger_keys
from gantry.aws.leases import lease_in
from gantry.aws.ledger_items import queried, to_record
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Lease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_OF_BOARD: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    board_keys.CANARY: items.canary_in,
    board_keys.SERVICE: items.service_in,
    board_keys.LAST_END: items.last_end_in,
    board_keys.QUARANTINE: items.listed_quarantine_in,
    board_keys.DRIFT: items.drift_in,
    board_keys.WAITING: items.waiting_in,
}
_OF_LEASE = (
    "pk, sk, target.kind, target.account, target.#region, target.#name, target.arn, live_for, live_now, holder, "
    "waiting, last_rollback"
)
_LATER_THAN_ALL = "~"
"""Sorts after every moment."""


class BoardReading:
    """Reads; it writes nothing."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def board(self) -> list[Any]:
        """Return every record in the partition of the board, each of the class that its key says."""
        return [
            record_in(item)
            for item in self._all(board_keys.BOARD)
            for prefix, record_in in _OF_BOARD.items()
            if item["sk"].startswith(prefix)
        ]

    def canaries(self, service: str, environment: str) -> list[CanaryProgress]:
        """Return how far the canaries of an environment are, also of deployments that have ended."""
        prefix = board_keys.canary_progress(service, environment, "")["sk"]
        condition = Key("pk").eq(board_keys.BOARD) & Key("sk").begins_with(prefix)
        found = queried(lambda more: self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **more))
        return [items.canary_in(item) for item in found]

    def leases(self) -> list[Lease]:
        """Return all leases, with no more of each than the board shows: most of a target are its settings.

        What is left out is as if it were not there, so no such lease may be written back.
        """
        return [
            lease_in(item)
            for item in self._all(
                ledger_keys.LEASES,
                ProjectionExpression=_OF_LEASE,
                ExpressionAttributeNames={"#name": "name", "#region": "region"},
            )
        ]

    def open_approvals(self) -> list[ListedApproval]:
        """Return the questions without an outcome."""
        return [items.open_approval_in(item) for item in self._all(board_keys.OPEN_APPROVALS)]

    def history(self, service: str, most: int, before: str | None) -> list[HistoryEntry]:
        """Return the newest entries of a service before a moment, newest first."""
        partitions = (ledger_keys.service_partition(service), ledger_keys.approvals_partition(service))
        found = [each for partition in partitions for each in self._newest(partition, most, before)]
        return sorted(found, key=lambda each: each.at, reverse=True)[:most]

    def of_people(self, service: str, most: int) -> list[HistoryEntry]:
        """Return the newest entries of what people were asked and answered about a service, newest first."""
        return self._newest(ledger_keys.approvals_partition(service), most, None)

    def _newest(self, partition: str, most: int, before: str | None) -> list[HistoryEntry]:
        first, last = ledger_keys.HISTORY_PREFIX, f"{ledger_keys.HISTORY_PREFIX}{before or _LATER_THAN_ALL}"
        condition = Key("pk").eq(partition) & Key("sk").between(first, last)
        found = self._table.query(KeyConditionExpression=condition, ScanIndexForward=False, Limit=most)["Items"]
        return [to_record(HistoryEntry, item, kind=_kind(str(item["kind"]))) for item in found]

    def _all(self, partition: str, **request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- as Query takes it
        condition = Key("pk").eq(partition)
        return list(queried(lambda more: self._table.query(KeyConditionExpression=condition, **request, **more)))


def _kind(name: str) -> Any:  # noqa: ANN401 -- a newer version's kind is its name
    return HistoryKind(name) if name in set(HistoryKind) else name
