"""RecordRelease: what is live, the end of the lease, and what is notified."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.handlers import entry
from gantry.handlers.deployment_machine import prepare_revision, record_release, settle_target
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import LeaseLostError, NotificationError, TargetPendingError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.live_now import LiveFor, LiveNow
from gantry.promotion.rollback_request import RollbackRequest
from gantry.promotion.source import Source
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.outages import without_bus
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    ENTERED_AT,
    FENCE,
    PROMOTION,
    RELEASE,
    ROLE,
    TARGET,
    Said,
    deployment_input,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import (
    LOST,
    contender,
    digest_of,
    held,
    history,
    lease,
    live,
    live_revision,
    record_lease,
    record_live,
)
from tests.unit.handlers.workloads import Workloads
from tests.unit.masked import MASKING

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

CONFIGURATION = {"memory_mb": "512", "timeout_seconds": "10", "environment.TO_SAY": "Hello from prod"}
"""What SettleTarget answered."""
PROMOTED_AT = "2026-11-22T08:30:00.000Z"
CARRIED = deployment_input()["carried"]


def released_as(sequence: int, **changed: Any) -> LiveRevision:
    """Version 8, as the nth revision that became live on the target."""
    known = LiveRevision("8", DIGEST, ENTERED_AT, "4f0c2d1", "revision-2", DEPLOYMENT, PROMOTED_AT, CONFIGURATION, ())
    return replace(known, sequence=sequence, **changed)


NEXT = contender(f"{DEPLOYMENT}-next", task_token="the next one's token")
LIVE_FOR = LiveFor("cowsay", "prod")
JUDGED: list[dict[str, Any]] = [
    {
        "step": step,
        "weight": weight,
        "verdict": "healthy",
        "reasons": [f"0 of {requests} requests failed"],
        "evidence": {"compared": True, "failed": {"canary": {"requests": requests, "bad": 0, "rate": 0.25}}},
    }
    for step, weight, requests in ((1, 10, 9), (2, 50, 22))
]
VERDICTS = [{"canary": "8", **each} for each in JUDGED]
EVIDENCE = (
    {"weight": 10, "verdict": "healthy", "requests": 9},
    {"weight": 50, "verdict": "healthy", "requests": 22},
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
    found = {"revision": str(stable), "digest": digest_of(stable)} if stable else None
    sent = {"revision": version, "outcome": outcome, "stable": found, "deployment": deployment_input(**deployment)}
    event = payload("RecordRelease", **sent, configuration=configuration, verdicts=verdicts)
    return invoke(record_release.handler, event)


def recorded() -> Live | None:
    """The record without how the release was carried, which is in every one."""
    found = entry.services().ledger.live_on("cowsay", "prod", TARGET)
    assert found is None or found.carried in (None, CARRIED)
    return found and replace(found, carried=None)


def released() -> LiveRevision:
    record = recorded()
    assert record
    return record.current


@pytest.mark.parametrize("before", [[], [7, 6], [8]])
def test_how_the_last_release_was_carried_is_recorded(before: list[int]) -> None:
    if before:
        record_live(replace(live(*before), carried={"Traffic": "all at once"}))
    release(before[0] if before else None)
    found = entry.services().ledger.live_on("cowsay", "prod", TARGET)
    assert found
    assert found.carried == CARRIED


def test_a_first_release_is_live_with_nothing_before_it() -> None:
    assert release(None, outcome="created") == {"revision": "8"}
    assert recorded() == Live("cowsay", "prod", TARGET, released_as(1))


def test_of_an_object_the_version_is_recorded_so_that_it_can_be_read_again() -> None:
    zipped = Artifact(ArtifactKind.S3_OBJECT, DIGEST, "acme/cowsay.zip", "3sL4kqtJlcpXroDTDmJ")
    release(None, outcome="created", release=release_input(replace(RELEASE, artifact=zipped)))
    assert released() == released_as(1, artifact_version="3sL4kqtJlcpXroDTDmJ")
    (happened,) = history()
    assert happened.facts["artifact_version"] == "3sL4kqtJlcpXroDTDmJ"
    (deployed,) = entry.services().deployed.named(live(9), RollbackRequest(digest=DIGEST))
    assert deployed.artifact_version == "3sL4kqtJlcpXroDTDmJ"


def test_where_a_release_comes_from_is_known_as_long_as_it_is_live_or_can_be_gone_back_to() -> None:
    source = Source("https://github.com/acme/cowsay", "4f0c2d1", "https://ci.example.com/7")
    release(None, outcome="created", release=release_input(replace(RELEASE, source=source)))
    now = recorded()
    assert now
    assert released().source == now.in_short.source == source
    (happened,) = history()
    assert Source.read(happened.facts["source"]) == source
    for wish in (RollbackRequest(digest=DIGEST), RollbackRequest(revision="8")):
        (deployed,) = entry.services().deployed.named(live(9), wish)
        assert deployed.source == source


def test_a_version_from_before_gantry_is_what_the_first_release_can_go_back_to() -> None:
    release(7)
    assert recorded() == Live(
        "cowsay", "prod", TARGET, released_as(2), (LiveRevision("7", digest_of(7), ENTERED_AT, sequence=1),), 2
    )


def test_a_newer_release_leads_back_to_the_one_before() -> None:
    record_live(live(7, 6))
    release(7)
    assert recorded() == Live("cowsay", "prod", TARGET, released_as(8), (live_revision(7), live_revision(6)), 8)


def test_an_unchanged_release_keeps_since_when_it_is_live() -> None:
    record_live(live(8, 7))
    release(8, outcome="unchanged")
    expected = released_as(8, since=live_revision(8).since, evidence=None)
    assert recorded() == Live("cowsay", "prod", TARGET, expected, (live_revision(7),), 8)


def test_a_version_that_somebody_else_made_live_is_in_the_lineage_too() -> None:
    record_live(live(6, 5))
    release(7)
    drifted = LiveRevision("7", digest_of(7), ENTERED_AT, sequence=7)
    assert recorded() == Live(
        "cowsay", "prod", TARGET, released_as(8), (drifted, live_revision(6), live_revision(5)), 8
    )


def test_an_unchanged_release_on_an_alias_that_somebody_moved_back_does_not_lead_back_to_itself() -> None:
    record_live(live(9, 8, 7))
    release(8, outcome="unchanged")
    record = recorded()
    assert record
    assert (record.current.revision, [each.revision for each in record.lineage]) == ("8", ["7"])


def test_how_the_canary_did_in_every_step_is_kept_with_the_version() -> None:
    release(7, verdicts=VERDICTS)
    assert released() == released_as(2, evidence=EVIDENCE)


def test_of_very_many_steps_the_last_twenty_are_kept_with_the_version_and_all_in_the_history() -> None:
    verdicts = [{**VERDICTS[0], "step": weight, "weight": weight} for weight in range(1, 100)]
    release(7, verdicts=verdicts)
    assert [each["weight"] for each in released().evidence or ()] == list(range(80, 100))
    (happened,) = history()
    assert [each["weight"] for each in happened.facts["verdicts"]] == list(range(1, 100))


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
    record_live(replace(live(7), current=replace(live_revision(7), configuration={"memory_mb": "256", "role": ROLE})))
    release(7, configuration={"timeout_seconds": "3"})
    assert released().configuration == {"timeout_seconds": "3"}


def test_a_release_is_recorded_with_what_was_published_and_with_nothing_that_was_left_in_the_draft(
    workloads: Workloads,
) -> None:
    stable = LambdaConfiguration(256, 10, 512, {"TO_SAY": "Hello"}, [], ROLE, [], "")
    manual = replace(stable, timeout_seconds=60, environment={"TO_SAY": "Bye", "API_TOKEN": "hunter2"})
    function = workloads.function(TARGET)
    found = {"revision": function.deployed(digest_of(7), stable), "digest": digest_of(7)}
    function.somebody_changes(LATEST, configuration=manual, infrastructure=Infrastructure({"tracing": "Active"}))
    deployment = deployment_input(configuration={"memory_mb": 512})

    with pytest.raises(TargetPendingError):
        invoke(prepare_revision.handler, payload("PrepareRevision", deployment=deployment, stable=found, attempt=0))
    with pytest.raises(TargetPendingError):
        invoke(prepare_revision.handler, payload("PrepareRevision", deployment=deployment, stable=found, attempt=1))
    event = payload("PrepareRevision", deployment=deployment, stable=found, attempt=2)
    prepared = invoke(prepare_revision.handler, event)
    settled = invoke(settle_target.handler, payload("SettleTarget", deployment=deployment, stable=found, **prepared))
    event = payload("RecordRelease", deployment=deployment, stable=found, verdicts=[], **prepared, **settled)
    invoke(record_release.handler, event)

    wanted = replace(stable, memory_mb=512)
    assert function.states["2"].configuration == wanted
    assert released().revision == "2"
    assert released().configuration == {**wanted.masked(MASKING), "infrastructure.tracing": "Active"}


def test_no_secret_gets_into_the_ledger_the_event_or_the_log(items: Said, announced: Said, logged: list[str]) -> None:
    given = deployment_input()["configuration"] | {"environment": {"API_TOKEN": "hunter2"}}
    masked = {"environment.API_TOKEN": MASKING.value("API_TOKEN", "hunter2")}
    event = payload(
        "RecordRelease",
        deployment=deployment_input(configuration=given),
        **{"revision": "8", "outcome": "created", "stable": None, "configuration": masked, "verdicts": []},
    )
    invoke(record_release.handler, event)
    assert released().configuration == masked
    assert logged
    assert "hunter2" not in f"{items()}{announced()}{logged}"


def recorded_now() -> LiveNow:
    """What is live by now, as the lease has it too."""
    found = entry.services().ledger.live_on("cowsay", "prod", TARGET)
    assert found
    return found.in_short


def test_the_lease_ends_with_the_record() -> None:
    release(None)
    assert held() == Lease(TARGET, FENCE, live_for=LIVE_FOR, live_now=recorded_now())


@pytest.fixture
def next_in_line(workloads: Workloads) -> FakeExecutions:
    """Somebody waits for the lease."""
    record_lease(lease(waiting=(NEXT,)))
    workloads.executions.running.add(NEXT.owner)
    workloads.executions.waiting.add(str(NEXT.task_token))
    return workloads.executions


def handed_over() -> Lease:
    """The next one takes itself out of those that are to be notified, once it begins."""
    lease = Lease(TARGET, FENCE + 1, holder=replace(NEXT, task_token=None), to_notify=(NEXT,), live_for=LIVE_FOR)
    return replace(lease, live_now=recorded_now())


def test_the_lease_goes_on_to_the_next_in_line_which_is_notified(next_in_line: FakeExecutions) -> None:
    release(7)
    assert held() == handed_over()
    assert next_in_line.answers == {NEXT.task_token: {"fence": FENCE + 1}}


def test_a_retry_tells_whom_the_first_attempt_could_not_tell_and_records_nothing_more(
    next_in_line: FakeExecutions, items: Said
) -> None:
    record_live(live(7, 6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(next_in_line, "succeed", _unavailable)
        with pytest.raises(ConnectionError):
            release(7)
    assert held() == handed_over()
    assert next_in_line.answers == {}
    once = [item for item in items() if item["pk"] != keys.LEASES]
    assert release(7) == {"revision": "8"}
    assert next_in_line.answers == {NEXT.task_token: {"fence": FENCE + 1}}
    assert held() == handed_over()
    assert [item for item in items() if item["pk"] != keys.LEASES] == once


def _unavailable(*_: Any) -> bool:
    raise ConnectionError


def test_the_next_in_line_is_notified_also_when_the_event_is_not_published(
    next_in_line: FakeExecutions, services: Services
) -> None:
    without_bus(services)
    with pytest.raises(NotificationError):
        release(7)
    assert released() == released_as(2)
    assert next_in_line.answers == {NEXT.task_token: {"fence": FENCE + 1}}


@pytest.mark.parametrize("started_at", [None, PROMOTED_AT])
def test_what_is_live_says_when_its_promotion_was_started_if_that_is_known(started_at: str | None) -> None:
    release(7, promotion_started_at=started_at)
    assert released().promotion_started_at == started_at


def test_the_history_says_what_became_live_how_it_did_and_what_was_before() -> None:
    release(7, verdicts=VERDICTS)
    facts = {
        "revision": "8",
        "outcome": "published",
        "before": {"revision": "7", "digest": digest_of(7)},
        "manifest_revision": "revision-2",
        "promotion": PROMOTION,
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "sequence": 2,
        "verdicts": JUDGED,
    }
    assert history() == [
        HistoryEntry("cowsay", ENTERED_AT, HistoryKind.DEPLOYMENT_COMPLETED, DEPLOYMENT, "prod", TARGET.id, facts)
    ]


@pytest.mark.parametrize("wanted", [{"revision": "8"}, {"digest": DIGEST}, {"tag": "4f0c2d1"}])
def test_a_rollback_finds_what_was_deployed_by_each_of_its_names(services: Services, wanted: dict[str, Any]) -> None:
    release(7)
    known = live(50, 49)
    assert services.deployed.named(known, RollbackRequest(**wanted)) == (
        released_as(2, configuration=None, evidence=None),
    )


def test_a_completed_deployment_publishes_an_event_and_is_counted(announced: Said, counted: Any) -> None:
    release(7)
    (event,) = announced()
    assert event["detail-type"] == "Promotion Deployment Completed"
    assert event["resources"] == [TARGET.arn]
    assert (
        event["detail"].items()
        >= {
            "service": "cowsay",
            "environment": "prod",
            "target": TARGET.id,
            "revision": "8",
            "digest": DIGEST,
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
    before = replace(live_revision(7), configuration={"memory_mb": "256", "environment.A": "1"}, evidence=EVIDENCE)
    record_live(replace(live(8, 7, 6), current=live_revision(8), lineage=(before, live_revision(6))))
    verdicts = VERDICTS if outcome == "published" else []
    version = "8" if outcome == "unchanged" else "9"
    release(stable, version, outcome, verdicts)
    once = items()
    assert release(stable, version, outcome, verdicts) == {"revision": version}
    assert items() == once


@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_does_not_write_what_is_live(now: Lease, items: Said, announced: Said) -> None:
    record_live(live(7, 6))
    record_lease(now)
    before = items()
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        release(7)
    assert items() == before
    assert announced() == []


def test_a_configuration_alone_leaves_the_artifact_as_old_as_it_is() -> None:
    """Otherwise an artifact whose promotion was started in between would be superseded by it."""
    before = "2026-11-20T07:00:00.000Z"
    known = live(7, 6)
    record_live(replace(known, current=replace(known.current, promotion_started_at=before)))
    release(7, release=release_input(replace(RELEASE, configuration_of={"prod": "4f0c2d1"})))
    assert (released().promotion_started_at, released().configuration_started_at) == (before, PROMOTED_AT)
