from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.quarantines import Quarantines
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender, EndedRollback, Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.live_now import LiveFor
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.target import Target
from tests.unit.recorded_history import recorded_history

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-8"
OTHER = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-9"
BAD = "sha256:" + "c" * 64
AT = "2026-11-22T12:00:00.000Z"
STEP = {"weight": 50, "verdict": "healthy", "requests": 12345}
QUARANTINE = Quarantine("cowsay", BAD, AT, "errors went off", EXECUTION)
THEIRS = Contender(OTHER, "cowsay", "prod", AT, AT)


@pytest.fixture
def ledger(table: "Table") -> Ledger:
    return Ledger(table)


@pytest.fixture
def live(target: Target, release: Release) -> Live:
    before = LiveRevision("7", "sha256:" + "b" * 64, "2026-11-20T12:00:00.000Z", sequence=1)
    current = LiveRevision("8", release.digest, AT, release.tag, release.manifest_revision, EXECUTION)
    current = replace(current, sequence=2)
    return Live("cowsay", "prod", target, current, (before,), sequence=2)


@pytest.fixture
def entry(target: Target) -> HistoryEntry:
    return HistoryEntry("cowsay", AT, HistoryKind.DEPLOYMENT_COMPLETED, EXECUTION, "prod", target.id, {"revision": "8"})


@pytest.fixture
def record(ledger: Ledger) -> Callable[[Live], object]:
    """Record that a revision is live, as the execution that changed it does."""
    return lambda live: ledger.record_end(
        HistoryEntry(live.service, AT, HistoryKind.DEPLOYMENT_COMPLETED, EXECUTION, live.environment, live.target_id),
        live.target,
        0,
        live=live,
    )


def test_nothing_is_live_before_a_release(ledger: Ledger, target: Target) -> None:
    assert ledger.live("cowsay") == ()
    assert ledger.live_on("cowsay", "prod", target) is None


@pytest.mark.parametrize("evidence", [None, (), ({"weight": 10, "verdict": "healthy", "requests": 9},), (STEP, STEP)])
@pytest.mark.parametrize("configuration", [None, {"memory_mb": "512", "environment.LOG_LEVEL": "INFO"}])
def test_what_is_known_of_each_revision_is_read_as_it_was_written(
    ledger: Ledger,
    record: Callable[[Live], object],
    live: Live,
    configuration: dict[str, str] | None,
    evidence: tuple[dict[str, Any], ...] | None,
) -> None:
    known = replace(live.current, configuration=configuration, evidence=evidence, promotion_started_at=AT)
    written = replace(live, current=known, lineage=(known, *live.lineage))
    record(written)

    assert ledger.live_on("cowsay", "prod", live.target) == written
    assert ledger.live("cowsay") == (written,)


def test_a_record_from_before_configuration_and_evidence_were_kept_is_read(
    ledger: Ledger, table: "Table", record: Callable[[Live], object], live: Live
) -> None:
    record(live)
    item: dict[str, Any] = table.get_item(Key=keys.live("cowsay", "prod", live.target_id))["Item"]
    for revision in (item["current"], *item["lineage"]):
        assert revision.keys().isdisjoint({"configuration", "evidence", "promotion_started_at"})

    assert ledger.live("cowsay") == (live,)


def test_what_is_live_is_found_for_one_environment_or_all(
    ledger: Ledger, record: Callable[[Live], object], live: Live
) -> None:
    elsewhere = [
        replace(live, environment=each, target=replace(live.target, account=account))
        for each, account in (("staging", "333333333333"), ("production", "555555555555"))
    ]
    stranger = replace(live, service="fortune", target=replace(live.target, name="fortune/live"))
    for each in (live, *elsewhere, stranger):
        record(each)

    assert ledger.live("cowsay", "prod") == (live,)
    assert {each.environment for each in ledger.live("cowsay")} == {"prod", "production", "staging"}


def test_history_is_newest_first_and_keeps_its_facts(ledger: Ledger, table: "Table") -> None:
    facts = {"weight": 7.5, "step": 2, "reasons": ["too few"], "evidence": {"requests": 3}}
    entries = [
        HistoryEntry("cowsay", f"2026-11-22T12:0{minute}:00.000Z", HistoryKind.CANARY_JUDGED, EXECUTION, facts=facts)
        for minute in range(3)
    ]
    for entry in (entries[1], entries[0], entries[2], entries[0]):
        ledger.record(entry)

    assert recorded_history(table) == entries[::-1]
    assert recorded_history(table, "service#fortune") == []


