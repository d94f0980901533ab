"""What is there of needs: what is sent, and what people read of what AWS refuses."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from gantry.aws.infrastructure import Infrastructure, need_rights
from gantry.aws.session_policy import reading
from gantry.promotion.needs.finding import Seen
from gantry.promotion.needs.need import Need
from gantry.promotion.target import Target

REVISION, URL = Need(parameter="/infra/prod/revision"), Need(stack="cowsay-infra", output="QueueUrl")
MODE = Need(stack="cowsay-infra", output="Mode")


@pytest.fixture
def ssm() -> Any:
    return boto3.client("ssm", "us-east-1")


@pytest.fixture
def cloudformation() -> Any:
    return boto3.client("cloudformation", "us-east-1")


def looked(ssm: Any, cloudformation: Any, *needs: Need) -> list[Seen]:
    return Infrastructure(ssm, cloudformation).seen(needs)


def parameter(value: str = "12", kind: str = "String") -> dict[str, Any]:
    return {"Parameters": [{"Name": REVISION.parameter, "Type": kind, "Value": value}]}


def stack(state: str, **outputs: str) -> dict[str, Any]:
    found = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    made = {"StackName": "cowsay-infra", "CreationTime": "2026-11-22T09:30:00Z", "StackStatus": state}
    return {"Stacks": [{**made, "Outputs": found}]}


def of_stack(cloudformation: Any, answer: dict[str, Any], *needs: Need) -> list[Seen]:
    with Stubber(cloudformation) as answers:
        answers.add_response("describe_stacks", answer, {"StackName": "cowsay-infra"})
        return looked(None, cloudformation, *needs)


def test_parameters_are_read_together_and_never_decrypted(ssm: Any) -> None:
    with Stubber(ssm) as answers:
        expected = {"Names": [REVISION.parameter, "other"], "WithDecryption": False}
        answers.add_response("get_parameters", parameter(), expected)
        assert looked(ssm, None, REVISION, Need(parameter="other"), REVISION) == [
            Seen("12"),
            Seen(problem="there is no such parameter"),
            Seen("12"),
        ]


def test_a_secret_is_refused_and_its_text_is_not_kept(ssm: Any) -> None:
    with Stubber(ssm) as answers:
        answers.add_response("get_parameters", parameter("AQICAHh", "SecureString"))
        (seen,) = looked(ssm, None, REVISION)
    assert (seen.value, seen.stays) == (None, True)
    assert "a need is no secret" in str(seen.problem)
    assert "AQICAHh" not in str(seen)


def test_all_outputs_of_a_stack_are_read_at_once(cloudformation: Any) -> None:
    seen = of_stack(cloudformation, stack("UPDATE_COMPLETE", QueueUrl="https://q", Mode="blue"), URL, MODE)
    assert seen == [Seen("https://q"), Seen("blue")]


def test_an_output_that_is_missing_may_come_and_the_others_are_named(cloudformation: Any) -> None:
    (seen,) = of_stack(cloudformation, stack("CREATE_COMPLETE", QueueURL="https://q"), URL)
    assert seen == Seen(problem="the stack has no such output: it has QueueURL")


@pytest.mark.parametrize(
    ("state", "is_there", "stays"),
    [
        ("CREATE_COMPLETE", True, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", True, False),
        ("UPDATE_ROLLBACK_COMPLETE", True, False),
        ("CREATE_IN_PROGRESS", False, False),
        ("UPDATE_IN_PROGRESS", False, False),
        ("UPDATE_ROLLBACK_IN_PROGRESS", False, False),
        ("DELETE_IN_PROGRESS", False, False),
        ("REVIEW_IN_PROGRESS", False, False),
        ("ROLLBACK_COMPLETE", False, True),
        ("CREATE_FAILED", False, True),
        ("UPDATE_ROLLBACK_FAILED", False, True),
        ("DELETE_FAILED", False, True),
    ],
)
def test_a_stack_counts_once_it_is_complete_and_one_that_is_stuck_needs_people(
    cloudformation: Any, state: str, is_there: bool, stays: bool
) -> None:
    (seen,) = of_stack(cloudformation, stack(state, QueueUrl="https://q"), URL)
    assert (seen.value is not None, seen.stays) == (is_there, stays)
    assert is_there or state in str(seen.problem)


def test_a_stack_that_does_not_exist_may_come(cloudformation: Any) -> None:
    with Stubber(cloudformation) as answers:
        answers.add_client_error("describe_stacks", "ValidationError", "Stack with id cowsay-infra does not exist")
        assert looked(None, cloudformation, URL) == [Seen(problem="there is no such stack")]


@pytest.mark.parametrize(
    ("need", "call", "action", "patterns"),
    [
        (REVISION, "get_parameters", "ssm:GetParameters", "NeededParameterPatterns"),
        (URL, "describe_stacks", "cloudformation:DescribeStacks", "NeededStackPatterns"),
    ],
)
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_that_one_may_not_look_names_the_right_and_the_templates_parameter(  # noqa: PLR0913, PLR0917 -- two services
    ssm: Any, cloudformation: Any, need: Need, call: str, action: str, patterns: str, code: str
) -> None:
    client = ssm if need.parameter else cloudformation
    with Stubber(client) as answers:
        answers.add_client_error(call, code, "is not authorized")
        (seen,) = looked(ssm, cloudformation, need)
    assert seen.stays
    assert f"{action} is denied. Add it to {patterns} of target/template.yaml" in str(seen.problem)


def test_one_that_may_not_be_read_hides_no_other(ssm: Any) -> None:
    with Stubber(ssm) as answers:
        answers.add_client_error("get_parameters", "AccessDeniedException", "not authorized")
        answers.add_response("get_parameters", parameter(), {"Names": [REVISION.parameter], "WithDecryption": False})
        answers.add_client_error("get_parameters", "AccessDeniedException", "not authorized")
        mine, others = looked(ssm, None, REVISION, Need(parameter="/elsewhere"))
    assert (mine, others.stays) == (Seen("12"), True)


def test_what_aws_does_not_answer_may_be_better_at_the_next_look(
    ssm: Any, cloudformation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://cloudformation")

    monkeypatch.setattr(cloudformation, "describe_stacks", silent)
    with Stubber(ssm) as answers:
        answers.add_client_error("get_parameters", "ThrottlingException", "slow down")
        seen = looked(ssm, cloudformation, REVISION, URL)
    assert seen == [
        Seen(problem="ssm:GetParameters did not answer (ThrottlingException)"),
        Seen(problem="cloudformation:DescribeStacks did not answer (ConnectTimeoutError)"),
    ]


def test_a_session_may_look_at_what_is_named_and_change_nothing(target: Target) -> None:
    rights = need_rights([REVISION, Need(parameter="plain"), URL, MODE], target)
    assert [(each.actions, each.resources) for each in rights] == [
        (
            ("ssm:GetParameters",),
            tuple(f"arn:aws:ssm:us-east-1:222222222222:parameter/{each}" for each in ("infra/prod/revision", "plain")),
        ),
        (
            ("cloudformation:DescribeStacks",),
            ("arn:aws:cloudformation:us-east-1:222222222222:stack/cowsay-infra/*",),
        ),
    ]
    assert reading(rights) == rights
    assert len(need_rights([REVISION], target)) == 1
