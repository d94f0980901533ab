"""Least privilege: every role may do what its code or its definition does, and nothing else."""

import json
from collections import defaultdict

import pytest

from tests.template.parsed import (
    MACHINES,
    actions,
    function_statements,
    functions,
    lambda_tasks,
    machine_resource,
    module_of,
    resources,
    role_statements,
    tasks,
)
from tests.template.reach import done_here, done_there

WITHOUT_A_CALL = {"ResolveRelease": {"s3:ListBucket"}}
"""What a function needs beside its calls; the template says why."""

NEEDED_BY = {
    "arn:aws:states:::lambda:invoke": {"lambda:InvokeFunction"},
    "arn:aws:states:::lambda:invoke.waitForTaskToken": {"lambda:InvokeFunction"},
    "arn:aws:states:::dynamodb:deleteItem": {"dynamodb:DeleteItem"},
    "arn:aws:states:::states:startExecution.sync:2": {
        "states:StartExecution",
        "states:DescribeExecution",
        "states:StopExecution",
        "events:PutTargets",
        "events:PutRule",
        "events:DescribeRule",
    },
}

every_function = pytest.mark.parametrize("name", functions())
every_machine = pytest.mark.parametrize("machine", MACHINES)


@every_function
def test_a_function_may_do_exactly_what_its_code_does(name: str) -> None:
    expected = done_here(module_of(name)) | WITHOUT_A_CALL.get(name, set())
    assert actions(function_statements(name)) == expected


@every_function
def test_who_may_enter_the_target_accounts_does_something_there(name: str) -> None:
    assert ("sts:AssumeRole" in actions(function_statements(name))) == bool(done_there(module_of(name)))


def test_showing_an_approval_has_no_right_to_decide_it() -> None:
    assert actions(function_statements("ShowApproval")) == {"dynamodb:GetItem"}


@every_machine
def test_a_machine_may_do_exactly_what_its_definition_does(machine: str) -> None:
    allowed = role_statements(f"{machine.capitalize()}MachineRole")
    assert actions(allowed) == {action for task in tasks(machine).values() for action in NEEDED_BY[task["Resource"]]}
    (invoked,) = [each["Resource"] for each in allowed if each["Action"] == "lambda:InvokeFunction"]
    assert {each["Fn::GetAtt"][0] for each in invoked} == {f"{state}Function" for state in lambda_tasks(machine)}
    assert len(invoked) == len(lambda_tasks(machine))


@every_machine
def test_a_machine_runs_with_its_own_role_which_no_target_account_lets_in(machine: str) -> None:
    assert machine_resource(machine)["Role"] == {"Fn::GetAtt": [f"{machine.capitalize()}MachineRole", "Arn"]}
    assert resources("AWS::IAM::Role")[f"{machine.capitalize()}MachineRole"]["Path"] == "/gantry/"


def test_the_same_action_is_allowed_on_the_same_resources_everywhere() -> None:
    """What is copied from one function to the next must not drift apart."""
    scopes: dict[str, set[str]] = defaultdict(set)
    for name in functions():
        own: dict[str, list[str]] = defaultdict(list)
        for statement in function_statements(name):
            scope = json.dumps([statement["Resource"], statement.get("Condition")], sort_keys=True)
            for action in actions([statement]):
                own[action].append(scope)
        for action, each in own.items():
            scopes[action].add("; ".join(sorted(each)))
    assert {action: scope for action, scope in scopes.items() if len(scope) > 1} == {}


def test_who_answers_tasks_answers_those_of_one_machine() -> None:
    answering = {
        action: statement["Resource"]["Fn::Sub"].partition(":stateMachine:")[2]
        for name in functions()
        for statement in function_statements(name)
        for action in actions([statement])
        if action.startswith("states:SendTask")
    }
    assert answering == {
        "states:SendTaskSuccess": "${AWS::StackName}-promotion",
        "states:SendTaskFailure": "${AWS::StackName}-deployment",
    }
