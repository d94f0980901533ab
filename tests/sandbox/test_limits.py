"""The sizes and numbers that other services than Step Functions allow."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, new_name

MB = 1024 * 1024
ITEM = 400 * 1024


def payload_of(size: int) -> bytes:
    """A JSON text of this size."""
    return b'"' + b"a" * (size - 2) + b'"'


@pytest.fixture(scope="module")
def function(aws: StandIn) -> str:
    return a_function(aws, "def handler(event, context):\n    return event if isinstance(event, int) else len(event)")


@pytest.mark.parametrize(("kind", "most"), [("RequestResponse", 6 * MB), ("Event", MB)])
def test_a_function_gets_6_mb_or_1_mb_if_it_is_asynchronous(aws: StandIn, function: str, kind: str, most: int) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    client = aws.client("lambda", ASSETS)

    answer = client.invoke(FunctionName=function, InvocationType=kind, Payload=payload_of(most))

    assert answer["StatusCode"] == (202 if kind == "Event" else 200)
    with pytest.raises(ClientError, match=f"RequestEntityTooLargeException.*{most} bytes"):
        client.invoke(FunctionName=function, InvocationType=kind, Payload=payload_of(most + 1))


@pytest.mark.parametrize(("size", "fits"), [(6 * MB + 100, True), (6 * MB + 101, False)])
def test_a_function_answers_with_6_mb_at_most(aws: StandIn, size: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    function = a_function(aws, f"def handler(event, context):\n    return 'a' * {size - 2}")

    answer = aws.client("lambda", ASSETS).invoke(FunctionName=function)

    assert answer.get("FunctionError") == (None if fits else "Unhandled")
    body = json.loads(answer["Payload"].read())
    assert fits or body["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(("size", "fits"), [(MB - 1, True), (MB, False)])
def test_the_events_of_one_call_have_less_than_1_mb_together(aws: StandIn, size: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    small = {"Source": "app", "DetailType": "é", "Detail": "{}", "Resources": ["one"]}
    rest = size - 2 * len("appéone".encode()) - len("{}")
    large = {**small, "Detail": json.dumps({"text": "a" * (rest - len('{"text": ""}'))})}
    events = aws.client("events", ASSETS)

    if fits:
        assert events.put_events(Entries=[small, large])["FailedEntryCount"] == 0
        return
    with pytest.raises(ClientError, match=r"ValidationException.*over the limit"):
        events.put_events(Entries=[small, large])


@pytest.mark.parametrize(("size", "fits"), [(256 * 1024, True), (256 * 1024 + 1, False)])
def test_a_notification_has_256_kib_at_most(aws: StandIn, size: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    sns = aws.client("sns", ASSETS)
    topic = sns.create_topic(Name=new_name("topic"))["TopicArn"]

    if fits:
        assert sns.publish(TopicArn=topic, Message="é" + "a" * (size - 2))["MessageId"]
        return
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.publish(TopicArn=topic, Message="é" + "a" * (size - 2))


@pytest.fixture(scope="module")
def table(aws: StandIn) -> str:
    name = new_name("table")
    aws.client("dynamodb", ASSETS).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def item_of(size: int, pk: str = "item", sk: str = "1") -> Json:
    """An item of this size. The names of its attributes count."""
    rest = size - len("pk" + pk + "sk" + sk + "text")
    return {"pk": {"S": pk}, "sk": {"S": sk}, "text": {"S": "a" * rest}}


@pytest.mark.parametrize("way", ["put", "transaction"])
def test_an_item_has_400_kb_at_most_with_the_names_of_its_attributes(aws: StandIn, table: str, way: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    dynamodb = aws.client("dynamodb", ASSETS)

    def write(size: int) -> None:
        if way == "put":
            dynamodb.put_item(TableName=table, Item=item_of(size))
        else:
            dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item_of(size)}}])

    write(ITEM)
    with pytest.raises(ClientError, match=r"ValidationError|Item size"):
        write(ITEM + 1)


@pytest.mark.parametrize(("more", "fits"), [(100_000, True), (110_000, False)])
def test_an_update_leaves_an_item_with_400_kb_at_most(aws: StandIn, table: str, more: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    dynamodb, item = aws.client("dynamodb", ASSETS), item_of(300_000, "update", str(more))
    dynamodb.put_item(TableName=table, Item=item)
    update = {
        "Key": {name: item[name] for name in ("pk", "sk")},
        "UpdateExpression": "SET added = :added",
        "ExpressionAttributeValues": {":added": {"S": "a" * more}},
    }

    if fits:
        dynamodb.update_item(TableName=table, **update)
        return
    with pytest.raises(ClientError, match="Item size to update has exceeded"):
        dynamodb.update_item(TableName=table, **update)


def test_a_transaction_has_100_items_and_4_mb_at_most(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

    def write(count: int, size: int) -> None:
        items = [item_of(size, "transaction", f"{number:03}") for number in range(count)]
        aws.client("dynamodb", ASSETS).transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item}} for item in items]
        )

    write(100, 100)
    write(10, 400_000)
    for count, size in ((101, 100), (11, 400_000)):
        with pytest.raises(ClientError, match="ValidationException"):
            write(count, size)


def test_a_batch_writes_25_items_at_most(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""

    def write(count: int) -> None:
        items = [item_of(100, "batch", f"{number:03}") for number in range(count)]
        aws.client("dynamodb", ASSETS).batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": i}} for i in items]}
        )

    write(25)
    with pytest.raises(ClientError, match="ValidationException"):
        write(26)


@pytest.mark.parametrize("way", ["query", "scan"])
def test_a_page_ends_at_1_mb_of_what_is_read(aws: StandIn, way: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    dynamodb, table = aws.client("dynamodb", ASSETS), new_name("table")
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(5):
        dynamodb.put_item(TableName=table, Item=item_of(300_000, "page", str(number)))
    nothing: dict[str, Any] = {
        "FilterExpression": "attribute_not_exists(#text)",
        "ExpressionAttributeNames": {"#text": "text"},
    }
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "page"}}}

    page = (
        dynamodb.query(TableName=table, **asked, **nothing)
        if way == "query"
        else dynamodb.scan(TableName=table, **nothing)
    )

    assert (page["Count"], page["ScannedCount"]) == (0, 3), "what is filtered out was read all the same"
    assert page["LastEvaluatedKey"]["sk"] == {"S": "2"}
