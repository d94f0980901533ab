"""Between the domain's records and the items of the ledger's table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, asdict, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from gantry.aws.clients import code_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def to_item(record: "DataclassInstance") -> dict[str, Any]:
    """A record's attributes; what is None is left out, so that a condition can ask whether it exists."""
    return {name: _stored(value) for name, value in asdict(record).items() if value is not None}


def to_record(kind: type[Record], item: Mapping[str, Any], **nested: object) -> Record:
    """The record of an item, with its `nested` records given.

    Attributes that this version of the code does not know are passed over: a newer one may have written them.
    """
    found = {field.name: _plain(item.get(field.name)) for field in fields(kind) if field.name in item or _needed(field)}
    return kind(**(found | nested))


def queried(query: Callable[[dict[str, Any]], Any]) -> Iterator[dict[str, Any]]:
    """Every item that a query finds, which is called once for each page with what says where to go on."""
    more: dict[str, Any] = {}
    while True:
        page = query(more)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def is_written(write: Callable[[], object]) -> bool:
    """Do a write that has a condition; False when the item was not as the condition wants it, and stays as it is."""
    try:
        write()
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def is_condition_failure(error: ClientError) -> bool:
    """Whether the item was not as the write's condition wants it."""
    return code_of(error) == "ConditionalCheckFailedException"


def item_in_the_way(error: ClientError) -> dict[str, Any]:
    """The item that failed a condition, of a write that asked for it with ReturnValuesOnConditionCheckFailure.

    The table resource translates answers into Python's types, but not what comes with an error.
    """
    response: Mapping[str, Any] = error.response
    return {name: TypeDeserializer().deserialize(value) for name, value in response["Item"].items()}


def _needed(field: Field[Any]) -> bool:
    """Whether the record cannot be made without it; one that is missing from the item was None."""
    return field.default is MISSING and field.default_factory is MISSING


def _stored(value: object) -> object:
    """DynamoDB takes Decimal where Python has float."""
    if isinstance(value, Mapping):
        return {name: _stored(each) for name, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_stored(each) for each in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
