"""What grows with age: a service's history, and the leases of all targets that were ever changed."""

import copy
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD
from sandbox.stories.bench.counted import taken
from sandbox.stories.bench.released import add, release
from sandbox.stories.bench.rows import Count, Outcome, Row, Seconds

Json = dict[str, Any]
HISTORIES = (10, 1_000, 50_000)
LEASES = (10, 10_000)
_TAGS = ("1111111", "2222222", "3333333", "4444444")
_CALLS = 30
"""Of a rollback, whatever it is asked for."""
_PAGES = 5
_SECONDS = 2
_IN_A_BATCH, _AT_A_TIME = 25, 8
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


def histories(pipeline: Pipeline) -> list[Row]:
    """Roll back by version, digest and tag with histories of different lengths."""
    return [row for entries in HISTORIES for row in _rollbacks(pipeline, entries)]


def _rollbacks(pipeline: Pipeline, entries: int) -> Iterator[Row]:
    """Go back to old versions, each time to another one. Most entries lie between the first release and the second."""
    service = f"cowsay-history-{entries}"
    add(pipeline, service, traffic="AllAtOnce")
    digests, first = [], ""
    for tag in _TAGS:
        release(pipeline, service, tag)
        digests.append(pipeline.live(service)["prod"]["digest"])
        first = first or _newest_entry(pipeline, service)
    _grow(pipeline, f"service#{service}", entries, lambda item: item["sk"]["S"] == first, _after_the_first)
    wishes: tuple[tuple[str, Json, str], ...] = (
        ("version", {"version": "1"}, "1"),
        ("digest", {"digest": digests[1]}, "2"),
        ("tag", {"tag": _TAGS[2]}, "3"),
    )
    for by, wish, version in wishes:
        execution = pipeline.start("Rollback", {"service": service, "environment": "prod", **wish})
        pipeline.wait(execution, 300)
        ours = taken(pipeline, execution)
        what = f"a history of {entries:,}, rollback by {by}: "
        yield Outcome(f"{what}it is on version", str(pipeline.routing(PROD, service)["version"]), version)
        yield Count(f"{what}calls", ours.all_calls, _CALLS)
        yield Count(f"{what}pages of the ledger", ours.calls.get("Query", 0), _PAGES)
        yield Seconds(f"{what}after", ours.seconds, _SECONDS)


def _newest_entry(pipeline: Pipeline, service: str) -> str:
    keys = [item["sk"] for item in pipeline.ledger(f"service#{service}")]
    return str(max(key for key in keys if key.startswith("history#")))


def leases(pipeline: Pipeline) -> list[Row]:
    """Let RepairTarget look at all targets, of which none is left behind."""
    service = "cowsay-leased"
    add(pipeline, service, traffic="AllAtOnce")
    release(pipeline, service, _TAGS[0])
    pipeline.run("RepairTarget", {})  # the first run is cold
    return [row for number in LEASES for row in _looks(pipeline, service, number)]


def _looks(pipeline: Pipeline, service: str, number: int) -> Iterator[Row]:
    _grow(pipeline, "lease", number, lambda item: f"/{service}/" in item["sk"]["S"], _of_another_target)
    start, began = datetime.now(UTC), monotonic()
    pipeline.run("RepairTarget", {})
    seconds, calls = monotonic() - began, pipeline.calls_between(start, datetime.now(UTC))
    what = f"{number:,} leases, the repair looks at all: "
    yield Count(f"{what}calls", calls.total(), 8)
    yield Seconds(f"{what}after", seconds, 5)


def _grow(
    pipeline: Pipeline,
    partition: str,
    number: int,
    is_pattern: Callable[[Json], bool],
    changed: Callable[[Json, int], Json],
) -> None:
    """Copy a partition's own items in turn, each changed in its key, until there are so many copies."""
    table, dynamodb = pipeline.outputs["LedgerTableName"], pipeline.stand_in.client("dynamodb", ASSETS)
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": partition}},
        ConsistentRead=True,
    )["Items"]
    patterns = itertools.cycle([item for item in found if is_pattern(item)])
    copies = [changed(copy.deepcopy(next(patterns)), index) for index in range(number)]
    batches = [copies[first : first + _IN_A_BATCH] for first in range(0, number, _IN_A_BATCH)]

    def write(batch: list[Json]) -> None:
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": each}} for each in batch]})

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(write, batches))


def _after_the_first(item: Json, index: int) -> Json:
    """Return an entry a little later than the oldest one, so that everything else was recorded after it."""
    _, at, rest = item["sk"]["S"].split("#", 2)
    moment = (datetime.fromisoformat(at) + timedelta(microseconds=index + 1)).isoformat(timespec="microseconds")
    return item | {"sk": {"S": f"history#{moment}#{rest}"}, "at": {"S": moment}}


def _of_another_target(item: Json, index: int) -> Json:
    account, region, name, alias = item["sk"]["S"].split("/")
    other = f"{name}-{index}"
    item["target"]["M"]["name"] = {"S": f"{other}/{alias}"}
    return item | {"sk": {"S": f"{account}/{region}/{other}/{alias}"}}
