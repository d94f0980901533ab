"""The promotion machine where an environment needs something of the infrastructure first."""

from gantry.promotion.failure import Failure
from sandbox.stand_in.accounts import DEV
from tests.statemachine.outcomes import COMPLETED, DEPLOY, RECORDED, has_failed
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import RELEASE, environment, promoted, resolved
from tests.statemachine.test_promotion import BEGIN

GATES = ["CheckGates", "IsApprovalNeeded"]
UNMET = Raises("NeedsUnmetError", "parameter /infra/prod/revision at least 12 (found 11)")
TWO = (environment("dev"), environment("prod"))
NEEDING_PROD = {**promoted(*TWO), "ResolveRelease": resolved(*TWO) | {"needing": ["prod"]}}


def test_only_the_environment_that_needs_something_waits_and_goes_on_once_it_is_there(promotion: Machine) -> None:
    found = {"infrastructure": {"parameter /infra/prod/revision": "12"}}
    ran = promotion.run(**NEEDING_PROD | {"AwaitInfrastructure": [*[UNMET] * 8, found]})

    assert ran.status == "SUCCEEDED"
    dev = ["IsInfrastructureNeeded", *GATES, *DEPLOY]
    prod = ["IsInfrastructureNeeded", "AwaitInfrastructure", *GATES, *DEPLOY]
    assert ran.entered == [*BEGIN, *dev, *prod, *COMPLETED]
    looks = ran.payloads("AwaitInfrastructure")
    assert len(looks) == 9
    assert {(each["environment"], each["entered_at"]) for each in looks} == {("prod", looks[0]["entered_at"])}
    assert looks[0]["release"] == RELEASE
    assert looks[0]["started_at"] <= looks[0]["entered_at"]
    assert [payload["environment"] for payload in ran.payloads("CheckGates")] == ["dev", "prod"]


def test_what_does_not_come_in_time_ends_the_promotion_before_anybody_is_asked(promotion: Machine) -> None:
    over = Raises("NeedsTimedOutError", "it has waited for 24h; ask platform@example.com")
    ran = promotion.run(**NEEDING_PROD | {"AwaitInfrastructure": [UNMET, over]}, **RECORDED)

    failure = has_failed(ran, last="AwaitInfrastructure")
    assert len(ran.payloads("AwaitInfrastructure")) == 2
    assert [each["Input"]["target"]["account"] for each in ran.arguments("DeployToTarget")] == [DEV]
    assert len(ran.payloads("CheckGates")) == 1
    assert failure == Failure("NeedsTimedOutError", "it has waited for 24h; ask platform@example.com")


def test_a_release_that_is_not_the_newest_there_any_more_does_not_wait(promotion: Machine) -> None:
    newer = Raises("DeploymentSupersededError", "a newer release has come there")
    ran = promotion.run(**NEEDING_PROD | {"AwaitInfrastructure": [UNMET, newer]}, **RECORDED)

    failure = has_failed(ran, last="AwaitInfrastructure")
    assert failure == Failure("DeploymentSupersededError", "a newer release has come there")
    assert len(ran.payloads("AwaitInfrastructure")) == 2


def test_a_release_that_is_quarantined_does_not_wait(promotion: Machine) -> None:
    rolled_back = Raises("QuarantinedError", "it was rolled back in dev")
    ran = promotion.run(**NEEDING_PROD | {"AwaitInfrastructure": [UNMET, rolled_back]}, **RECORDED)

    assert has_failed(ran, last="AwaitInfrastructure").error == "QuarantinedError"
    assert len(ran.payloads("AwaitInfrastructure")) == 2


def test_a_fault_now_and_then_does_not_end_a_wait_of_days(promotion: Machine) -> None:
    found = {"infrastructure": {"parameter /infra/prod/revision": "12"}}
    faults = [Raises("Lambda.Unknown", "it was killed")] * 9
    ran = promotion.run(**NEEDING_PROD | {"AwaitInfrastructure": [*faults, UNMET, found]})

    assert ran.status == "SUCCEEDED"
