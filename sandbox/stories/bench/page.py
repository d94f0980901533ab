"""The status page of many services: how many calls it takes, how long the function works, how large it is.

DynamoDB is answered from memory, page by page as it would, so that the time is the function's own: reading the answers,
assembling the board, drawing it.
"""

import json
from collections.abc import Iterator
from time import process_time
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from gantry.aws import board_items, ledger_keys
from gantry.aws.clients import aws
from gantry.aws.ledger_items import to_item
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.listed_service import LastEnd, ListedEnvironment, ListedService
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live_now import LiveFor, LiveNow
from gantry.promotion.status_page.view import StatusView
from gantry.promotion.target import Target
from gantry.use_cases.operator.status_pages import show_board
from gantry.use_cases.services import Services
from sandbox.stories.bench.rows import Count, Row, Seconds

SERVICES = (3, 200)
_ENVIRONMENTS = ("dev", "staging", "prod")
_CALLS, _PAGES = 4, 5
"""Of a page, however many services there are; and with what DynamoDB returns in several pages."""
_TRIES = 3
_SECONDS, _BYTES = 0.3, 100_000
_PAGE_BYTES = 1_000_000
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
_AT, _DIGEST = "2026-11-23T10:40:00.000Z", "sha256:" + "9f86d081884c7d65" * 4
_BUSY_EVERY = 20
_SETTINGS = {f"environment.SETTING_{number}": "a value that is not short" for number in range(10)}


class MemoryLedger:
    """Answers the queries of a client from memory."""

    def __init__(self, services: int) -> None:
        self.calls, self.seconds = 0, 0.0
        self._partitions: dict[str, list[tuple[Any, int]]] = {}
        for number in range(services):
            for item in _items(f"team-{number // 10:02}/service-{number:03}", is_busy=number % _BUSY_EVERY == 0):
                stored = TypeSerializer().serialize(item)["M"]
                self._partitions.setdefault(item["pk"], []).append((stored, len(json.dumps(stored))))

    def answer(self, request: AWSPreparedRequest, **_: object) -> Any:  # noqa: ANN401 -- botocore's own
        """Answer a query as botocore is about to send it."""
        began = process_time()
        answer = self._answered(request)
        self.seconds += process_time() - began
        return answer

    def _answered(self, request: AWSPreparedRequest) -> AWSResponse:
        self.calls += 1
        asked: Any = json.loads(request.body or b"")  # type: ignore[arg-type]  # bytes here
        (partition, *_others) = [each["S"] for each in asked["ExpressionAttributeValues"].values()]
        items = self._partitions.get(partition, [])
        first, size = int(asked.get("ExclusiveStartKey", {}).get("sk", {"S": "0"})["S"]), 0
        page: list[Any] = []
        for item, length in items[first:]:
            size += length
            if size > _PAGE_BYTES:
                break
            page.append(_projected(item, asked))
        body: dict[str, Any] = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        if first + len(page) < len(items):
            body["LastEvaluatedKey"] = {"pk": {"S": partition}, "sk": {"S": str(first + len(page))}}
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(json.dumps(body).encode()))


def _projected(item: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a query wants of an item: all, or the attributes at these paths."""
    if "ProjectionExpression" not in asked:
        return item
    found: dict[str, Any] = {}
    for path in asked["ProjectionExpression"].split(", "):
        name, *nested = [asked["ExpressionAttributeNames"].get(each, each) for each in path.split(".")]
        if name in item and nested:
            found.setdefault(name, {"M": {}})["M"][nested[0]] = item[name]["M"][nested[0]]
        elif name in item:
            found[name] = item[name]
    return found


class _Raw:
    """A body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """Yield it at once."""
        yield self._body


def rows() -> list[Row]:
    """Show a board of few services and one of many."""
    return [row for number in SERVICES for row in _rows(number)]


def _rows(number: int) -> Iterator[Row]:
    calls, seconds, size = measured(number)
    what = f"the status page of {number} services ({3 * number} targets): "
    yield Count(f"{what}calls", calls, _CALLS if number == min(SERVICES) else _PAGES)
    yield Seconds(f"{what}the function works for", seconds, _SECONDS)
    yield Count(f"{what}bytes", size, _BYTES)


def measured(number: int) -> tuple[int, float, int]:
    """Return the calls, the seconds of a whole CPU and the bytes of a board, at best of some times after the first."""
    ledger, services = MemoryLedger(number), Services({"LEDGER_TABLE": "ledger"})
    aws().events.register("before-send.dynamodb.Query", ledger.answer)
    try:
        show_board(StatusView(), services)
        best = float("inf")
        for _ in range(_TRIES):
            ledger.calls, ledger.seconds, began = 0, 0.0, process_time()
            html = show_board(StatusView(), services).html
            best = min(best, process_time() - began - ledger.seconds)
        return ledger.calls, best, len(html.encode())
    finally:
        aws().events.unregister("before-send.dynamodb.Query", ledger.answer)


def _items(service: str, *, is_busy: bool) -> Iterator[dict[str, Any]]:
    targets = {each: _target(service, each) for each in _ENVIRONMENTS}
    listed = tuple(ListedEnvironment(name, (target.id,)) for name, target in targets.items())
    yield board_items.to_service_item(ListedService(service, listed, _AT))
    yield board_items.to_last_end_item(LastEnd(service, f"arn:{service}", _AT, _DIGEST, "4f0c2d1"))
    for name, target in targets.items():
        owner = f"arn:aws:states:eu-central-1:111111111111:execution:gantry-deployment:{service}-{name}"
        holder = Contender(owner, service, name, _AT, _AT) if is_busy else None
        live = LiveNow("41", _DIGEST, _AT, "4f0c2d1", "wTb1Jq8kUSXv9nQm2r7cPzHd4LgYxE0a")
        lease = Lease(target, 3, 9, holder, live_for=LiveFor(service, name), live_now=live)
        yield ledger_keys.lease(target.id) | to_item(lease)
        if is_busy:
            progress = CanaryProgress(service, name, target.id, owner, "41", "42", 1, 3, 10, "bake", _AT, _AT, _AT)
            yield board_items.to_canary_item(progress)


def _target(service: str, environment: str) -> Target:
    name = f"{service.replace('/', '-')}-{environment}"
    return Target("lambda", "444444444444", "eu-central-1", f"{name}/live", f"arn:{name}", _SETTINGS)
