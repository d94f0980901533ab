"""Faults that tests put into functions: each hits what it should, as AWS would show it, and nothing else."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.faults import Fault, Faults, killed, pauses, raises, throttled, times_out
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    INVOKE,
    INVOKE_AND_WAIT,
    Json,
    a_function,
    a_machine,
    allow,
    ended,
    events_of,
    function_arn,
    invoke,
    let_rule_invoke,
    new_name,
    one_state,
    soon,
    start,
)

WRITES = """
import os

def handler(event, context):
    with open(os.environ["EFFECTS"], "a") as effects:
        effects.write(event["about"] + "\\n")
    return [os.getpid(), event["about"]]
"""
CALLS = """
import os
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

def handler(event, context):
    config = Config(retries={"mode": event["mode"], "total_max_attempts": event["attempts"]})
    client = boto3.client(event["service"], config=config)
    try:
        getattr(client, event["call"])()
    except ClientError as error:
        tries = error.response["ResponseMetadata"]["RetryAttempts"] + 1
        return [type(error).__name__, error.response["Error"]["Code"], tries, sorted(os.environ)]
    return None
"""


@pytest.fixture
def faults(aws: StandIn) -> Faults:
    return Faults(aws)


@pytest.fixture
def about(faults: Faults) -> Iterator[str]:
    name = new_name("service")
    yield name
    faults.clear(name)


@pytest.fixture(scope="module")
def effects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Has a line for each time the function ran to its end."""
    path = tmp_path_factory.mktemp("effects") / "effects"
    path.touch()
    return path


@pytest.fixture(scope="module")
def function(aws: StandIn, effects: Path) -> str:
    return a_function(aws, WRITES, environment={"EFFECTS": str(effects)})


@dataclass
class Calling:
    """A function that makes one call of AWS, and tells the error's class and code, the attempts and its variables."""

    aws: StandIn
    function: str

    def __call__(self, about: str, call: str, attempts: int, mode: str = "standard") -> list[Any]:
        service, method = call.split(".")
        event = {"about": about, "service": service, "call": method, "attempts": attempts, "mode": mode}
        answer: list[Any] = invoke(self.aws, self.function, event)["Payload"]
        return answer


@pytest.fixture(scope="module")
def calling(aws: StandIn) -> Calling:
    return Calling(aws, a_function(aws, CALLS, timeout=60))


def ran(effects: Path, about: str) -> int:
    return effects.read_text(encoding="utf-8").splitlines().count(about)


