"""The promotion machine with the targets of an environment in waves."""

import pytest

from gantry.promotion.failure import Failure
from tests.sandbox.given import Json, ended
from tests.statemachine.outcomes import ENVIRONMENT_FAILED, RECORDED, has_failed
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import CANNOT_GO_BACK, Machine, Raises
from tests.statemachine.stories import RELEASE, TARGET, environment, open_gates, promoted, stopped

REGIONS = ("us-east-1", "eu-west-1", "eu-north-1", "ap-south-1")
TARGETS: list[Json] = [{**TARGET, "region": region} for region in REGIONS]
FAILING = {**TARGET, "fails_with": "the canary was unhealthy"}
WAITING = {**TARGET, "region": "eu-west-1", "takes": 100_000}


def in_waves(*waves: list[int], targets: list[Json] = TARGETS) -> Json:
    """What the functions answer for one environment with these waves."""
    prod = environment("prod", targets=targets)
    return promoted(prod) | {"CheckGates": open_gates(prod, waves=waves)}


def regions(ran: Ended) -> list[str]:
    return [each["Input"]["target"]["region"] for each in ran.arguments("DeployToTarget")]


def test_waves_follow_each_other_and_the_targets_of_one_are_deployed_to_side_by_side(promotion: Machine) -> None:
    slow = [{**each, "takes": 1} for each in TARGETS]

    ran = promotion.run(**in_waves([2], [0, 1, 3], targets=slow))

    assert ran.status == "SUCCEEDED"
    assert (ran.most_at_once("DeployWave"), ran.most_at_once("DeployToTarget")) == (1, 3)
    assert regions(ran)[0] == "eu-north-1"
    assert sorted(regions(ran)) == sorted(REGIONS)


def test_every_target_gets_its_own_draft(promotion: Machine) -> None:
    prod = environment("prod", targets=TARGETS)
    gates = open_gates(prod, waves=[[3], [1, 0], [2]]) | {"drafts": [{"of": region} for region in REGIONS]}

    ran = promotion.run(**promoted(prod) | {"CheckGates": gates})

    started = [each["Input"] for each in ran.arguments("DeployToTarget")]
    assert [each["draft"]["of"] for each in started] == [each["target"]["region"] for each in started]


def test_one_that_fails_stops_the_others_of_its_wave_and_no_further_wave_begins(promotion: Machine) -> None:
    targets = [WAITING, FAILING, TARGETS[2]]

    ran = promotion.run(**in_waves([0, 1], [2], targets=targets), **RECORDED)

    has_failed(ran, last="EnvironmentFailed")
    assert ran.entered[-5:] == [*ENVIRONMENT_FAILED, "RecordPromotion"]
    assert sorted(regions(ran)) == ["eu-west-1", "us-east-1"]
    ends = [ended(promotion.stage.aws, child)["status"] for child in ran.children()]
    assert sorted(ends) == ["ABORTED", "FAILED"]


def test_what_is_to_be_stopped_is_found_by_the_promotions_release_start_and_targets(promotion: Machine) -> None:
    ran = promotion.run(**in_waves([0], targets=[FAILING]), **RECORDED)

    told = ran.payload("StopWave")
    assert (told["release"], told["environment"], told["targets"]) == (RELEASE, "prod", [FAILING])
    assert told["on_failure"] == "stop"
    assert told["started_at"] == ran.arguments("DeployToTarget")[0]["Input"]["promotion_started_at"]
    assert Failure.of(told["failed"]) == Failure("DeploymentRolledBack", "the canary was unhealthy")


def test_a_whole_environment_is_rolled_back_before_the_promotion_fails(promotion: Machine) -> None:
    going_back = ["444444444444/us-east-1/cowsay/live"]

    ran = promotion.run(**in_waves([0], targets=[FAILING]), StopWave=stopped(roll_back=going_back), **RECORDED)

    failure = has_failed(ran, last="EnvironmentFailed")
    asked = ran.arguments("RollBackEnvironment")[0]["Input"]
    execution = ran.payload("RecordPromotion")["execution"]
    assert asked == {
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": execution,
        "promotion": {
            "execution": execution,
            "digest": RELEASE["artifact"]["digest"],
            "manifest_revision": RELEASE["manifest_revision"],
        },
        "service": "cowsay",
        "environment": "prod",
        "target": going_back,
        "reason": "on_failure: roll_back_environment, after DeploymentRolledBack: it was unhealthy",
    }
    assert failure.error == "DeploymentRolledBack"
    assert failure.message == (
        "it was unhealthy (all targets of the environment that had the release were rolled back)"
    )


def test_people_are_told_when_an_environment_could_not_be_rolled_back(promotion: Machine) -> None:
    stuck = stopped(roll_back=[CANNOT_GO_BACK])

    ran = promotion.run(**in_waves([0], targets=[FAILING]), StopWave=stuck, **RECORDED)

    failure = has_failed(ran, last="EnvironmentFailed")
    assert failure.error == "DeploymentRolledBack"
    assert failure.message.startswith("The environment was NOT rolled back completely")
    assert "it is asleep" in failure.message


@pytest.mark.parametrize(
    ("on_failure", "says"),
    [
        ("stop", "The rest of its wave was not stopped (LedgerError)."),
        (
            "roll_back_environment",
            "The rest of its wave was not stopped, and the environment was NOT rolled back: start a rollback "
            "(LedgerError).",
        ),
    ],
)
def test_the_deployments_own_failure_is_told_when_its_wave_could_not_be_stopped(
    promotion: Machine, on_failure: str, says: str
) -> None:
    answers = in_waves([0], targets=[FAILING])
    answers["CheckGates"]["environment"]["on_failure"] = on_failure

    ran = promotion.run(**answers, StopWave=Raises("LedgerError"), **RECORDED)

    failure = has_failed(ran, last="EnvironmentFailed")
    assert failure.error == "DeploymentRolledBack"
    assert failure.message.startswith(f"{says} It failed with")
    assert "the canary was unhealthy" in failure.message


def test_forty_targets_at_once_do_not_make_a_states_data_too_large(promotion: Machine) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    many = [{**TARGET, "name": f"cowsay-{index}/live"} for index in range(40)]

    ran = promotion.run(**in_waves(list(range(40)), targets=many))

    assert ran.status == "SUCCEEDED"
    assert len(ran.children()) == 40
