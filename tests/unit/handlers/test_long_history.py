"""However much has happened to a service, no rollback and no push reads more of the ledger for it."""

from typing import TYPE_CHECKING, Any

import pytest
from boto3.dynamodb.conditions import ConditionBase, Key

from gantry.aws.deployed_revisions import HISTORY_PAGES
from gantry.aws.ledger_items import queried
from gantry.handlers import entry
from gantry.promotion.errors import InvalidRequestError, NoPreviousRevisionError
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.services import Services
from tests.unit.handlers.ledger_pages import LedgerPages
from tests.unit.handlers.long_history import PER_PAGE, LongHistory
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import DIGEST, ENTERED_AT, ROLLBACK, STATES, TARGET
from tests.unit.handlers.pushes import push, resolve_push
from tests.unit.handlers.records import (
    digest_of,
    live,
    record_deployed,
    record_deployed_by_an_older_version,
    record_live,
)
from tests.unit.handlers.rollbacks import restore, routes
from tests.unit.handlers.workloads import Workloads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

LENGTH = 50_000
DEV = LambdaTarget("2" * 12, "us-east-1", "cowsay", "live").as_target()
LINEAGE = tuple(range(40, 23, -1))
"""What is live, and 16 revisions before it."""
FIRST, SECOND, THIRD = (f"{STATES}:gantry-promotion:push-{number}" for number in (1, 2, 3))


@pytest.fixture
def table(ledger: "Table", services: Services, workloads: Workloads) -> LongHistory:
    """Much more has happened than the lineage has of it."""
    long = LongHistory(ledger, LENGTH)
    for name in [name for name, adapter in vars(services).items() if hasattr(adapter, "_table")]:
        del vars(services)[name]
    vars(services)["_table"] = long
    record_deployed(*range(1, 41))
    record_live(live(*LINEAGE))
    routes(workloads, LINEAGE[0])
    workloads.executions.running.add(ROLLBACK)
    return long


@pytest.mark.parametrize(
    ("wanted", "revision", "pages"),
    [
        ({}, 39, 1),
        ({"version": "30"}, 30, 1),
        ({"version": "3"}, 3, 1),
        ({"digest": digest_of(3)}, 3, 2),
        ({"tag": "tag3"}, 3, 2),
    ],
    ids=["the one before", "one of the lineage", "a version", "a digest", "a tag"],
)
def test_a_rollback_reads_what_is_live_and_what_has_the_name_that_the_person_gave(
    workloads: Workloads, table: LongHistory, wanted: dict[str, Any], revision: int, pages: int
) -> None:
    restore(**wanted)
    assert workloads.alias(TARGET).current == Routing(str(revision))
    assert (table.pages, table.scanned) == (pages, pages)


@pytest.mark.parametrize(
    ("wanted", "error", "pages"),
    [
        ({"version": "99"}, InvalidRequestError, 1),
        ({"digest": digest_of(99)}, NoPreviousRevisionError, 2),
        ({"tag": "tag99"}, NoPreviousRevisionError, 2),
    ],
    ids=["a version", "a digest", "a tag"],
)
def test_a_rollback_that_does_not_find_a_name_searches_no_more_than_the_newest_pages_of_the_history(
    table: LongHistory, wanted: dict[str, Any], error: type[Exception], pages: int
) -> None:
    with pytest.raises(error):
        restore(**wanted)
    assert (table.pages, table.scanned) == (pages + HISTORY_PAGES, 1 + HISTORY_PAGES * PER_PAGE)


@pytest.fixture
def claimed(table: LongHistory, workloads: Workloads, bucket: None, told: object) -> None:
    """Two releases were pushed one after the other. The first one is live, and the promotion of the second one runs."""
    current = LiveRevision("41", DIGEST, ENTERED_AT, manifest_revision=upload())
    record_live(*(Live("cowsay", name, target, current) for name, target in (("dev", DEV), ("prod", TARGET))))
    for tag, digest, execution in (("aaaaaaa", DIGEST, FIRST), ("bbbbbbb", digest_of(9), SECOND)):
        assert promote(workloads, tag, digest, execution) == "promote"
    workloads.executions.running.add(SECOND)
    table.pages = table.scanned = 0


def promote(workloads: Workloads, tag: str, digest: str, execution: str) -> str:
    workloads.images.push("cowsay", tag, digest)
    return str(resolve_push(push(tag, digest), execution)["outcome"])


@pytest.mark.usefixtures("claimed")
def test_a_push_of_a_release_that_is_carried_already_reads_one_item(workloads: Workloads, table: LongHistory) -> None:
    assert promote(workloads, "ccccccc", digest_of(9), THIRD) == "ignored"
    assert table.pages == 0


@pytest.mark.usefixtures("claimed")
def test_a_push_of_a_live_release_reads_what_is_live_and_what_runs(workloads: Workloads, table: LongHistory) -> None:
    """And the live ones once more, to compare the safeguards."""
    assert promote(workloads, "ccccccc", DIGEST, THIRD) == "promote"
    live_ones, running = 2, 2
    assert (table.pages, table.scanned) == (3, live_ones + running + live_ones)


PARTITION = Key("pk").eq("service#cowsay")


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("condition", [PARTITION, PARTITION & Key("sk").begins_with("history#")])
def test_a_handler_that_reads_the_history_does_not_go_unnoticed(pages: LedgerPages, condition: ConditionBase) -> None:
    record_deployed_by_an_older_version(3)
    entry.services().ledger._table.query(KeyConditionExpression=condition)
    assert pages.of_history
    pages.clear()


@pytest.mark.parametrize("condition", [PARTITION, PARTITION & Key("sk").between("history#2026", "history#~")])
def test_who_reads_the_history_is_seen_to_read_all_of_it(table: LongHistory, condition: ConditionBase) -> None:
    """Otherwise the tests above would prove nothing."""
    found = queried(lambda more: table.query(KeyConditionExpression=condition, ConsistentRead=True, **more))
    assert sum(1 for _ in found) == table.scanned == LENGTH
    assert table.pages == LENGTH // PER_PAGE
