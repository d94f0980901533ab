from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws.builds import Builds, building_rights
from gantry.promotion.checks import CheckAnswer, CheckStatus
from gantry.promotion.errors import CheckUnavailableError
from gantry.promotion.target import Target
from tests.unit.stubbed_aws import REGION

if TYPE_CHECKING:
    from mypy_boto3_codebuild.client import CodeBuildClient

BUILD = "smoke-test:13cde686-328b-6117-af20-0e5566167482"
PHASES = [
    {"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED", "contexts": [{"statusCode": "", "message": "fine"}]},
    {
        "phaseType": "BUILD",
        "phaseStatus": "FAILED",
        "contexts": [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Reason: exit status 1"}],
    },
    {"phaseType": "COMPLETED"},
]
"""https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html"""


@pytest.fixture
def client(no_real_aws: None) -> "CodeBuildClient":
    return boto3.client("codebuild", region_name=REGION)


def test_a_build_is_begun_with_its_variables_and_a_token(client: "CodeBuildClient", answers: Stubber) -> None:
    sent = {
        "projectName": "smoke-test",
        "idempotencyToken": "5f2b",
        "environmentVariablesOverride": [
            {"name": "DIGEST", "value": "sha256:a", "type": "PLAINTEXT"},
            {"name": "SERVICE", "value": "cowsay", "type": "PLAINTEXT"},
        ],
    }
    answers.add_response("start_build", {"build": {"id": BUILD}}, sent)
    assert Builds(client, "smoke-test").begin({"DIGEST": "sha256:a", "SERVICE": "cowsay"}, "5f2b") == BUILD


@pytest.mark.parametrize(
    ("code", "words"),
    [("AccessDeniedException", "CheckProjectPatterns"), ("ResourceNotFoundException", "there is no such project")],
)
def test_a_project_that_cannot_be_used_says_nothing(
    code: str, words: str, client: "CodeBuildClient", answers: Stubber
) -> None:
    answers.add_client_error("start_build", code, "no")
    with pytest.raises(CheckUnavailableError, match=words):
        Builds(client, "smoke-test").begin({}, "5f2b")


def test_what_passes_by_itself_is_tried_again(client: "CodeBuildClient", answers: Stubber) -> None:
    answers.add_client_error("start_build", "AccountLimitExceededException", "too many builds")
    with pytest.raises(ClientError, match="too many builds"):
        Builds(client, "smoke-test").begin({}, "5f2b")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("IN_PROGRESS", CheckStatus.STARTED),
        ("SUCCEEDED", CheckStatus.PASSED),
        ("FAILED", CheckStatus.FAILED),
        ("FAULT", CheckStatus.UNANSWERED),
        ("STOPPED", CheckStatus.UNANSWERED),
        ("TIMED_OUT", CheckStatus.UNANSWERED),
    ],
)
def test_a_builds_status_is_an_answer_and_a_fault_of_codebuilds_is_none(
    status: str, meaning: CheckStatus, client: "CodeBuildClient", answers: Stubber
) -> None:
    answers.add_response("batch_get_builds", {"builds": [{"id": BUILD, "buildStatus": status}]}, {"ids": [BUILD]})
    answer = Builds(client, "smoke-test").answer(BUILD)
    assert (answer.status, answer.run) == (meaning, BUILD if meaning is CheckStatus.STARTED else "")
    assert status in answer.reason


def test_a_failed_build_says_what_its_phases_say(client: "CodeBuildClient", answers: Stubber) -> None:
    build: dict[str, Any] = {"id": BUILD, "buildStatus": "FAILED", "phases": PHASES}
    answers.add_response("batch_get_builds", {"builds": [build]})
    reason = f"the build {BUILD} has the status FAILED; BUILD: Reason: exit status 1"
    assert Builds(client, "smoke-test").answer(BUILD) == CheckAnswer(CheckStatus.FAILED, reason)


def test_a_build_that_is_gone_says_nothing(client: "CodeBuildClient", answers: Stubber) -> None:
    answers.add_response("batch_get_builds", {"builds": [], "buildsNotFound": [BUILD]})
    assert Builds(client, "smoke-test").answer(BUILD).status is CheckStatus.UNANSWERED


@pytest.mark.parametrize(("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn")])
def test_a_session_may_use_one_project(region: str, partition: str, target: Target) -> None:
    (right,) = building_rights(Target("lambda", "222222222222", region, "cowsay/live", "arn"), "smoke-test")
    assert right.resources == (f"arn:{partition}:codebuild:{region}:222222222222:project/smoke-test",)