def test_things_that_happen_at_once_are_all_kept(ledger: Ledger, table: "Table", entry: HistoryEntry) -> None:
    at_once = [
        entry,
        replace(entry, kind=HistoryKind.CANARY_JUDGED),
        replace(entry, execution=OTHER),
        replace(entry, target_id="333333333333/us-east-1/cowsay/live"),
        replace(entry, target_id=None),
    ]
    for each in at_once:
        ledger.record(each)

    assert len(recorded_history(table)) == len(at_once)


def test_what_is_live_is_read_beyond_the_first_page(
    ledger: Ledger, record: Callable[[Live], object], live: Live, target: Target
) -> None:
    large = replace(live.current, configuration={"environment.LARGE": "x" * 350_000})
    targets = [replace(target, name=f"cowsay-{number}/live") for number in range(4)]
    for each in targets:
        record(replace(live, target=each, current=large))

    assert [each.target for each in ledger.live("cowsay", "prod")] == targets


def test_an_execution_ends_with_its_history_what_is_live_the_quarantine_and_its_lease_in_one(
    ledger: Ledger, table: "Table", live: Live, entry: HistoryEntry, held: Lease
) -> None:
    lease = ledger.record_end(entry, live.target, held.fence, live=live, quarantine=QUARANTINE)

    assert ledger.live_on("cowsay", "prod", live.target) == live
    assert recorded_history(table) == [entry]
    assert Quarantines(table).get("cowsay", BAD) == QUARANTINE
    ended = replace(held, holder=None, revision=held.revision + 1, live_for=LiveFor("cowsay", "prod"))
    ended = replace(ended, live_now=live.in_short)
    assert lease == Leases(table).get(live.target) == ended


@pytest.mark.parametrize("next_one", [("fortune", "prod"), ("cowsay", "production")])
def test_a_target_that_passes_to_another_service_or_environment_is_not_live_for_the_one_before(
    ledger: Ledger, record: Callable[[Live], object], live: Live, next_one: tuple[str, str]
) -> None:
    record(live)
    service, environment = next_one
    passed = replace(live, service=service, environment=environment)
    record(passed)

    assert ledger.live_on("cowsay", "prod", live.target) is None
    assert ledger.live("cowsay", "prod") == ()
    assert ledger.live(service) == (passed,)


def test_a_target_that_passes_back_is_live_for_the_first_one_again(
    ledger: Ledger, record: Callable[[Live], object], live: Live
) -> None:
    for each in (live, replace(live, service="fortune"), live):
        record(each)

    assert ledger.live("cowsay") == (live,)
    assert ledger.live("fortune") == ()


def test_a_rollback_leaves_its_name_in_the_lease_and_no_other_end_takes_it_away(
    ledger: Ledger, entry: HistoryEntry, held: Lease
) -> None:
    rolled_back = replace(entry, kind=HistoryKind.ROLLED_BACK, execution=OTHER, facts={"revision": "7"})
    last = EndedRollback(OTHER, "7", AT)
    assert ledger.end(rolled_back, held.target, 0).last_rollback == last
    assert ledger.end(entry, held.target, held.fence).last_rollback == last


def test_an_end_that_changes_nothing_else_leaves_what_is_live_and_puts_nothing_into_quarantine(
    ledger: Ledger, table: "Table", entry: HistoryEntry, held: Lease
) -> None:
    ledger.record_end(entry, held.target, held.fence)

    assert ledger.live("cowsay") == ()
    assert Quarantines(table).last("cowsay", BAD) is None


def test_the_newest_contender_that_waits_gets_the_lease(
    ledger: Ledger, leases: Leases, deployment: Contender, entry: HistoryEntry, held: Lease
) -> None:
    waiting = tuple(
        replace(deployment, owner=f"arn:{minute}", started_at=f"2026-11-22T11:{minute}:00.000Z")
        for minute in (40, 59, 50)
    )
    for each in waiting:
        leases.change(held.target, lambda now, each=each: now.joined(each))  # type: ignore[misc]

    lease = ledger.record_end(entry, held.target, held.fence)

    assert lease == leases.get(held.target)
    assert lease.is_held_by("arn:59", held.fence + 1)
    assert lease.to_notify == waiting


