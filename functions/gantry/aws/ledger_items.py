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
    """Return a record's attributes. None is left out, so that a condition can ask whether an attribute exists."""
    return {name: _stored(value) for name, value in asdict(record).items() if value is not None}


def to_record(record: type[Record], item: Mapping[str, Any], /, **nested: object) -> Record:
    """Return the record in an item. Its `nested` records are given.

    Unknown attributes are ignored: a newer version of the code may have written them.
    """
    found = {
        field.name: as_plain(item.get(field.name)) for field in fields(record) if field.name in item or _needed(field)
    }
    return record(**(found | nested))


def as_plain(value: Any) -> Any:  # noqa: ANN401 -- whatever an item holds
    """Return a value of an item with int and float instead of Decimal."""
    if isinstance(value, Mapping):
        return {name: as_plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def queried(query: Callable[[dict[str, Any]], Any]) -> Iterator[dict[str, Any]]:
    """Return every item of a query. The query is called once for each page, with the arguments for that page."""
    more: dict[str, Any] = {}
    while True:
        page = query(more)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def is_written(write: Callable[[], object]) -> bool:
    """Write on a condition; return False when the item did not meet it and stays as it is."""
    try:
        write()
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def item_instead(write: Callable[[], object]) -> dict[str, Any] | None:
    """Write on a condition; return None, or the item that did not meet it and stays as it is.

    The write must set ReturnValuesOnConditionCheckFailure.
    """
    try:
        write()
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return item_in_the_way(error)
    return None


def is_condition_failure(error: ClientError) -> bool:
    """Whether the item did not meet the write's condition."""
    return code_of(error) == "ConditionalCheckFailedException"


def why_cancelled(error: ClientError) -> set[str]:
    """Return the codes of what refused a transaction; none when the error is another one.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    if code_of(error) != "TransactionCanceledException":
        return set()
    response: Mapping[str, Any] = error.response
    return {str(reason.get("Code")) for reason in response["CancellationReasons"]}


def item_in_the_way(error: ClientError) -> dict[str, Any]:
    """Return the item that failed a condition. The write must have set ReturnValuesOnConditionCheckFailure.

    The table resource translates responses into Python's types, but not errors.
    """
    response: Mapping[str, Any] = error.response
    return {name: TypeDeserializer().deserialize(value) for name, value in response["Item"].items()}


def _needed(field: Field[Any]) -> bool:
    """Whether the record needs this field. When the item does not have it, the field was None."""
    return field.default is MISSING and field.default_factory is MISSING


def _stored(value: object) -> object:
    """Return a value as DynamoDB takes it: Decimal instead of float."""
    if isinstance(value, Mapping):
        return {name: _stored(each) for name, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_stored(each) for each in value]
    return Decimal(str(value)) if isinstance(value, float) else value
