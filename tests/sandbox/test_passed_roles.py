"""Who gives a service a role, and what the role has to be.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.host import PYTHON
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import DONE, Json, a_function, a_role, allow, new_name, one_state, session_of, settled, zip_of
from tests.sandbox.rest_apis import refusal

PASS = "iam:PassRole"
HELLO = zip_of("def handler(event, context):\n    return 'hello'")
CANNOT_BE_ASSUMED = "The role defined for the function cannot be assumed by Lambda."
CALLS = {"lambda": "lambda:*", "stepfunctions": "states:*", "events": "events:*"}
"""What somebody may do who may not pass roles."""
PRINCIPALS = {
    "lambda": "lambda.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
    "events": "events.amazonaws.com",
}

Call = Callable[[Any, str], Any]


def create_function(client: Any, role: str) -> Any:
    return client.create_function(
        FunctionName=new_name("function"),
        Role=role,
        Runtime=f"python{PYTHON}",
        Handler="app.handler",
        Code={"ZipFile": HELLO},
    )


def create_machine(client: Any, role: str) -> Any:
    definition = json.dumps({"QueryLanguage": "JSONata", **one_state(DONE)})
    return client.create_state_machine(name=new_name("machine"), definition=definition, roleArn=role)


def updating_function(aws: StandIn) -> Call:
    function = a_function(aws, "def handler(event, context):\n    return 'hello'")

    def update(client: Any, role: str) -> Any:
        settled(aws, function)
        return client.update_function_configuration(FunctionName=function, Role=role)

    return update


def updating_machine(aws: StandIn) -> Call:
    made = create_machine(aws.client("stepfunctions", ASSETS), a_role(aws, trusts=PRINCIPALS["stepfunctions"]))
    return lambda client, role: client.update_state_machine(stateMachineArn=made["stateMachineArn"], roleArn=role)


def putting_targets(aws: StandIn) -> Call:
    rule = new_name("rule")
    aws.client("events", ASSETS).put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    bus = f"arn:aws:events:{REGION}:{DEV}:event-bus/alarms"
    return lambda client, role: client.put_targets(Rule=rule, Targets=[{"Id": "bus", "Arn": bus, "RoleArn": role}])


CASES: dict[str, tuple[str, Callable[[StandIn], Call]]] = {
    "CreateFunction": ("lambda", lambda _: create_function),
    "UpdateFunctionConfiguration": ("lambda", updating_function),
    "CreateStateMachine": ("stepfunctions", lambda _: create_machine),
    "UpdateStateMachine": ("stepfunctions", updating_machine),
    "PutTargets": ("events", putting_targets),
}
every_call = pytest.mark.parametrize(("service", "of"), CASES.values(), ids=CASES)


def passing(aws: StandIn, service: str, role: str, to: str) -> Any:
    condition = {"StringEquals": {"iam:PassedToService": to}}
    return session_of(aws, service, allow(CALLS[service]), {**allow(PASS, role), "Condition": condition})


def refused(call: Call, client: Any, role: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(client, role)
    return refusal(caught.value)


@every_call
def test_a_role_is_given_by_those_who_may_pass_it(aws: StandIn, service: str, of: Callable[[StandIn], Call]) -> None:
    call, role = of(aws), a_role(aws, trusts=PRINCIPALS[service])

    code, said = refused(call, session_of(aws, service, allow(CALLS[service])), role)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: {PASS} on resource: {role}" in said
    other = passing(aws, service, f"{role}x", PRINCIPALS[service])
    assert refused(call, other, role)[0] == "AccessDeniedException"
    call(passing(aws, service, role, PRINCIPALS[service]), role)


@every_call
def test_the_right_may_be_for_one_service(aws: StandIn, service: str, of: Callable[[StandIn], Call]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    role = a_role(aws, trusts=PRINCIPALS[service])

    code, _ = refused(of(aws), passing(aws, service, role, "ec2.amazonaws.com"), role)

    assert code == "AccessDeniedException"


@every_call
def test_a_role_of_another_account_cannot_be_passed(aws: StandIn, service: str, of: Callable[[StandIn], Call]) -> None:
    """https://github.com/artilleryio/chaos-lambda/issues/29"""
    role = a_role(aws, trusts=PRINCIPALS[service], account=DEV)

    answer = refused(of(aws), aws.client(service, ASSETS), role)

    assert answer == ("AccessDeniedException", "Cross-account pass role is not allowed.")


@pytest.mark.parametrize("operation", ["CreateFunction", "UpdateFunctionConfiguration"])
def test_a_functions_role_exists_and_trusts_lambda(aws: StandIn, operation: str) -> None:
    """https://github.com/danilop/LambdAuth/issues/49"""
    call, client = CASES[operation][1](aws), aws.client("lambda", ASSETS)
    account_only = a_role(aws, trusts={"AWS": ASSETS})
    below_a_path = a_role(aws, path="/lambda/")
    missing = f"arn:aws:iam::{ASSETS}:role/{new_name('role')}"

    for role in (account_only, missing, below_a_path.replace("/lambda/", "/")):
        assert refused(call, client, role) == ("InvalidParameterValueException", CANNOT_BE_ASSUMED)
    call(client, below_a_path)


def test_a_targets_role_trusts_eventbridge(aws: StandIn) -> None:
    """https://github.com/Miserlou/Zappa/issues/381"""
    role = a_role(aws, trusts="lambda.amazonaws.com")

    code, said = refused(putting_targets(aws), aws.client("events", ASSETS), role)

    assert code == "ValidationException"
    assert said == f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."


def test_lambda_asks_for_the_role_that_a_function_has_too(aws: StandIn) -> None:
    """https://github.com/aws/chalice/issues/479"""
    role = a_role(aws)
    function = a_function(aws, "def handler(event, context):\n    return 'hello'", role=role)
    client = session_of(aws, "lambda", allow(CALLS["lambda"]))

    assert (
        refused(
            lambda client, role: client.update_function_configuration(FunctionName=function, Role=role), client, role
        )[0]
        == "AccessDeniedException"
    )
    client.update_function_configuration(FunctionName=function, Timeout=5)  # names no role


def test_a_template_gives_functions_roles_that_exist(aws: StandIn) -> None:
    cloudformation, stack = aws.client("cloudformation", ASSETS), new_name("stack")
    function: Json = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Role": f"arn:aws:iam::{ASSETS}:role/{new_name('role')}",
            "Runtime": f"python{PYTHON}",
            "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(event, context):\n    return 'hello'"},
        },
    }

    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"Function": function}}))
    with pytest.raises(Exception, match="terminal failure"):
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    assert any(CANNOT_BE_ASSUMED in each.get("ResourceStatusReason", "") for each in events)
