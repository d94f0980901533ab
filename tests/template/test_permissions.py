"""Least privilege: every role may do what its code or its definition does, and nothing else."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from gantry.artifacts.artifact_objects import OWN_FOLDER
from gantry.aws.session_policy import Right, reading
from tests.template.intrinsics import resolved
from tests.template.parsed import (
    ANY_ITEM,
    MACHINES,
    actions,
    as_list,
    function_statements,
    functions,
    handler_of,
    if_there,
    lambda_tasks,
    limits,
    machine_resource,
    own_statements,
    policies,
    resources,
    role_statements,
    tasks,
    template,
)
from tests.template.reach import done_here, done_there
from tests.unit.asl.definitions import INTEGRATION

ENDING_APPROVALS = {"RequestApproval", "FollowUpApproval", "DecideApproval", "OnBounce", "ClosePromotion"}
ENDING_QUESTIONS = {"AskAboutCanary", "DecideApproval", "OnBounce", "RepairTarget"}
"""Those about canaries."""

KEPT_AND_TOLD = {"dynamodb:PutItem", "events:PutEvents", "sns:Publish", "states:StartExecution"}
READS = re.compile(r"\w+:(Get|List|Describe|BatchGet|Query)\w*")
S3_ASKS_OF_ITS_CALLER = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What no code calls: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
LAMBDA_READS_QUEUES_BY = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
"""What Lambda does as a function, and no code: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
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

MAPPING = "AWS::Lambda::EventSourceMapping"
every_function = pytest.mark.parametrize("name", functions())
every_machine = pytest.mark.parametrize("machine", MACHINES)


@every_function
def test_a_function_may_do_exactly_what_its_code_does(name: str) -> None:
    allowed, done = actions(function_statements(name)) - S3_ASKS_OF_ITS_CALLER, done_here(handler_of(name))
    reads = any({"Ref": each} in policies(name) for each in ("ReadArtifacts", "ReadPolicyFile"))
    reads = reads or "SeeWhetherThereIsAManifest" in {each["Sid"] for each in own_statements(name)}
    is_fed = {"Ref": f"{name}Function"} in [each["FunctionName"] for each in resources(MAPPING).values()]
    others = ({SEEING_WHAT_IS_MISSING} if reads else set()) | (LAMBDA_READS_QUEUES_BY if is_fed else set())
    assert allowed - others - done == set()
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


OPERATORS = {f"Operator{each}Policy" for each in ("Read", "Promote", "RollBack", "Steer", "Approve", "Sync")}
"""For the roles of people, which are not the stack's."""


MANIFESTS = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
"""The policy file is only read."""


def test_each_policy_of_operators_is_an_output() -> None:
    assert {f"{each}Arn" for each in OPERATORS} <= template()["Outputs"].keys()


def test_no_operator_may_answer_a_task_or_read_what_decides() -> None:
    documents = [resources("AWS::IAM::ManagedPolicy")[name]["PolicyDocument"] for name in OPERATORS]
    found = [if_there(each) for document in documents for each in document["Statement"]]
    actions = {action for each in found for action in as_list(each["Action"])}
    assert actions == {
        "cloudformation:DescribeStacks",
        "dynamodb:Query",
        "execute-api:Invoke",
        "lambda:InvokeFunction",
        "states:DescribeExecution",
        "states:StartExecution",
        "s3:ListBucket",
        *MANIFESTS,
    }
    own = [each for each in found if {*as_list(each["Action"])} & MANIFESTS]
    assert {(each["Action"], one["Fn::Sub"]) for each in own for one in as_list(each["Resource"])} == {
        ("s3:GetObject", "${Manifests.Arn}/policy/policy.yaml"),
        *((action, "${Manifests.Arn}/services/*") for action in MANIFESTS),
    }
    invoked = [each["Resource"] for each in found if each["Action"] == "lambda:InvokeFunction"]
    assert invoked == [{"Fn::GetAtt": ["WriteLiveParametersFunction", "Arn"]}]
    partitions = {key for each in found if each["Action"] == "dynamodb:Query" for key in limits(each)}
    assert partitions == {"lease", "board", "asked", "promotion", "service#*", "approvals#*"}


def test_a_managed_policy_is_there_for_several() -> None:
    """What only one may do stands at that one."""
    refs = [each["Ref"] for name in functions() for each in policies(name) if "Ref" in each]
    refs += [each["Ref"] for own in resources("AWS::IAM::Role").values() for each in own.get("ManagedPolicyArns", [])]
    assert set(refs) == set(resources("AWS::IAM::ManagedPolicy")) - OPERATORS
    assert [name for name in set(refs) if refs.count(name) < 2] == []
    assert all(
        own["Path"] == {"Fn::Sub": "/gantry/${PipelineName}/"} for own in resources("AWS::IAM::ManagedPolicy").values()
    )


def test_showing_an_approval_has_no_right_to_decide_it() -> None:
    """It can neither keep an answer, nor tell the machine, nor anybody else."""
    reading = {"dynamodb:GetItem", "dynamodb:Query", "states:DescribeExecution"}
    assert actions(function_statements("ShowApproval")) == reading


def test_a_preview_reads_and_changes_nothing_here_or_in_the_targets_accounts() -> None:
    """Its sessions there are limited to reading, and that is enough for every kind of target."""
    here, there = actions(function_statements("PreviewPromotion")), done_there(handler_of("PreviewPromotion"))
    beside = {"sts:AssumeRole", *S3_ASKS_OF_ITS_CALLER}
    assert [each for each in here - beside if not READS.fullmatch(each)] == []
    assert reading([Right(tuple(there), ("*",))])[0].actions == tuple(there)


@pytest.mark.parametrize("name", ["LookForDrift", "CheckDrift"])
def test_who_looks_for_drift_changes_nothing_in_the_targets_accounts(name: str) -> None:
    """And here, only who looks by itself keeps what it found, tells, and starts what restores it."""
    there = done_there(handler_of(name))
    assert reading([Right(tuple(there), ("*",))])[0].actions == tuple(there)
    here = actions(function_statements(name)) - {"sts:AssumeRole", "kms:Sign"}  # GitHub gives tokens that only read
    writes = {each for each in here if not READS.fullmatch(each)}
    assert writes == (set() if name == "LookForDrift" else KEPT_AND_TOLD)


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
    listed = {"asked", "board"}
    assert deleted == {*ended, "draft#*", "promotion", *listed}, (
        "ended waits, locks on drafts, completed promotions, and what people see as long as it is so"
    )
    assert not any("dynamodb:DeleteItem" in actions(_of_machine(machine)) for machine in MACHINES)


def test_whoever_reads_the_policy_file_can_see_that_there_is_none() -> None:
    """Without the right to list, S3 answers 403 for what is missing, and the function fails wherever there is no file.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    readers = [name for name in functions() if "ReadThePolicyFile" in _sids(name)]
    assert "CheckAllEnvironments" in readers
    blind = [
        name
        for name in readers
        if not any(
            "s3:ListBucket" in as_list(each["Action"]) and "Manifests" in json.dumps(each["Resource"])
            for each in function_statements(name)
        )
    ]
    assert blind == []


def _sids(function: str) -> set[str]:
    return {each.get("Sid", "") for each in function_statements(function)}
