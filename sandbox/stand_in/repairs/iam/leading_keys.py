"""The partition keys that a request to DynamoDB names, as a policy sees them.

Restores: `dynamodb:LeadingKeys` has the partition key of every item that a request names. Each item of a transaction is
authorised by itself. In the library, a policy with this condition allows everything or nothing.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html

Requests in PartiQL, and queries with the old parameter KeyConditions, have no keys here.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

LEADING_KEYS = "dynamodb:LeadingKeys"
_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


class ItemsTable(str):
    """The ARN of a table, with the keys of the item that is authorised."""

    leading_keys: list[str]


def apply(settings: Settings) -> None:
    """Add the keys to what the library knows of a request."""
    put_in_front(iam_actions, "dynamodb_service_context", _with_leading_keys)
    put_in_front(iam_actions, "dynamodb_transaction_checks", _item_by_item)
    put_in_front(iam_evaluator, "enforce", _of_one_item)


def _with_leading_keys(original: Original, body: bytes) -> Json:
    found = list(_leading_keys(_read(body)))
    return {**original(body), **({LEADING_KEYS: found} if found else {})}


def _item_by_item(original: Original, action: str, body: bytes, *place: str) -> list[tuple[str, str]]:
    """Let each check know its item: the library evaluates all of them with the same conditions."""
    checks: list[tuple[str, str]] = []
    for item in _read(body).get("TransactItems", []):
        for item_action, arn in original(action, json.dumps({"TransactItems": [item]}).encode(), *place):
            table = ItemsTable(arn)
            table.leading_keys = [key for each in item.values() for key in _leading_keys(each)]
            checks.append((item_action, table))
    return checks


def _of_one_item(original: Original, *request: Any, **options: Any) -> object:  # noqa: ANN401 -- the library's own
    table = options.get("resource_arn")
    if isinstance(table, ItemsTable):
        options["service_context"] = {**(options.get("service_context") or {}), LEADING_KEYS: table.leading_keys}
    return original(*request, **options)


def _leading_keys(request: Json) -> Iterator[str]:
    """Find the keys that a request names, or one part of a transaction."""
    if "TableName" in request:
        yield from _of_item(request["TableName"], request)
        yield from _of_query(request)
    for table, batch in request.get("RequestItems", {}).items():
        for each in _single_requests(batch):
            yield from _of_item(table, each)


def _single_requests(batch: Any) -> list[Json]:  # noqa: ANN401 -- a list of writes, or the keys of what to get
    if isinstance(batch, dict):
        return [{"Key": key} for key in batch["Keys"]]
    return [write for request in batch for write in request.values()]


def _of_item(table: str, request: Json) -> Iterator[str]:
    item = request.get("Key") or request.get("Item") or {}
    if value := item.get(_partition_key(table)):
        yield _text(value)


def _of_query(request: Json) -> Iterator[str]:
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    key = _partition_key(request["TableName"], request.get("IndexName"))
    for name, value in _EQUALS.findall(request.get("KeyConditionExpression", "")):
        if names.get(name, name) == key and value in values:
            yield _text(values[value])


def _partition_key(table: str, index: str | None = None) -> str:
    """Return the name of a table's or an index's partition key; empty if there is no such table."""
    found = dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}
    of_indexes = {each["IndexName"]: each["KeySchema"] for each in found.get("GlobalSecondaryIndexes", [])}
    schema = of_indexes.get(index, found.get("KeySchema", []))
    return next((str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH"), "")


def _text(value: Json) -> str:
    """Return an attribute value, such as `{"S": "a"}`, as policies compare it."""
    return str(next(iter(value.values())))


def _read(body: bytes) -> Json:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}  # the service refuses what cannot be read
    return found if isinstance(found, dict) else {}