def test_a_function_that_raises_does_nothing_else(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    faults.inject(function, raises("NotNowError", "later"), about)

    answer = invoke(aws, function, {"about": about})

    assert answer["FunctionError"] == "Unhandled"
    assert (answer["Payload"]["errorType"], answer["Payload"]["errorMessage"]) == ("NotNowError", "later")
    assert ran(effects, about) == 0
    assert faults.hits(about) == 1


def test_a_timeout_that_is_injected_is_told_like_one_that_happens(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    slow = a_function(aws, "import time\ndef handler(event, context):\n    time.sleep(9)", timeout=1)
    faults.inject(function, times_out(), about)

    real, injected = invoke(aws, slow), invoke(aws, function, {"about": about})

    assert real["FunctionError"] == injected["FunctionError"] == "Unhandled"
    assert set(real["Payload"]) == set(injected["Payload"])
    assert real["Payload"]["errorType"] == injected["Payload"]["errorType"] == "Sandbox.Timedout"
    message = r"RequestId: [0-9a-f-]{36} Error: Task timed out after (1|10)\.00 seconds"
    assert all(re.fullmatch(message, answer["Payload"]["errorMessage"]) for answer in (real, injected))
    assert ran(effects, about) == 0


def test_a_function_that_is_killed_has_done_everything_and_runs_in_another_process_afterwards(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    dies = a_function(aws, "import os\ndef handler(event, context):\n    os._exit(0)")
    before, _ = invoke(aws, function, {"about": about})["Payload"]
    faults.inject(function, killed(), about, times=1)

    real, injected = invoke(aws, dies), invoke(aws, function, {"about": about})
    after, _ = invoke(aws, function, {"about": about})["Payload"]

    assert real["Payload"]["errorType"] == injected["Payload"]["errorType"] == "Runtime.ExitError"
    message = r"RequestId: [0-9a-f-]{36} Error: Runtime exited without providing a reason"
    assert all(re.fullmatch(message, answer["Payload"]["errorMessage"]) for answer in (real, injected))
    assert ran(effects, about) == 3
    assert after != before


def test_faults_hit_as_often_as_they_say_and_one_after_another(
    aws: StandIn, faults: Faults, function: str, about: str
) -> None:
    faults.inject(function, raises("FirstError"), about, times=2)
    faults.inject(function, raises("SecondError"), about, times=1)

    answers = [invoke(aws, function, {"about": about})["Payload"] for _ in range(4)]

    errors = [answer["errorType"] if isinstance(answer, dict) else None for answer in answers]
    assert errors == ["FirstError", "FirstError", "SecondError", None]
    assert faults.hits(about) == 3


def test_other_payloads_and_other_functions_are_not_hit(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    another = a_function(aws, WRITES, environment={"EFFECTS": str(effects)})
    faults.inject(function, raises("NotNowError"), about)
    other = new_name("other")

    assert invoke(aws, function, {"about": other})["Payload"][1] == other
    assert invoke(aws, another, {"about": about})["Payload"][1] == about
    assert faults.hits(about) == 0


def test_a_fault_that_is_cleared_hits_no_more(aws: StandIn, faults: Faults, function: str, about: str) -> None:
    faults.inject(function, raises("NotNowError"), about)
    faults.clear(about)

    assert "FunctionError" not in invoke(aws, function, {"about": about})


def test_asynchronous_invocations_are_hit(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    faults.inject(function, raises("NotNowError"), about, times=1)

    aws.client("lambda", ASSETS).invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps({"about": about}).encode()
    )

    soon(lambda: ran(effects, about) == 1)  # Lambda tries again
    assert faults.hits(about) == 1


def test_what_a_rule_invokes_is_hit(aws: StandIn, faults: Faults, effects: Path, about: str) -> None:
    source = """
import os

def handler(event, context):
    with open(os.environ["EFFECTS"], "a") as effects:
        effects.write(event["detail"]["about"] + "\\n")
"""
    function, rule = a_function(aws, source, environment={"EFFECTS": str(effects)}), new_name("rule")
    events = aws.client("events", ASSETS)
    arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [about]}))["RuleArn"]
    events.put_targets(Rule=rule, Targets=[{"Id": "target", "Arn": function_arn(function)}])
    let_rule_invoke(aws, function, arn)
    faults.inject(function, raises("NotNowError"), about, times=1)

    events.put_events(Entries=[{"Source": about, "DetailType": "Test", "Detail": json.dumps({"about": about})}])

    soon(lambda: ran(effects, about) == 1)
    assert faults.hits(about) == 1


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        ("dynamodb.list_tables", ["ThrottlingException", "ThrottlingException"]),
        ("stepfunctions.list_state_machines", ["ClientError", "ThrottlingException"]),
        ("lambda.list_functions", ["TooManyRequestsException", "TooManyRequestsException"]),
        ("sesv2.list_email_identities", ["TooManyRequestsException", "TooManyRequestsException"]),
        ("sts.get_caller_identity", ["ClientError", "Throttling"]),
        ("sns.list_topics", ["ClientError", "Throttling"]),
        ("s3.list_buckets", ["ClientError", "SlowDown"]),
        ("cloudwatch.list_metrics", ["ClientError", "ThrottlingException"]),
    ],
)
def test_a_throttled_function_tries_every_call_as_often_as_its_configuration_says(
    faults: Faults, calling: Calling, about: str, call: str, refused: list[str]
) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
    faults.inject(calling.function, throttled(), about)

    assert calling(about, call, 4)[:3] == [*refused, 4]


