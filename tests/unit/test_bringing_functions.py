"""The page for those who bring functions: what it tells people to write is read by the tools that will read it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cfnlint.api
import pytest
import yaml
from samtranslator.translator.transform import transform

from gantry.command_line.main import COMMANDS
from gantry.promotion.traffic_presets import PRESETS
from tests import terraform
from tests.unit.stubbed_aws import no_real_aws  # noqa: F401 -- a fixture

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bringing-your-functions.md").read_text()
ADOPTION = "".join(file.read_text() for file in (ROOT / "functions/gantry/command_line/adoption").glob("*.py"))
RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


class NoPolicies:
    """SAM's own names of policies, which it asks IAM for."""

    def load(self) -> Mapping[str, str]:
        return {"AWSLambdaSQSQueueExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"}


def fences(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)


TEMPLATES = [text for text in fences("yaml") if "Resources:" in text]


def made_of(text: str) -> dict[str, Any]:
    """The resources that CloudFormation sees after the SAM transform."""
    found: dict[str, Any] = transform(yaml.safe_load(text), {}, NoPolicies())["Resources"]
    return found


@pytest.mark.parametrize("text", TEMPLATES)
def test_every_template_is_one(text: str) -> None:
    found = cfnlint.api.lint_all(text)
    assert [each for each in found if each.rule.id.startswith("E")] == []


def test_the_first_deployment_of_sam_keeps_what_the_second_one_lets_go() -> None:
    first, second = (made_of(text) for text in TEMPLATES if "Transform" in text)
    gone = {name: own for name, own in first.items() if name not in second}
    assert {own["Type"] for own in gone.values()} == {"AWS::Lambda::Alias", "AWS::Lambda::Version"}
    assert all(own.items() >= RETAINED.items() for own in gone.values())
    assert not [own for own in (*first.values(), *second.values()) if own["Type"].startswith("AWS::CodeDeploy")]
    assert not [own for own in first.values() if "UpdatePolicy" in own]


def test_the_event_source_has_the_same_logical_id_in_both_and_stays_on_the_alias() -> None:
    first, second = (made_of(text) for text in TEMPLATES if "Transform" in text)
    (name,) = (name for name, own in first.items() if own["Type"] == "AWS::Lambda::EventSourceMapping")
    assert second[name]["Type"] == first[name]["Type"]
    assert first[name]["Properties"]["FunctionName"] == {"Ref": "CowsayAliaslive"}
    assert second[name]["Properties"]["FunctionName"] == {"Fn::Sub": "${Cowsay.Arn}:live"}
    roles = [each["CowsayRole"]["Properties"]["ManagedPolicyArns"] for each in (first, second)]
    assert set(roles[0]) == set(roles[1])
    images = [each["Cowsay"]["Properties"]["Code"] for each in (first, second)]
    assert images[0] == images[1]


def test_without_that_the_event_source_would_go_to_the_function_itself() -> None:
    """What the page warns of."""
    (first, _) = (text for text in TEMPLATES if "Transform" in text)
    naive = made_of(first.replace("      AutoPublishAlias: live # DeploymentPreference is gone\n", ""))
    assert naive["CowsayOrders"]["Properties"]["FunctionName"] == {"Ref": "Cowsay"}


def test_in_plain_cloudformation_all_that_will_be_let_go_is_retained() -> None:
    (plain,) = (yaml.safe_load(text)["Resources"] for text in TEMPLATES if "Transform" not in text)
    assert all(own.items() >= RETAINED.items() for own in plain.values())


@terraform.needs_terraform
@pytest.mark.parametrize("text", fences("hcl"))
def test_every_block_of_terraform_is_read_and_is_formatted(text: str, tmp_path: Path) -> None:
    code, said = terraform.run(tmp_path, "fmt", "-check", "-diff", "-", given=text)
    assert code == 0, said
    assert terraform.run(tmp_path, "fmt", "-", given=text + "}")[0] != 0, "nothing was parsed"


@pytest.mark.parametrize("text", fences("python"))
def test_every_block_of_python_compiles(text: str) -> None:
    compile(text, "the page", "exec")


def ignored(resource: str) -> list[set[str]]:
    """What each block of a type of resource leaves alone."""
    blocks = re.findall(rf'^resource "{resource}" .*?^}}', "\n".join(fences("hcl")), re.MULTILINE | re.DOTALL)
    found = [re.findall(r"ignore_changes = \[(.*?)\]", block, re.DOTALL) for block in blocks]
    return [set(re.findall(r"\w+", text)) for each in found for text in each]


def test_terraform_ignores_all_that_gantry_changes_of_an_alias_and_a_rest_api() -> None:
    assert ignored("aws_lambda_alias") == [{"function_version", "routing_config"}]
    assert ignored("aws_api_gateway_stage") == [{"deployment_id", "variables", "canary_settings"}]
    assert ignored("aws_api_gateway_rest_api") == [{"body"}]


def test_of_an_ecs_service_the_page_names_what_the_example_ignores() -> None:
    example = (ROOT / "examples" / "ecs-service.tf").read_text().partition('resource "aws_ecs_service"')[2]
    (attributes,) = re.findall(r"ignore_changes = \[(.*?)\]", example)
    section = PAGE.partition("## ECS services\n")[2].partition("\n## ")[0]
    (named,) = re.findall(r"ignore ([^.]+)\.", section)
    assert set(re.findall(r"`(\w+)`", named)) == set(re.findall(r"\w+", attributes))


def test_terraform_ignores_all_that_a_manifest_can_set() -> None:
    image, a_zip = ignored("aws_lambda_function")
    shared = {"memory_size", "timeout", "ephemeral_storage", "environment"}
    assert image == shared | {"image_uri", "image_config"}
    assert a_zip == shared | {
        "filename", "s3_bucket", "s3_key", "s3_object_version", "source_code_hash", "runtime", "handler", "layers",
    }  # fmt: skip


def test_commands_and_presets_of_the_page_exist() -> None:
    for command in re.findall(r"^ *gantry (\w+)", "".join(fences("sh")), re.MULTILINE):
        assert command in COMMANDS
    assert set(re.findall(r"`Type: (\w+)`", PAGE)) <= set(PRESETS)


def test_the_sections_that_the_command_names_are_there() -> None:
    named = set(re.findall(r"\{(?:PAGE|_WHERE)\}, ([A-Z][\w ]+?)[.\"]", ADOPTION))
    assert named >= {"A canary that CodeDeploy moves today", "Callers of the function itself"}
    assert all(f"\n## {each}\n" in PAGE for each in named)
