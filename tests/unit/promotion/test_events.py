"""Every event has one builder, so that the same event has the same keys wherever it is raised."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from gantry.promotion import events
from gantry.promotion.approval_outcome import outcome_facts
from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.events import CompletedDeployment, DeploymentEnd, EndedDeployment, Event, StartedPromotion
from gantry.promotion.failure import Failure
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.traffic import Rollout, Routing, Step, TrafficState
from tests.unit.promotion.an_approval import ALICE, PEOPLE, after, answer, asked
from tests.unit.promotion.deployments import DIGEST, EXECUTION, RELEASE, STATE, TARGET

ORIGIN = PromotionOrigin(is_manual=True, pushed_by="alice@example.com", started_by="bob@example.com", tags=("4f0c2d1",))
WHAT = {"service": "cowsay", "digest": DIGEST, "tag": "4f0c2d1", "source": None}
WHERE = {"environment": "prod", "target": TARGET.id, "execution": EXECUTION}
ENDED = EndedDeployment(
    service="cowsay",
    environment="prod",
    target=TARGET,
    digest=DIGEST,
    tag="4f0c2d1",
    revision="7",
    traffic=TrafficState.RESTORED,
    error="AlarmRaisedError",
    reason="3 errors",
    execution=EXECUTION,
)


def detail_of(event: Event) -> Any:
    """The detail as subscribers get it."""
    return json.loads(json.dumps(event.detail))


@pytest.mark.parametrize(("why", "released"), [(None, {}), ("it is safe", {"released_from_quarantine": "it is safe"})])
def test_a_promotion_that_has_started(why: str | None, released: dict[str, str]) -> None:
    event = events.promotion_started(RELEASE, StartedPromotion(ORIGIN, ("dev", "prod"), "policy-1", why), EXECUTION)
    assert (event.detail_type, event.resources) == ("Promotion Started", ())
    origin = {
        "is_manual": True,
        "pushed_by": "alice@example.com",
        "started_by": "bob@example.com",
        "is_verified": False,
        "tags": ["4f0c2d1"],
    }
    more = {
        "manifest_revision": "revision-2",
        "policy_revision": "policy-1",
        "environments": ["dev", "prod"],
        "execution": EXECUTION,
    }
    assert detail_of(event) == WHAT | origin | more | released


def test_safeguards_that_are_weaker() -> None:
    event = events.safeguards_weakened(RELEASE, ["prod: nobody is asked any more"], EXECUTION)
    assert event.detail_type == "Promotion Safeguards Weakened"
    facts = {"manifest_revision": "revision-2", "weakened": ["prod: nobody is asked any more"], "execution": EXECUTION}
    assert detail_of(event) == WHAT | facts


def test_a_promotion_that_has_completed() -> None:
    event = events.promotion_ended("cowsay", RELEASE, None, EXECUTION)
    assert (event.detail_type, event.resources) == ("Promotion Completed", ())
    assert detail_of(event) == WHAT | {"error": None, "reason": None, "execution": EXECUTION}


def test_a_promotion_that_has_failed() -> None:
    event = events.promotion_ended("cowsay", RELEASE, Failure("States.Timeout", "it was late"), EXECUTION)
    assert event.detail_type == "Promotion Failed"
    assert detail_of(event) == WHAT | {"error": "States.Timeout", "reason": "it was late", "execution": EXECUTION}


def test_a_promotion_that_has_failed_before_it_had_a_release_has_the_same_keys() -> None:
    failure = Failure("ManifestError", "no such file")
    without, with_one = (
        detail_of(events.promotion_ended("cowsay", release, failure, EXECUTION)) for release in (None, RELEASE)
    )
    assert without.keys() == with_one.keys()
    assert (without["service"], without["digest"], without["tag"]) == ("cowsay", None, None)


def test_a_deployment_that_has_started() -> None:
    event = events.deployment_started(STATE)
    assert (event.detail_type, event.resources) == ("Promotion Deployment Started", (TARGET.arn,))
    assert detail_of(event) == WHAT | WHERE


def test_a_canary_that_got_its_next_weight() -> None:
    event = events.traffic_shifted(STATE, Rollout(Routing("7"), "8", (Step(10, 60), Step(50, 60))), 0)
    assert (event.detail_type, event.resources) == ("Promotion Traffic Shifted", (TARGET.arn,))
    facts = {"stable": "7", "canary": "8", "weight": 10, "step": 1, "steps": 2}
    assert detail_of(event) == WHAT | WHERE | facts


def test_a_deployment_that_has_completed() -> None:
    completed = CompletedDeployment("8", PreparationOutcome.PUBLISHED, StableRevision("7", DIGEST), "revision-2", None)
    event = events.deployment_completed(STATE, completed, {"verdict": "healthy"})
    facts = {
        "revision": "8",
        "outcome": "published",
        "before": {"revision": "7", "digest": DIGEST},
        "manifest_revision": "revision-2",
        "promotion": None,
        "verdict": {"verdict": "healthy"},
    }
    assert (event.detail_type, event.resources) == ("Promotion Deployment Completed", (TARGET.arn,))
    assert detail_of(event) == WHAT | WHERE | facts


@pytest.mark.parametrize(
    ("how", "detail_type"),
    [
        (DeploymentEnd.FAILED, "Promotion Deployment Failed"),
        (DeploymentEnd.ROLLED_BACK, "Promotion Deployment Rolled Back"),
        (DeploymentEnd.SUPERSEDED, "Promotion Deployment Superseded"),
    ],
)
def test_a_deployment_that_did_not_complete(how: DeploymentEnd, detail_type: str) -> None:
    event = events.deployment_ended(how, ENDED)
    assert (event.detail_type, event.resources) == (detail_type, (TARGET.arn,))
    facts = {"revision": "7", "traffic": "restored", "error": "AlarmRaisedError", "reason": "3 errors"}
    assert detail_of(event) == WHAT | WHERE | facts


def test_both_questions_about_an_approval_have_the_same_keys() -> None:
    requested, escalated = events.approval_requested(asked()), events.approval_escalated(asked())
    assert requested.detail_type == "Promotion Approval Requested"
    assert escalated == Event("Promotion Approval Escalated", requested.detail)
    question = {
        "approval": "one",
        "environment": "prod",
        "approvers": list(PEOPLE),
        "quorum": 1,
        "expires_at": "2026-11-25T09:00:00.000Z",
        "execution": "arn:one",
    }
    assert detail_of(requested) == WHAT | question


def test_an_approval_that_has_an_outcome() -> None:
    decided = after(asked(), answer(ALICE))
    outcome = outcome_facts(decided)
    assert outcome
    event = events.approval_decided(decided, outcome)
    assert event.detail_type == "Promotion Approval Decided"
    facts = {"approval": "one", "execution": "arn:one"} | json.loads(json.dumps(asdict(outcome)))
    del facts["live"]  # for the machine alone
    assert detail_of(event) == WHAT | facts
