"""RepairTarget, after a deployment that ended and still holds its lease."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.aws.executions import ExecutionEnd
from gantry.handlers import entry
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.rollback_request import RollbackRequest
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing
from gantry.promotion.unfinished import RepairIncompleteError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, TARGET, Said, Told
from tests.unit.handlers.records import contender, digest_of, held, history, lease, live, record_lease, record_live
from tests.unit.handlers.repairs import EIGHT, SCHEDULED, deployment_of_eight, ended, repair, routing_of
from tests.unit.handlers.rollbacks import published, routes
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

ELSEWHERE = replace(LambdaTarget.of(TARGET), account="555555555555").as_target()
VERDICT = ("CanaryUnhealthyError", '{"errorMessage": "3 of 4 requests failed"}')


@pytest.fixture
def seven_is_live(ledger: Any) -> None:
    record_live(live(7, 6))


def recorded(target: Target = TARGET) -> Live | None:
    return entry.services().ledger.live_on("cowsay", "prod", target)


def quarantined() -> Quarantine | None:
    return entry.services().quarantines.get("cowsay", EIGHT.digest)


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize("event", [ended(DEPLOYMENT), SCHEDULED, {"target": TARGET.id}])
def test_however_it_is_invoked_the_stable_revision_gets_all_traffic_back_and_the_lease_is_free_again(
    workloads: Workloads, event: dict[str, Any]
) -> None:
    deployment_of_eight(workloads)
    assert repair(event) == [TARGET.id]
    assert routing_of(workloads) == Routing("7")
    assert held() == Lease(TARGET, FENCE + 1)
    assert recorded() == live(7, 6)


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize("event", [ended(f"{DEPLOYMENT}-another"), {"target": ELSEWHERE.id}])
def test_a_target_that_was_not_asked_about_is_left_alone(workloads: Workloads, event: dict[str, Any]) -> None:
    deployment_of_eight(workloads)
    before = held()
    assert repair(event) == []
    assert (workloads.alias(TARGET).written, held()) == ([], before)


@pytest.mark.usefixtures("seven_is_live")
def test_a_target_whose_holder_still_runs_is_left_alone(workloads: Workloads, items: Said) -> None:
    deployment_of_eight(workloads)
    workloads.executions.running.add(DEPLOYMENT)
    before = items()
    assert repair() == []
    assert (workloads.alias(TARGET).written, items()) == ([], before)


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize(("days", "repaired"), [(29, []), (31, [TARGET.id])])
def test_a_holder_that_step_functions_does_not_know_has_ended_only_after_a_month(
    workloads: Workloads, days: int, repaired: list[str]
) -> None:
    """One that was started just now may not be known yet; one that ended long ago is forgotten."""
    deployment_of_eight(workloads)
    workloads.executions.ends[DEPLOYMENT] = ExecutionEnd(DEPLOYMENT, "FORGOTTEN", ENDED_AT, {})
    since = iso(datetime.now(UTC) - timedelta(days=days))
    left_behind = held()
    record_lease(replace(left_behind, holder=left_behind.holder and replace(left_behind.holder, since=since)))
    assert repair() == repaired
    assert (held().holder is None) == bool(repaired)


@pytest.mark.usefixtures("seven_is_live")
def test_a_holder_that_is_redriven_during_the_repair_is_left_alone(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    deployment_of_eight(workloads)
    before, answers = held(), iter([ExecutionEnd(DEPLOYMENT, "FAILED", ENDED_AT, {}), None])
    monkeypatch.setattr(workloads.executions, "end_of", lambda *_: next(answers))
    assert repair() == []
    assert (workloads.alias(TARGET).written, held(), told()) == ([], before, [])


@pytest.mark.usefixtures("seven_is_live")
def test_all_traffic_on_a_revision_that_was_not_recorded_as_live_goes_back(workloads: Workloads) -> None:
    deployment_of_eight(workloads, Routing("8"))
    repair()
    assert routing_of(workloads) == Routing("7")
    assert recorded() == live(7, 6)


@pytest.mark.usefixtures("seven_is_live")
def test_the_history_has_what_was_repaired(workloads: Workloads) -> None:
    deployment_of_eight(workloads)
    repair()
    (record,) = history()
    assert (record.kind, record.at, record.execution) == (HistoryKind.DEPLOYMENT_REPAIRED, ENDED_AT, DEPLOYMENT)
    assert (record.environment, record.target_id) == ("prod", TARGET.id)
    assert record.facts == {
        "error": "ABORTED",
        "reason": "no cause was given",
        "repaired": True,
        "status": "ABORTED",
        "before": "7 with 10 % on 8",
        "revision": "7",
        "digest": EIGHT.digest,
        "tag": "tag8",
    }


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize("restore_point", [None, RestorePoint("7", digest_of(7))])
def test_traffic_that_was_not_touched_is_written_as_it_is_so_that_no_late_write_gets_through(
    workloads: Workloads, announced: Said, restore_point: RestorePoint | None
) -> None:
    deployment_of_eight(workloads, Routing("7"), restore_point)
    repair()
    assert workloads.alias(TARGET).written == [Routing("7")]
    assert recorded() == live(7, 6)
    assert [event["detail"]["traffic"] for event in announced()] == ["untouched"]


@pytest.mark.usefixtures("seven_is_live")
def test_a_late_write_of_the_deployment_is_undone_by_the_repair(workloads: Workloads) -> None:
    deployment_of_eight(workloads)
    workloads.alias(TARGET).interference = Routing("7", {"8": 50})
    repair()
    assert routing_of(workloads) == Routing("7")


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize("weights", [{}, {"8": 10}])
def test_a_revision_that_somebody_else_routed_to_stays_without_the_canary_beside_it_and_is_live(
    workloads: Workloads, weights: dict[str, float]
) -> None:
    published(workloads, 9)
    routes(workloads, Routing("9", weights))
    record_lease(lease(release=EIGHT, restore_point=RestorePoint("7", digest_of(7))))
    repair()
    assert routing_of(workloads) == Routing("9")
    newest = LiveRevision("9", digest_of(9), ENDED_AT, sequence=8)
    assert recorded() == Live("cowsay", "prod", TARGET, newest, (live(7).current, live(6).current), sequence=8)


def test_an_alias_that_somebody_pointed_at_latest_stays_and_the_lease_ends(workloads: Workloads) -> None:
    published(workloads, 9)
    routes(workloads, Routing("$LATEST"))
    record_lease(lease(release=EIGHT, restore_point=RestorePoint("7", digest_of(7))))
    assert repair() == [TARGET.id]
    assert (routing_of(workloads), held().holder) == (Routing("$LATEST"), None)


def test_of_a_target_that_takes_no_traffic_yet_only_the_lease_ends(workloads: Workloads, announced: Said) -> None:
    record_lease(lease(release=EIGHT))
    assert repair() == [TARGET.id]
    assert (routing_of(workloads), recorded(), held().holder) == (None, None, None)
    (event,) = announced()
    assert (event["detail"]["revision"], event["detail"]["traffic"]) == (None, "untouched")


def test_the_revision_of_a_first_deployment_that_takes_traffic_is_live(workloads: Workloads) -> None:
    deployment_of_eight(workloads, Routing("8"), restore_point=None)
    repair()
    assert routing_of(workloads) == Routing("8")
    assert recorded() == Live(
        "cowsay",
        "prod",
        TARGET,
        LiveRevision(
            "8",
            EIGHT.digest,
            ENDED_AT,
            EIGHT.tag,
            EIGHT.manifest_revision,
            DEPLOYMENT,
            promotion_started_at=contender().started_at,
            sequence=1,
        ),
    )
    found = entry.services().deployed.named(live(9), RollbackRequest(digest=EIGHT.digest))
    assert [each.revision for each in found] == ["8"]


def test_a_revision_from_before_gantry_is_live_as_what_it_was_and_not_as_the_release(workloads: Workloads) -> None:
    """Also when both run the same artifact, so that only the configuration differs."""
    deployment_of_eight(workloads, Routing("8", {"9": 10}), RestorePoint("8", EIGHT.digest))
    repair()
    assert routing_of(workloads) == Routing("8")
    assert recorded() == Live("cowsay", "prod", TARGET, LiveRevision("8", EIGHT.digest, ENDED_AT, sequence=1))


@pytest.mark.usefixtures("seven_is_live")
def test_a_verdict_that_was_not_recorded_any_more_quarantines_the_digest(workloads: Workloads, told: Told) -> None:
    deployment_of_eight(workloads)
    workloads.executions.failures[DEPLOYMENT] = [("Lambda.Unknown", "killed"), VERDICT]
    repair()
    reason = "rolled back in prod: 3 of 4 requests failed"
    quarantine = Quarantine("cowsay", EIGHT.digest, ENDED_AT, reason, DEPLOYMENT, tag="tag8")
    assert quarantined() == quarantine
    ((_, text),) = told()
    assert quarantine.explain() in text


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize("failures", [[], [("TargetChangedError", "…"), ("CanaryInconclusiveError", "…")]])
def test_a_fault_of_the_machinery_quarantines_nothing(workloads: Workloads, failures: list[tuple[str, str]]) -> None:
    deployment_of_eight(workloads)
    workloads.executions.failures[DEPLOYMENT] = failures
    repair()
    assert quarantined() is None


@pytest.mark.parametrize("restore_point", [None, RestorePoint("8", EIGHT.digest)])
def test_an_artifact_that_goes_on_running_is_not_quarantined(
    workloads: Workloads, restore_point: RestorePoint | None
) -> None:
    deployment_of_eight(workloads, Routing("8"), restore_point)
    workloads.executions.failures[DEPLOYMENT] = [VERDICT]
    repair()
    assert quarantined() is None


@pytest.mark.usefixtures("seven_is_live")
def test_a_target_that_cannot_be_reached_keeps_its_lease_until_a_later_run_repairs_it(workloads: Workloads) -> None:
    deployment_of_eight(workloads)
    routes(workloads, 7, ELSEWHERE)
    published(workloads, 8, ELSEWHERE)
    record_live(live(7, 6, target=ELSEWHERE))
    record_lease(lease(f"{DEPLOYMENT}-another", ELSEWHERE, EIGHT))
    workloads.closed.add(TARGET.account)
    with pytest.raises(RepairIncompleteError, match=f"{TARGET.id}: TargetAccessError"):
        repair()
    assert held(ELSEWHERE).holder is None
    assert held().is_held_by(DEPLOYMENT, FENCE + 1)
    workloads.closed.clear()
    assert repair() == [TARGET.id]
    assert (routing_of(workloads), held().holder) == (Routing("7"), None)


@pytest.mark.usefixtures("seven_is_live")
@pytest.mark.parametrize("event", [ended(DEPLOYMENT), SCHEDULED])
def test_nobody_is_notified_of_a_repair_that_did_not_succeed(
    workloads: Workloads, told: Told, announced: Said, event: dict[str, Any]
) -> None:
    deployment_of_eight(workloads)
    workloads.alias(TARGET).refusal = TargetAccessError("the role is gone")
    with pytest.raises(RepairIncompleteError):
        repair(event)
    assert (told(), announced(), history()) == ([], [], [])


@pytest.mark.usefixtures("seven_is_live")
def test_the_repair_is_published(workloads: Workloads, announced: Said, told: Told) -> None:
    deployment_of_eight(workloads)
    repair()
    (event,) = announced()
    ((_, text),) = told()
    assert event["detail"].pop("reason") in text
    assert (event["detail-type"], event["resources"]) == ("Promotion Deployment Failed", [TARGET.arn])
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "revision": "7",
        "error": "ABORTED",
        "traffic": "restored",
        "digest": EIGHT.digest,
        "tag": "tag8",
        "source": None,
        "execution": DEPLOYMENT,
    }


@pytest.mark.usefixtures("seven_is_live")
def test_when_the_stable_version_cannot_run_any_more_the_one_before_it_is_restored(
    workloads: Workloads, told: Told
) -> None:
    """Lambda answered 409 for it every ten minutes, and the lease stayed held."""
    deployment_of_eight(workloads)
    workloads.function(TARGET).somebody_changes("7", state="Failed")
    workloads.alias(TARGET).unusable = {"7"}
    assert repair(ended(DEPLOYMENT)) == [TARGET.id]
    assert routing_of(workloads) == Routing("6")
    assert held().holder is None
    now_live = recorded()
    assert now_live
    assert now_live.current.revision == "6"
    ((_, text),) = told()
    assert "Passed over: " in text


@pytest.mark.usefixtures("seven_is_live")
def test_when_nothing_can_run_the_lease_stays_for_people_and_they_are_told_once(
    workloads: Workloads, told: Told
) -> None:
    deployment_of_eight(workloads)
    workloads.alias(TARGET).unusable = {"6", "7"}
    for _ in range(2):
        assert repair(ended(DEPLOYMENT)) == []
    assert held().holder
    ((subject, text),) = told()
    assert subject.endswith(": it cannot go back")
    assert "Make its alias route to a version that can run" in text
    routes(workloads, 8)
    assert repair(SCHEDULED) == [TARGET.id]
    assert held().holder is None
