"""The executions whose end people were notified of, so that each end is notified once."""

import time
from typing import TYPE_CHECKING

from gantry.aws import ledger_keys as keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_KEPT_SECONDS = 100 * 24 * 3600
"""Step Functions forgets an execution 90 days after its end."""


def name_of(execution: str, redrives: int) -> str:
    """Return the name of one end of an execution: after a redrive it ends once more."""
    return f"{execution}/{redrives}" if redrives else execution


class NotificationLog:
    """The notifications in the ledger."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def was_sent(self, execution: str) -> bool:
        """Whether people were notified of an execution's end."""
        return "Item" in self._table.get_item(Key=keys.notified(execution), ConsistentRead=True)

    def mark_sent(self, execution: str) -> None:
        """Set the flag that keeps others from notifying again.

        Notify before you set it: a crash in between may notify twice, but never loses the notification.
        """
        self._table.put_item(Item=keys.notified(execution) | {"expires_at": int(time.time()) + _KEPT_SECONDS})
