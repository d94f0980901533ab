"""RecordRelease: what is live, the end of the lease, and who is told."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger import Ledger
from gantry.handlers import publish_version, record_release
from gantry.promotion.configuration import Configuration
from gantry.promotion.difference import settings
from gantry.promotion.errors import LeaseLostError, NotificationError
from gantry.promotion.lease import Lease
from gantry.promotion.ledger import HistoryEntry, Live, LiveRevision
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    ENTERED_AT,
    FENCE,
    PROMOTION,
    ROLE,
    TARGET,
    Said,
    deployment_input,
    invoke,
    payload,
)
from tests.unit.handlers.records import (
    LOST,
    contender,
    digest_of,
    held,
    history,
    lease,
    live,
    live_version,
    record_lease,
    record_live,
)
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

CONFIGURATION = {"memory_mb": "512", "timeout_seconds": "10", "environment.TO_SAY": "Hello from prod"}
"""What PublishVersion answered."""
PROMOTED_AT = "2026-11-22T08:30:00.000Z"
RELEASED = LiveRevision("8", DIGEST, ENTERED_AT, "4f0c2d1", "revision-2", DEPLOYMENT, PROMOTED_AT, CONFIGURATION, ())
NEXT = contender(f"{DEPLOYMENT}-next", task_token="the next one's token")
JUDGED = [
    {
        "step": step,
        "weight": weight,
        "verdict": "healthy",
        "reasons": [f"the canary served {invocations} of at least 1 requests and no alarm changed to ALARM"],
        "evidence": {"invocations": invocations, "minimum_requests": 1, "alarms": [], "error_rate": 0.25},
    }
    for step, weight, invocations in ((1, 10, 9), (2, 50, 22))
]
VERDICTS = [{"canary_version": "8", **each} for each in JUDGED]
EVIDENCE = (
    {"weight": 10, "verdict": "healthy", "invocations": 9},
    {"weight": 50, "verdict": "healthy", "invocations": 22},
)


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


def release(
    stable: int | None,
    version: str = "8",
    outcome: str = "published",
    verdicts: Any = (),
    configuration: Any = CONFIGURATION,
    **deployment: Any,
) -> Any:
    found = {"version": str(stable), "image_digest": digest_of(stable)} if stable else None
    sent = {"version": version, "outcome": outcome, "stable": found, "deployment": deployment_input(**deployment)}
    event = payload("RecordRelease", **sent, configuration=configuration, verdicts=verdicts)
    return invoke(record_release.handler, event)


def recorded() -> Live | None:
    return Ledger.from_env().live_on("cowsay", "prod", TARGET)


def released() -> LiveRevision:
    record = recorded()
    assert record
    return record.current


def test_a_first_release_is_live_with_nothing_before_it() -> None:
    assert release(None, outcome="created") == {"version": "8"}
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED)


def test_a_version_from_before_gantry_is_what_the_first_release_can_go_back_to() -> None:
    release(7)
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED, (LiveRevision("7", digest_of(7), ENTERED_AT),))


def test_a_newer_release_leads_back_to_the_one_before() -> None:
    record_live(live(7, 6))
    release(7)
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED, (live_version(7), live_version(6)))


def test_an_unchanged_release_keeps_since_when_it_is_live() -> None:
    record_live(live(8, 7))
    release(8, outcome="unchanged")
    expected = replace(RELEASED, since=live_version(8).since, evidence=None)
    assert recorded() == Live("cowsay", "prod", TARGET, expected, (live_version(7),))


def test_a_version_that_somebody_else_made_live_is_in_the_lineage_too() -> None:
    record_live(live(6, 5))
    release(7)
    drifted = LiveRevision("7", digest_of(7), ENTERED_AT)
    assert recorded() == Live("cowsay", "prod", TARGET, RELEASED, (drifted, live_version(6), live_version(5)))


def test_an_unchanged_release_on_an_alias_that_somebody_moved_back_does_not_lead_back_to_itself() -> None:
    record_live(live(9, 8, 7))
    release(8, outcome="unchanged")
    record = recorded()
    assert record
    assert (record.current.version, [each.version for each in record.lineage]) == ("8", ["7"])


def test_how_the_canary_did_in_every_step_is_kept_with_the_version() -> None:
    release(7, verdicts=VERDICTS)
    assert released() == replace(RELEASED, evidence=EVIDENCE)


def test_of_very_many_steps_the_last_twenty_are_kept_with_the_version_and_all_in_the_history() -> None:
    verdicts = [{**VERDICTS[0], "step": weight, "weight": weight} for weight in range(1, 100)]
    release(7, verdicts=verdicts)
    assert [each["weight"] for each in released().evidence or ()] == list(range(80, 100))
    (entry,) = history()
    assert [each["weight"] for each in entry.facts["verdicts"]] == list(range(1, 100))


def test_when_all_traffic_moved_at_once_the_evidence_is_empty_and_not_unknown() -> None:
    record_live(live(7))
    release(7)
    assert released().evidence == ()


def test_an_unchanged_release_keeps_how_it_did_when_it_was_new() -> None:
    release(7, verdicts=VERDICTS)
    record_lease(lease())
    release(8, outcome="unchanged")
    assert released().evidence == EVIDENCE


def test_a_release_is_recorded_with_the_configuration_that_its_version_has_whatever_the_one_before_had() -> None:
    record_live(replace(live(7), current=replace(live_version(7), configuration={"memory_mb": "256", "role": ROLE})))
    release(7, configuration={"timeout_seconds": "3"})
    assert released().configuration == {"timeout_seconds": "3"}


def test_what_was_uploaded_by_hand_and_published_with_the_release_is_recorded_as_it_is(workloads: Workloads) -> None:
    stable = Configuration(256, 10, 512, {"TO_SAY": "Hello"}, [], ROLE)
    is_manual = replace(stable, timeout_seconds=60, environment={"TO_SAY": "Bye", "API_TOKEN": "hunter2"})
    function = workloads.function(TARGET)
    found = {"version": function.deployed(digest_of(7), stable), "image_digest": digest_of(7)}
    function.somebody_changes(LATEST, configuration=is_manual)
    deployment = deployment_input(configuration=dict.fromkeys(deployment_input()["configuration"]) | {"memory_mb": 512})

    event = payload("PublishVersion", deployment=deployment, stable=found, settle_seconds=90)
    published = invoke(publish_version.handler, event)
    event = payload("RecordRelease", deployment=deployment, stable=found, verdicts=[], **published)
    invoke(record_release.handler, event)

    assert function.states["2"].configuration == replace(is_manual, memory_mb=512)
    assert (released().version, released().configuration) == ("2", settings(replace(is_manual, memory_mb=512)))


def test_no_secret_gets_into_the_ledger_the_event_or_the_log(items: Said, announced: Said, logged: list[str]) -> None:
    given = deployment_input()["configuration"] | {"environment": {"API_TOKEN": "hunter2"}}
    masked = {"environment.API_TOKEN": "•••••• #13f6"}
    event = payload(
        "RecordRelease",
        deployment=deployment_input(configuration=given),
        **{"version": "8", "outcome": "created", "stable": None, "configuration": masked, "verdicts": []},
    )
    invoke(record_release.handler, event)
    assert released().configuration == masked
    assert logged
    assert "hunter2" not in f"{items()}{announced()}{logged}"


def test_a_record_from_before_any_of_this_was_kept_is_read_and_goes_on(items: Said) -> None:
    record_live(live(7, 6))
    (item,) = (each for each in items() if str(each["sk"]).startswith("live#"))
    for version in (item["current"], *item["lineage"]):
        assert version.keys().isdisjoint({"configuration", "evidence"})
    assert recorded() == live(7, 6)
    release(7, verdicts=VERDICTS)
    assert recorded() == Live(
        "cowsay", "prod", TARGET, replace(RELEASED, evidence=EVIDENCE), (live_version(7), live_version(6))
    )


def release_as_before(stable: int | None, outcome: str) -> Any:
    """By an execution that was started before its machine sent these."""
    found = {"version": str(stable), "image_digest": digest_of(stable)} if stable else None
    event = payload("RecordRelease", version="8", outcome=outcome, stable=found, configuration={}, verdicts=[])
    del event["configuration"], event["verdicts"]
    return invoke(record_release.handler, event)


def test_of_an_execution_that_was_started_before_neither_configuration_nor_evidence_is_known() -> None:
    assert release_as_before(None, "created") == {"version": "8"}
    assert released() == replace(RELEASED, configuration=None, evidence=None)
    (entry,) = history()
    assert entry.facts["verdicts"] == []


def test_an_unchanged_release_of_an_execution_that_was_started_before_leaves_what_is_known() -> None:
    release(7, verdicts=VERDICTS)
    record_lease(lease())
    release_as_before(8, "unchanged")
    assert released() == replace(RELEASED, evidence=EVIDENCE)


def test_the_lease_ends_with_the_record() -> None:
    release(None)
    assert held() == Lease(TARGET, FENCE)


@pytest.fixture
def next_in_line(workloads: Workloads) -> FakeExecutions:
    """Somebody waits for the lease."""
    record_lease(lease(waiting=(NEXT,)))
    workloads.executions.running.add(NEXT.owner)
    workloads.executions.waiting.add(str(NEXT.task_token))
    return workloads.executions


HANDED_OVER = Lease(TARGET, FENCE + 1, holder=replace(NEXT, task_token=None))


def test_the_lease_goes_on_to_who_waits_for_it_who_is_told(next_in_line: FakeExecutions) -> None:
    release(7)
    assert held() == HANDED_OVER
    assert next_in_line.answers == {NEXT.task_token: {"fence": FENCE + 1}}


def test_a_retry_tells_whom_the_first_attempt_could_not_tell_and_records_nothing_more(
    next_in_line: FakeExecutions, items: Said
) -> None:
    record_live(live(7, 6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(next_in_line, "succeed", _unavailable)
        with pytest.raises(ConnectionError):
            release(7)
    assert held() == replace(HANDED_OVER, called=(NEXT,))
    once = [item for item in items() if item["pk"] != keys.LEASES]
    assert release(7) == {"version": "8"}
    assert next_in_line.answers == {NEXT.task_token: {"fence": FENCE + 1}}
    assert held() == HANDED_OVER
    assert [item for item in items() if item["pk"] != keys.LEASES] == once


def _unavailable(*_: Any) -> bool:
    raise ConnectionError


def test_who_waits_is_told_also_when_the_release_cannot_be_announced(
    next_in_line: FakeExecutions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_BUS", "a-bus-that-is-not-there")
    with pytest.raises(NotificationError):
        release(7)
    assert released() == RELEASED
    assert next_in_line.answers == {NEXT.task_token: {"fence": FENCE + 1}}


@pytest.mark.parametrize("started_at", [None, PROMOTED_AT])
def test_what_is_live_says_when_its_promotion_was_started_if_that_is_known(started_at: str | None) -> None:
    release(7, promotion_started_at=started_at)
    assert released().promotion_started_at == started_at


def test_the_history_says_what_became_live_how_it_did_and_what_was_before() -> None:
    release(7, verdicts=VERDICTS)
    facts = {
        "version": "8",
        "outcome": "published",
        "before": {"version": "7", "image_digest": digest_of(7)},
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
        "manifest_revision": "revision-2",
        "promotion": PROMOTION,
        "verdicts": JUDGED,
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


@pytest.mark.parametrize(
    ("stable", "outcome"), [(None, "created"), (5, "published"), (6, "published"), (7, "published"), (8, "unchanged")]
)
def test_a_retry_after_everything_was_recorded_changes_nothing_and_succeeds(
    stable: int | None, outcome: str, items: Said
) -> None:
    before = replace(live_version(7), configuration={"memory_mb": "256", "environment.A": "1"}, evidence=EVIDENCE)
    record_live(replace(live(8, 7, 6), current=live_version(8), lineage=(before, live_version(6))))
    verdicts = VERDICTS if outcome == "published" else []
    version = "8" if outcome == "unchanged" else "9"
    release(stable, version, outcome, verdicts)
    once = items()
    assert release(stable, version, outcome, verdicts) == {"version": version}
    assert items() == once


@pytest.mark.parametrize("now", LOST)
def test_who_lost_the_lease_does_not_write_what_is_live(now: Lease, items: Said, announced: Said) -> None:
    record_live(live(7, 6))
    record_lease(now)
    before = items()
    with pytest.raises(LeaseLostError, match=f"the lease is no longer {DEPLOYMENT}'s"):
        release(7)
    assert items() == before
    assert announced() == []
