"""What the last check for drift found, on the board."""

from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from gantry.aws import board_keys as keys
from gantry.aws.board_items import drift_in, to_drift_item
from gantry.aws.ledger_items import queried
from gantry.promotion.drift.record import DriftRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DriftRecords:
    """The records in the ledger, one for each service."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def all(self) -> list[DriftRecord]:
        """Return the record of each service."""
        condition = Key("pk").eq(keys.BOARD) & Key("sk").begins_with(keys.DRIFT)
        found = queried(lambda more: self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **more))
        return [drift_in(item) for item in found]

    def keep(self, record: DriftRecord) -> None:
        """Keep a record in place of the one before."""
        self._table.put_item(Item=to_drift_item(record))