def taken_over(lease: Lease) -> Lease:
    return lease.taken_over(THEIRS, RestorePoint("7", "sha256:" + "b" * 64))


def fenced_off(lease: Lease) -> Lease:
    return lease.fenced(EXECUTION)


def ended(lease: Lease) -> Lease:
    return lease.ended(EXECUTION)


@pytest.mark.parametrize("lose", [taken_over, fenced_off, ended])
def test_an_execution_that_lost_the_lease_records_nothing(
    table: "Table", live: Live, entry: HistoryEntry, held: Lease, lose: Callable[[Lease], Lease]
) -> None:
    ledger, leases = Ledger(table), Leases(table)
    lost = leases.change(live.target, lose)

    with pytest.raises(LeaseLostError, match=EXECUTION):
        ledger.record_end(entry, live.target, held.fence, live=live, quarantine=QUARANTINE)
    with pytest.raises(LeaseLostError, match=EXECUTION):
        ledger.record_as_holder(entry, live.target, held.fence)

    assert leases.get(live.target) == lost
    assert [item["pk"] for item in table.scan()["Items"]] == ["lease"]


def test_a_retry_after_everything_was_written_keeps_it_once_and_what_others_wrote_since(
    table: "Table", leases: Leases, live: Live, entry: HistoryEntry, held: Lease
) -> None:
    ledger = Ledger(table)
    ledger.record_end(entry, live.target, held.fence, live=live)
    newer = leases.change(live.target, lambda now: now.joined(THEIRS))
    newer_live = replace(live, current=replace(live.current, revision="9"))
    later = replace(entry, at="2026-11-22T13:00:00.000Z", execution=OTHER)
    freed = ledger.record_end(later, live.target, newer.fence, live=newer_live)

    assert ledger.record_end(entry, live.target, held.fence, live=live) == freed
    assert recorded_history(table) == [later, entry]
    assert ledger.live("cowsay") == (newer_live,)


def test_that_something_else_of_it_was_recorded_is_not_its_end(
    ledger: Ledger, table: "Table", leases: Leases, entry: HistoryEntry, held: Lease
) -> None:
    judged = replace(entry, kind=HistoryKind.CANARY_JUDGED)
    ledger.record_as_holder(judged, held.target, held.fence)
    leases.change(held.target, taken_over)

    with pytest.raises(LeaseLostError):
        ledger.record_end(entry, held.target, held.fence)

    assert recorded_history(table) == [judged]


def test_a_contender_that_failed_while_it_waited_leaves_the_line(
    ledger: Ledger, table: "Table", leases: Leases, entry: HistoryEntry, held: Lease
) -> None:
    leases.change(held.target, lambda now: now.joined(THEIRS))
    failed = replace(entry, kind=HistoryKind.DEPLOYMENT_FAILED, execution=OTHER)

    ledger.record_end(failed, held.target, 0)
    lease = ledger.record_end(failed, held.target, 0)

    assert lease == leases.get(held.target)
    assert replace(lease, revision=held.revision) == held
    assert recorded_history(table) == [failed]


def test_a_holder_that_was_never_notified_gives_the_lease_back(
    ledger: Ledger, entry: HistoryEntry, held: Lease
) -> None:
    assert ledger.record_end(entry, held.target, 0).holder is None


def test_an_execution_that_failed_before_it_asked_for_the_lease_is_in_the_history(
    ledger: Ledger, table: "Table", leases: Leases, target: Target, entry: HistoryEntry
) -> None:
    assert ledger.record_end(entry, target, 0) == leases.get(target)
    assert recorded_history(table) == [entry]


def test_what_happens_on_the_way_is_recorded_by_the_holder_and_kept_once(
    ledger: Ledger, table: "Table", leases: Leases, entry: HistoryEntry, held: Lease
) -> None:
    ledger.record_as_holder(entry, held.target, held.fence)
    ledger.record_as_holder(entry, held.target, held.fence)

    assert recorded_history(table) == [entry]
    assert leases.get(held.target) == held