def test_only_the_throttled_invocation_is_throttled_and_its_pauses_are_short(
    faults: Faults, calling: Calling, about: str
) -> None:
    faults.inject(calling.function, throttled(), about, times=1)
    assert calling(new_name("other"), "dynamodb.list_tables", 5, "legacy")[1] == "AccessDeniedException"

    began = time.monotonic()
    _, code, tries, variables = calling(about, "dynamodb.list_tables", 5, "legacy")

    assert (code, tries) == ("ThrottlingException", 5)
    assert time.monotonic() - began < 8
    assert not [name for name in variables if "PAUSES" in name]
    assert calling(about, "dynamodb.list_tables", 5, "legacy")[1] == "AccessDeniedException"


def test_a_paused_invocation_has_run_and_holds_up_no_other(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    faults.inject(function, pauses(60), about)
    other = new_name("other")
    with ThreadPoolExecutor() as pool:
        paused = pool.submit(invoke, aws, function, {"about": about})
        soon(lambda: ran(effects, about) == 1)
        began = time.monotonic()

        assert invoke(aws, function, {"about": other})["Payload"][1] == other
        assert time.monotonic() - began < 5
        assert not paused.done()
        faults.clear(about)
        assert paused.result(timeout=5)["Payload"][1] == about


def test_a_pause_ends_by_itself(aws: StandIn, faults: Faults, function: str, about: str) -> None:
    faults.inject(function, pauses(1), about)
    began = time.monotonic()

    assert invoke(aws, function, {"about": about})["Payload"][1] == about
    assert time.monotonic() - began >= 1


def invoking(function: str, about: str, resource: str = INVOKE, **fields: object) -> Json:
    payload = {"about": about}
    if resource == INVOKE_AND_WAIT:
        payload["token"] = "{% $states.context.Task.Token %}"
    arguments = {"FunctionName": function_arn(function), "Payload": payload}
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}


@pytest.mark.parametrize("resource", [INVOKE, INVOKE_AND_WAIT])
@pytest.mark.parametrize("fault", [raises("Lambda.Unknown"), times_out(), killed()], ids=lambda fault: fault.kind)
def test_a_state_machine_sees_the_error(
    aws: StandIn, faults: Faults, function: str, resource: str, fault: Fault
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    about = new_name("service")
    faults.inject(function, fault, about)
    machine = a_machine(aws, one_state(invoking(function, about, resource)), allow("lambda:InvokeFunction"))

    error = {"raises": "Lambda.Unknown", "times_out": "Sandbox.Timedout", "killed": "Runtime.ExitError"}[fault.kind]
    assert ended(aws, start(aws, machine))["error"] == error


def test_a_machine_goes_on_once_a_fault_is_used_up(
    aws: StandIn, faults: Faults, function: str, effects: Path, about: str
) -> None:
    faults.inject(function, killed(), about, times=2)
    retry = [{"ErrorEquals": ["Runtime.ExitError"], "MaxAttempts": 3, "IntervalSeconds": 1}]
    machine = a_machine(aws, one_state(invoking(function, about, Retry=retry)), allow("lambda:InvokeFunction"))

    assert ended(aws, start(aws, machine))["status"] == "SUCCEEDED"
    assert ran(effects, about) == 3


def test_the_pause_of_an_execution_that_is_stopped_is_over(
    aws: StandIn, faults: Faults, effects: Path, about: str
) -> None:
    function = a_function(aws, WRITES, environment={"EFFECTS": str(effects)})
    aws.client("lambda", ASSETS).put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    faults.inject(function, pauses(60), about)
    execution = start(aws, a_machine(aws, one_state(invoking(function, about)), allow("lambda:InvokeFunction")))
    soon(lambda: ran(effects, about) == 1)
    assert not [event for event in events_of(aws, execution) if event["type"] == "TaskSucceeded"]

    aws.client("stepfunctions", ASSETS).stop_execution(executionArn=execution)

    def is_free() -> bool:
        try:
            return "FunctionError" not in invoke(aws, function, {"about": "free"})
        except aws.client("lambda", ASSETS).exceptions.TooManyRequestsException:
            return False

    soon(is_free, seconds=5)
