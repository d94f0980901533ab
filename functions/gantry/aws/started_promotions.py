"""What the ledger keeps of a promotion that starts: all of it, or nothing."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item, to_record, why_cancelled
from gantry.promotion.claim import NewestStart
from gantry.promotion.history import HistoryEntry
from gantry.promotion.running_promotion import RunningPromotion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class StartedPromotions:
    """Each start by one call: that the promotion runs, that its service was started last with it, and the history."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def add(self, promotion: RunningPromotion, entry: HistoryEntry) -> None:
        """Record a start. Doing it twice keeps it once. It is not the newest start when a later one is known.

        Starts of one service at the same time refuse each other, and are written one after the other.
        """
        newest = NewestStart(promotion.release.service, promotion.release.id, promotion.execution, promotion.since)
        kept = [self._put(keys.running_promotion(promotion.execution) | to_item(promotion))]
        kept.append(self._put(keys.history(entry) | to_item(entry)))
        changes = [*kept, self._put_newest(newest)]
        while why := self._why_refused(changes):
            changes = kept if "ConditionalCheckFailed" in why else changes

    def newest(self, service: str) -> NewestStart | None:
        """Return which promotion of a service was started last; None when none was kept."""
        item = self._table.get_item(Key=keys.newest_start(service), ConsistentRead=True).get("Item")
        return to_record(NewestStart, item) if item else None

    def _why_refused(self, changes: list[Any]) -> set[str]:
        """Write all changes, and return nothing; or write none, and return why, if another try is worth it."""
        try:
            self._table.meta.client.transact_write_items(TransactItems=changes)
        except ClientError as error:
            if why := why_cancelled(error) & {"ConditionalCheckFailed", "TransactionConflict"}:
                return why
            raise
        return set()

    def _put_newest(self, start: NewestStart) -> Any:  # noqa: ANN401 -- as TransactWriteItems takes it
        put = self._put(keys.newest_start(start.service) | to_item(start))
        put["Put"] |= {
            "ConditionExpression": "attribute_not_exists(#at) OR #at <= :at",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":at": start.at},
        }
        return put

    def _put(self, item: dict[str, Any]) -> Any:  # noqa: ANN401 -- as TransactWriteItems takes it
        return {"Put": {"TableName": self._table.name, "Item": item}}
