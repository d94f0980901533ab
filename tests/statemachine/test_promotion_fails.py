"""The promotion machine when the release does not reach every environment."""

import pytest

from promotion.failure import Failure
from tests.sandbox.given import Json
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import RELEASE, TARGET, environment, promote

RECORDED = {"RecordPromotion": {"cause": "the recorded cause"}}
END = ["RecordPromotion", "HasFailed", "PromotionFailed"]
FAILING = {**TARGET, "fails_with": "the canary of dev was unhealthy"}
REJECTED = {"decision": "rejected", "decided_by": "ops@example.com", "decided_at": "2026-11-22"}


def has_failed(ran: Ended, last: str) -> Failure:
    """The failure as RecordPromotion reads it, after the promotion's end has been checked."""
    assert ran.entered[-4:] == [last, *END]
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "PromotionFailed", "the recorded cause")
    return Failure.of(ran.payload("RecordPromotion")["failure"])


def asking(seconds: int) -> Json:
    release = promote(environment("prod", expires_after_seconds=seconds), environment("after"))
    return {"ResolveRelease": release, **RECORDED}


def test_the_next_environment_is_not_begun_when_one_fails(promotion: Machine) -> None:
    release = promote(environment("dev", targets=[FAILING]), environment("prod"))

    ran = promotion.run(ResolveRelease=release, **RECORDED)

    has_failed(ran, last="DeployToTarget")
    assert [payload["environment"] for payload in ran.payloads("CheckGates")] == ["dev"]


def test_the_next_target_is_not_begun_when_one_fails(promotion: Machine) -> None:
    release = promote(environment("prod", targets=[FAILING, {**TARGET, "region": "eu-west-1"}]))

    ran = promotion.run(ResolveRelease=release, **RECORDED)

    has_failed(ran, last="DeployToTarget")
    assert [each["Input"]["target"] for each in ran.arguments("DeployToTarget")] == [FAILING]


def test_the_failed_deployments_own_error_and_cause_are_recorded(promotion: Machine) -> None:
    ran = promotion.run(ResolveRelease=promote(environment("dev", targets=[FAILING])), **RECORDED)

    failure = has_failed(ran, last="DeployToTarget")

    assert failure == Failure("DeploymentRolledBack", "the canary of dev was unhealthy")
    assert ran.payload("RecordPromotion")["release"] == RELEASE


def test_a_quarantined_digest_does_not_get_past_the_gates(promotion: Machine) -> None:
    ran = promotion.run(CheckGates=Raises("QuarantinedError", "rolled back in prod"), **RECORDED)

    failure = has_failed(ran, last="CheckGates")

    assert failure == Failure("QuarantinedError", "rolled back in prod")
    assert "DeployToTarget" not in ran.entered


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("not on a Friday", "prod was rejected by ops@example.com: not on a Friday"),
        (None, "prod was rejected by ops@example.com without a reason"),
    ],
)
def test_a_no_ends_the_promotion_with_who_and_why(promotion: Machine, reason: str | None, cause: str) -> None:
    ran = promotion.start(**asking(30)).succeed("RequestApproval", {**REJECTED, "reason": reason})

    assert has_failed(ran, last="ApprovalRejected") == Failure("ApprovalRejected", cause)
    assert "DeployToTarget" not in ran.entered


def test_an_approval_that_nobody_decides_about_expires(promotion: Machine) -> None:
    ran = promotion.run(**asking(1))

    asked = "ops@example.com, lead@example.com"
    assert has_failed(ran, last="ApprovalExpired") == Failure(
        "ApprovalExpired", f"Nobody decided about prod in time. Asked were: {asked}"
    )
    assert "DeployToTarget" not in ran.entered


def test_an_approval_that_cannot_be_asked_for_fails_the_promotion(promotion: Machine) -> None:
    ran = promotion.run(RequestApproval=Raises("MailError", "the sender is not verified"), **asking(30))

    assert has_failed(ran, last="RequestApproval") == Failure("MailError", "the sender is not verified")


def test_what_cannot_be_resolved_is_recorded_without_a_release(promotion: Machine) -> None:
    ran = promotion.run(ResolveRelease=Raises("ManifestError", "environments: missing"), **RECORDED)

    failure = has_failed(ran, last="ResolveRelease")

    assert failure == Failure("ManifestError", "environments: missing")
    assert ran.payload("RecordPromotion")["release"] is None


def test_a_promotion_that_is_not_recorded_fails_with_the_records_error(promotion: Machine) -> None:
    ran = promotion.run(ResolveRelease=promote(environment("dev")), RecordPromotion=Raises("LedgerError"))

    assert (ran.status, ran.error) == ("FAILED", "LedgerError")
