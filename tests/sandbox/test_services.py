"""What needs no repair but must stay as it is: the pipeline relies on it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, DEV
from sandbox.stand_in.mailbox import mails
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_function, invoke, new_name

WHO = "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']"


@pytest.fixture
def table(aws: StandIn) -> str:
    name = new_name("table")
    aws.client("dynamodb", ASSETS).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    return name


def test_a_transaction_is_cancelled_as_a_whole_and_says_why(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    dynamodb = aws.client("dynamodb", ASSETS)

    def put(key: str) -> Any:
        return {
            "Put": {
                "TableName": table,
                "Item": {"pk": {"S": key}},
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    dynamodb.transact_write_items(TransactItems=[put("lease")])

    with pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(TransactItems=[put("history"), put("lease")])

    assert cancelled.value.response["Error"]["Code"] == "TransactionCanceledException"
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == {"pk": {"S": "lease"}}
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "history"}})


def test_a_transaction_checks_what_it_does_not_write(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConditionCheck.html"""
    dynamodb = aws.client("dynamodb", ASSETS)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "lease"}, "holder": {"S": "one"}})

    def written(holder: str) -> list[Any]:
        check = {
            "TableName": table,
            "Key": {"pk": {"S": "lease"}},
            "ConditionExpression": "holder = :holder",
            "ExpressionAttributeValues": {":holder": {"S": holder}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        put = {
            "TableName": table,
            "Item": {"pk": {"S": "live"}, "by": {"S": holder}},
            "ConditionExpression": "attribute_not_exists(pk) OR #by = :by",
            "ExpressionAttributeNames": {"#by": "by"},
            "ExpressionAttributeValues": {":by": {"S": holder}},
        }
        try:
            dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}, {"Put": put}])
        except dynamodb.exceptions.TransactionCanceledException as error:
            return [(reason["Code"], reason.get("Item")) for reason in error.response["CancellationReasons"]]
        return []

    assert written("two") == [
        ("ConditionalCheckFailed", {"pk": {"S": "lease"}, "holder": {"S": "one"}}),
        ("None", None),
    ]
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "live"}})
    assert written("one") == []
    assert written("one") == []
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "live"}})["Item"]["by"] == {"S": "one"}


def test_every_api_call_is_found_in_cloudtrail_page_by_page(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""
    streams = aws.client("kinesis", DEV)
    for _ in range(120):
        streams.list_streams()

    pages = list(
        aws.client("cloudtrail", DEV)
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListStreams"}])
    )

    assert [len(page["Events"]) for page in pages] == [50, 50, 20]
    assert len({event["EventId"] for page in pages for event in page["Events"]}) == 120


def test_cloudtrail_names_the_function_that_has_called(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html"""
    function = a_function(aws, WHO)
    invoke(aws, function)

    lookup = [{"AttributeKey": "Username", "AttributeValue": function}]
    found = aws.client("cloudtrail", ASSETS).lookup_events(LookupAttributes=lookup)["Events"]

    assert [event["EventName"] for event in found] == ["GetCallerIdentity"]


def test_mails_are_read_with_their_links(aws: StandIn) -> None:
    ses = aws.client("sesv2", DEV)
    ses.create_email_identity(EmailIdentity="mail.example")
    link = "https://approvals.example/1?a=b&c=d"
    html = f'<a href="{link.replace("&", "&amp;")}">Look</a> <a href="https://docs.example/">Read</a>'
    body = {"Text": {"Data": f"Look at {link}."}, "Html": {"Data": html}}
    ses.send_email(
        FromEmailAddress="gantry@mail.example",
        Destination={"ToAddresses": ["ops@mail.example"]},
        Content={"Simple": {"Subject": {"Data": "Please decide"}, "Body": body}},
    )

    [mail] = mails(aws, DEV)

    assert (mail.sender, mail.to, mail.subject) == ("gantry@mail.example", ("ops@mail.example",), "Please decide")
    assert mail.links == (link, "https://docs.example/")
