"""Parameter Store: who may read and write a parameter, and which names it takes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import allow, new_name, session_of

RESERVED = ("/aws/cowsay", "/ssm/cowsay", "AWS-cowsay", "ssmCowsay")
"""https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html"""


def refused(call: Any, **arguments: object) -> str:
    """The code of the error that a call ends with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value.response["Error"]["Code"])


def arn(name: str) -> str:
    return f"arn:aws:ssm:{REGION}:{ASSETS}:parameter{name}"


@pytest.mark.parametrize("action", ["ssm:GetParameter", "ssm:PutParameter"])
def test_reading_and_writing_are_authorised_each_by_itself_on_the_parameter(aws: StandIn, action: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"""
    name, other = f"/gantry/{new_name('service')}/prod/live", f"/gantry/{new_name('service')}/prod/live"
    for each in (name, other):
        aws.client("ssm", ASSETS).put_parameter(Name=each, Value="{}", Type="String")
    session = session_of(aws, "ssm", allow(action, arn(name)))
    calls: dict[str, tuple[Any, dict[str, object]]] = {
        "ssm:GetParameter": (session.get_parameter, {}),
        "ssm:PutParameter": (session.put_parameter, {"Value": "[]", "Type": "String", "Overwrite": True}),
    }
    for called, (call, arguments) in calls.items():
        assert refused(call, Name=other, **arguments) == "AccessDeniedException"
        if called == action:
            call(Name=name, **arguments)
        else:
            assert refused(call, Name=name, **arguments) == "AccessDeniedException"


def test_of_several_names_each_has_to_be_allowed(aws: StandIn) -> None:
    mine, others = (f"/infra/{new_name('service')}" for _ in range(2))
    session = session_of(aws, "ssm", allow("ssm:GetParameters", arn(mine)))
    assert session.get_parameters(Names=[mine])["InvalidParameters"] == [mine]
    for names in ([others], [mine, others], [others, mine]):
        with pytest.raises(ClientError, match=f"ssm:GetParameters on resource: {arn(others)}"):
            session.get_parameters(Names=names)


def test_a_session_policy_narrows_what_the_role_may(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session"""
    service = new_name("service")
    mine, others = f"/gantry/{service}/prod/live", f"/gantry/{service}/dev/live"
    policy = f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"ssm:*","Resource":"{arn(mine)}"}}]}}'
    session = session_of(aws, "ssm", allow("ssm:PutParameter", arn("/gantry/*")), policy=policy)
    session.put_parameter(Name=mine, Value="{}", Type="String")
    assert refused(session.put_parameter, Name=others, Value="{}", Type="String") == "AccessDeniedException"


@pytest.mark.parametrize("name", RESERVED)
def test_a_name_may_not_begin_with_aws_or_ssm(aws: StandIn, name: str) -> None:
    code = refused(aws.client("ssm", ASSETS).put_parameter, Name=name, Value="{}", Type="String")
    assert code in {"AccessDeniedException", "ValidationException"}


@pytest.mark.parametrize("service", ["aws", "ssm-agent"])
def test_a_level_below_the_first_may(aws: StandIn, service: str) -> None:
    """So `/gantry` in front is what lets a service have any name. The page speaks of the prefix of the whole name."""
    name = f"/gantry/{service}/{new_name('environment')}/live"
    aws.client("ssm", ASSETS).put_parameter(Name=name, Value="{}", Type="String")
    assert aws.client("ssm", ASSETS).get_parameter(Name=name)["Parameter"]["Value"] == "{}"


def test_what_does_not_exist_is_not_found(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html"""
    assert refused(aws.client("ssm", ASSETS).get_parameter, Name="/gantry/nobody/prod/live") == "ParameterNotFound"
