"""Least privilege: every role may do what its code or its definition does, and nothing else."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gantry.artifacts.artifact_objects import OWN_FOLDER
from tests.template.intrinsics import resolved
from tests.template.parsed import (
    ANY_ITEM,
    MACHINES,
    actions,
    as_list,
    function_statements,
    functions,
    handler_of,
    lambda_tasks,
    limits,
    machine_resource,
    policies,
    resources,
    role_statements,
    tasks,
)
from tests.template.reach import done_here, done_there
from tests.unit.asl.definitions import INTEGRATION

ENDING_APPROVALS = {"RequestApproval", "FollowUpApproval", "DecideApproval", "OnBounce", "ClosePromotion"}
ENDING_QUESTIONS = {"AskAboutCanary", "DecideApproval", "OnBounce", "RepairTarget"}
"""Those about canaries."""

S3_ASKS_OF_ITS_CALLER = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What no code calls: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
SEEING_WHAT_IS_MISSING = "s3:ListBucket"
"""What no code needs to call for S3 to say that a version does not exist:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""

NEEDED_BY = {
    f"{INTEGRATION}lambda:invoke": {"lambda:InvokeFunction"},
    f"{INTEGRATION}lambda:invoke.waitForTaskToken": {"lambda:InvokeFunction"},
    f"{INTEGRATION}aws-sdk:dynamodb:updateItem.waitForTaskToken": {"dynamodb:UpdateItem"},
    f"{INTEGRATION}states:startExecution.sync:2": {
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
    allowed, done = actions(function_statements(name)) - S3_ASKS_OF_ITS_CALLER, done_here(handler_of(name))
    assert allowed - ({SEEING_WHAT_IS_MISSING} if {"Ref": "ReadArtifacts"} in policies(name) else set()) - done == set()
    assert done - allowed == set()


def test_who_reads_or_copies_artifacts_may_use_their_keys_through_s3_and_nobody_else_may() -> None:
    for action, needed_with in (("kms:Decrypt", "ReadArtifacts"), ("kms:GenerateDataKey", "CopyArtifacts")):
        using = {name for name in functions() if action in actions(function_statements(name))}
        assert using == {name for name in functions() if {"Ref": needed_with} in policies(name)}
    statements = [each for name in functions() for each in function_statements(name)]
    for statement in (each for each in statements if actions([each]) & S3_ASKS_OF_ITS_CALLER):
        assert statement["Resource"] == {"Ref": "ArtifactKeyArns"}
        assert statement["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "s3.*.${AWS::URLSuffix}"}}}


def test_what_artifacts_need_is_allowed_in_the_named_buckets_and_copies_in_a_folder_of_their_own() -> None:
    parameters = {"ArtifactBuckets": ["acme", "acme-eu"]}
    allowed = {
        action: resolved(statement["Resource"], parameters)
        for statement in function_statements("ResolveRelease")
        for action in actions([statement])
        if "ArtifactBuckets" in str(statement["Resource"])
    }
    read = ["arn:*:s3:::acme/*", "arn:*:s3:::acme-eu/*", "arn:*:s3:::acme", "arn:*:s3:::acme-eu"]
    folders = [f"arn:*:s3:::{bucket}/{OWN_FOLDER}*" for bucket in ("acme", "acme-eu")]
    assert allowed == {
        "s3:GetObjectVersion": read,
        "s3:ListBucket": read,
        "s3:ListBucketVersions": ["arn:*:s3:::acme", "arn:*:s3:::acme-eu"],
        "s3:PutObject": folders,
        "s3:GetObject": folders,
    }


@every_function
def test_who_may_enter_the_target_accounts_does_something_there(name: str) -> None:
    assert ("sts:AssumeRole" in actions(function_statements(name))) == bool(done_there(handler_of(name)))


@every_function
def test_a_function_is_allowed_nothing_twice(name: str) -> None:
    """Otherwise nothing would show that the second statement is needed."""
    allowed = [
        (action, json.dumps(resource, sort_keys=True), partition)
        for statement in function_statements(name)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        for partition in limits(statement)
    ]
    assert len(allowed) == len(set(allowed))


def test_a_managed_policy_is_there_for_several() -> None:
    """What only one may do stands at that one."""
    refs = [each["Ref"] for name in functions() for each in policies(name) if "Ref" in each]
    refs += [each["Ref"] for own in resources("AWS::IAM::Role").values() for each in own.get("ManagedPolicyArns", [])]
    assert set(refs) == set(resources("AWS::IAM::ManagedPolicy"))
    assert [name for name in set(refs) if refs.count(name) < 2] == []
    assert all(
        own["Path"] == {"Fn::Sub": "/gantry/${PipelineName}/"} for own in resources("AWS::IAM::ManagedPolicy").values()
    )


def test_showing_an_approval_has_no_right_to_decide_it() -> None:
    """It can neither keep an answer, nor tell the machine, nor anybody else."""
    reading = {"dynamodb:GetItem", "dynamodb:Query", "states:DescribeExecution"}
    assert actions(function_statements("ShowApproval")) == reading


def test_the_waiting_tasks_token_is_left_by_what_waits_and_can_be_changed_only_by_who_ends_approvals() -> None:
    """Into an item that is there: PutItem, which others have for items of their own, replaces the whole approval."""
    writing = {name for name in functions() if {ANY_ITEM, "approval#*"} & _reached(name, "dynamodb:UpdateItem")}
    assert writing == ENDING_APPROVALS | ENDING_QUESTIONS | {"AwaitCanaryDecision"}
    assert [task for machine in MACHINES for task in tasks(machine) if _leaves_a_token(tasks(machine)[task])] == [
        "AwaitDecision"
    ]
    machines = {each for each in MACHINES if "dynamodb:UpdateItem" in actions(_of_machine(each))}
    assert machines == {"promotion"}


def _reached(function: str, action: str) -> set[str]:
    """The partitions in which a function may do this."""
    found = [limits(each) for each in function_statements(function) if action in actions([each])]
    return {pattern for patterns in found for pattern in patterns}


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
    assert resources("AWS::IAM::Role")[f"{machine.capitalize()}MachineRole"]["Path"] == {
        "Fn::Sub": "/gantry/${PipelineName}/"
    }


def test_no_lease_is_ever_deleted_so_that_its_fencing_number_only_grows() -> None:
    deleted = {each for name in functions() for each in _reached(name, "dynamodb:DeleteItem")}
    ended = {"alarm#*", "event#*"}
    assert deleted == {*ended, "draft#*", "promotion"}, "ended waits, locks on drafts, and completed promotions"
    assert not any("dynamodb:DeleteItem" in actions(_of_machine(machine)) for machine in MACHINES)
