"""The records of how promotions were started."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import item_instead, to_item
from gantry.promotion.promotion_start import PromotionStart
from gantry.promotion.timestamps import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_START = TypeAdapter(PromotionStart)


class PromotionStarts:
    """The records in the ledger, one for each name of an execution that was started by a push or a call."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def add(self, start: PromotionStart) -> PromotionStart | None:
        """Record a start; return None, or the record that the name has already, which stays until it expires."""
        now, forgotten_at = (int(moment(each).timestamp()) for each in (start.at, start.expires_at))
        earlier = item_instead(
            lambda: self._table.put_item(
                Item=keys.start(start.execution_name) | {"start": to_item(start), "expires_at": forgotten_at},
                ConditionExpression=Attr("pk").not_exists() | Attr("expires_at").lt(now),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )
        return _read(earlier) if earlier else None

    def get(self, execution_name: str, now: str) -> PromotionStart | None:
        """Return how an execution was started; None when neither by a push nor by a call.

        DynamoDB may keep an expired item for days:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
        """
        found = self._table.get_item(Key=keys.start(execution_name), ConsistentRead=True).get("Item")
        start = _read(found) if found else None
        return start if start and moment(now) < moment(start.expires_at) else None


def _read(item: Mapping[str, Any]) -> PromotionStart:
    """Return the record in an item. Those of earlier versions of Gantry call the service `repository`."""
    return _START.validate_python(
        {"service" if key == "repository" else key: value for key, value in item["start"].items()}
    )
