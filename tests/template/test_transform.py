"""What SAM makes of the template, worked out here without AWS."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from tests.template.parsed import MACHINES, actions, as_list, function_statements, functions, if_there, template
from tests.template.test_target_role import TRUSTED

PARAMETERS = {
    "TargetAccounts": "222222222222,333333333333",
    "ExternalId": "external-id",
    "MailSender": "gantry@example.com",
}
"""As CloudFormation gives them to the transform: a list is still one string."""

FROM_AWS = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
}


class NoManagedPolicies:
    """What SAM asks for the ARNs of AWS' own policies; the template names none."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="module")
def transformed() -> Mapping[str, Any]:
    """The resources of the pipeline's template after the transform."""
    packaged = copy.deepcopy(dict(template()))
    packaged["Globals"]["Function"]["CodeUri"] = "s3://bucket/functions.zip"
    for layer in ("Packages", "Code"):
        packaged["Resources"][layer]["Properties"]["ContentUri"] = f"s3://bucket/{layer}.zip"
    for machine in MACHINES:
        packaged["Resources"][f"{machine.capitalize()}Machine"]["Properties"]["DefinitionUri"] = (
            f"s3://bucket/{machine}"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        made: Mapping[str, Any] = transform(packaged, PARAMETERS, NoManagedPolicies())["Resources"]
    return made


def of_kind(transformed: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """The properties of the resources of one type."""
    return {name: each["Properties"] for name, each in transformed.items() if each["Type"] == kind}


@pytest.mark.parametrize("name", functions())
def test_only_a_function_that_enters_targets_has_a_role_under_the_path_that_target_roles_trust(
    transformed: Mapping[str, Any], name: str
) -> None:
    role = transformed[f"{name}FunctionRole"]["Properties"]
    enters = "sts:AssumeRole" in actions(function_statements(name))
    assert role["Path"] == {"Fn::Sub": TRUSTED if enters else "/gantry/${PipelineName}/"}
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert as_list(trust["Principal"]["Service"]) == ["lambda.amazonaws.com"]


def test_nothing_but_functions_has_a_role_under_that_path(transformed: Mapping[str, Any]) -> None:
    paths = {name: role["Path"]["Fn::Sub"] for name, role in of_kind(transformed, "AWS::IAM::Role").items()}
    trusted = {name for name, path in paths.items() if path == TRUSTED}
    assert trusted < {f"{name}FunctionRole" for name in functions()}
    assert set(paths.values()) == {TRUSTED, "/gantry/${PipelineName}/"}


@pytest.mark.parametrize("name", functions())
def test_beside_its_policies_a_function_has_the_two_of_aws_that_write_logs_and_traces(
    transformed: Mapping[str, Any], name: str
) -> None:
    attached = transformed[f"{name}FunctionRole"]["Properties"]["ManagedPolicyArns"]
    assert {each for each in attached if isinstance(each, str)} == FROM_AWS
    assert [each for each in attached if not isinstance(each, str)] == policies(name, managed=True)


@pytest.mark.parametrize("name", functions())
def test_sam_takes_a_functions_statements_as_they_are(transformed: Mapping[str, Any], name: str) -> None:
    made = [each["PolicyDocument"] for each in transformed[f"{name}FunctionRole"]["Properties"].get("Policies", [])]
    assert made == [*added_for_the_queue(name), *policies(name, managed=False)]
    assert {policy["Version"] for policy in made} <= {"2012-10-17"}


def added_for_the_queue(name: str) -> list[Mapping[str, Any]]:
    """What SAM lets a function with a dead-letter queue do."""
    queue = functions()[name].get("DeadLetterQueue")
    statement = queue and {"Action": "sqs:SendMessage", "Resource": queue["TargetArn"], "Effect": "Allow"}
    return [{"Version": "2012-10-17", "Statement": [statement]}] if statement else []


def policies(name: str, *, managed: bool) -> list[Mapping[str, Any]]:
    """The policies that the template gives to a function: by reference, or written out."""
    return [each for each in functions()[name]["Policies"] if ("Ref" in if_there(each)) == managed]


@pytest.mark.parametrize("name", functions())
def test_sam_gives_a_function_the_variables_of_all_and_its_own(transformed: Mapping[str, Any], name: str) -> None:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = functions()[name].get("Environment", {}).get("Variables", {})
    assert transformed[f"{name}Function"]["Properties"]["Environment"]["Variables"] == {**shared, **own}


def test_sam_makes_no_role_for_a_machine(transformed: Mapping[str, Any]) -> None:
    for name, machine in of_kind(transformed, "AWS::StepFunctions::StateMachine").items():
        assert machine["RoleArn"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}


def test_only_the_api_and_the_rules_may_invoke_a_function_from_outside(transformed: Mapping[str, Any]) -> None:
    permissions = of_kind(transformed, "AWS::Lambda::Permission").values()
    invokers = {(each["Principal"], each["FunctionName"]["Ref"]) for each in permissions}
    assert invokers == {
        ("apigateway.amazonaws.com", "ShowApprovalFunction"),
        ("apigateway.amazonaws.com", "DecideApprovalFunction"),
        ("apigateway.amazonaws.com", "StartPromotionByCallFunction"),
        ("apigateway.amazonaws.com", "AnswerCheckFunction"),
        ("apigateway.amazonaws.com", "ShowStatusFunction"),
        ("apigateway.amazonaws.com", "SteerCanaryFunction"),
        ("apigateway.amazonaws.com", "PreviewPromotionFunction"),
        ("apigateway.amazonaws.com", "LookForDriftFunction"),
        ("events.amazonaws.com", "OnAlarmFunction"),
        ("events.amazonaws.com", "OnTargetEventFunction"),
        ("events.amazonaws.com", "OnBounceFunction"),
        ("events.amazonaws.com", "RepairTargetFunction"),
        ("events.amazonaws.com", "ClosePromotionFunction"),
        ("events.amazonaws.com", "RehearseRollbacksFunction"),
        ("events.amazonaws.com", "CheckDriftFunction"),
        ("events.amazonaws.com", "StartPromotionFunction"),
    }
    assert all(each["SourceArn"] for each in permissions)


def test_sam_leaves_the_api_as_it_is(transformed: Mapping[str, Any]) -> None:
    def of_the_api(resources: Mapping[str, Any]) -> dict[str, Any]:
        return {name: each for name, each in resources.items() if each["Type"].startswith("AWS::ApiGatewayV2::")}

    assert of_the_api(transformed) == of_the_api(template()["Resources"])
