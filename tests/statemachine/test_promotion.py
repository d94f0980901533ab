"""The promotion machine when the release reaches every environment."""

from typing import Any

import pytest

from tests.statemachine.outcomes import COMPLETED, DEPLOY
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import PUSH, RELEASE, environment, open_gates, promoted, resolved

BEGIN = ["ResolveRelease", "IsRelease", "CheckAllEnvironments", "PromoteThroughEnvironments"]
UNGATED = ["IsInfrastructureNeeded", "CheckGates", "IsApprovalNeeded", *DEPLOY]


@pytest.fixture(scope="module")
def ran(promotion: Machine) -> Ended:
    """A promotion to dev and prod without an approval."""
    return promotion.run()


def deployed(ran: Ended) -> list[Any]:
    return [(each["Input"]["environment"], each["Input"]["target"]) for each in ran.arguments("DeployToTarget")]


def test_environments_are_reached_one_after_the_other_in_the_manifests_order(ran: Ended) -> None:
    assert ran.entered == [*BEGIN, *UNGATED, *UNGATED, *COMPLETED]
    assert [payload["environment"] for payload in ran.payloads("CheckGates")] == ["dev", "prod"]
    assert [name for name, _ in deployed(ran)] == ["dev", "prod"]


def test_the_output_names_the_release_the_environments_and_no_approval(ran: Ended) -> None:
    assert ran.status == "SUCCEEDED"
    assert ran.output == {"release": RELEASE, "environments": ["dev", "prod"], "approvals": []}


def test_the_release_that_was_resolved_is_the_one_that_is_carried(ran: Ended) -> None:
    assert ran.payload("ResolveRelease")["event"] == PUSH
    carried = [payload["release"] for payload in (*ran.payloads("CheckGates"), ran.payload("RecordPromotion"))]
    assert carried == [RELEASE] * 3
    assert [each["Input"]["release"] for each in ran.arguments("DeployToTarget")] == [RELEASE] * 2


def test_all_environments_are_checked_together_before_the_first(ran: Ended) -> None:
    checked = ran.payload("CheckAllEnvironments")
    assert checked["environments"] == ["dev", "prod"]
    assert (checked["release"], checked["origin"]) == (RELEASE, resolved()["origin"])


def test_a_deployment_is_given_everything_that_its_environment_says(ran: Ended) -> None:
    started = ran.arguments("DeployToTarget")[1]["Input"]
    prod = environment("prod")

    for key in ("architecture", "configuration", "plan", "alarms", "judge"):
        assert started[key] == prod[key]
    assert started["target"] == prod["targets"][0]
    assert started["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"] == ran.payload("RecordPromotion")["execution"]
    assert started["promotion_started_at"] < ran.payload("RecordPromotion")["entered_at"]


def test_a_deployment_may_take_its_own_time_and_that_of_waiting_for_its_turn(ran: Ended) -> None:
    assert ran.timeouts("DeployToTarget") == [60 + 26 * 3600] * 2


def test_every_target_is_told_the_same_moment_so_that_releases_have_one_order(ran: Ended) -> None:
    assert len({each["Input"]["promotion_started_at"] for each in ran.arguments("DeployToTarget")}) == 1


def test_a_promotion_without_a_failure_is_recorded_as_one(ran: Ended) -> None:
    assert ran.payload("RecordPromotion")["failure"] is None


def test_a_release_is_waited_for_in_other_regions_before_anybody_deploys_it(promotion: Machine) -> None:
    pending = Raises("ReplicationPendingError", "eu-west-1: IN_PROGRESS")

    ran = promotion.run(
        **promoted(environment("dev"))
        | {"CheckGates": open_gates(environment("dev"), elsewhere=["eu-west-1"])}
        | {"AwaitReplication": [*[pending] * 12, {"regions": ["eu-west-1"]}]}
    )

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("AwaitReplication")) == 13
    assert {(tuple(each["elsewhere"]), each["entered_at"]) for each in ran.payloads("AwaitReplication")} == {
        (("eu-west-1",), ran.payloads("AwaitReplication")[0]["entered_at"])
    }
    assert ran.entered == [
        *BEGIN,
        "IsInfrastructureNeeded",
        "CheckGates",
        "IsApprovalNeeded",
        "AwaitReplication",
        "IsApprovalNeeded",
        *DEPLOY,
        *COMPLETED,
    ]


def test_a_single_environment_is_still_a_list(promotion: Machine) -> None:
    ran = promotion.run(**promoted(environment("dev")))

    assert ran.output["environments"] == ["dev"]


def test_what_is_no_release_is_ignored_with_the_reason(promotion: Machine) -> None:
    ignored = resolved() | {"outcome": "ignored", "reason": "latest is no commit hash", "release": None}

    ran = promotion.run(ResolveRelease=ignored)

    assert ran.entered == ["ResolveRelease", "IsRelease", "PromotionIgnored"]
    assert ran.status == "SUCCEEDED"
    assert ran.output == ignored
