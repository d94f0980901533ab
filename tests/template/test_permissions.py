"""Least privilege: every role may do what its code or its definition does, and nothing else."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

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
    strings,
    tasks,
)
from tests.template.reach import done_here, done_there

WITHOUT_A_CALL = {"ResolveRelease": {"s3:ListBucket"}}
"""What a function needs beside its calls; the template says why."""

MACHINE = re.compile(r":(?:stateMachine|execution):\$\{AWS::StackName\}-(\w+)")
ENDING_APPROVALS = {"RequestApproval", "FollowUpApproval", "DecideApproval", "OnBounce"}
ENDING_LEASES = {"RecordRelease", "RecordFailure", "RecordRollback", "RepairTarget"}

NEEDED_BY = {
    "arn:aws:states:::lambda:invoke": {"lambda:InvokeFunction"},
    "arn:aws:states:::lambda:invoke.waitForTaskToken": {"lambda:InvokeFunction"},
    "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken": {"dynamodb:UpdateItem"},
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
    """It can neither keep an answer, nor tell the machine, nor anybody else."""
    reading = {"dynamodb:GetItem", "dynamodb:Query", "states:DescribeExecution"}
    assert actions(function_statements("ShowApproval")) == reading


def test_the_waiting_tasks_token_is_left_by_the_machine_and_can_be_changed_only_by_who_ends_approvals() -> None:
    """Into an item that is there: PutItem, which others have for items of their own, replaces the whole approval."""
    writing = {name for name in functions() if "dynamodb:UpdateItem" in actions(function_statements(name))}
    assert writing == ENDING_APPROVALS
    assert [task for machine in MACHINES for task in tasks(machine) if _leaves_a_token(tasks(machine)[task])] == [
        "AwaitDecision"
    ]
    machines = {each for each in MACHINES if "dynamodb:UpdateItem" in actions(_of_machine(each))}
    assert machines == {"promotion"}


def _leaves_a_token(task: Mapping[str, Any]) -> bool:
    return ":dynamodb:" in task["Resource"] and task["Resource"].endswith(".waitForTaskToken")


def _of_machine(machine: str) -> list[Mapping[str, Any]]:
    return role_statements(f"{machine.capitalize()}MachineRole")


def test_what_a_machine_does_to_the_ledger_it_does_to_no_other_table() -> None:
    for machine in MACHINES:
        for statement in _of_machine(machine):
            if any(action.startswith("dynamodb:") for action in actions([statement])):
                assert statement["Resource"] == {"Fn::GetAtt": ["Ledger", "Arn"]}


@every_machine
def test_a_machine_may_do_exactly_what_its_definition_does(machine: str) -> None:
    allowed = _of_machine(machine)
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
                own[f"{action} {_machine_of(statement)}"].append(scope)
        for action, each in own.items():
            scopes[action].add("; ".join(sorted(each)))
    assert {action: scope for action, scope in scopes.items() if len(scope) > 1} == {}


def test_who_answers_tasks_or_looks_at_executions_does_so_at_the_machines_that_it_serves() -> None:
    found = {
        (name, action, _machine_of(statement))
        for name in functions()
        for statement in function_statements(name)
        for action in actions([statement])
        if action.startswith(("states:SendTask", "states:DescribeExecution"))
    }
    answering = {(name, "states:SendTaskSuccess", "promotion") for name in ENDING_APPROVALS}
    at_links = {(name, "states:DescribeExecution", "promotion") for name in ("ShowApproval", "DecideApproval")}
    at_gates = {("RequestApproval", "states:DescribeExecution", "promotion")}
    at_bakes = {("OnAlarm", "states:SendTaskFailure", "deployment")}
    assert found == answering | at_links | at_gates | at_bakes | _at_leases()


def _at_leases() -> set[tuple[str, str, str]]:
    """Who calls those whose waiting for a lease is over, and looks at those who wait, or who may still hold it."""
    calling = {*ENDING_LEASES, "AcquireLease"}
    holders = {
        "AcquireLease": "deployment rollback",
        "RepairTarget": "deployment rollback",
        "RestoreVersion": "rollback",
    }
    called = {(name, f"states:SendTask{how}", "deployment") for name in calling for how in ("Success", "Failure")}
    waiting = {(name, "states:DescribeExecution", "deployment") for name in calling - holders.keys()}
    return called | waiting | {(name, "states:DescribeExecution", machines) for name, machines in holders.items()}


def test_who_stops_executions_stops_deployments_only() -> None:
    found = {
        (name, _machine_of(statement))
        for name in functions()
        for statement in function_statements(name)
        if "states:StopExecution" in actions([statement])
    }
    assert found == {("StopDeployment", "deployment"), ("RepairTarget", "deployment")}


def test_a_function_that_invokes_another_asks_for_the_repair() -> None:
    invoking = {
        name: statement["Resource"]
        for name in functions()
        for statement in function_statements(name)
        if "lambda:InvokeFunction" in actions([statement])
    }
    assert "AcquireLease" in invoking
    for name, resource in invoking.items():
        assert resource == {"Fn::GetAtt": ["RepairTargetFunction", "Arn"]}, name
        told = functions()[name]["Environment"]["Variables"]["REPAIR_FUNCTION"]
        assert told == {"Ref": "RepairTargetFunction"}, name


def test_no_lease_is_ever_deleted_so_that_its_fencing_number_only_grows() -> None:
    deleting = {name for name in functions() if "dynamodb:DeleteItem" in actions(function_statements(name))}
    assert deleting == {"OnAlarm"}, "and what it deletes are bakes that are over"
    assert not any("dynamodb:DeleteItem" in actions(_of_machine(machine)) for machine in MACHINES)


def _machine_of(statement: Mapping[str, Any]) -> str:
    """The machine that a statement is about, if it is about one."""
    named = [match for text in strings(statement["Resource"]) for match in MACHINE.findall(text)]
    return " ".join(named)
