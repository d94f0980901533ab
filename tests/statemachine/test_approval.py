"""The promotion machine between asking people and the end of their approval."""

import copy
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.approval_answer import Outcome
from gantry.promotion.failure import Failure
from sandbox.stand_in.accounts import ASSETS
from tests.sandbox.given import Json
from tests.statemachine.approvals import ORIGIN, SEEN, Asked, decided, pending, told
from tests.statemachine.outcomes import COMPLETES, DEPLOY, RECORDED, has_failed
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import RELEASE, TARGET, environment, open_gates, promoted, stopped
from tests.template.parsed import definition
from tests.unit.asl.definitions import INTEGRATION
from tests.unit.handlers.payloads import TARGET as A_TARGET

GATED = environment("prod", is_gated=True)
ASK = ["CheckGates", "IsApprovalNeeded", "RequestApproval", "IsDecided"]
WAIT = ["AwaitDecision", "IsDecided"]
GIVE_UP_WAITING = ["AwaitDecision", "FollowUpApproval", "IsDecided"]
ENDS_BADLY: list[tuple[Outcome, str]] = [
    ("rejected", "ApprovalRejected"),
    ("expired", "ApprovalExpired"),
    ("superseded", "ApprovalSuperseded"),
    ("undeliverable", "ApprovalUndeliverable"),
]
how_it_ends_badly = pytest.mark.parametrize(("outcome", "error"), ENDS_BADLY)
THROTTLED = [
    Raises(f"DynamoDb.{name}Exception")
    for name in (
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "Throttling",
        "InternalServerError",
        "SdkClient",
    )
]


@pytest.fixture
def asked(promotion: Machine) -> Asked:
    """An approval that nobody has answered."""
    return Asked(promotion.stage.aws, promotion.stage.ledger)


def asking(asked: Asked, seconds: int = 60, **answers: Any) -> Json:
    """A script in which people are asked about prod, and then about nothing more."""
    script = promoted(GATED, environment("after")) | {"RequestApproval": pending(seconds, asked.key), **RECORDED}
    return script | answers


def deployed(ran: Ended) -> list[str]:
    return [each["Input"]["environment"] for each in ran.arguments("DeployToTarget")]


def test_the_machine_waits_with_its_token_in_the_ledger_until_people_approve(promotion: Machine, asked: Asked) -> None:
    before = asked.item()
    execution = promotion.start(**asking(asked, **COMPLETES))
    waiting = before | {"task_token": {"S": asked.token()}}

    assert asked.item() == waiting
    decision = asked.answer("approved")
    ran = execution.ended()

    assert ran.entered[5:14] == [*ASK, *WAIT, *DEPLOY]
    assert ran.timeouts("AwaitDecision") == [60]
    assert ran.output["approvals"] == [decision]
    assert deployed(ran) == ["prod", "after"]


@how_it_ends_badly
def test_any_other_outcome_keeps_the_release_out_and_says_why(
    promotion: Machine, asked: Asked, outcome: Outcome, error: str
) -> None:
    execution = promotion.start(**asking(asked))
    decision = asked.answer(outcome)
    ran = execution.ended()

    assert has_failed(ran, last="NotApproved") == Failure(error, decision["explanation"])
    assert deployed(ran) == []
    assert len(ran.payloads("CheckGates")) == 1


def test_an_answer_that_was_there_before_is_not_waited_for(promotion: Machine, asked: Asked) -> None:
    """A try of RequestApproval before this one asked, and was answered."""
    ran = promotion.run(**asking(asked, RequestApproval=decided("approved"), **COMPLETES))

    assert ran.entered[5:12] == [*ASK, *DEPLOY]
    assert ran.output["approvals"] == [told("approved")]
    assert "task_token" not in asked.item()


@how_it_ends_badly
def test_nobody_is_waited_for_when_it_cannot_be_approved_any_more(
    promotion: Machine, asked: Asked, outcome: Outcome, error: str
) -> None:
    ran = promotion.run(**asking(asked, RequestApproval=decided(outcome)))

    assert has_failed(ran, last="NotApproved") == Failure(error, told(outcome)["explanation"])
    assert ran.entered[5:10] == [*ASK, "NotApproved"]


