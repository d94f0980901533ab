"""The promotion machine when the release does not reach every environment."""

import pytest

from gantry.promotion.failure import Failure
from tests.statemachine.outcomes import RECORDED, has_failed
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import (
    CHECKED_ENVIRONMENTS,
    RELEASE,
    TARGET,
    environment,
    open_gates,
    promoted,
    resolved,
    stopped,
)

FAILING = {**TARGET, "fails_with": "the canary of dev was unhealthy"}


def test_the_next_environment_is_not_begun_when_one_fails(promotion: Machine) -> None:
    ran = promotion.run(**promoted(environment("dev", targets=[FAILING]), environment("prod")), **RECORDED)

    has_failed(ran, last="EnvironmentFailed")
    assert [payload["environment"] for payload in ran.payloads("CheckGates")] == ["dev"]


def test_the_failed_deployments_own_error_and_cause_are_recorded(promotion: Machine) -> None:
    ran = promotion.run(
        **promoted(environment("dev", targets=[FAILING])),
        StopWave=stopped("DeploymentRolledBack", "the canary of dev was unhealthy"),
        **RECORDED,
    )

    failure = has_failed(ran, last="EnvironmentFailed")

    assert failure == Failure("DeploymentRolledBack", "the canary of dev was unhealthy")
    assert ran.payload("RecordPromotion")["release"] == RELEASE


def test_a_quarantined_digest_does_not_get_past_the_gates(promotion: Machine) -> None:
    ran = promotion.run(CheckGates=Raises("QuarantinedError", "rolled back in prod"), **RECORDED)

    failure = has_failed(ran, last="CheckGates")

    assert failure == Failure("QuarantinedError", "rolled back in prod")
    assert "DeployToTarget" not in ran.entered


@pytest.mark.parametrize("error", ["EnvironmentsNotReadyError", "ManifestError", "PolicyError"])
def test_what_would_stop_it_later_ends_it_before_anything_is_deployed(promotion: Machine, error: str) -> None:
    ran = promotion.run(CheckAllEnvironments=Raises(error, "prod: there is no alarm"), **RECORDED)

    failure = has_failed(ran, last="CheckAllEnvironments")

    assert failure == Failure(error, "prod: there is no alarm")
    assert len(ran.payloads("CheckAllEnvironments")) == 1
    assert ran.payload("RecordPromotion")["release"] == RELEASE
    assert "CheckGates" not in ran.entered


def test_what_cannot_be_looked_at_stops_nothing(promotion: Machine) -> None:
    ran = promotion.run(**promoted(environment("dev")) | {"CheckAllEnvironments": Raises("ClientError", "503")})

    assert (ran.status, len(ran.payloads("CheckAllEnvironments"))) == ("SUCCEEDED", 4)
    assert ran.payload("RecordPromotion")["failure"] is None


def test_a_redriven_promotion_is_checked_again(promotion: Machine) -> None:
    """The stand-in has no redrive; what RecordPromotion answers after one leads to the same."""
    not_ready = Raises("EnvironmentsNotReadyError", "prod: there is no alarm")

    ran = promotion.run(
        **promoted(environment("dev"))
        | {
            "CheckAllEnvironments": [not_ready, CHECKED_ENVIRONMENTS],
            "RecordPromotion": [{"outcome": "redriven"}, {"outcome": "completed"}],
        }
    )

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("ResolveRelease")) == 1
    assert ran.payloads("RecordPromotion")[-1]["failure"] is None


@pytest.mark.parametrize("error", ["ManifestError", "ArtifactTypeError", "ArtifactArchitectureError"])
def test_what_cannot_be_resolved_is_recorded_at_once_without_a_release(promotion: Machine, error: str) -> None:
    ran = promotion.run(ResolveRelease=Raises(error, "for some reason"), **RECORDED)

    failure = has_failed(ran, last="ResolveRelease")

    assert failure == Failure(error, "for some reason")
    assert len(ran.payloads("ResolveRelease")) == 1
    assert ran.payload("RecordPromotion")["release"] is None


def test_a_configuration_that_could_not_be_downloaded_is_asked_for_again(promotion: Machine) -> None:
    answers = promoted(environment("dev"))

    ran = promotion.run(
        **answers | {"ResolveRelease": [Raises("TimeoutError", "timed out"), answers["ResolveRelease"]]}
    )

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("ResolveRelease")) == 2


def test_a_promotion_that_is_not_recorded_fails_with_the_records_error(promotion: Machine) -> None:
    ran = promotion.run(**promoted(environment("dev")), RecordPromotion=Raises("LedgerError"))

    assert (ran.status, ran.error) == ("FAILED", "LedgerError")


@pytest.mark.parametrize("state", ["ResolveRelease", "CheckGates"])
def test_what_no_catch_sees_ends_the_promotion_unrecorded(promotion: Machine, state: str) -> None:
    """ClosePromotion records it instead, when the event about its end arrives."""
    too_much = {"environment": environment("dev") | {"alarms": ["a" * 270_000]}, "firing": [], "outcome": "promote"}

    ran = promotion.run(**promoted(environment("dev")) | {state: too_much})

    assert (ran.status, ran.error) == ("FAILED", "States.DataLimitExceeded")
    assert "RecordPromotion" not in ran.entered


def test_a_release_that_does_not_come_to_the_region_is_not_asked_about(promotion: Machine) -> None:
    gates = open_gates(environment("prod", is_gated=True), elsewhere=["eu-west-1"])

    ran = promotion.run(
        CheckGates=gates, AwaitReplication=Raises("ReplicationFailedError", "there is no rule"), **RECORDED
    )

    failure = has_failed(ran, last="AwaitReplication")
    assert failure == Failure("ReplicationFailedError", "there is no rule")
    assert len(ran.payloads("AwaitReplication")) == 1
    assert "RequestApproval" not in ran.entered


def test_a_redriven_promotion_begins_with_the_first_environment_again(promotion: Machine) -> None:
    """The stand-in has no redrive; what RecordPromotion answers after one leads to the same."""
    dev, prod = open_gates(environment("dev")), open_gates(environment("prod"))

    ran = promotion.run(
        CheckGates=[dev, Raises("QuarantinedError", "rolled back in prod"), dev, prod],
        RecordPromotion=[{"outcome": "redriven"}, {"outcome": "completed"}],
    )

    assert ran.status == "SUCCEEDED"
    asked = [payload["environment"] for payload in ran.payloads("CheckGates")]
    assert asked == ["dev", "prod", "dev", "prod"]
    assert [payload["failure"] is None for payload in ran.payloads("RecordPromotion")] == [False, True]


def test_a_redriven_promotion_without_a_release_resolves_it_again(promotion: Machine) -> None:
    ran = promotion.run(
        ResolveRelease=[Raises("ManifestError", "environments: missing"), resolved(environment("dev"))],
        RecordPromotion=[{"outcome": "redriven"}, {"outcome": "completed"}],
    )

    assert ran.status == "SUCCEEDED"
    assert [payload["event"] for payload in ran.payloads("ResolveRelease")] == [promotion.input] * 2


def test_a_failure_says_how_often_the_execution_had_been_redriven(promotion: Machine) -> None:
    ran = promotion.run(ResolveRelease=Raises("ManifestError", "environments: missing"), **RECORDED)

    recorded = ran.payload("RecordPromotion")
    assert (recorded["redrives"], recorded["failure"]["redrives"]) == (0, 0)
