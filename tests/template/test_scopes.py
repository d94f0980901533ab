"""What a right is for: the one table, topic and bus, and the executions of the machines that a function serves."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.template.parsed import (
    actions,
    function_statements,
    functions,
    lambda_tasks,
    own_statements,
    strings,
    template,
)
from tests.template.test_permissions import ENDING_APPROVALS, ENDING_QUESTIONS, LAMBDA_READS_QUEUES_BY

MACHINE = re.compile(r":(?:stateMachine|execution):\$\{PipelineName\}-(\w+)")
ENDING_LEASES = {"RecordRelease", "RecordFailure", "RecordRollback", "RepairTarget"}
HOLDERS_OF_LEASES_SEEN_BY = {"AcquireLease", "RepairTarget", "RestoreVersion", "WakeVersion"}

ELSEWHERE = {
    ("AwaitReplication", "ecr:DescribeImages"),  # in other regions than the pipeline's
    *((name, each) for name in ("WriteBack", "WriteLiveParameters") for each in LAMBDA_READS_QUEUES_BY),  # each its own
}
"""What is done with other things than elsewhere."""


def test_the_same_action_is_allowed_on_the_same_resources_everywhere() -> None:
    """What is copied from one function to the next must not drift apart.

    Which items of the ledger each function reaches differs: tests/template/test_ledger_access.py.
    """
    scopes: dict[str, set[str]] = defaultdict(set)
    for name in functions().keys() - {"RehearseRollbacks"}:  # what it invokes is tested below
        own: dict[str, list[str]] = defaultdict(list)
        for statement in own_statements(name):
            in_ledger = statement["Resource"] == {"Fn::GetAtt": ["Ledger", "Arn"]}
            condition = None if in_ledger else statement.get("Condition")
            scope = json.dumps([statement["Resource"], condition], sort_keys=True)
            for action in actions([statement]):
                if (name, action) not in ELSEWHERE:
                    own[f"{action} {_machine_of(statement)}"].append(scope)
        for action, each in own.items():
            scopes[action].add("; ".join(sorted(set(each))))
    assert {action: scope for action, scope in scopes.items() if len(scope) > 1} == {}


def test_functions_have_one_table_one_topic_and_one_bus() -> None:
    bus = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    assert template()["Globals"]["Function"]["Environment"]["Variables"]["EVENT_BUS"] == "default"
    expected = {
        "dynamodb": {"Fn::GetAtt": ["Ledger", "Arn"]},
        "sns": {"Ref": "Notifications"},
        "events": {"Fn::Sub": bus},
    }
    for statement in (each for name in functions() for each in function_statements(name)):
        services = {action.partition(":")[0] for action in actions([statement])} & expected.keys()
        assert all(statement["Resource"] == expected[each] for each in services), statement["Sid"]


def test_who_answers_tasks_or_looks_at_executions_does_so_at_the_machines_that_it_serves() -> None:
    found = {
        (name, action, machine)
        for name in functions()
        for statement in function_statements(name)
        for action in actions([statement])
        for machine in _machine_of(statement).split()
        if action.startswith(("states:SendTask", "states:DescribeExecution"))
    }
    answering = {(name, "states:SendTaskSuccess", "promotion") for name in ENDING_APPROVALS}
    answering |= {(name, "states:SendTaskSuccess", "deployment") for name in ENDING_QUESTIONS}
    behind_links, asking = ("ShowApproval", "DecideApproval"), ("promotion", "deployment")
    at_links = {(name, "states:DescribeExecution", machine) for name in behind_links for machine in asking}
    asking_who_is_ahead = ("RequestApproval", "AwaitInfrastructure")
    at_gates = {(name, "states:DescribeExecution", "promotion") for name in asking_who_is_ahead}
    at_claims = {("ResolveRelease", "states:DescribeExecution", "promotion")}
    at_ends = {("ClosePromotion", "states:DescribeExecution", "promotion")}
    at_bakes = {("OnAlarm", "states:SendTaskFailure", "deployment")}
    at_bakes |= {("OnTargetEvent", "states:SendTaskSuccess", "deployment")}
    at_bakes |= {("SteerCanary", f"states:SendTask{how}", "deployment") for how in ("Success", "Failure")}
    at_checks = {(name, "states:SendTaskSuccess", "deployment") for name in ("RunCheck", "AnswerCheck")}
    assert found == answering | at_checks | at_links | at_gates | at_claims | at_ends | at_bakes | _at_leases()


def _at_leases() -> set[tuple[str, str, str]]:
    """Who answers those that wait for a lease, and looks whether they, or who may hold one, still run."""
    answering = {*ENDING_LEASES, "AcquireLease"}
    answered = {(name, f"states:SendTask{how}", "deployment") for name in answering for how in ("Success", "Failure")}
    waiting = {(name, "states:DescribeExecution", "deployment") for name in answering}
    holding = {(name, "states:DescribeExecution", "rollback") for name in HOLDERS_OF_LEASES_SEEN_BY}
    return answered | waiting | holding


def test_the_history_of_deployments_is_read_for_verdicts_and_no_other() -> None:
    found = {
        (name, _machine_of(statement))
        for name in functions()
        for statement in function_statements(name)
        if "states:GetExecutionHistory" in actions([statement])
    }
    assert found == {("RepairTarget", "deployment")}


def test_who_stops_executions_stops_deployments_only() -> None:
    found = {
        (name, _machine_of(statement))
        for name in functions()
        for statement in function_statements(name)
        if "states:StopExecution" in actions([statement])
    }
    assert found == {(name, "deployment") for name in ("StopDeployment", "RepairTarget", "StopWave")}


def test_the_rehearsal_invokes_the_functions_of_the_rollback_machine() -> None:
    variables = functions()["RehearseRollbacks"]["Environment"]["Variables"]
    assert {each["Ref"] for each in variables.values()} == {f"{name}Function" for name in lambda_tasks("rollback")}
    (invoked,) = [
        each["Resource"]
        for each in function_statements("RehearseRollbacks")
        if "lambda:InvokeFunction" in actions([each])
    ]
    assert invoked == [{"Fn::GetAtt": [each["Ref"], "Arn"]} for each in variables.values()]


def test_every_other_function_that_invokes_one_asks_for_the_repair() -> None:
    invoking = {
        name: statement["Resource"]
        for name in functions()
        for statement in function_statements(name)
        if name != "RehearseRollbacks" and "lambda:InvokeFunction" in actions([statement])
    }
    assert "AcquireLease" in invoking
    for name, resource in invoking.items():
        assert resource == {"Fn::GetAtt": ["RepairTargetFunction", "Arn"]}, name
        named = functions()[name]["Environment"]["Variables"]["REPAIR_FUNCTION"]
        assert named == {"Ref": "RepairTargetFunction"}, name


def _machine_of(statement: Mapping[str, Any]) -> str:
    """The machine that a statement is about, if it is about one."""
    named = [match for text in strings(statement["Resource"]) for match in MACHINE.findall(text)]
    return " ".join(named)
