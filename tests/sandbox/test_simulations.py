"""What IAM says a role may do, without doing it.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_role, allow, new_name, session_of

READ, READ_MANY = "ssm:GetParameter", "ssm:GetParameters"
URL, OTHER = (f"arn:aws:ssm:{REGION}:{ASSETS}:parameter/cowsay/{name}" for name in ("url", "other"))
REGION_KEY = "aws:RequestedRegion"


def simulated(client: Any, role: str, *actions: str, given: dict[str, str] | None = None) -> dict[str, Json]:
    """By the action and the resource's last word, what is said of it."""
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in (given or {}).items()
    ]
    pages = client.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role, ActionNames=[*actions], ResourceArns=[URL, OTHER], ContextEntries=entries
    )
    results = [each for page in pages for each in page["EvaluationResults"]]
    assert [each["EvalActionName"] for each in results] == [*actions]
    return {
        f"{result['EvalActionName']} {each['EvalResourceName'].rpartition('/')[2]}": each
        for result in results
        for each in result["ResourceSpecificResults"]
    }


def decisions(found: dict[str, Json]) -> dict[str, str]:
    return {name: each["EvalResourceDecision"] for name, each in found.items()}


def test_each_action_is_decided_on_each_resource(aws: StandIn) -> None:
    deny = {**allow(READ_MANY, OTHER), "Effect": "Deny"}
    role = a_role(aws, allow(READ, f"{URL[:-1]}*"), deny, path="/programs/")
    found = simulated(aws.client("iam", ASSETS), role, READ, READ_MANY)
    assert decisions(found) == {
        f"{READ} url": "allowed",
        f"{READ} other": "implicitDeny",
        f"{READ_MANY} url": "implicitDeny",
        f"{READ_MANY} other": "explicitDeny",
    }


def test_the_permissions_boundary_limits_it(aws: StandIn) -> None:
    iam, role = aws.client("iam", ASSETS), a_role(aws, allow("ssm:*"))
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow(READ, URL)]})
    boundary = iam.create_policy(PolicyName=new_name("boundary"), PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role.rpartition("/")[2], PermissionsBoundary=boundary)
    assert decisions(simulated(iam, role, READ)) == {f"{READ} url": "allowed", f"{READ} other": "implicitDeny"}


def test_a_condition_key_that_is_not_given_is_named_and_one_that_is_given_counts(aws: StandIn) -> None:
    iam = aws.client("iam", ASSETS)
    role = a_role(aws, allow(READ, URL) | {"Condition": {"StringEquals": {REGION_KEY: "eu-west-1"}}})
    assert [each.lower() for each in simulated(iam, role, READ)[f"{READ} url"]["MissingContextValues"]] == [
        REGION_KEY.lower()
    ]
    for region, decision in (("eu-west-1", "allowed"), ("us-east-1", "implicitDeny")):
        found = simulated(iam, role, READ, given={REGION_KEY: region})[f"{READ} url"]
        assert (found["EvalResourceDecision"], found.get("MissingContextValues", [])) == (decision, [])


def test_a_role_that_does_not_exist_is_no_entity(aws: StandIn) -> None:
    below_another_path = a_role(aws, allow(READ), path="/programs/").replace("/programs/", "/")
    for role in (f"arn:aws:iam::{ASSETS}:role/{new_name('role')}", below_another_path):
        with pytest.raises(ClientError) as error:
            simulated(aws.client("iam", ASSETS), role, READ)
        assert error.value.response["Error"]["Code"] == "NoSuchEntity"


def test_asking_is_authorised_on_the_role(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html"""
    mine, others = a_role(aws, allow(READ, URL)), a_role(aws)
    session = session_of(aws, "iam", allow("iam:SimulatePrincipalPolicy", mine))
    assert decisions(simulated(session, mine, READ))[f"{READ} url"] == "allowed"
    with pytest.raises(ClientError) as error:
        simulated(session, others, READ)
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_a_secret_says_whether_it_has_a_policy(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html"""
    secrets = aws.client("secretsmanager", ASSETS)
    arn = secrets.create_secret(Name=new_name("secret"), SecretString="moo")["ARN"]
    session = session_of(aws, "secretsmanager", allow("secretsmanager:GetResourcePolicy", f"{arn[:-6]}*"))
    assert "ResourcePolicy" not in session.get_resource_policy(SecretId=arn)
    statement = allow("secretsmanager:GetSecretValue") | {"Principal": {"AWS": a_role(aws)}}
    secrets.put_resource_policy(
        SecretId=arn, ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert "GetSecretValue" in session.get_resource_policy(SecretId=arn)["ResourcePolicy"]
