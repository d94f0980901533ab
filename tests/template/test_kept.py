"""What is kept: the manifests, the ledger, and how they outlive mistakes."""

from typing import Any

from gantry.aws import ledger_keys as keys
from gantry.aws.policy_file import KEY
from tests.template.parsed import template


def resource(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][name]
    return found


def test_every_manifest_revision_is_kept_and_private() -> None:
    bucket = resource("Manifests")["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "LifecycleConfiguration" not in bucket


def test_only_its_administrators_may_write_the_policy_file_if_they_are_named() -> None:
    _, conditional = resource("ManifestsPolicy")["Properties"]["PolicyDocument"]["Statement"]
    condition, denial, nothing = conditional["Fn::If"]
    assert (condition, nothing) == ("HasPolicyAdministrators", {"Ref": "AWS::NoValue"})
    assert denial["Resource"] == {"Fn::Sub": f"${{Manifests.Arn}}/{KEY.partition('/')[0]}/*"}
    assert (denial["Effect"], denial["Principal"]) == ("Deny", "*")
    assert set(denial["Action"]) == {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}
    assert denial["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": {"Ref": "PolicyAdministrators"}}}


def test_manifests_outlive_the_stack() -> None:
    assert resource("Manifests")["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource("Manifests")["UpdateReplacePolicy"] == "Retain"


def test_the_ledger_has_the_keys_that_the_code_uses() -> None:
    ledger = resource("Ledger")["Properties"]
    assert {each["AttributeName"]: each["KeyType"] for each in ledger["KeySchema"]} == {"pk": "HASH", "sk": "RANGE"}
    assert set(keys.lease("a target")) == {"pk", "sk"}
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_ledger_can_be_brought_back() -> None:
    ledger = resource("Ledger")["Properties"]
    assert ledger["BillingMode"] == "PAY_PER_REQUEST"
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["DeletionProtectionEnabled"] == {"Ref": "LedgerDeletionProtection"}
    assert template()["Parameters"]["LedgerDeletionProtection"]["Default"] == "true"
    assert resource("Ledger")["UpdateReplacePolicy"] == "Retain"


def test_whatever_holds_data_says_what_becomes_of_it() -> None:
    kinds = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Logs::LogGroup"}
    for name, each in template()["Resources"].items():
        if each["Type"] in kinds:
            assert {"DeletionPolicy", "UpdateReplacePolicy"} <= set(each), name
