"""What is tried again, and what is not."""

from collections.abc import Iterator

import pytest

from sandbox.stand_in.accounts import ASSETS
from tests.sandbox.given import a_function, function_arn
from tests.statemachine.scripted import Machine, Raises, Stage
from tests.statemachine.stories import (
    ASKED,
    CHECKED,
    DEPLOYED,
    DEPLOYMENT,
    PREPARED,
    PROMOTED_ANYWAY,
    QUESTION,
    SLOW,
    STEP,
)

TRANSIENT = [
    Raises(f"Lambda.{name}")
    for name in (
        "ServiceException",
        "AWSLambdaException",
        "SdkClientException",
        "TooManyRequestsException",
        "ClientExecutionTimeoutException",
    )
]

ROLLOUT = ("ShiftTraffic", "AwaitShift", "Bake", "JudgeCanary")
ASKING = ("HoldCanary", "AskAboutCanary", "AwaitCanaryDecision", "ResumeCanary")
DECISIONS = [
    ("AcquireLease", ["QuarantinedError", "DeploymentSupersededError"]),
    ("InspectTarget", ["QuarantinedError", "IncompatibleTargetError", "AlarmNotFoundError"]),
    ("PrepareRevision", ["TargetFailedError", "IncompatibleTargetError"]),
    ("SettleTarget", ["TargetFailedError", "RevisionMismatchError"]),
    ("ShiftTraffic", ["TargetChangedError", "TargetFailedError", "AlarmRaisedError"]),
    ("Bake", ["AlarmRaisedError"]),
    (
        "JudgeCanary",
        [
            "CanaryUnhealthyError",
            "CanaryInconclusiveError",
            "TargetChangedError",
            "TargetFailedError",
            "AlarmRaisedError",
        ],
    ),
    ("CompleteDeployment", ["TargetChangedError", "TargetFailedError", "AlarmRaisedError"]),
]


def test_errors_of_lambda_itself_are_tried_again(deployment: Machine) -> None:
    ran = deployment.run(InspectTarget=[*TRANSIENT, DEPLOYED["InspectTarget"]])

    assert ran.status == "SUCCEEDED"
    assert ran.errors() == [each.error for each in TRANSIENT]
    assert len(ran.payloads("InspectTarget")) == 6


def test_every_attempt_says_the_same_so_that_functions_can_tell_a_retry(deployment: Machine) -> None:
    answers = [Raises("Lambda.Unknown"), {"revision": "8"}]
    first, second = deployment.run(RecordRelease=answers).payloads("RecordRelease")

    assert first == second


def test_every_try_for_the_lease_has_a_token_and_a_number_of_its_own_and_the_same_moments(deployment: Machine) -> None:
    first, second = deployment.run(AcquireLease=[Raises("Lambda.Unknown"), DEPLOYED["AcquireLease"]]).payloads(
        "AcquireLease"
    )

    assert first["task_token"] != second["task_token"]
    assert (first["attempt"], second["attempt"]) == (0, 1)
    own = {"task_token": "", "attempt": 0}
    assert first | own == second | own


def test_a_function_that_cannot_even_wait_for_a_token_is_tried_again(deployment: Machine) -> None:
    long_bake = {"plan": [{**STEP, "bake_seconds": 30}]}

    ran = deployment.start(long_bake, Bake=[Raises("Lambda.ServiceException"), {}]).succeed("Bake", {})

    assert ran.status == "SUCCEEDED"
    assert ran.errors() == ["Lambda.ServiceException"]
    assert len({payload["task_token"] for payload in ran.payloads("Bake")}) == 2


@pytest.fixture
def throttled(stage: Stage) -> Iterator[str]:
    """The ARN of a function that may not run even once at a time."""
    client, name = stage.aws.client("lambda", ASSETS), a_function(stage.aws, "def handler(event, context): ...")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield function_arn(name)
    client.delete_function(FunctionName=name)


