"""Which items of a table a policy lets a caller reach: the condition key `dynamodb:LeadingKeys`.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, allow, new_name, session_of

MINE, OTHER = "approval#1", "approvals#1"
"""Two partitions whose names begin alike."""
REFUSED = "AccessDeniedException"

WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]
READS = ["GetItem", "Query", "BatchGetItem"]

Call = Callable[[Any, str, str], object]
CALLS: dict[str, Call] = {
    "put_item": lambda client, table, pk: client.put_item(TableName=table, Item=key(pk)),
    "update_item": lambda client, table, pk: client.update_item(TableName=table, Key=key(pk)),
    "delete_item": lambda client, table, pk: client.delete_item(TableName=table, Key=key(pk)),
    "get_item": lambda client, table, pk: client.get_item(TableName=table, Key=key(pk)),
    "query": lambda client, table, pk: client.query(
        TableName=table,
        KeyConditionExpression="#partition = :partition AND sk >= :sk",
        ExpressionAttributeNames={"#partition": "pk"},
        ExpressionAttributeValues={":partition": {"S": pk}, ":sk": {"S": "a"}},
    ),
    "query of an index": lambda client, table, pk: client.query(
        TableName=table,
        IndexName="by-owner",
        KeyConditionExpression="owner = :owner",
        ExpressionAttributeValues={":owner": {"S": pk}},
    ),
    "batch_get_item": lambda client, table, pk: client.batch_get_item(
        RequestItems={table: {"Keys": [key(MINE, "another"), key(pk)]}}
    ),
    "batch_write_item, put": lambda client, table, pk: client.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": key(each)}} for each in dict.fromkeys((MINE, pk))]}
    ),
    "batch_write_item, delete": lambda client, table, pk: client.batch_write_item(
        RequestItems={table: [{"DeleteRequest": {"Key": key(each)}} for each in dict.fromkeys((MINE, pk))]}
    ),
    "transact_write_items": lambda client, table, pk: client.transact_write_items(
        TransactItems=[put(table, MINE, "another"), put(table, pk)]
    ),
    "transact_get_items": lambda client, table, pk: client.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": key(each)}} for each in dict.fromkeys((MINE, pk))]
    ),
}


def key(pk: str, sk: str = "one") -> Json:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put(table: str, pk: str, sk: str = "one") -> Json:
    return {"Put": {"TableName": table, "Item": key(pk, sk)}}


def only(keys: list[str], *actions: str, **more: Json) -> Json:
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}, **more}
    return allow([f"dynamodb:{action}" for action in actions]) | {"Condition": condition}


@pytest.fixture(scope="module")
def table(aws: StandIn) -> str:
    name = new_name("table")
    owner = {"IndexName": "by-owner", "Projection": {"ProjectionType": "ALL"}}
    aws.client("dynamodb", ASSETS).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk", "owner")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[owner | {"KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}]}],
    )
    return name


@pytest.fixture(scope="module")
def limited(aws: StandIn) -> Any:
    """A client that may do everything with items of the partitions `approval#…`, and nothing with others."""
    return session_of(aws, "dynamodb", only(["approval#*"], *WRITES, *READS))


def answer(call: Call, client: Any, table: str, pk: str) -> str:
    try:
        call(client, table, pk)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "done"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_item_that_a_call_names_must_be_allowed(limited: Any, table: str, call: Call) -> None:
    assert [answer(call, limited, table, pk) for pk in (MINE, OTHER)] == ["done", REFUSED]


def test_a_table_may_be_named_by_its_arn(limited: Any, table: str) -> None:
    arn = f"arn:aws:dynamodb:{REGION}:{ASSETS}:table/{table}"
    assert [answer(CALLS["put_item"], limited, arn, pk) for pk in (MINE, OTHER)] == ["done", REFUSED]


def test_each_part_of_a_transaction_is_authorised_by_itself(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"""
    client = session_of(aws, "dynamodb", only([MINE], "PutItem"), only([OTHER], "ConditionCheckItem"))

    def written(new: str, checked: str) -> None:
        check = {"TableName": table, "Key": key(checked), "ConditionExpression": "attribute_not_exists(never)"}
        client.transact_write_items(TransactItems=[put(table, new, "new"), {"ConditionCheck": check}])

    written(MINE, OTHER)
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:PutItem"):
        written(OTHER, OTHER)
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:ConditionCheckItem"):
        written(MINE, MINE)


def test_a_call_that_names_no_key_passes_unless_the_policy_asks_for_a_key(aws: StandIn, table: str) -> None:
    """Of an empty set everything is true, so a scan reads all items, with the other partitions' among them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition_examples-multi-valued-context-keys.html
    """
    has_key: Json = {"Null": {"dynamodb:LeadingKeys": "false"}}
    trusting = session_of(aws, "dynamodb", only([MINE], "Scan"))
    strict = session_of(aws, "dynamodb", only([MINE], "Scan", "GetItem", **has_key))

    assert trusting.scan(TableName=table)["Count"]
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:Scan"):
        strict.scan(TableName=table)
    assert answer(CALLS["get_item"], strict, table, MINE) == "done"