def test_when_something_is_due_it_is_done_and_then_the_machine_waits_again(promotion: Machine, asked: Asked) -> None:
    following = [pending(2, asked.key), pending(60, asked.key)]
    execution = promotion.start(**asking(asked, seconds=1, FollowUpApproval=following, **COMPLETES))
    first = asked.token()
    second = asked.token(after=first)
    asked.answer("approved", asked.token(after=second))
    ran = execution.ended()

    assert ran.entered[5:20] == [*ASK, *GIVE_UP_WAITING, *GIVE_UP_WAITING, *WAIT, *DEPLOY]
    assert ran.timeouts("AwaitDecision") == [1, 2, 60]
    assert ran.status == "SUCCEEDED"


def test_an_approval_that_nobody_decides_about_expires(promotion: Machine, asked: Asked) -> None:
    ran = promotion.run(**asking(asked, seconds=1, FollowUpApproval=decided("expired")))

    assert has_failed(ran, last="NotApproved") == Failure("ApprovalExpired", told("expired")["explanation"])
    assert ran.entered[5:13] == [*ASK, *GIVE_UP_WAITING, "NotApproved"]


def test_an_outcome_that_came_before_the_token_is_looked_up(promotion: Machine) -> None:
    asked = Asked(promotion.stage.aws, promotion.stage.ledger, outcome="approved")

    ran = promotion.run(**asking(asked, FollowUpApproval=decided("approved"), **COMPLETES))

    assert ran.entered[5:15] == [*ASK, *GIVE_UP_WAITING, *DEPLOY]
    assert ran.errors() == ["DynamoDb.ConditionalCheckFailedException"]
    assert "task_token" not in asked.item()
    assert ran.output["approvals"] == [told("approved")]


def test_a_ledger_that_is_busy_is_asked_again(promotion: Machine, asked: Asked) -> None:
    """The ledger never is here, so that a function, which can fail as it likes, takes the ledger's place."""
    changed: Json = copy.deepcopy(dict(definition("promotion")))
    gate = changed["States"]["PromoteThroughEnvironments"]["ItemProcessor"]["States"]
    gate["AwaitDecision"]["Resource"] = f"{INTEGRATION}lambda:invoke.waitForTaskToken"
    gate["AwaitDecision"]["Arguments"] = {
        "FunctionName": "${AwaitDecisionFunctionArn}",
        "Payload": {
            "execution": "{% $states.context.Execution.Id %}",
            "task_token": "{% $states.context.Task.Token %}",
        },
    }
    machine = promotion.stage.machine_of(json.dumps(changed))
    script = {**promotion.script, **asking(asked, AwaitDecision=[*THROTTLED, {}], **COMPLETES)}

    execution = promotion.stage.start(machine, promotion.input, script)
    ran = execution.succeed("AwaitDecision", told("approved"))

    assert ran.status == "SUCCEEDED"
    assert ran.errors() == [each.error for each in THROTTLED]


@pytest.mark.parametrize("names", [["gated", "free"], ["free", "gated"], ["gated", "other-gated"]])
def test_the_output_has_the_decision_of_every_environment_that_has_one(promotion: Machine, names: list[str]) -> None:
    gated = [name for name in names if name.endswith("gated")]
    answers = [decided("approved"), decided("approved", reason="looks good")]

    ran = promotion.run(
        **promoted(*(environment(name, is_gated=name in gated) for name in names)), RequestApproval=answers
    )

    assert ran.output["approvals"] == [answer["decision"] for answer in answers[: len(gated)]]
    assert deployed(ran) == names
    assert [payload["environment"]["name"] for payload in ran.payloads("RequestApproval")] == gated


def test_nobody_is_asked_only_where_the_manifest_says_so(promotion: Machine, asked: Asked) -> None:
    incomplete = {name: value for name, value in environment("prod").items() if name != "approval"}

    ran = promotion.run(**asking(asked, **promoted(incomplete), RequestApproval=decided("rejected")))

    assert has_failed(ran, last="NotApproved").error == "ApprovalRejected"


def test_request_approval_is_told_what_people_want_to_know(promotion: Machine, asked: Asked) -> None:
    firing = ["cowsay-errors in 444444444444/us-east-1"]
    gates = open_gates(GATED, *firing)
    execution = promotion.start(**asking(asked, RequestApproval=decided("rejected"), CheckGates=gates))
    payload = execution.ended().payload("RequestApproval")
    described = promotion.stage.aws.client("stepfunctions", ASSETS).describe_execution(executionArn=execution.arn)

    started_at, entered_at = (datetime.fromisoformat(payload.pop(key)) for key in ("started_at", "entered_at"))
    assert abs(started_at - described["startDate"]) < timedelta(seconds=1)
    assert entered_at > started_at
    assert payload == {
        "release": RELEASE,
        "origin": ORIGIN,
        "environment": GATED,
        "firing": firing,
        "drafts": gates["drafts"],
        "forecast": "soon",
        "ends": "later",
        "execution": execution.arn,
    }