def test_a_function_that_stays_throttled_is_given_up(stage: Stage, deployment: Machine, throttled: str) -> None:
    machine = stage.machine("deployment", {"InspectTargetFunctionArn": throttled})

    ran = stage.start(machine, DEPLOYMENT, deployment.script).ended()

    assert ran.errors() == ["Lambda.TooManyRequestsException"] * 6
    assert ran.payload("RecordFailure")["failure"]["Error"] == "Lambda.TooManyRequestsException"


@pytest.mark.parametrize("error", ["TargetConflictError", "TargetPendingError"])
def test_a_function_that_somebody_changes_or_lambda_is_not_done_with_is_read_again(
    deployment: Machine, error: str
) -> None:
    ran = deployment.run(PrepareRevision=[Raises(error), Raises(error), PREPARED])

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("PrepareRevision")) == 3


def test_a_function_that_others_keep_changing_is_given_up(deployment: Machine) -> None:
    ran = deployment.run(PrepareRevision=Raises("TargetConflictError"))

    assert ran.errors() == ["TargetConflictError"] * 5
    assert ran.payload("RecordFailure")["failure"]["traffic"] == "untouched"


@pytest.mark.parametrize("error", ["TargetAccessError", "TargetChangedError", "ClientError", "Sandbox.Timedout"])
def test_a_rollback_is_tried_again(deployment: Machine, error: str) -> None:
    ran = deployment.run(CompleteDeployment=Raises("LeaseLostError"), RollBack=[Raises(error), {"revision": "7"}])

    assert ran.error == "DeploymentRolledBack"
    assert ran.errors() == ["LeaseLostError", error]


@pytest.mark.parametrize("state", [state for state in DEPLOYED if state != "RollBack"])
def test_an_error_that_nobody_has_foreseen_is_tried_again(deployment: Machine, state: str) -> None:
    on_the_way = {"CompleteDeployment": Raises("TargetChangedError")} if state == "RecordFailure" else {}
    plan = [STEP] if state in (*ROLLOUT, *ASKING) else []
    question = QUESTION if state in ASKING else SLOW if state.startswith("Await") and state != "AwaitBuild" else {}
    answers = {state: [Raises("UnforeseenError"), DEPLOYED[state]]}
    if state == "AskAboutCanary":
        answers = {state: [Raises("UnforeseenError"), ASKED, PROMOTED_ANYWAY]}

    ran = deployment.run({"plan": plan} | CHECKED, **on_the_way, **(question | answers))

    assert len(ran.payloads(state)) == (3 if state == "AskAboutCanary" else 2)
    assert ran.error == ("DeploymentRolledBack" if on_the_way else None)


@pytest.mark.parametrize(("state", "decisions"), DECISIONS)
def test_what_the_pipeline_decides_itself_is_not_tried_again(
    deployment: Machine, state: str, decisions: list[str]
) -> None:
    plan = [{**STEP, "bake_seconds": 30 if state == "Bake" else 1}] if state in ROLLOUT else []
    for decision in decisions:
        ran = deployment.run({"plan": plan}, **{state: Raises(decision, "no")})

        assert ran.errors().count(decision) == 1, decision
        assert ran.payload("RecordFailure")["failure"]["Error"] == decision


@pytest.mark.parametrize("state", ["PrepareRevision", "SettleTarget", "ShiftTraffic", "CompleteDeployment"])
def test_a_change_that_takes_time_is_looked_at_again_and_the_retry_says_that_it_is_one(
    deployment: Machine, state: str
) -> None:
    plan = [STEP] if state == "ShiftTraffic" else []
    answers = [Raises("TargetPendingError"), Raises("TargetPendingError"), DEPLOYED[state]]

    ran = deployment.run({"plan": plan}, **{state: answers})

    assert ran.status == "SUCCEEDED"
    assert ran.entered.count(state) == 1, "waiting takes no transition"
    if state == "PrepareRevision":
        assert [payload["attempt"] for payload in ran.payloads(state)] == [0, 1, 2]
