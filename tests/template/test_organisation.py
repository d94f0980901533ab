"""What an organisation asks of every stack: a boundary for roles, a key of its own, and a version that it can name."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gantry.promotion.version import VERSION
from tests.template.parsed import PIPELINE, ROOT, TARGET, resources, template

every_template = pytest.mark.parametrize("path", [PIPELINE, TARGET], ids=["pipeline", "target"])

BOUNDARY = {"Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]}
KEY = {"Fn::If": ["EncryptsWithOwnKey", {"Ref": "EncryptionKeyArn"}, {"Ref": "AWS::NoValue"}]}
KEPT_BY = {
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
"""What holds data and takes a key in one property. Bucket and table have tests of their own."""


def chosen(value: Any, *, met: bool) -> Any:
    """A value as it is where the stack has a key of its own, or has none."""
    if isinstance(value, Mapping) and "Fn::If" in value:
        condition, there, missing = value["Fn::If"]
        assert condition == "EncryptsWithOwnKey"
        return chosen(there if met else missing, met=met)
    return value


@every_template
def test_every_role_that_is_written_by_hand_gets_the_boundary(path: Path) -> None:
    roles = resources("AWS::IAM::Role", path)
    assert roles
    assert {name for name, own in roles.items() if own.get("PermissionsBoundary") != BOUNDARY} == set()


def test_every_role_that_sam_makes_for_a_function_gets_the_boundary_and_every_function_the_key() -> None:
    shared = template()["Globals"]["Function"]
    assert (shared["PermissionsBoundary"], shared["KmsKeyArn"]) == (BOUNDARY, KEY)


@every_template
def test_whatever_holds_data_takes_the_key(path: Path) -> None:
    for kind, name_of_key in KEPT_BY.items():
        for name, own in resources(kind, path).items():
            assert own.get(name_of_key) == KEY, name


@every_template
def test_a_queue_is_encrypted_by_one_key_only(path: Path) -> None:
    for name, own in resources("AWS::SQS::Queue", path).items():
        managed = own["SqsManagedSseEnabled"]
        assert (chosen(managed, met=False), chosen(managed, met=True)) == (True, {"Ref": "AWS::NoValue"}), name


def test_the_ledger_and_the_manifests_are_encrypted_by_either_key() -> None:
    ledger = resources("AWS::DynamoDB::Table")["Ledger"]["SSESpecification"]
    own = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "EncryptionKeyArn"}}
    assert (chosen(ledger, met=False), chosen(ledger, met=True)) == ({"SSEEnabled": True}, own)
    (rule,) = resources("AWS::S3::Bucket")["Manifests"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    by_default = [chosen(rule, met=met)["ServerSideEncryptionByDefault"] for met in (False, True)]
    assert by_default == [
        {"SSEAlgorithm": "AES256"},
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "EncryptionKeyArn"}},
    ]


def test_the_example_of_a_key_lets_the_services_use_it_that_the_stacks_encrypt_with_it() -> None:
    policy = template(ROOT / "examples" / "encryption-key.template.yaml")["Resources"]["Key"]["Properties"]["KeyPolicy"]
    by_service = policy["Statement"][1]["Condition"]["StringEquals"]["kms:ViaService"]
    services = {each["Fn::Sub"].partition(".")[0] for each in by_service}
    assert services == {"dynamodb", "lambda", "s3", "secretsmanager", "sns", "sqs"}


@every_template
def test_a_stack_says_which_version_it_is(path: Path) -> None:
    assert template(path)["Outputs"]["Version"]["Value"] == VERSION


def test_there_is_one_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    assert newest.removeprefix("## ").partition(",")[0] == VERSION
