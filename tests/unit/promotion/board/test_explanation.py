"""Why something is as it is, and what to type next."""

from typing import Any

import pytest

from gantry.promotion import errors
from gantry.promotion.board import advice
from gantry.promotion.board.explanation import Explanation, explain
from gantry.promotion.history import HistoryEntry, HistoryKind

DIGEST, PROMOTION, DEPLOYMENT = "sha256:" + "a" * 64, "arn:promotion", "arn:deployment"
WORSE = "17 of 241 requests failed, 4 of 2,104 on the stable version"


def entry(minute: int, kind: HistoryKind, execution: str = PROMOTION, **facts: Any) -> HistoryEntry:
    named = {"digest": DIGEST, "tag": "4f0c2d1"} | facts
    return HistoryEntry("cowsay", f"2026-11-23T10:{minute:02}:00.000Z", kind, execution, "prod", "there", named)


FAILED = entry(30, HistoryKind.PROMOTION_FAILED, error="DeploymentRolledBack", reason="a long story")
TAKEN_BACK = entry(29, HistoryKind.DEPLOYMENT_ROLLED_BACK, DEPLOYMENT, error="CanaryUnhealthyError", reason=WORSE)
JUDGED = entry(
    28,
    HistoryKind.CANARY_JUDGED,
    DEPLOYMENT,
    verdict="unhealthy",
    step=1,
    weight=10,
    reasons=["worse by 3 points"],
    evidence={"failed": {"canary": {"requests": 241, "bad": 17}, "stable": {"requests": 2104, "bad": 4}}},
)
STARTED = entry(27, HistoryKind.PROMOTION_STARTED)


def explained(*entries: HistoryEntry, environment: str | None = "prod") -> Explanation:
    found = explain(entries, "cowsay", environment)
    assert found
    return found


def test_a_promotion_that_failed_with_a_deployment_is_explained_by_it() -> None:
    found = explained(FAILED, TAKEN_BACK, JUDGED, STARTED)
    assert (found.state, found.sentence) == ("rolled_back", "The deployment was rolled back.")
    assert found.reason == f"CanaryUnhealthyError: {WORSE}"
    assert dict(found.facts) == {
        "release": "4f0c2d1",
        "environment": "prod",
        "target": "there",
        "verdict": "unhealthy at step 1, 10 % of the traffic",
        "canary": "241 requests, 17 failed",
        "stable": "2,104 requests, 4 failed",
        "because": "worse by 3 points",
    }
    assert found.next == ("Push a fixed artifact: a push starts the next promotion.", "gantry quarantine cowsay")
    assert (found.execution, found.at) == (PROMOTION, FAILED.at)


def test_a_promotion_that_failed_otherwise_is_not_explained_by_an_older_deployment_of_the_same_digest() -> None:
    refused = entry(31, HistoryKind.PROMOTION_FAILED, error="QuarantinedError", reason="rolled back before")
    found = explained(refused, FAILED, TAKEN_BACK)
    assert (found.state, found.reason) == ("failed", "QuarantinedError: rolled back before")
    assert found.next == (
        "gantry quarantine cowsay",
        'gantry promote cowsay 4f0c2d1 --release-from-quarantine "why it is safe now"',
    )


def test_a_deployment_that_nobody_has_recorded_explains_nothing() -> None:
    found = explained(FAILED)
    assert found.reason == "DeploymentRolledBack: a long story"


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (HistoryKind.PROMOTION_STARTED, "in_flight"),
        (HistoryKind.PROMOTION_COMPLETED, "healthy"),
        (HistoryKind.PROMOTION_IGNORED, "healthy"),
        (HistoryKind.DEPLOYMENT_COMPLETED, "healthy"),
        (HistoryKind.DEPLOYMENT_SUPERSEDED, "superseded"),
        (HistoryKind.DEPLOYMENT_REPAIRED, "rolled_back"),
        (HistoryKind.ROLLED_BACK, "rolled_back"),
    ],
)
def test_each_end_has_a_state_and_something_to_type(kind: HistoryKind, state: str) -> None:
    found = explained(entry(30, kind), STARTED)
    assert found.state == state
    assert found.next
    assert all(each.startswith("gantry ") for each in found.next)


@pytest.mark.parametrize("error", advice.SUPERSEDED)
def test_what_gave_way_to_a_newer_release_has_not_failed(error: str) -> None:
    found = explained(entry(30, HistoryKind.PROMOTION_FAILED, error=error, reason="so it is"))
    assert (found.state, found.next[0]) == ("superseded", "Nothing: a newer release took its place.")


def test_what_has_neither_begun_nor_ended_explains_nothing() -> None:
    assert explain([JUDGED], "cowsay") is None


def test_what_people_said_about_the_release_is_told() -> None:
    answers = [{"approver": "ops@example.com", "reason": "the load test passed"}]
    decided = entry(26, HistoryKind.APPROVAL_DECIDED, decision="approved", explanation="two said yes", answers=answers)
    facts = explained(TAKEN_BACK, decided).facts
    assert ("approval", "prod: two said yes") in facts
    assert ("they said", "ops@example.com: the load test passed") in facts


@pytest.mark.parametrize("error", sorted(advice._ADVICE))
def test_what_would_end_the_same_way_again_is_not_just_started_again(error: str) -> None:
    found = explained(entry(30, HistoryKind.PROMOTION_FAILED, error=error, reason="so it is"))
    assert not any(each.startswith("gantry promote") for each in found.next)


@pytest.mark.parametrize("error", ["ClientError", "States.Timeout", "LeaseHeldError", "CanaryInconclusiveError"])
def test_what_may_go_well_another_time_can_be_promoted_again(error: str) -> None:
    found = explained(entry(30, HistoryKind.PROMOTION_FAILED, error=error, reason="so it is"))
    assert found.next[0] == "gantry promote cowsay 4f0c2d1"


def test_advice_is_for_errors_that_there_are() -> None:
    """The machines' own names for the ends of approvals and deployments have no class."""
    own = {each for each in (*advice._ADVICE, *advice._VERDICTS) if each.endswith("Error")}
    assert [each for each in sorted(own) if not hasattr(errors, each)] == []
