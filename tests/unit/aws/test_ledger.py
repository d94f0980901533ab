import json
import string
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.leases import Leases
from aws.ledger import Ledger
from aws.quarantines import Quarantines
from promotion.configuration import Configuration
from promotion.difference import settings
from promotion.errors import LeaseLostError
from promotion.lease import Lease
from promotion.ledger import EVIDENCE_LENGTH, LINEAGE_LENGTH, HistoryEntry, Live, LiveVersion, Quarantine
from promotion.manifest.rules import LARGEST_ENVIRONMENT
from promotion.release import Release
from promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-8"
OTHER = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-9"
BAD = "sha256:" + "c" * 64
AT = "2026-11-22T12:00:00.000Z"
STEP = {"weight": 50, "verdict": "healthy", "invocations": 12345}
LARGEST_ITEM = 400_000


@pytest.fixture
def ledger(table: "Table") -> Ledger:
    return Ledger(table)


@pytest.fixture
def leases(table: "Table") -> Leases:
    return Leases(table)


@pytest.fixture
def live(target: Target, release: Release) -> Live:
    before = LiveVersion("7", "sha256:" + "b" * 64, "2026-11-20T12:00:00.000Z")
    current = LiveVersion("8", release.image_digest, AT, release.tag, release.manifest_revision, EXECUTION)
    return Live("cowsay", "prod", target, current, (before,))


@pytest.fixture
def entry(target: Target) -> HistoryEntry:
    return HistoryEntry("cowsay", AT, "deployment_completed", EXECUTION, "prod", target.id, {"version": "8"})


@pytest.fixture
def lease(target: Target, release: Release) -> Lease:
    return Lease(target.id, EXECUTION, "prod", release, AT)


def test_nothing_is_live_before_a_release(ledger: Ledger, target: Target) -> None:
    assert ledger.live("cowsay") == ()
    assert ledger.live_on("cowsay", "prod", target) is None


def test_a_release_makes_its_version_live_and_ends_the_lease(
    ledger: Ledger, leases: Leases, live: Live, entry: HistoryEntry, lease: Lease
) -> None:
    leases.acquire(lease)

    ledger.record_release(live, entry, EXECUTION)

    assert ledger.live_on("cowsay", "prod", live.target) == live
    assert ledger.history("cowsay") == [entry]
    assert leases.held(live.target.id) is None


@pytest.mark.parametrize(
    "evidence", [None, (), ({"weight": 10, "verdict": "healthy", "invocations": 9},), (STEP, STEP)]
)
@pytest.mark.parametrize("configuration", [None, {"memory_mb": "512", "environment.LOG_LEVEL": "INFO"}])
def test_what_is_known_of_each_version_is_read_as_it_was_written(
    ledger: Ledger, live: Live, configuration: dict[str, str] | None, evidence: tuple[dict[str, Any], ...] | None
) -> None:
    known = replace(live.current, configuration=configuration, evidence=evidence)
    written = replace(live, current=known, lineage=(known, *live.lineage))
    ledger.record_rollback([written], [], None, [])

    assert ledger.live_on("cowsay", "prod", live.target) == written
    assert ledger.live("cowsay") == (written,)


def test_a_record_from_before_configuration_and_evidence_were_kept_is_read(
    ledger: Ledger, table: "Table", live: Live
) -> None:
    ledger.record_rollback([live], [], None, [])
    item: dict[str, Any] = table.scan()["Items"][0]
    for version in (item["current"], *item["lineage"]):
        assert version.keys().isdisjoint({"configuration", "evidence"})

    assert ledger.live("cowsay") == (live,)


def size(value: object) -> int:
    """Bytes in an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html."""
    if isinstance(value, Mapping):
        return 3 + sum(len(key.encode()) + size(each) + 1 for key, each in value.items())
    if isinstance(value, list):
        return 3 + sum(size(each) + 1 for each in value)
    text = str(value)
    return len(text.encode()) if isinstance(value, str) else len(text) // 2 + 2


