"""Which promotion of each service was started last."""

from typing import TYPE_CHECKING

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_record
from gantry.promotion.claim import NewestStart

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class NewestStarts:
    """The newest starts in the ledger, one for each service."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def of(self, service: str) -> NewestStart | None:
        """Return the newest start; None when none was kept."""
        item = self._table.get_item(Key=keys.newest_start(service), ConsistentRead=True).get("Item")
        return to_record(NewestStart, item) if item else None
