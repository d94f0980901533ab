"""The promotion machine when the release reaches every environment."""

from typing import Any

import pytest

from tests.sandbox.given import Json
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine
from tests.statemachine.stories import PUSH, RELEASE, TARGET, environment, promote

DEPLOY = ["CheckGates", "IsApprovalNeeded", "DeployToTargets", "DeployToTarget"]
ASK = ["CheckGates", "IsApprovalNeeded", "RequestApproval", "IsApproved"]
END = ["RecordPromotion", "HasFailed", "PromotionCompleted"]
APPROVED: Json = {"decision": "approved", "decided_by": "ops@example.com", "decided_at": "2026-11-22", "reason": None}


@pytest.fixture(scope="module")
def ran(promotion: Machine) -> Ended:
    """A promotion to dev and prod without an approval."""
    return promotion.run()


def deployed(ran: Ended) -> list[Any]:
    return [(each["Input"]["environment"], each["Input"]["target"]) for each in ran.arguments("DeployToTarget")]


def test_environments_are_reached_one_after_the_other_in_the_manifests_order(ran: Ended) -> None:
    assert ran.entered == ["ResolveRelease", "IsRelease", "PromoteThroughEnvironments", *DEPLOY, *DEPLOY, *END]
    assert [payload["environment"] for payload in ran.payloads("CheckGates")] == ["dev", "prod"]
    assert [name for name, _ in deployed(ran)] == ["dev", "prod"]


def test_the_output_names_the_release_and_the_environments(ran: Ended) -> None:
    assert ran.status == "SUCCEEDED"
    assert ran.output == {"release": RELEASE, "environments": ["dev", "prod"]}


def test_the_release_that_was_resolved_is_the_one_that_is_carried(ran: Ended) -> None:
    assert ran.payload("ResolveRelease")["event"] == PUSH
    carried = [payload["release"] for payload in (*ran.payloads("CheckGates"), ran.payload("RecordPromotion"))]
    assert carried == [RELEASE] * 3
    assert [each["Input"]["release"] for each in ran.arguments("DeployToTarget")] == [RELEASE] * 2


def test_a_deployment_is_given_everything_that_its_environment_says(ran: Ended) -> None:
    started = ran.arguments("DeployToTarget")[1]["Input"]
    prod = environment("prod")

    for key in ("architecture", "configuration", "plan", "alarms", "minimum_invocations"):
        assert started[key] == prod[key]
    assert started["target"] == prod["targets"][0]
    assert started["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"] == ran.payload("RecordPromotion")["execution"]


def test_a_promotion_without_a_failure_is_recorded_as_one(ran: Ended) -> None:
    assert ran.payload("RecordPromotion")["failure"] is None


def test_a_single_environment_is_still_a_list(promotion: Machine) -> None:
    ran = promotion.run(ResolveRelease=promote(environment("dev")))

    assert ran.output["environments"] == ["dev"]


def test_what_is_no_release_is_ignored_with_the_reason(promotion: Machine) -> None:
    ignored: Json = {"outcome": "ignored", "reason": "latest is no commit hash", "release": None, "environments": []}

    ran = promotion.run(ResolveRelease=ignored)

    assert ran.entered == ["ResolveRelease", "IsRelease", "PromotionIgnored"]
    assert ran.status == "SUCCEEDED"
    assert ran.output == ignored


def test_targets_are_deployed_to_one_after_the_other(promotion: Machine) -> None:
    targets = [{**TARGET, "region": region} for region in ("us-east-1", "eu-west-1")]

    ran = promotion.run(ResolveRelease=promote(environment("prod", targets=targets)))

    assert ran.entered[3:] == [*DEPLOY, "DeployToTarget", *END]
    assert deployed(ran) == [("prod", target) for target in targets]


def test_people_are_asked_and_their_yes_carries_on(promotion: Machine) -> None:
    release = promote(environment("prod", expires_after_seconds=30))

    ran = promotion.start(ResolveRelease=release).succeed("RequestApproval", APPROVED)

    assert ran.entered[3:] == [*ASK, "DeployToTargets", "DeployToTarget", *END]
    asked = ran.payload("RequestApproval")
    assert asked["approval"]["approvers"] == ["ops@example.com", "lead@example.com"]
    assert (asked["environment"], asked["release"], asked["live"]) == ("prod", RELEASE, "7 in us-east-1")


def test_people_are_told_when_nothing_is_live_yet(promotion: Machine) -> None:
    release = promote(environment("prod", expires_after_seconds=30))

    ran = promotion.start(ResolveRelease=release, CheckGates={"live": None}).succeed("RequestApproval", APPROVED)

    assert ran.status == "SUCCEEDED"
    assert ran.payload("RequestApproval")["live"] is None
