"""The last rehearsal of a rollback in each environment."""

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item
from gantry.promotion.rehearsal import Rehearsal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_REHEARSAL = TypeAdapter(Rehearsal)


class Rehearsals:
    """The rehearsals in the ledger, one for each environment of each service."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def last(self, service: str, environment: str) -> Rehearsal | None:
        """Return the last rehearsal; None when there was none yet."""
        item = self._table.get_item(Key=keys.rehearsal(service, environment), ConsistentRead=True).get("Item")
        return _REHEARSAL.validate_python(item) if item else None

    def keep(self, rehearsal: Rehearsal) -> None:
        """Keep a rehearsal in place of the one before."""
        self._table.put_item(Item=keys.rehearsal(rehearsal.service, rehearsal.environment) | to_item(rehearsal))
