"""The history of a service, as people read it."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from gantry.aws.ledger_items import to_record
from gantry.promotion.history import HistoryEntry, HistoryKind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def recorded_history(table: "Table", partition: str = "service#cowsay") -> list[HistoryEntry]:
    """What happened to a service, newest first. What people were asked is in a partition of its own."""
    wanted = Attr("pk").eq(partition) & Attr("sk").begins_with("history#")
    client: Any = table.meta.client  # takes conditions as the resource does
    scanned = client.scan(TableName=table.name, FilterExpression=wanted)["Items"]
    found = sorted(scanned, key=lambda item: str(item["sk"]), reverse=True)
    return [to_record(HistoryEntry, item, kind=HistoryKind(str(item["kind"]))) for item in found]
