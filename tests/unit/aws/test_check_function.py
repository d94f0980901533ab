import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from gantry.aws.check_function import CheckFunction
from gantry.promotion.errors import CheckUnavailableError
from tests.unit.stubbed_aws import REGION

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

ARN = "arn:aws:lambda:us-east-1:222222222222:function:smoke-test"
QUESTION = {"version_arn": "arn:aws:lambda:us-east-1:222222222222:function:cowsay:8", "callback_id": "5f2b"}


@pytest.fixture
def client(no_real_aws: None) -> "LambdaClient":
    return boto3.client("lambda", region_name=REGION)


def answering(payload: bytes, **more: Any) -> dict[str, Any]:
    return {"StatusCode": 200, "Payload": StreamingBody(BytesIO(payload), len(payload)), **more}


def test_a_function_is_asked_by_its_arn_and_answers_json(client: "LambdaClient", answers: Stubber) -> None:
    sent = {"FunctionName": ARN, "InvocationType": "RequestResponse", "Payload": json.dumps(QUESTION).encode()}
    answers.add_response("invoke", answering(b'{"status": "passed"}'), sent)
    assert CheckFunction(client, ARN).ask(QUESTION) == {"status": "passed"}


@pytest.mark.parametrize("payload", [b"null", b"[1]", b"moo", b"\xff"])
def test_an_answer_that_is_no_object_is_empty(payload: bytes, client: "LambdaClient", answers: Stubber) -> None:
    answers.add_response("invoke", answering(payload))
    assert CheckFunction(client, ARN).ask(QUESTION) == {}


@pytest.mark.parametrize(
    ("payload", "words"),
    [(b'{"errorMessage": "no cow"}', "failed itself: no cow"), (b"", "failed itself: it gave no reason")],
)
def test_its_own_error_says_nothing_about_the_version(
    payload: bytes, words: str, client: "LambdaClient", answers: Stubber
) -> None:
    answers.add_response("invoke", answering(payload, FunctionError="Unhandled"))
    with pytest.raises(CheckUnavailableError, match=words):
        CheckFunction(client, ARN).ask(QUESTION)


@pytest.mark.parametrize(
    ("code", "words"),
    [("AccessDeniedException", "CheckFunctionPatterns"), ("ResourceNotFoundException", "there is no such function")],
)
def test_a_function_that_cannot_be_invoked_says_nothing(
    code: str, words: str, client: "LambdaClient", answers: Stubber
) -> None:
    answers.add_client_error("invoke", code, "no")
    with pytest.raises(CheckUnavailableError, match=words):
        CheckFunction(client, ARN).ask(QUESTION)


def test_what_passes_by_itself_is_tried_again(client: "LambdaClient", answers: Stubber) -> None:
    answers.add_client_error("invoke", "TooManyRequestsException", "slow down")
    with pytest.raises(ClientError, match="slow down"):
        CheckFunction(client, ARN).ask(QUESTION)


def test_no_answer_in_time_says_nothing(client: "LambdaClient", monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://lambda.test")

    monkeypatch.setattr(client, "invoke", hang)
    with pytest.raises(CheckUnavailableError, match="did not answer in time"):
        CheckFunction(client, ARN).ask(QUESTION)
