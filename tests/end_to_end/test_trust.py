"""Whom the role in a workload account lets in, and that a second Gantry has its own."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.deploy import deploy
from sandbox.driver.pipeline import EXTERNAL_ID, Pipeline
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.workspace import ROOT

TARGET = f"arn:aws:iam::{DEV}:role/gantry/%s/%s-target"


def enter(pipeline: Pipeline, path: str, target: str, external_id: str = EXTERNAL_ID) -> str:
    """Try to enter the dev account with a role under this path that may assume any role; the session's ARN."""
    iam, name = pipeline.stand_in.client("iam", ASSETS), "visitor"
    trust = {"Effect": "Allow", "Principal": {"AWS": ASSETS}, "Action": "sts:AssumeRole"}
    grant = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    role = iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="enter", PolicyDocument=_document(grant))
    try:
        own = pipeline.stand_in.client("sts", ASSETS).assume_role(RoleArn=role, RoleSessionName="visitor")
        keys = own["Credentials"]
        sts = pipeline.stand_in.session_client(
            "sts", REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        )
        answer = sts.assume_role(RoleArn=target, RoleSessionName="visitor", ExternalId=external_id)
        return str(answer["AssumedRoleUser"]["Arn"])
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="enter")
        iam.delete_role(RoleName=name)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_only_the_functions_of_this_pipeline_that_deploy_are_let_in(pipeline: Pipeline) -> None:
    own = TARGET % ("gantry", "gantry")
    assert enter(pipeline, "/gantry/gantry/enters-targets/", own).startswith(
        f"arn:aws:sts::{DEV}:assumed-role/gantry-target/"
    )
    for path in ("/gantry/gantry/", "/gantry/other/enters-targets/", "/gantry/gantry-2/enters-targets/", "/"):
        with pytest.raises(ClientError, match="AccessDenied"):
            enter(pipeline, path, own)
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(pipeline, "/gantry/gantry/enters-targets/", own, external_id="another")


def test_a_second_gantry_has_a_role_of_its_own_in_the_same_account_and_region(pipeline: Pipeline) -> None:
    parameters = {
        "PipelineName": "other",
        "AssetsAccount": ASSETS,
        "ExternalId": EXTERNAL_ID,
        "AlarmBusArn": pipeline.outputs["AlarmBusArn"],
        "FunctionNamePatterns": "orders,billing-*",
    }
    template = ROOT / "target" / "template.yaml"
    outputs = deploy(pipeline.stand_in, "other-target", template, DEV, parameters)
    assert outputs["TargetRoleArn"] == TARGET % ("other", "other")
    assert enter(pipeline, "/gantry/other/enters-targets/", TARGET % ("other", "other"))
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(pipeline, "/gantry/gantry/enters-targets/", TARGET % ("other", "other"))
    assert enter(pipeline, "/gantry/gantry/enters-targets/", TARGET % ("gantry", "gantry"))
    pipeline.stand_in.client("cloudformation", DEV).delete_stack(StackName="other-target")