def test_follow_up_approval_is_told_where_to_look(promotion: Machine, asked: Asked) -> None:
    execution = promotion.start(**asking(asked, seconds=1, FollowUpApproval=decided("expired")))
    payload = execution.ended().payload("FollowUpApproval")

    assert payload.pop("entered_at")
    assert payload == {"environment": "prod", "execution": execution.arn, "release": RELEASE}


@pytest.mark.parametrize("state", ["RequestApproval", "FollowUpApproval"])
def test_an_approval_that_cannot_be_asked_for_fails_the_promotion(promotion: Machine, asked: Asked, state: str) -> None:
    broken = {state: Raises("QuorumUnreachableError", "nobody is left")}

    ran = promotion.run(**asking(asked, seconds=1, **broken))

    assert has_failed(ran, last=state) == Failure("QuorumUnreachableError", "nobody is left")


def test_a_promotion_that_is_stopped_waits_no_more(promotion: Machine, asked: Asked) -> None:
    execution = promotion.start(**asking(asked))
    token = asked.token()

    promotion.stage.aws.client("stepfunctions", ASSETS).stop_execution(executionArn=execution.arn)

    assert execution.ended().status == "ABORTED"
    with pytest.raises(ClientError, match="TaskTimedOut"):
        asked.answer("approved", token)


def test_people_are_asked_again_when_a_deployment_finds_that_the_approval_does_not_hold(promotion: Machine) -> None:
    outdated = {**TARGET, "error": "ApprovalOutdated", "fails_with": 'On it, "version 8" is live now.'}
    gates = [open_gates(environment("prod", targets=[each], is_gated=True)) for each in (outdated, TARGET)]
    script = {**promoted(GATED), "CheckGates": gates, "RequestApproval": decided("approved"), **COMPLETES}

    ran = promotion.run(**script, StopWave=stopped("ApprovalOutdated", 'On it, "version 8" is live now.'))

    again = [*DEPLOY, "StopWave", "IsApprovalOutdated", *ASK]
    assert ran.entered[5:18] == [*ASK, *again]
    assert [payload["environment"] for payload in ran.payloads("CheckGates")] == ["prod", "prod"]
    assert ran.status == "SUCCEEDED"
    assert len(deployed(ran)) == 2


def test_a_cause_that_only_quotes_the_error_asks_nobody_again(promotion: Machine) -> None:
    failing = {**TARGET, "fails_with": '{"Error":"ApprovalOutdated"}'}
    gated = environment("prod", targets=[failing], is_gated=True)

    ran = promotion.run(
        **promoted(gated),
        RequestApproval=decided("approved"),
        StopWave=stopped(message='{"Error":"ApprovalOutdated"}'),
        **RECORDED,
    )

    assert has_failed(ran, last="EnvironmentFailed").error == "DeploymentRolledBack"
    assert len(ran.payloads("RequestApproval")) == 1


def test_a_deployment_is_told_what_people_approved(promotion: Machine) -> None:
    other = {**TARGET, "region": "eu-west-1"}
    gated = environment("prod", targets=[TARGET, other], is_gated=True)
    decision = decided("approved")
    decision["decision"]["live"] = {A_TARGET.id: "version 7 (tag7)"}

    ran = promotion.run(**promoted(gated, environment("free")), RequestApproval=decision, **COMPLETES)

    at = decision["decision"]["decided_at"]
    given = [each["Input"]["approved"] for each in ran.arguments("DeployToTarget")]
    assert given == [{"at": at, "live": "version 7 (tag7)"}, {"at": at}, None]
    assert all(each["Input"]["carried"] == gated["carried"] for each in ran.arguments("DeployToTarget"))


def test_each_deployment_is_held_to_what_the_approvers_saw_of_its_target(promotion: Machine, asked: Asked) -> None:
    """CheckGates of a redriven promotion may read something else, which nobody is asked about once more."""
    gated = environment("prod", targets=[TARGET, {**TARGET, "region": "eu-west-1"}], is_gated=True)

    ran = promotion.run(**asking(asked, **promoted(gated, environment("after")), RequestApproval=decided("approved")))

    assert [each["Input"]["draft"] for each in ran.arguments("DeployToTarget")] == [*SEEN[:2], {}]
    assert [each["Input"]["target"] for each in ran.arguments("DeployToTarget")][:2] == gated["targets"]