def largest_variables() -> dict[str, str]:
    """The largest as shown: as many as Lambda takes, each with the shortest name and value that are masked."""
    letters = string.ascii_letters
    names = [f"{word}{each}" for word in ("pwd", "Pwd", "PWD") for each in letters]
    names += [f"{each}{word}" for word in ("pwd", "Pwd", "PWD") for each in letters]
    names += [f"{each}PWd" for each in string.ascii_uppercase] + [f"PWd{each}" for each in letters]
    found: dict[str, str] = {}
    for name in names:
        found[name] = "x"
        if len(json.dumps(found, separators=(",", ":"))) > LARGEST_ENVIRONMENT:
            del found[name]
            return found
    raise AssertionError("there is room for more")


def test_a_whole_lineage_fits_into_one_item_even_if_every_version_is_as_large_as_it_can_be(
    ledger: Ledger, table: "Table", live: Live
) -> None:
    role = f"arn:aws:iam::444444444444:role/{'p' * 510}/{'r' * 64}"
    shown = settings(Configuration(10240, 900, 10240, largest_variables(), ["\N{COW}" * 1000], role))
    assert all(value.startswith("••••••") for key, value in shown.items() if key.startswith("environment."))
    step = {"weight": 99, "verdict": "healthy", "invocations": 123_456_789_012}
    large = replace(
        live.current,
        tag="t" * 128,
        manifest_revision="L4kqtJlcpXroDTDmJ2rmSpXd3dIbrHY",
        execution=f"{EXECUTION:r<256}",
        configuration=shown,
        evidence=(step,) * EVIDENCE_LENGTH,
    )
    ledger.record_rollback([replace(live, current=large, lineage=(large,) * LINEAGE_LENGTH)], [], None, [])

    (item,) = table.scan()["Items"]
    assert size(item) < LARGEST_ITEM


def test_a_release_recorded_by_a_retry_is_recorded_once(
    ledger: Ledger, leases: Leases, live: Live, entry: HistoryEntry, lease: Lease
) -> None:
    leases.acquire(lease)
    ledger.record_release(live, entry, EXECUTION)

    ledger.record_release(live, entry, EXECUTION)

    assert ledger.history("cowsay") == [entry]


def test_without_the_lease_a_release_is_not_recorded(ledger: Ledger, live: Live, entry: HistoryEntry) -> None:
    with pytest.raises(LeaseLostError, match=EXECUTION):
        ledger.record_release(live, entry, EXECUTION)

    assert ledger.live("cowsay") == ()
    assert ledger.history("cowsay") == []


def test_with_somebody_elses_lease_a_release_is_not_recorded(
    ledger: Ledger, leases: Leases, live: Live, entry: HistoryEntry, lease: Lease
) -> None:
    theirs = replace(lease, owner=OTHER)
    leases.acquire(theirs)

    with pytest.raises(LeaseLostError, match=EXECUTION):
        ledger.record_release(live, entry, EXECUTION)

    assert ledger.live("cowsay") == ()
    assert leases.held(live.target.id) == theirs


def test_a_conflicting_transaction_only_needs_another_try(
    ledger: Ledger, table: "Table", stubbed: Callable[[Any], Stubber], live: Live, entry: HistoryEntry
) -> None:
    reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}
    answers = stubbed(table.meta.client)
    answers.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=reasons)
    answers.add_client_error("transact_write_items", "ThrottlingException")

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        ledger.record_release(live, entry, EXECUTION)
    with pytest.raises(ClientError, match="ThrottlingException"):
        ledger.record_release(live, entry, EXECUTION)


def test_what_is_live_is_told_for_one_environment_or_all(ledger: Ledger, live: Live) -> None:
    staging = replace(live, environment="staging")
    production = replace(live, environment="production")
    other = replace(live, service="fortune")
    ledger.record_rollback([live, staging, production, other], [], None, [])

    assert ledger.live("cowsay", "prod") == (live,)
    assert {each.environment for each in ledger.live("cowsay")} == {"prod", "production", "staging"}


def test_history_is_newest_first_and_keeps_its_facts(ledger: Ledger) -> None:
    facts = {"weight": 7.5, "step": 2, "reasons": ["too few"], "evidence": {"invocations": 3}}
    entries = [
        HistoryEntry("cowsay", f"2026-11-22T12:0{minute}:00.000Z", "canary_judged", EXECUTION, facts=facts)
        for minute in range(3)
    ]
    for entry in (entries[1], entries[0], entries[2], entries[0]):
        ledger.record(entry)

    assert ledger.history("cowsay") == entries[::-1]
    assert ledger.history("fortune") == []


