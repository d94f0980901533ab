"""RecordRollback: what is live and quarantined afterwards, who holds the lease, and who is notified."""

from dataclasses import asdict, replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gantry.handlers import entry
from gantry.handlers.rollback_machine import record_rollback
from gantry.handlers.rollback_machine.rollback_input import rollback_input
from gantry.promotion.errors import (
    InvalidRequestError,
    LeaseLostError,
    NotificationError,
    QuarantinedError,
    RollbackIncompleteError,
)
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.source import Source
from gantry.promotion.target import Target
from gantry.use_cases.services import Services
from tests.unit.handlers.outages import without_topic
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    ENTERED_AT,
    OTHER_TARGET,
    PROMOTION,
    ROLLBACK,
    TARGET,
    Said,
    Told,
    invoke,
    payload,
)
from tests.unit.handlers.pushes import push_again
from tests.unit.handlers.records import (
    contender,
    digest_of,
    held,
    history,
    live,
    live_revision,
    record_lease,
    record_live,
    release_of,
)
from tests.unit.handlers.rollbacks import promotion_to_roll_back, restored
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

NEXT, OLDER = f"{DEPLOYMENT}-next", f"{DEPLOYMENT}-older"
RECORDED = (
    "revision",
    "digest",
    "tag",
    "manifest_revision",
    "previous_routing",
    "started_by",
    "why",
    "promotion",
    "notes",
)
"""What the history keeps of a restore point as it is."""


@pytest.fixture(autouse=True)
def taken(ledger: Any) -> None:
    """The rollback holds the leases of both targets."""
    for target in (TARGET, OTHER_TARGET):
        record_lease(Lease(target, 1, holder=contender(ROLLBACK, None)))


def record(*each: dict[str, Any], stopped: tuple[str, ...] = (), problems: tuple[str, ...] = (), **asked: Any) -> Any:
    event = payload(
        "RecordRollback",
        request={"service": "cowsay", "environment": "prod"} | asked,
        restored=list(each),
        stopped=list(stopped),
        problems=list(problems),
        execution=ROLLBACK,
    )
    return invoke(record_rollback.handler, event)


def recorded(target: Target = TARGET) -> Live:
    found = entry.services().ledger.live_on("cowsay", "prod", target)
    assert found
    return found


def quarantined(number: int) -> Quarantine | None:
    return entry.services().quarantines.get("cowsay", digest_of(number))


def test_the_older_revision_is_live_and_what_was_rolled_back_is_nothing_to_go_back_to() -> None:
    record_live(live(8, 7, 6))
    answer = record(restored(7, leave=8, was_live=True))
    assert recorded().current == replace(live_revision(7), since=ENTERED_AT, execution=ROLLBACK)
    assert [each.revision for each in recorded().lineage] == ["6"]
    assert answer["restored"] == [restored(7, leave=8, was_live=True)]


def test_what_is_restored_from_long_ago_still_says_where_it_comes_from() -> None:
    source = Source("https://github.com/acme/cowsay", "4f0c2d1")
    record_live(live(8, 7))
    record(restored(3, leave=8, was_live=True, source=asdict(source)))
    assert recorded().current.source == source


def test_the_message_has_what_was_done_in_words(told: Told) -> None:
    record_live(live(8, 7), live(8, 5, target=OTHER_TARGET))
    there = [restored(7, leave=8, was_live=True), restored(5, leave=8, was_live=True, target=OTHER_TARGET)]
    answer = record(*there, stopped=(DEPLOYMENT,))
    quarantine = quarantined(8)
    assert quarantine
    assert answer["summary"] == (
        f"cowsay in prod was rolled back: {TARGET.id} routes to version 7 (tag7) (before: 8); "
        f"{OTHER_TARGET.id} routes to version 5 (tag5) (before: 8). Stopped: {DEPLOYMENT}. {quarantine.explain()}."
    )
    ((_, text),) = told()
    assert text.startswith(answer["summary"])


