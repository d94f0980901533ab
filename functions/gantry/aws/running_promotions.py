"""The promotions whose end is not known yet, so that none ends without a message when its last event is lost."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import is_written, queried
from gantry.promotion.running_promotion import RunningPromotion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_PROMOTION = TypeAdapter(RunningPromotion)
_KEPT_SECONDS = 15 * 24 * 3600
"""One that has ended can be redriven for 14 days:
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""


class RunningPromotions:
    """The running promotions in the ledger, and those that have failed lately. They alone bound what is read here."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, execution: str) -> RunningPromotion | None:
        """Return a promotion, for some days also one that has failed; None when it came to no release."""
        item = self._table.get_item(Key=keys.running_promotion(execution), ConsistentRead=True).get("Item")
        return _PROMOTION.validate_python(item) if item else None

    def all(self) -> Iterable[RunningPromotion]:
        """Return every promotion whose end is not known yet."""
        return self._where(Attr("ended").not_exists())

    def unfinished(self, service: str, since: str) -> Iterable[RunningPromotion]:
        """Return a service's promotions that were started from a moment on and have not completed.

        Among them are those that have failed, because they may be redriven.
        """
        return self._where(Attr("release.service").eq(service) & Attr("since").gte(since))

    def end(self, execution: str) -> None:
        """Note that a promotion's end is known. It may be redriven."""
        self._change(
            execution,
            UpdateExpression="SET ended = :true, expires_at = :later",
            ExpressionAttributeValues={":true": True, ":later": int(time.time()) + _KEPT_SECONDS},
        )

    def resume(self, execution: str) -> None:
        """Note that a promotion that had ended goes on."""
        self._change(execution, UpdateExpression="REMOVE ended, expires_at")

    def remove(self, execution: str) -> None:
        """Forget a promotion that has completed."""
        self._table.delete_item(Key=keys.running_promotion(execution))

    def _where(self, condition: ConditionBase) -> Iterable[RunningPromotion]:
        at = Key("pk").eq(keys.RUNNING_PROMOTIONS)
        found = queried(
            lambda more: self._table.query(
                KeyConditionExpression=at, FilterExpression=condition, ConsistentRead=True, **more
            )
        )
        return map(_PROMOTION.validate_python, found)

    def _change(self, execution: str, **change: Any) -> None:  # noqa: ANN401 -- as UpdateItem takes it
        """Change a promotion; do nothing where it is not noted."""
        key = keys.running_promotion(execution)
        is_written(lambda: self._table.update_item(Key=key, ConditionExpression="attribute_exists(pk)", **change))
