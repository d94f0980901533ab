"""The ledger's table with a very long history, which moto would take minutes to read."""

from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING, Any

from gantry.aws import ledger_keys as keys
from gantry.promotion.history import HistoryEntry, HistoryKind
from tests.unit.handlers.payloads import STATES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PER_PAGE = 1000
"""A page has 1 MB, and many an entry has a kilobyte:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
_LAST = "\U0010ffff"


@cache
def _sort_keys(length: int) -> list[str]:
    kinds = list(HistoryKind)[:3]
    moments = (f"2026-11-{1 + number % 20:02}T12:00:00.{number:05}Z" for number in range(length))
    execution = f"{STATES}:gantry-promotion:push-one"
    entries = (HistoryEntry("cowsay", at, kinds[number % 3], execution) for number, at in enumerate(moments))
    return sorted(keys.history(each)["sk"] for each in entries)


class LongHistory:
    """Moto's table, and a history of cowsay beside what is in there. Counts the pages and items that are read."""

    def __init__(self, table: "Table", length: int) -> None:
        self._table = table
        self._history = _sort_keys(length)
        self.pages = 0
        self.scanned = 0

    def query(self, **query: Any) -> dict[str, Any]:
        """A query that the history has something for gets that, page by page. Every other one goes to moto."""
        self.pages += 1
        partition, first, last = _asked(query["KeyConditionExpression"])
        reached = self._history[bisect_left(self._history, first) : bisect_left(self._history, last)]
        if partition != keys.service_partition("cowsay") or not reached:
            answer: Any = self._table.query(**query)
            self.scanned += answer["ScannedCount"]
            return dict(answer)
        ordered = reached if query.get("ScanIndexForward", True) else reached[::-1]
        start = ordered.index(query["ExclusiveStartKey"]["sk"]) + 1 if "ExclusiveStartKey" in query else 0
        page = [{"pk": partition, "sk": each} for each in ordered[start : start + PER_PAGE][: query.get("Limit")]]
        self.scanned += len(page)
        is_last = page[-1]["sk"] == ordered[-1]
        kept = [] if "FilterExpression" in query else page  # nothing was deployed
        return {"Items": kept} | ({} if is_last else {"LastEvaluatedKey": page[-1]})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def _asked(condition: Any) -> tuple[str, str, str]:
    """The partition that a query is for, and between which sort keys."""
    values = condition.get_expression()["values"]
    if condition.expression_operator == "=":
        return values[1], "", _LAST
    at, by = (each.get_expression()["values"] for each in values)
    if values[1].expression_operator == "begins_with":
        return at[1], by[1], by[1] + _LAST
    assert values[1].expression_operator == "BETWEEN"
    return at[1], by[1], by[2] + _LAST
