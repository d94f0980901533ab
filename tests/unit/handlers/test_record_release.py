from dataclasses import replace
from typing import Any

import pytest

from aws.leases import Leases
from aws.ledger import Ledger
from handlers import record_release
from promotion.errors import LeaseLostError
from promotion.ledger import HistoryEntry, Live, LiveVersion
from tests.unit.handlers.payloads import DEPLOYMENT, DIGEST, ENTERED_AT, PROMOTION, TARGET, Said, invoke, payload
from tests.unit.handlers.records import digest_of, history, lease, live, live_version, record_lease, record_live

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

RELEASED = LiveVersion("8", DIGEST, ENTERED_AT, "4f0c2d1", "revision-2", DEPLOYMENT)


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


def release(stable: int | None, version: str = "8", outcome: str = "published") -> Any:
    found = {"version": str(stable), "image_digest": digest_of(stable)} if stable else None
    return invoke(record_release.handler, payload("RecordRelease", version=version, outcome=outcome, stable=found))


def recorded() -> Live | None:
    return Ledger.from_env().live_on("cowsay", "prod", TARGET)


def test_a_first_release_is_live_with_nothing_before_it() -> None:
    assert release(None, outcome="created") == {"version": "8"}
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED)


def test_a_version_from_before_gantry_is_what_the_first_release_can_go_back_to() -> None:
    release(7)
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED, (LiveVersion("7", digest_of(7), ENTERED_AT),))


def test_a_newer_release_leads_back_to_the_one_before() -> None:
    record_live(live(7, 6))
    release(7)
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED, (live_version(7), live_version(6)))


def test_an_unchanged_release_keeps_since_when_it_is_live() -> None:
    record_live(live(8, 7))
    release(8, outcome="unchanged")
    expected = replace(RELEASED, since=live_version(8).since)
    assert recorded() == Live("cowsay", "prod", TARGET, expected, (live_version(7),))


def test_a_version_that_somebody_else_made_live_is_in_the_lineage_too() -> None:
    record_live(live(6, 5))
    release(7)
    drifted = LiveVersion("7", digest_of(7), ENTERED_AT)
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED, (drifted, live_version(6), live_version(5)))


def test_an_unchanged_release_on_an_alias_that_somebody_moved_back_does_not_lead_back_to_itself() -> None:
    record_live(live(9, 8, 7))
    release(8, outcome="unchanged")
    record = recorded()
    assert record
    assert (record.current.version, [each.version for each in record.lineage]) == ("8", ["7"])


def test_the_lease_ends_with_the_record() -> None:
    release(None)
    assert Leases.from_env().held(TARGET.id) is None


def test_the_history_says_what_became_live_and_what_was_before() -> None:
    release(7)
    facts = {
        "version": "8",
        "outcome": "published",
        "before": {"version": "7", "image_digest": digest_of(7)},
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
        "manifest_revision": "revision-2",
        "promotion": PROMOTION,
    }
    assert history() == [
        HistoryEntry("cowsay", ENTERED_AT, "deployment_completed", DEPLOYMENT, "prod", TARGET.id, facts)
    ]


def test_a_completed_deployment_is_announced_and_counted(announced: Said, counted: Any) -> None:
    release(7)
    (event,) = announced()
    assert event["detail-type"] == "Promotion Deployment Completed"
    assert event["resources"] == [TARGET.alias_arn]
    assert (
        event["detail"].items()
        >= {
            "service": "cowsay",
            "environment": "prod",
            "target": TARGET.id,
            "version": "8",
            "image_digest": DIGEST,
            "execution": DEPLOYMENT,
        }.items()
    )
    assert counted() == {"DeploymentsCompleted": 1}


@pytest.mark.parametrize("stable", [None, 6, 7])
def test_a_retry_after_everything_was_recorded_changes_nothing_and_succeeds(stable: int | None, items: Said) -> None:
    record_live(live(7, 6))
    release(stable)
    once = items()
    assert release(stable) == {"version": "8"}
    assert items() == once


@pytest.mark.parametrize("owner", [None, f"{DEPLOYMENT}-another"])
def test_who_lost_the_lease_does_not_write_what_is_live(owner: str | None, items: Said, announced: Said) -> None:
    record_live(live(7, 6))
    Ledger.from_env().record_rollback([], [], None, [lease()])
    if owner:
        record_lease(lease(owner=owner))
    before = items()
    with pytest.raises(LeaseLostError, match=f"the lease is no longer {DEPLOYMENT}'s"):
        release(7)
    assert items() == before
    assert announced() == []
