from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws.deployed_revisions import HISTORY_PAGES, DeployedRevisions
from gantry.aws.ledger import Ledger
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import LINEAGE_LENGTH, Live, LiveRevision
from gantry.promotion.rollback_request import RollbackRequest
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

COMPLETED = HistoryKind.DEPLOYMENT_COMPLETED


def at(number: int) -> str:
    return f"2026-11-22T12:{number:02}:00.000Z"


def digest_of(number: int) -> str:
    return f"sha256:{number:064x}"


class Deployments:
    """What executions make live on targets, one after the other."""

    def __init__(self, table: "Table", target: Target) -> None:
        self._ledger, self._deployed = Ledger(table), DeployedRevisions(table)
        self._target = target

    def live(self, revision: LiveRevision, service: str = "cowsay") -> Live:
        return Live.first(service, "prod", self._target, revision)

    def deploy(
        self,
        number: int,
        digest: int = 1,
        tag: str | None = "v1",
        kind: HistoryKind = COMPLETED,
        service: str = "cowsay",
    ) -> LiveRevision:
        execution = f"arn:{number}"
        revision = LiveRevision(str(number), digest_of(digest), at(number), tag, f"r{number}", execution)
        live = self.live(replace(revision, configuration={"memory_mb": "512"}, evidence=()), service)
        entry = HistoryEntry(service, at(number), kind, execution, "prod", self._target.id, {"revision": str(number)})
        self._ledger.record_end(entry, self._target, 0, live=live)
        return replace(revision, sequence=1)

    def named(self, **wish: Any) -> tuple[LiveRevision, ...]:
        live = self.live(LiveRevision("99", digest_of(99), at(59)))
        return self._deployed.named(live, RollbackRequest(**wish))


@pytest.fixture
def there(table: "Table", target: Target) -> Deployments:
    return Deployments(table, target)


@pytest.fixture
def elsewhere(table: "Table", target: Target) -> Deployments:
    return Deployments(table, replace(target, name="cowsay/live2"))


def test_a_deployed_revision_is_found_by_its_name_its_digest_and_its_tag_without_its_settings(
    there: Deployments,
) -> None:
    deployed = there.deploy(7)
    there.deploy(8, digest=2, tag="v2")
    assert there.named(revision="7") == there.named(digest=digest_of(1)) == there.named(tag="v1") == (deployed,)


@pytest.mark.parametrize("wish", [{"revision": "8"}, {"digest": digest_of(2)}, {"tag": "v2"}, {"tag": "v"}])
def test_nothing_is_found_by_another_name(there: Deployments, wish: dict[str, str]) -> None:
    there.deploy(7)
    assert there.named(**wish) == ()


def test_one_without_a_tag_is_found_by_its_digest(there: Deployments) -> None:
    deployed = there.deploy(7, tag=None)
    assert there.named(digest=digest_of(1)) == (deployed,)


@pytest.mark.parametrize("wish", [{"digest": digest_of(1)}, {"tag": "v1"}])
def test_of_several_the_newest_come_first_and_no_more_than_the_lineage_has(
    there: Deployments, wish: dict[str, str]
) -> None:
    deployed = [there.deploy(number) for number in range(1, LINEAGE_LENGTH + 4)]
    assert there.named(**wish) == tuple(reversed(deployed[3:]))


def test_of_a_tag_and_a_digest_the_tag_is_searched_however_often_the_digest_was_deployed_since(
    there: Deployments,
) -> None:
    deployed = there.deploy(1, tag="v1")
    for number in range(2, LINEAGE_LENGTH + 3):
        there.deploy(number, tag="v2")
    assert there.named(digest=digest_of(1), tag="v1") == (deployed,)


def test_of_a_tag_and_a_digest_both_have_to_fit(there: Deployments) -> None:
    there.deploy(7)
    assert there.named(digest=digest_of(2), tag="v1") == ()


