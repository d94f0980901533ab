"""The locks on drafts: who may write what several targets are prepared in, where the service compares nothing itself.

A lock ends by itself once no function can still be running that has taken it. So a crash needs no repair.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import is_written, item_instead
from gantry.promotion.timestamps import iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

LONGEST_HOLD = timedelta(minutes=6)
"""Longer than a function that takes a lock can run, and shorter than the definition waits for a pending target."""


class DraftLocks:
    """The locks in the ledger, one for each draft.

    Args:
        table: the ledger's.
        now: the time.
    """

    def __init__(self, table: "Table", now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._table = table
        self._now = now

    def take(self, draft: str, execution: str, token: str) -> str | None:
        """Lock a draft; return None when the execution has the lock now, or else the execution that has it.

        A lock of the execution's own is taken again: what an earlier try of the same state still writes is the same.
        From then on it is the later try's, and lasts as long as a new one. `token` tells the tries apart.
        """
        now = self._now()
        ended = Attr("at").lt(iso(now - LONGEST_HOLD))
        in_the_way = item_instead(
            lambda: self._table.put_item(
                Item={**keys.draft_lock(draft), "execution": execution, "token": token, "at": iso(now)},
                ConditionExpression=Attr("pk").not_exists() | Attr("execution").eq(execution) | ended,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )
        return str(in_the_way["execution"]) if in_the_way else None

    def release(self, draft: str, token: str) -> None:
        """Give a lock back, unless another execution or a later try has taken it meanwhile."""
        is_written(
            lambda: self._table.delete_item(Key=keys.draft_lock(draft), ConditionExpression=Attr("token").eq(token))
        )
