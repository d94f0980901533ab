"""The ledger's table in a dictionary: what moto does in milliseconds, for tests that make very many calls."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.handlers.suspended import suspend

Item = dict[str, Any]
_MADE_UP: Any = {}


class MemoryTable:
    """Knows just the requests and conditions that the handlers of deployments and rollbacks make."""

    name = "ledger"

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.watch: Callable[[Item], None] = lambda _: None
        calls = SimpleNamespace(
            transact_get_items=self.transact_get_items, transact_write_items=self.transact_write_items
        )
        self.meta = SimpleNamespace(client=calls)

    def get_item(self, Key: Item, ConsistentRead: bool) -> Item:  # noqa: N803 -- as boto3 has it
        assert ConsistentRead
        suspend(f"reading {Key['sk']}")
        found = self.items.get((Key["pk"], Key["sk"]))
        return {"Item": _kept(found)} if found else {}

    def query(self, KeyConditionExpression: Any, **options: Any) -> Item:  # noqa: N803
        suspend("a query")
        values = KeyConditionExpression.get_expression()["values"]
        at, *by = values if KeyConditionExpression.expression_operator == "AND" else [KeyConditionExpression]
        partition = at.get_expression()["values"][1]
        found = sorted(sk for pk, sk in self.items if pk == partition and all(_is_searched(each, sk) for each in by))
        ordered = found if options.get("ScanIndexForward", True) else found[::-1]
        page = [self.items[partition, sk] for sk in ordered[: options.get("Limit")]]
        wanted = options.get("FilterExpression")
        return {"Items": [_kept(item) for item in page if wanted is None or _holds_for(wanted, item)]}

    def put_item(self, **put: Any) -> None:
        suspend(f"writing {put['Item']['sk']}")
        if not self._holds(put, put["Item"]):
            raise ClientError(_MADE_UP | {"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self._write(put["Item"])

    def transact_get_items(self, TransactItems: list[Mapping[str, Any]]) -> Item:  # noqa: N803
        wanted = [each["Get"]["Key"] for each in TransactItems]
        suspend(f"reading {', '.join(key['sk'] for key in wanted)}")
        found = [self.items.get((key["pk"], key["sk"])) for key in wanted]
        return {"Responses": [{"Item": _kept(item)} if item else {} for item in found]}

    def transact_write_items(self, TransactItems: list[Mapping[str, Any]]) -> None:  # noqa: N803
        changes = [(kind, change) for each in TransactItems for kind, change in each.items()]
        suspend(f"writing {', '.join(change['Item']['sk'] for kind, change in changes if kind == 'Put')}")
        held = [self._holds(change, change.get("Item") or change["Key"]) for _, change in changes]
        if not all(held):
            reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in held]
            answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(_MADE_UP | answer, "TransactWriteItems")
        for kind, change in changes:
            if kind == "Put":
                self._write(change["Item"])
            elif kind == "Update":
                self._update(change)
            elif kind == "Delete":
                self.items.pop((change["Key"]["pk"], change["Key"]["sk"]), None)

    def _update(self, change: Mapping[str, Any]) -> None:
        """By an expression that sets attributes, and does nothing else."""
        at, names, values = change["Key"], change["ExpressionAttributeNames"], change["ExpressionAttributeValues"]
        parts = [each.split(" = ") for each in change["UpdateExpression"].removeprefix("SET ").split(", ")]
        found = self.items.get((at["pk"], at["sk"]), {})
        self._write({**found, **at, **{names.get(name, name): values[value] for name, value in parts}})

    def _write(self, item: Item) -> None:
        self.items[item["pk"], item["sk"]] = _kept(item)
        self.watch(item)

    def _holds(self, change: Mapping[str, Any], key: Item) -> bool:
        found = self.items.get((key["pk"], key["sk"]))
        values = change.get("ExpressionAttributeValues", {})
        condition = change.get("ConditionExpression")
        if not isinstance(condition, str | None):
            return _holds_for(condition, found or {})
        if condition and condition.startswith("attribute_not_exists(#wish) OR"):
            return "wish" not in (found or {})  # nobody steers a canary here
        holder = (found or {}).get("holder", {})
        kept: dict[str | None, Callable[[], bool]] = {
            None: lambda: True,
            "attribute_not_exists(pk)": lambda: found is None,
            "attribute_not_exists(released) AND #since = :since": lambda: (
                found is not None and "released" not in found and found["since"] == values[":since"]
            ),
            "revision = :before": lambda: found is not None and found["revision"] == values[":before"],
            "holder.#owner = :owner AND fence = :fence": lambda: (
                found is not None and (holder.get("owner"), found["fence"]) == (values[":owner"], values[":fence"])
            ),
        }
        return kept[condition]()


def _holds_for(condition: Any, item: Item) -> bool:
    operator, values = condition.expression_operator, condition.get_expression()["values"]
    if operator == "AND":
        return all(_holds_for(each, item) for each in values)
    if operator == "attribute_not_exists":
        return _value(item, values[0].name) is None
    assert operator == "=", operator
    return bool(_value(item, values[0].name) == values[1])


def _value(item: Item, path: str) -> Any:
    """What is at `facts.revision`; None when there is nothing."""
    found: Any = item
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _is_searched(condition: Any, key: str) -> bool:
    operator, (_, *values) = condition.expression_operator, condition.get_expression()["values"]
    assert operator == "begins_with", operator
    return key.startswith(values[0])


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _kept(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