def test_things_that_happen_at_once_are_all_kept(ledger: Ledger, entry: HistoryEntry) -> None:
    at_once = [
        entry,
        replace(entry, kind="canary_judged"),
        replace(entry, execution=OTHER),
        replace(entry, target_id="333333333333/us-east-1/cowsay/live"),
        replace(entry, target_id=None),
    ]
    for each in at_once:
        ledger.record(each)

    assert len(ledger.history("cowsay")) == len(at_once)


def test_history_is_read_beyond_the_first_page(ledger: Ledger) -> None:
    for minute in range(4):
        at = f"2026-11-22T12:0{minute}:00.000Z"
        ledger.record(HistoryEntry("cowsay", at, "deployment_failed", EXECUTION, facts={"cause": "x" * 350_000}))

    assert [each.at[14:16] for each in ledger.history("cowsay")] == ["03", "02", "01", "00"]


def test_a_failure_is_recorded_quarantined_and_ends_the_lease(
    ledger: Ledger, leases: Leases, table: "Table", live: Live, lease: Lease
) -> None:
    quarantine = Quarantine("cowsay", BAD, AT, "errors went off", EXECUTION)
    failed = HistoryEntry("cowsay", AT, "deployment_rolled_back", EXECUTION, "prod", live.target.id)
    leases.acquire(lease)

    ledger.record_failure(failed, live.target, EXECUTION, quarantine)

    assert ledger.history("cowsay") == [failed]
    assert Quarantines(table).get("cowsay", BAD) == quarantine
    assert leases.held(live.target.id) is None


def test_a_failure_may_be_recorded_again_and_without_a_quarantine(
    ledger: Ledger, leases: Leases, entry: HistoryEntry, lease: Lease, target: Target
) -> None:
    leases.acquire(lease)

    ledger.record_failure(entry, target, EXECUTION, None)
    ledger.record_failure(entry, target, EXECUTION, None)

    assert ledger.history("cowsay") == [entry]


def test_a_failure_leaves_the_lease_to_who_has_it_by_now(
    ledger: Ledger, leases: Leases, entry: HistoryEntry, lease: Lease, target: Target
) -> None:
    theirs = replace(lease, owner=OTHER)
    leases.acquire(theirs)

    ledger.record_failure(entry, target, EXECUTION, None)

    assert ledger.history("cowsay") == [entry]
    assert leases.held(target.id) == theirs


def test_a_rollback_is_recorded_as_a_whole_and_frees_what_was_stopped(
    ledger: Ledger, leases: Leases, table: "Table", live: Live, lease: Lease
) -> None:
    quarantine = Quarantine("cowsay", BAD, AT, "rolled back by hand", EXECUTION)
    leases.acquire(lease)
    restored = live.after_rollback(live.lineage[0])
    rolled_back = HistoryEntry("cowsay", AT, "rolled_back", EXECUTION, "prod", live.target.id, {"stopped": [EXECUTION]})

    ledger.record_rollback([restored], [rolled_back], quarantine, [lease])

    assert ledger.live("cowsay") == (restored,)
    assert ledger.history("cowsay") == [rolled_back]
    assert Quarantines(table).get("cowsay", BAD) == quarantine
    assert leases.held(live.target.id) is None


def test_a_rollback_of_more_than_one_transaction_holds_is_recorded_all_the_same(
    ledger: Ledger, live: Live, target: Target
) -> None:
    targets = [replace(target, function=f"cowsay-{number}") for number in range(101)]

    ledger.record_rollback([replace(live, target=each) for each in targets], [], None, [])

    assert len(ledger.live("cowsay", "prod")) == 101


def test_an_unknown_error_while_freeing_a_lease_escapes(
    ledger: Ledger, table: "Table", stubbed: Callable[[Any], Stubber], entry: HistoryEntry, target: Target
) -> None:
    answers = stubbed(table.meta.client)
    answers.add_response("transact_write_items", {})
    answers.add_client_error("delete_item", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        ledger.record_failure(entry, target, EXECUTION, None)


def test_the_environment_names_the_table(table: "Table", live: Live) -> None:
    Ledger(table).record_rollback([live], [], None, [])

    assert Ledger.from_env().live("cowsay") == (live,)
