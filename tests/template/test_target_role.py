"""The role in the workload accounts: who gets in, and what may be done there."""

from tests.template.parsed import (
    TARGET,
    actions,
    function_statements,
    functions,
    handler_of,
    resources,
    role_statements,
    strings,
    template,
)
from tests.template.reach import done_there

LAMBDA_ASKS_OF_ITS_CALLER = {"iam:PassRole", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
"""What no code calls: Lambda checks it when a function is created or given an image."""


def test_the_target_role_may_do_exactly_what_the_code_does_with_it() -> None:
    done = {action for name in functions() for action in done_there(handler_of(name))}
    assert actions(role_statements("TargetRole", TARGET)) == done | LAMBDA_ASKS_OF_ITS_CALLER


def test_the_target_role_lets_in_the_functions_of_the_pipeline_and_nobody_else() -> None:
    role = resources("AWS::IAM::Role", TARGET)["TargetRole"]
    assert (role["Path"], role["RoleName"]) == ("/promotion/", "target")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AssetsAccount}:root"}}
    assert trust["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AssetsAccount}:role/promotion/*"}},
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
    }


def test_the_functions_enter_the_very_role_that_the_target_stack_makes() -> None:
    role = resources("AWS::IAM::Role", TARGET)["TargetRole"]
    path = f"{role['Path']}{role['RoleName']}".removeprefix("/")
    assert template()["Globals"]["Function"]["Environment"]["Variables"]["TARGET_ROLE"] == path
    statements = [each for name in functions() for each in function_statements(name)]
    entering = [each for each in statements if "sts:AssumeRole" in actions([each])]
    assert entering
    for statement in entering:
        assert statement["Resource"] == {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::*:role/{path}"}
        assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "TargetAccounts"}}}


def test_the_target_role_touches_only_functions_that_match_the_pattern() -> None:
    for statement in role_statements("TargetRole", TARGET):
        if any(action.startswith("lambda:") for action in actions([statement])):
            assert all(":function:${FunctionNamePattern}" in text for text in strings(statement["Resource"]))


def test_roles_are_passed_to_lambda_only_and_only_when_a_pattern_is_given() -> None:
    policy = resources("AWS::IAM::Role", TARGET)["TargetRole"]["Policies"][0]["PolicyDocument"]
    (conditional,) = [each["Fn::If"] for each in policy["Statement"] if "Fn::If" in each]
    condition, statement, otherwise = conditional
    assert template(TARGET)["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ExecutionRolePattern"}, ""]}]
    }
    assert statement["Action"] == "iam:PassRole"
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert otherwise == {"Ref": "AWS::NoValue"}
