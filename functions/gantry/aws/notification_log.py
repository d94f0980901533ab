"""Which executions' ends people have been told of, so that each is told once, whoever gets that far."""

import time
from typing import TYPE_CHECKING, Self

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import ledger_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_KEPT_SECONDS = 100 * 24 * 3600
"""Longer than Step Functions knows an execution that has ended, which is 90 days."""


class NotificationLog:
    """What the ledger knows of what people know."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def was_sent(self, execution: str) -> bool:
        """Whether people were told how an execution has ended."""
        return "Item" in self._table.get_item(Key=keys.told(execution), ConsistentRead=True)

    def mark_sent(self, execution: str) -> None:
        """Let nobody tell it again. Noted after the telling: who dies in between tells it twice, not never."""
        self._table.put_item(Item=keys.told(execution) | {"expires_at": int(time.time()) + _KEPT_SECONDS})
