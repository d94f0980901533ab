"""The ledger's table, in Python's types."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.transform import TransformationInjector, copy_dynamodb_params

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class LedgerTable:
    """Does what the adapters of the ledger need of boto3's table resource, which takes longer to be made.

    It has boto3's own translation of values and conditions:
    https://docs.aws.amazon.com/boto3/latest/reference/customizations/dynamodb.html

    Args:
        client: of DynamoDB, for this table only; from now on it takes and returns Python's types.
        name: the table's.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.name = name
        self.meta = SimpleNamespace(client=client)
        self._client = client
        translate, events = TransformationInjector(), client.meta.events
        events.register_last("provide-client-params.dynamodb", copy_dynamodb_params)
        events.register_last("before-parameter-build.dynamodb", translate.inject_condition_expressions)
        events.register_last("before-parameter-build.dynamodb", translate.inject_attribute_value_input)
        events.register_last("after-call.dynamodb", translate.inject_attribute_value_output)

    def get_item(self, **request: Any) -> Any:  # noqa: ANN401 -- as boto3 has it
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html ."""
        return self._client.get_item(TableName=self.name, **request)

    def query(self, **request: Any) -> Any:  # noqa: ANN401 -- as boto3 has it
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html ."""
        return self._client.query(TableName=self.name, **request)

    def put_item(self, **request: Any) -> Any:  # noqa: ANN401 -- as boto3 has it
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html ."""
        return self._client.put_item(TableName=self.name, **request)

    def update_item(self, **request: Any) -> Any:  # noqa: ANN401 -- as boto3 has it
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html ."""
        return self._client.update_item(TableName=self.name, **request)

    def delete_item(self, **request: Any) -> Any:  # noqa: ANN401 -- as boto3 has it
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html ."""
        return self._client.delete_item(TableName=self.name, **request)
