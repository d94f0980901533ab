"""The ledger's table behaves as boto3's table resource does, for what the adapters ask of it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from moto import mock_aws

from gantry.aws.ledger_table import LedgerTable
from tests.unit.ledger_table import create_ledger

KEY = {"pk": "lease#a", "sk": "lease"}
ITEM = KEY | {"fence": 3, "share": Decimal("0.5"), "moves": [{"to": None, "is_done": True}]}


@pytest.fixture
def table() -> Iterator[LedgerTable]:
    with mock_aws():
        create_ledger(boto3.resource("dynamodb"))
        yield LedgerTable(boto3.client("dynamodb"), "ledger")


def test_what_is_put_is_read_in_pythons_types(table: LedgerTable) -> None:
    table.put_item(Item=ITEM)
    assert table.get_item(Key=KEY, ConsistentRead=True)["Item"] == ITEM
    assert table.query(KeyConditionExpression=Key("pk").eq(KEY["pk"]))["Items"] == [ITEM]


def test_a_change_is_made_on_a_condition(table: LedgerTable) -> None:
    table.put_item(Item=ITEM)
    change: dict[str, Any] = {"UpdateExpression": "SET fence = :new", "ExpressionAttributeValues": {":new": 4}}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.update_item(Key=KEY, ConditionExpression=Attr("fence").eq(2), **change)
    table.update_item(Key=KEY, ConditionExpression=Attr("fence").eq(3), **change)
    assert table.get_item(Key=KEY)["Item"]["fence"] == 4


def test_an_item_is_deleted_on_a_condition(table: LedgerTable) -> None:
    table.put_item(Item=ITEM)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.delete_item(Key=KEY, ConditionExpression=Attr("fence").lt(3))
    table.delete_item(Key=KEY, ConditionExpression=Attr("fence").exists())
    assert "Item" not in table.get_item(Key=KEY)


def test_a_transaction_takes_pythons_types_too(table: LedgerTable) -> None:
    table.meta.client.transact_write_items(TransactItems=[{"Put": {"TableName": table.name, "Item": ITEM}}])
    assert table.get_item(Key=KEY)["Item"] == ITEM


def test_a_request_is_left_as_it_was_given(table: LedgerTable) -> None:
    item = dict(ITEM)
    table.put_item(Item=item)
    assert item == ITEM