def test_who_rolled_back_and_why_is_told_and_kept(told: Told) -> None:
    record_live(live(8, 7))
    point = restored(7, leave=8, was_live=True, started_by="alice@example.com", why="5xx", notes=["Passed over: 8"])
    event = payload(
        "RecordRollback",
        request={
            "repository": "cowsay",
            "environments": ["prod"],
            "started_by": "alice@example.com",
            "reason": "5xx\nhttps://evil.example",
        },
        restored=[point],
        stopped=[],
        problems=[],
        execution=ROLLBACK,
    )
    summary = invoke(record_rollback.handler, event)["summary"]
    assert summary.startswith(
        "cowsay in prod was rolled back by “alice@example.com” (“5xx https[:]//evil[.]example”): "
    )
    assert f"{TARGET.id}: Passed over: 8." in summary
    ((_, text),) = told()
    assert "\nhttps" not in text
    (entry_,) = history()
    assert (entry_.facts["started_by"], entry_.facts["why"]) == ("alice@example.com", "5xx")
    found = quarantined(8)
    assert found
    assert found.reason == "rolled back manually in prod by “alice@example.com” (“5xx”)"


@pytest.mark.parametrize("environments", [[], ["dev", "prod"], "prod"])
def test_a_rollback_is_for_one_environment(environments: Any) -> None:
    request = {"repository": "cowsay", "environments": environments}
    with pytest.raises(InvalidRequestError, match="a rollback is for one environment; start one for each"):
        rollback_input(request)


def test_a_second_rollback_goes_further_back() -> None:
    record_live(live(8, 7, 6))
    record(restored(7, leave=8, was_live=True))
    record_lease(Lease(TARGET, 2, holder=contender(ROLLBACK, None)))
    record(restored(6, leave=7, was_live=True, fence=2))
    assert (recorded().current.revision, recorded().lineage) == ("6", ())


def test_what_was_rolled_back_is_quarantined() -> None:
    record_live(live(8, 7))
    record(restored(7, leave=8, was_live=True))
    reason = "rolled back manually in prod"
    assert quarantined(8) == Quarantine("cowsay", digest_of(8), ENTERED_AT, reason, ROLLBACK, tag="tag8")
    assert quarantined(7) is None


@pytest.mark.usefixtures("bucket")
def test_no_push_promotes_what_was_rolled_back_manually(workloads: Workloads) -> None:
    record_live(live(8, 7))
    record(restored(7, leave=8, was_live=True))
    with pytest.raises(QuarantinedError, match="rolled back manually in prod"):
        push_again(digest_of(8), workloads)


def test_what_was_only_in_flight_is_quarantined_too() -> None:
    record_live(live(7, 6))
    record(restored(7, leave=8, was_live=False), stopped=(DEPLOYMENT,))
    assert quarantined(8)
    assert recorded() == live(7, 6)


@pytest.mark.parametrize(("number", "leave"), [(9, 8), (8, 8)])
def test_going_forward_or_nowhere_quarantines_nothing(number: int, leave: int) -> None:
    record_live(live(8, 7))
    record(restored(number, leave, was_live=True))
    assert quarantined(8) is None


def test_each_restored_target_loses_its_lease_and_no_other_does() -> None:
    record_live(live(7, 6))
    record(restored(7, leave=8, was_live=False))
    assert held().holder is None
    assert held(OTHER_TARGET).is_held_by(ROLLBACK, 1)


def test_the_newest_waiting_deployment_gets_the_lease_and_the_others_are_superseded(workloads: Workloads) -> None:
    record_live(live(8, 7))
    older = contender(OLDER, started_at="2026-11-22T08:31:00.000Z", task_token="older")
    newest = contender(NEXT, started_at="2026-11-22T08:32:00.000Z", task_token="next")
    record_lease(Lease(TARGET, 1, holder=contender(ROLLBACK, None), waiting=(newest, older)))
    workloads.executions.waiting |= {"older", "next"}
    workloads.executions.running |= {NEXT, OLDER}
    record(restored(7, leave=8, was_live=True))
    assert held().is_held_by(NEXT, 2)
    assert workloads.executions.answers["next"] == {"fence": 2}
    assert workloads.executions.answers["older"][0] == "DeploymentSupersededError"