class PagedTable:
    """A history of which only some pages have what is searched."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self._pages = pages
        self.read: list[int] = []

    def query(self, ExclusiveStartKey: int = 0, **search: Any) -> dict[str, Any]:  # noqa: N803 -- as boto3 has it
        assert search["ScanIndexForward"] is False
        self.read.append(ExclusiveStartKey)
        more = {"LastEvaluatedKey": ExclusiveStartKey + 1} if ExclusiveStartKey + 1 < len(self._pages) else {}
        return {"Items": self._pages[ExclusiveStartKey]} | more


def entries(*numbers: int) -> list[dict[str, Any]]:
    return [
        {"at": at(each), "execution": f"arn:{each}", "facts": {"revision": str(each), "digest": digest_of(1)}}
        for each in numbers
    ]


@pytest.mark.parametrize(
    ("pages", "revision", "read"),
    [
        ([[], entries(5, 4), entries(3)], "5", 2),
        ([[], [], []], None, 3),
        ([*([[]] * HISTORY_PAGES), entries(1)], None, HISTORY_PAGES),
    ],
    ids=["until one is found", "to its end", "no further than its bound"],
)
def test_the_history_is_searched_page_by_page(
    target: Target, pages: list[list[dict[str, Any]]], revision: str | None, read: int
) -> None:
    table: Any = PagedTable(*pages)
    live = Live.first("cowsay", "prod", target, LiveRevision("99", digest_of(99), at(59)))
    found = DeployedRevisions(table).named_in_history(live, RollbackRequest(digest=digest_of(1)))
    assert (found and found.revision) == revision
    assert table.read == list(range(read))


@pytest.mark.parametrize("version", ["3sL4kqtJlcpXroDTDmJ", None], ids=["an object's", "none, as long ago"])
def test_the_history_knows_which_version_of_an_object_it_was(target: Target, version: str | None) -> None:
    (happened,) = entries(5)
    table: Any = PagedTable(
        [happened | {"facts": happened["facts"] | ({"artifact_version": version} if version else {})}]
    )
    live = Live.first("cowsay", "prod", target, LiveRevision("99", digest_of(99), at(59)))
    found = DeployedRevisions(table).named_in_history(live, RollbackRequest(digest=digest_of(1)))
    assert found
    assert found.artifact_version == version


def test_what_was_deployed_to_another_target_is_not_found(there: Deployments, elsewhere: Deployments) -> None:
    elsewhere.deploy(7)
    assert [there.named(revision="7"), there.named(digest=digest_of(1)), there.named(tag="v1")] == [()] * 3


def test_what_another_service_deployed_to_the_target_is_not_found_and_ones_own_is_found_again(
    there: Deployments,
) -> None:
    deployed = there.deploy(7)
    there.deploy(8, service="fortune")
    assert there.named(digest=digest_of(1)) == (deployed,)


def test_a_revision_that_is_deployed_again_is_found_once(there: Deployments) -> None:
    there.deploy(7)
    deployed = there.deploy(7)
    assert there.named(revision="7") == there.named(digest=digest_of(1)) == there.named(tag="v1") == (deployed,)


def test_what_a_rollback_restores_is_not_deployed_by_it(there: Deployments) -> None:
    """Otherwise the newest deployment of a digest would come after one that people went back to."""
    there.deploy(7, kind=HistoryKind.ROLLED_BACK)
    assert there.named(revision="7") == there.named(digest=digest_of(1)) == ()


def test_what_somebody_else_made_live_is_not_deployed(there: Deployments, table: "Table", target: Target) -> None:
    found = there.live(LiveRevision("6", digest_of(1), at(6)))
    repaired = HistoryEntry("cowsay", at(6), HistoryKind.DEPLOYMENT_REPAIRED, "arn:one", "prod", target.id)
    Ledger(table).record_end(repaired, target, 0, live=found)
    assert there.named(revision="6") == there.named(digest=digest_of(1)) == ()
