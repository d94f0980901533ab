"""Several items of the ledger that are written together, or not at all."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.ledger_items import why_cancelled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

CONDITION, CONFLICT = "ConditionalCheckFailed", "TransactionConflict"
"""An item did not meet its condition; another write to one of the items came at the same time."""


class Transactions:
    """The ledger's table. Conditions are texts: boto3 puts the values of others where a transaction has no place."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def why_refused(self, changes: "Sequence[TransactWriteItemTypeDef]") -> set[str]:
        """Write all changes, at most 100, and return nothing. Or write none, and return why, if another try may help.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        try:
            self._table.meta.client.transact_write_items(TransactItems=changes)
        except ClientError as error:
            if why := why_cancelled(error) & {CONDITION, CONFLICT}:
                return why
            raise
        return set()

    def put(self, item: Mapping[str, Any], **condition: Any) -> "TransactWriteItemTypeDef":  # noqa: ANN401 -- as boto3 takes it
        """Return a change that writes an item, if it meets the condition."""
        arguments: Any = {"TableName": self._table.name, "Item": item, **condition}
        return {"Put": arguments}

    def update(self, key: Mapping[str, Any], **change: Any) -> "TransactWriteItemTypeDef":  # noqa: ANN401 -- as boto3 takes it
        """Return a change of some attributes of an item."""
        arguments: Any = {"TableName": self._table.name, "Key": key, **change}
        return {"Update": arguments}

    def delete(self, key: Mapping[str, Any]) -> "TransactWriteItemTypeDef":
        """Return a change that removes an item, if there is one."""
        return {"Delete": {"TableName": self._table.name, "Key": key}}
