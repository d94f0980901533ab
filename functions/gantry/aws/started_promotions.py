"""What the ledger keeps of a promotion that starts: all of it, or nothing."""

from typing import TYPE_CHECKING

from gantry.aws import ledger_keys as keys
from gantry.aws.board_items import to_service_item
from gantry.aws.ledger_items import to_item, to_record
from gantry.aws.transactions import CONDITION, Transactions
from gantry.promotion.board.listed_service import ListedService
from gantry.promotion.claim import NewestStart
from gantry.promotion.history import HistoryEntry
from gantry.promotion.running_promotion import RunningPromotion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


class StartedPromotions:
    """Each start by one call: that it runs, the history, and if it is its service's newest, that and where it goes."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._together = Transactions(table)

    def add(self, promotion: RunningPromotion, entry: HistoryEntry, service: ListedService) -> None:
        """Record a start. Doing it twice keeps it once. It is not the newest start when a later one is known.

        Starts of one service at the same time refuse each other, and are written one after the other.

        A change of configuration alone is never the newest start: what was promoted last is an artifact.

        Args:
            promotion: what has started.
            entry: the same for the history.
            service: what its manifest says of the service, which stays as it is if the start is not the newest.
        """
        newest = NewestStart(promotion.release.service, promotion.release.id, promotion.execution, promotion.since)
        running = keys.running_promotion(promotion.execution) | to_item(promotion)
        kept = [self._together.put(running), self._together.put(keys.history(entry) | to_item(entry))]
        if promotion.release.is_configuration_only:
            changes = [*kept, self._put_listed(service)]
        else:
            changes = [*kept, self._put_newest(newest), self._together.put(to_service_item(service))]
        while why := self._together.why_refused(changes):
            changes = kept if CONDITION in why else changes

    def _put_listed(self, service: ListedService) -> "TransactWriteItemTypeDef":
        return self._together.put(
            to_service_item(service),
            ConditionExpression="attribute_not_exists(pk) OR #record.#at <= :at",
            ExpressionAttributeNames={"#record": "record", "#at": "at"},
            ExpressionAttributeValues={":at": service.at},
        )

    def newest(self, service: str) -> NewestStart | None:
        """Return which promotion of a service was started last; None when none was kept."""
        item = self._table.get_item(Key=keys.newest_start(service), ConsistentRead=True).get("Item")
        return to_record(NewestStart, item) if item else None

    def _put_newest(self, start: NewestStart) -> "TransactWriteItemTypeDef":
        return self._together.put(
            keys.newest_start(start.service) | to_item(start),
            ConditionExpression="attribute_not_exists(#at) OR #at <= :at",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":at": start.at},
        )