def test_every_restored_target_has_its_entry_in_the_history_and_its_event(announced: Said) -> None:
    record_live(live(8, 7), live(8, 5, target=OTHER_TARGET))
    there = [restored(7, leave=8, was_live=True), restored(5, leave=8, was_live=True, target=OTHER_TARGET)]
    record(*there, stopped=(DEPLOYMENT,))
    entries = {str(entry.target_id): entry for entry in history()}
    assert entries.keys() == {TARGET.id, OTHER_TARGET.id}
    entry = entries[TARGET.id]
    assert (entry.kind, entry.at, entry.execution) == (HistoryKind.ROLLED_BACK, ENTERED_AT, ROLLBACK)
    assert entry.environment == "prod"
    kept = {name: there[0]["restore_point"][name] for name in RECORDED if there[0]["restore_point"][name] is not None}
    kept["rolled_back"] = {"digest": digest_of(8), "manifest_revision": "revision-8", "sequence": 8}
    assert entry.facts == kept | {"target_id": TARGET.id, "stopped": [DEPLOYMENT], "problems": []}
    events = announced()
    assert [event["detail-type"] for event in events] == ["Promotion Deployment Rolled Back"] * 2
    assert {event["detail"]["target"] for event in events} == {TARGET.id, OTHER_TARGET.id}


def test_a_manual_rollback_is_published_and_counted(announced: Said, counted: Any) -> None:
    record_live(live(8, 7))
    answer = record(restored(7, leave=8, was_live=True))
    (event,) = announced()
    assert event["resources"] == [TARGET.arn]
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "revision": "7",
        "error": "RolledBackManually",
        "reason": answer["summary"],
        "traffic": "restored",
        "digest": digest_of(8),
        "tag": None,
        "source": None,
        "execution": ROLLBACK,
    }
    assert counted() == {"ManualRollbacks": 1}


def test_an_environment_that_its_promotion_rolls_back_quarantines_nothing_and_says_so(
    told: Told, announced: Said, counted: Any
) -> None:
    """The deployment that failed has quarantined the release, if there was a verdict."""
    record_live(live(8, 7))
    point = restored(7, leave=8, was_live=True, promotion=PROMOTION)
    record(point, promotion=promotion_to_roll_back(8), reason="one has failed")
    assert recorded().current.revision == "7"
    assert quarantined(8) is None
    ((subject, text),) = told()
    assert subject == "cowsay in prod: rolled back with its promotion"
    assert f"was rolled back by its promotion {PROMOTION} (“one has failed”)" in text
    assert [event["detail"]["error"] for event in announced()] == ["EnvironmentRolledBack"]
    assert [entry.facts["promotion"] for entry in history()] == [PROMOTION]
    assert counted() == {"EnvironmentRollbacks": 1}


def test_an_environment_that_is_back_already_is_recorded_without_a_message(told: Told, announced: Said) -> None:
    """The repair, or a newer release, came first."""
    record_live(live(7, 6))
    summary = record(promotion=promotion_to_roll_back(8))["summary"]
    assert summary == "Nothing was left to roll back: no target of cowsay in prod has the release any more."
    assert (told(), announced(), history()) == ([], [], [])


def test_a_rollback_that_some_other_execution_has_started_is_a_manual_one(told: Told, counted: Any) -> None:
    """AWS asks everybody who starts an execution to send the ARN under this name."""
    record_live(live(8, 7))
    record(restored(7, leave=8, was_live=True), AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID="arn:incident")
    assert quarantined(8)
    assert told()[0][0] == "cowsay in prod: rolled back manually"
    assert counted() == {"ManualRollbacks": 1}


def test_an_incomplete_rollback_is_recorded_and_notified_and_then_fails(told: Told, counted: Any) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    problem = f"{OTHER_TARGET.id}: TargetAccessError: the account is closed"
    with pytest.raises(RollbackIncompleteError, match=problem):
        record(restored(7, leave=8, was_live=True), problems=(problem,))
    assert recorded().current.revision == "7"
    assert recorded(OTHER_TARGET) == live(8, 7, target=OTHER_TARGET)
    assert quarantined(8)
    assert [entry.facts["problems"] for entry in history()] == [[problem]]
    ((_, text),) = told()
    assert problem in text
    assert counted() == {"ManualRollbacks": 1}


@pytest.mark.parametrize("was_live", [True, False])
def test_a_retry_records_nothing_more(items: Said, *, was_live: bool) -> None:
    record_live(live(8, 7, 6) if was_live else live(7, 6))
    record(restored(7, leave=8, was_live=was_live), stopped=(DEPLOYMENT,))
    once = items()
    record(restored(7, leave=8, was_live=was_live), stopped=(DEPLOYMENT,))
    assert items() == once


