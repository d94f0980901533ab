"""One parameter: what is sent, and what a person is told who has to do something."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from gantry.aws.live_parameter import LiveParameter, parameter_rights
from gantry.promotion.live_parameter.errors import LiveParameterError

NAME, WHERE = "/gantry/cowsay/prod/live", "444444444444/us-east-1"


@pytest.fixture
def client() -> Any:
    return boto3.client("ssm", "us-east-1")


@pytest.fixture
def parameter(client: Any) -> LiveParameter:
    return LiveParameter(client, NAME, WHERE)


def test_it_is_read_without_decrypting_anything(parameter: LiveParameter, answers: Stubber) -> None:
    answers.add_response("get_parameter", {"Parameter": {"Value": "{}"}}, {"Name": NAME})
    assert parameter.said() == "{}"


def test_one_that_does_not_exist_says_nothing(parameter: LiveParameter, answers: Stubber) -> None:
    answers.add_client_error("get_parameter", "ParameterNotFound")
    assert parameter.said() is None


def test_it_is_a_standard_string_that_is_written_again(parameter: LiveParameter, answers: Stubber) -> None:
    """A standard one costs nothing, and the type String is what CloudFormation reads."""
    expected = {"Name": NAME, "Value": "{}", "Type": "String", "Tier": "Standard", "Overwrite": True}
    label = "What Gantry has made live. Others read it; Gantry writes it again whenever it changes."
    answers.add_response("put_parameter", {"Version": 2}, expected | {"Description": label})
    parameter.say("{}")


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDeniedException", "deploy the current target/template.yaml there"),
        ("ParameterMaxVersionLimitExceeded", "move the label"),
        ("ParameterLimitExceeded", "delete some"),
        ("HierarchyTypeMismatch", "delete it, and Gantry makes it anew"),
        ("HierarchyTypeMismatchException", "delete it, and Gantry makes it anew"),
        ("ThrottlingException", "it is tried again"),
        ("TooManyUpdates", "it is tried again"),
    ],
)
def test_what_parameter_store_refuses_says_which_and_what_to_do(
    parameter: LiveParameter, answers: Stubber, code: str, advice: str
) -> None:
    answers.add_client_error("put_parameter", code, "the reason")
    with pytest.raises(LiveParameterError) as error:
        parameter.say("{}")
    said = str(error.value)
    assert said.startswith(f"The parameter {NAME} in {WHERE} cannot be written: ")
    assert advice in said
    assert f"({code}: the reason)" in said


def test_what_nobody_knows_is_told_as_it_came(parameter: LiveParameter, answers: Stubber) -> None:
    answers.add_client_error("get_parameter", "InternalServerError", "later")
    with pytest.raises(
        LiveParameterError, match=rf"^The parameter {NAME} in {WHERE} cannot be read \(InternalS.*later"
    ):
        parameter.said()


@pytest.mark.parametrize("call", ["said", "say"])
def test_a_store_that_does_not_answer_is_an_error_too(
    parameter: LiveParameter, client: Any, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def silent(**_: Any) -> Any:
        raise ConnectTimeoutError(endpoint_url="https://ssm")

    monkeypatch.setattr(client, "get_parameter", silent)
    monkeypatch.setattr(client, "put_parameter", silent)
    with pytest.raises(LiveParameterError, match="did not answer"):
        parameter.said() if call == "said" else parameter.say("{}")


def test_a_session_reaches_one_parameter_alone() -> None:
    arn = f"arn:aws:ssm:us-east-1:444444444444:parameter{NAME}"
    (right,) = parameter_rights(arn)
    assert right.resources == (arn,)
    assert set(right.actions) == {"ssm:GetParameter", "ssm:PutParameter"}
