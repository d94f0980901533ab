"""What somebody who deploys the stacks sees: parameters, outputs and the settings of the SAM CLI."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gantry.promotion.judge.looks import USUAL_METRICS_DELAY
from tests.template.parsed import PIPELINE, ROOT, TARGET, template

every_template = pytest.mark.parametrize("path", [PIPELINE, TARGET], ids=["pipeline", "target"])


def parameter(path: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = template(path)["Parameters"][name]
    return found


def accepts(path: Path, name: str, value: str) -> bool:
    """As CloudFormation decides: the pattern has to match as a whole, of a list each value."""
    return re.fullmatch(parameter(path, name)["AllowedPattern"], value, re.ASCII) is not None


def test_the_checker_counts_with_the_delay_of_metrics_that_the_stack_has_by_default() -> None:
    assert parameter(PIPELINE, "MetricsDelay")["Default"] == str(USUAL_METRICS_DELAY)


def test_the_pipelines_outputs() -> None:
    assert set(template()["Outputs"]) == {
        "PromotionMachineArn",
        "DeploymentMachineArn",
        "RollbackMachineArn",
        "ApprovalUrl",
        "DecisionsUrl",
        "PromotionsUrl",
        "CanariesUrl",
        "PreviewsUrl",
        "DriftUrl",
        "LiveParametersFunctionName",
        "StatusUrl",
        "IamStatusUrl",
        "HooksUrl",
        "HooksRoleArn",
        "ManifestBucketName",
        "LedgerTableName",
        "NotificationTopicArn",
        "AlarmBusArn",
        "OperatorReadPolicyArn",
        "OperatorPromotePolicyArn",
        "OperatorRollBackPolicyArn",
        "OperatorSteerPolicyArn",
        "OperatorSyncPolicyArn",
        "OperatorApprovePolicyArn",
        "Version",
    }


@every_template
def test_every_parameter_and_output_is_described(path: Path) -> None:
    described = [*template(path)["Parameters"].items(), *template(path)["Outputs"].items()]
    assert [name for name, each in described if not each.get("Description")] == []


@every_template
def test_every_pattern_says_what_would_be_right(path: Path) -> None:
    for name, each in template(path)["Parameters"].items():
        assert ("AllowedPattern" in each) == ("ConstraintDescription" in each), name
        assert "AllowedPattern" in each or "AllowedValues" in each, f"{name} accepts anything"


@every_template
def test_the_console_groups_and_labels_every_parameter(path: Path) -> None:
    interface = template(path)["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template(path)["Parameters"])
    assert set(interface["ParameterLabels"]) == set(template(path)["Parameters"])


@every_template
def test_a_default_is_a_value_that_is_accepted(path: Path) -> None:
    for name, each in template(path)["Parameters"].items():
        if "Default" in each:
            assert (
                each["Default"] in each["AllowedValues"]
                if "AllowedValues" in each
                else accepts(path, name, each["Default"])
            )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PipelineName", "gantry-2"),
        ("ArtifactBuckets", ""),
        ("ArtifactBuckets", "acme-artifacts"),
        ("ArtifactBuckets", "acme.artifacts.1"),
        ("ArtifactKeyArns", ""),
        ("ArtifactKeyArns", "arn:aws:kms:us-east-1:111111111111:key/mrk-1234abcd"),
        ("TargetAccounts", "222222222222"),
        ("ExternalId", "gantry-7Fq"),
        ("PolicyAdministrators", "arn:aws:iam::111111111111:role/platform/*"),
        ("MailSender", "gantry@example.com"),
        ("MailSender", ""),
        ("ApprovalBaseUrl", ""),
        ("ApprovalBaseUrl", "https://approvals.example.com"),
        ("ApprovalBaseUrl", "https://example.com/gantry"),
        ("ApprovalBaseUrl", "http://127.0.0.1:4566/_domain"),  # the sandbox
        ("ApprovalBaseUrl", "http://localhost:8080"),
        ("SignInIssuer", ""),
        ("SignInIssuer", "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_7Fq"),
        ("SignInIssuer", "https://gantry.eu.auth0.com/"),  # whose tokens have the slash too
        ("SignInIssuer", "http://127.0.0.1:40001/tests"),
        ("SignInAudience", ""),
        ("SignInAudience", "7Fq-gantry"),
        ("SignInHeader", "Cf-Access-Jwt-Assertion"),
        ("EncryptionKeyArn", ""),
        ("EncryptionKeyArn", "arn:aws:kms:us-east-1:111111111111:key/mrk-1234abcd"),
        ("PermissionsBoundaryArn", ""),
        ("PermissionsBoundaryArn", "arn:aws:iam::111111111111:policy/teams/boundary"),
        ("MetricsDelay", "0"),
        ("MetricsDelay", "900"),
    ],
)
def test_the_pipeline_accepts(name: str, value: str) -> None:
    assert accepts(PIPELINE, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PipelineName", "Gantry"),
        ("PipelineName", "a/*"),
        ("ArtifactBuckets", "*"),
        ("ArtifactBuckets", "acme-*"),
        ("ArtifactBuckets", "acme/artifacts"),
        ("ArtifactBuckets", "arn:aws:s3:::acme"),
        ("ArtifactKeyArns", "alias/acme"),
        ("ArtifactKeyArns", "arn:aws:kms:us-east-1:111111111111:key/*"),
        ("TargetAccounts", "22222222222"),
        ("TargetAccounts", ""),
        ("TargetAccounts", "*"),
        ("ExternalId", ""),
        ("ExternalId", "two words"),
        ("PolicyAdministrators", "*"),
        ("PolicyAdministrators", "arn:aws:iam::111111111111:root"),
        ("MailSender", "gantry"),
        ("ApprovalBaseUrl", "approvals.example.com"),
        ("ApprovalBaseUrl", "https://approvals.example.com/"),
        ("ApprovalBaseUrl", "http://approvals.example.com"),
        ("ApprovalBaseUrl", "http://127.0.0.1:4566/"),
        ("ApprovalBaseUrl", "http://127.0.0.1.example.com/gantry"),
        ("ApprovalBaseUrl", "http://localhost@example.com"),
        ("ApprovalBaseUrl", "http://localhost:80@example.com/gantry"),
        ("SignInIssuer", "login.example.com"),
        ("SignInIssuer", "http://login.example.com"),
        ("SignInIssuer", "http://localhost.example.com/"),
        ("SignInAudience", "one two"),
        ("SignInHeader", ""),
        ("SignInHeader", "Authorization:"),
        ("EncryptionKeyArn", "alias/gantry"),
        ("EncryptionKeyArn", "arn:aws:kms:us-east-1:111111111111:alias/gantry"),
        ("PermissionsBoundaryArn", "boundary"),
        ("PermissionsBoundaryArn", "arn:aws:iam::111111111111:role/boundary"),
        ("MetricsDelay", "901"),
        ("MetricsDelay", "-1"),
        ("MetricsDelay", ""),
        ("MetricsDelay", "2m"),
    ],
)
def test_the_pipeline_refuses(name: str, value: str) -> None:
    assert not accepts(PIPELINE, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FunctionNamePatterns", "cowsay"),
        ("FunctionNamePatterns", "orders-*"),
        ("ExecutionRolePatterns", ""),
        ("ExecutionRolePatterns", "lambda/orders-*"),
        ("BucketKeyPatterns", ""),
        ("BucketKeyPatterns", "acme-prod/glue/*"),
        ("BucketKeyPatterns", "acme-site/*"),
        ("RestApiIds", ""),
        ("RestApiIds", "a1b2c3d4e5"),
        ("EcsServicePatterns", ""),
        ("EcsServicePatterns", "main/cowsay"),
        ("EcsServicePatterns", "main/orders-*"),
        ("EcsServicePatterns", "main/*"),
        ("TaskDefinitionPatterns", ""),
        ("TaskDefinitionPatterns", "orders_api-*"),
        ("TaskRolePatterns", ""),
        ("TaskRolePatterns", "ecs/cowsay-*"),
        ("CheckClusters", ""),
        ("CheckClusters", "main"),
        ("KmsKeyArns", ""),
        ("KmsKeyArns", "arn:aws:kms:us-east-1:222222222222:key/mrk-1234abcd"),
        ("ArtifactBuckets", ""),
        ("ArtifactBuckets", "acme-artifacts"),
        ("ArtifactKeyArns", ""),
        ("ArtifactKeyArns", "arn:aws:kms:us-east-1:111111111111:key/mrk-1234abcd"),
        ("LayerPatterns", ""),
        ("LayerPatterns", "580247275435:layer:LambdaInsightsExtension"),
        ("LayerPatterns", "222222222222:layer:common-*"),
        ("AlarmBusArn", "arn:aws:events:us-east-1:111111111111:event-bus/gantry-alarms"),
    ],
)
def test_a_target_accepts(name: str, value: str) -> None:
    assert accepts(TARGET, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FunctionNamePatterns", "*"),
        ("FunctionNamePatterns", ""),
        ("FunctionNamePatterns", "a*b"),
        ("ExecutionRolePatterns", "*"),
        ("BucketKeyPatterns", "*"),
        ("BucketKeyPatterns", "*/glue/*"),
        ("BucketKeyPatterns", "acme-*/glue/*"),
        ("BucketKeyPatterns", "acme-prod"),
        ("RestApiIds", "*"),
        ("RestApiIds", "a1b2/stages"),
        ("EcsServicePatterns", "*"),
        ("EcsServicePatterns", "cowsay"),
        ("EcsServicePatterns", "*/cowsay"),
        ("EcsServicePatterns", "main/"),
        ("EcsServicePatterns", "arn:aws:ecs:us-east-1:222222222222:service/main/cowsay"),
        ("TaskDefinitionPatterns", "*"),
        ("TaskDefinitionPatterns", "cowsay:12"),
        ("TaskRolePatterns", "*"),
        ("TaskRolePatterns", "arn:aws:iam::222222222222:role/cowsay"),
        ("CheckClusters", "*"),
        ("CheckClusters", "main/cowsay"),
        ("KmsKeyArns", "alias/cowsay"),
        ("KmsKeyArns", "arn:aws:kms:us-east-1:222222222222:key/*"),
        ("ArtifactBuckets", "*"),
        ("ArtifactBuckets", "acme-*"),
        ("ArtifactBuckets", "acme/*"),
        ("ArtifactBuckets", "arn:aws:s3:::acme-artifacts"),
        ("ArtifactKeyArns", "arn:aws:kms:us-east-1:111111111111:key/*"),
        ("LayerPatterns", "*"),
        ("LayerPatterns", "*:layer:common"),
        ("LayerPatterns", "222222222222:layer:*"),
        ("LayerPatterns", "arn:aws:lambda:us-east-1:222222222222:layer:common:7"),
        ("AlarmBusArn", "gantry-alarms"),
        ("AssetsAccount", "1111"),
    ],
)
def test_a_target_refuses(name: str, value: str) -> None:
    assert not accepts(TARGET, name, value)


def test_who_deploys_a_target_has_to_say_what_the_pipeline_may_touch() -> None:
    assert "Default" not in parameter(TARGET, "FunctionNamePatterns")


def test_both_sides_take_the_same_external_ids() -> None:
    assert parameter(PIPELINE, "ExternalId")["AllowedPattern"] == parameter(TARGET, "ExternalId")["AllowedPattern"]


def test_the_sam_cli_finds_both_templates_with_the_rights_that_they_need() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert settings["default"]["deploy"]["parameters"]["capabilities"] == "CAPABILITY_NAMED_IAM", "a role has a name"
    target = settings["target"]["deploy"]["parameters"]
    assert (ROOT / target["template_file"]) == TARGET
    assert target["capabilities"] == "CAPABILITY_NAMED_IAM", "the target role has a name"