def test_a_retry_after_only_some_targets_were_recorded_records_the_others(told: Told) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    there = [restored(7, leave=8, was_live=True, target=each) for each in (TARGET, OTHER_TARGET)]
    held_by_rollback = held(OTHER_TARGET)
    record_lease(Lease(OTHER_TARGET, 1))
    with pytest.raises(LeaseLostError):
        record(*there)
    assert (held().holder, told()) == (None, [])
    record_lease(held_by_rollback)
    record(*there)
    assert [recorded(each).current.revision for each in (TARGET, OTHER_TARGET)] == ["7", "7"]
    assert held(OTHER_TARGET).holder is None
    assert len(history()) == 2
    assert len(told()) == 1


def test_the_next_deployment_is_notified_last_and_when_that_fails_nothing_else_is_lost(
    workloads: Workloads, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    there = [restored(7, leave=8, was_live=True, target=each) for each in (TARGET, OTHER_TARGET)]
    record_lease(Lease(TARGET, 1, holder=contender(ROLLBACK, None), waiting=(contender(NEXT, task_token="next"),)))
    workloads.executions.waiting.add("next")
    told_before: list[int] = []

    def unavailable(*_: object) -> bool:
        told_before.append(len(told()))
        raise EndpointConnectionError(endpoint_url="https://states.example.com")

    with monkeypatch.context() as patch:
        patch.setattr(workloads.executions, "succeed", unavailable)
        with pytest.raises(NotificationError, match=NEXT):
            record(*there)
    assert told_before == [1]
    assert [recorded(each).current.revision for each in (TARGET, OTHER_TARGET)] == ["7", "7"]
    assert (held().to_notify != (), held(OTHER_TARGET).holder, len(history())) == (True, None, 2)
    record(*there)
    assert workloads.executions.answers == {"next": {"fence": 2}}
    assert len(told()) == 1


def test_what_somebody_else_did_to_the_target_after_the_first_try_stays_as_it_is() -> None:
    record_live(live(8, 7, 6))
    there = restored(7, leave=8, was_live=True)
    record(there)
    record_live(live(9, 7, 6))
    theirs = Lease(TARGET, 2, holder=contender(NEXT))
    record_lease(theirs)
    record(there)
    assert (recorded(), held()) == (live(9, 7, 6), theirs)


def test_a_rollback_that_lost_its_lease_records_nothing(items: Said) -> None:
    record_live(live(8, 7))
    record_lease(Lease(TARGET, 2, holder=contender(ROLLBACK, None)))
    before = items()
    with pytest.raises(LeaseLostError):
        record(restored(7, leave=8, was_live=True))
    assert items() == before


def test_people_are_notified_once(told: Told) -> None:
    record_live(live(7, 6))
    for _ in range(2):
        record(restored(7, leave=8, was_live=False), stopped=(DEPLOYMENT,))
    assert len(told()) == 1
    assert [entry.services().notification_log.was_sent(each) for each in (ROLLBACK, NEXT)] == [True, False]


def test_a_message_that_could_not_be_published_does_not_count_as_sent(services: Services) -> None:
    record_live(live(7, 6))
    without_topic(services)
    with pytest.raises(NotificationError):
        record(restored(7, leave=8, was_live=False), stopped=(DEPLOYMENT,))
    assert not services.notification_log.was_sent(ROLLBACK)
    assert held().holder is None


def test_an_incomplete_rollback_fails_also_when_nobody_can_be_notified(services: Services) -> None:
    record_live(live(8, 7))
    without_topic(services)
    with pytest.raises(RollbackIncompleteError, match="the account is closed"):
        record(restored(7, leave=8, was_live=True), problems=("the account is closed",))


def test_people_read_which_infrastructure_the_older_release_was_made_for(told: Told) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    needs = entry.services().needs
    for number, revision in ((7, "12"), (8, "14")):
        needs.keep_found(release_of(number), "prod", {"parameter /infra/prod/revision": revision}, ENTERED_AT)
    there = [restored(7, leave=8, was_live=True, target=each) for each in (TARGET, OTHER_TARGET)]
    answer = record(*there)
    said = (
        "version 7 (tag7) was made for parameter /infra/prod/revision 12 (later 14); the infrastructure stays as it is."
    )
    assert answer["summary"].count(said) == 1
    ((_, text),) = told()
    assert said in text


def test_infrastructure_that_cannot_be_read_keeps_no_rollback_from_being_recorded(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_live(live(8, 7))

    def silent(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(services.needs, "found", silent)
    assert "was made for" not in record(restored(7, leave=8, was_live=True))["summary"]
    assert recorded().current.revision == "7"
