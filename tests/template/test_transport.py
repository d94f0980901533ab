"""Nothing is read or written without TLS."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import pytest

from tests.template.parsed import PIPELINE, ROOT, TARGET, resources, template

TEMPLATES = [PIPELINE, TARGET, *sorted((ROOT / "examples").glob("*.template.yaml"))]
POLICIES = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "s3:*"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "sqs:*"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "sns:Publish"),
}
"""The policy of each kind, the property in which it names what it is for, and what it has to refuse. A topic's is as in
AWS' own example: https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html"""
KINDS = [*POLICIES, "AWS::DynamoDB::Table"]
NEVER_ASKED = {"AWS::EC2::SecurityGroup"}
"""What has no data of its own: nobody reads or writes it but by EC2's own calls, which the SDK makes with TLS."""
every_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)


def refuses(policy: Mapping[str, Any], action: str) -> bool:
    """Whether a policy denies the action to everybody who does not use TLS."""
    return any(
        (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", action)
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy["PolicyDocument"]["Statement"]
    )


@pytest.mark.parametrize(("kind", "policy", "named_by", "action"), [(kind, *own) for kind, own in POLICIES.items()])
@every_template
def test_what_could_be_reached_without_tls_refuses_it(
    path: Path, kind: str, policy: str, named_by: str, action: str
) -> None:
    named = [own[named_by] for own in resources(policy, path).values() if refuses(own, action)]
    refusing = [each["Ref"] for names in named for each in (names if isinstance(names, list) else [names])]
    assert sorted(refusing) == sorted(resources(kind, path))


def test_the_refusal_is_for_the_bucket_and_for_its_objects() -> None:
    (policy,) = resources("AWS::S3::BucketPolicy").values()
    statement, _ = policy["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [{"Fn::GetAtt": ["Manifests", "Arn"]}, {"Fn::Sub": "${Manifests.Arn}/*"}]


def test_the_ledger_refuses_it_too() -> None:
    (table,) = resources("AWS::DynamoDB::Table").values()
    assert refuses(table["ResourcePolicy"], "dynamodb:*")
    assert [each["Resource"] for each in table["ResourcePolicy"]["PolicyDocument"]["Statement"]] == ["*"]


@every_template
def test_no_other_service_that_is_used_takes_plain_http(path: Path) -> None:
    """The SDK's own data say which services have such an endpoint."""
    data = json.loads((Path(botocore.__file__).parent / "data" / "endpoints.json").read_text())
    plain = {
        name
        for name, own in data["partitions"][0]["services"].items()
        if "http" in own.get("defaults", {}).get("protocols", [])
    }
    assert {"s3", "sqs", "sns", "dynamodb"} <= plain
    used = {each["Type"] for each in template(path)["Resources"].values()}
    exposed = {kind for kind in used if kind.split("::")[1].lower() in plain}
    assert {kind for kind in exposed - NEVER_ASKED if not kind.endswith("Policy")} <= set(KINDS)
