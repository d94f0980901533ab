"""The example of an ECS service: its template, its Terraform twin, its manifest and the policy file name the same."""

import re
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from tests.template.intrinsics import resolved
from tests.template.parsed import ROOT, TARGET, template
from tests.unit.command_line.running import run

EXAMPLES = ROOT / "examples"
MANIFEST, POLICY = EXAMPLES / "ecs-service.manifest.yaml", EXAMPLES / "policy.yaml"
CHANGED_BY_GANTRY = {"task_definition", "deployment_configuration", "load_balancer"}
PULLING = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """The template's resources, with its defaults, and its outputs for the target stack."""
    parsed = yaml_parse((EXAMPLES / "ecs-service.template.yaml").read_text())
    given = {name: own.get("Default", name) for name, own in parsed["Parameters"].items()}
    given |= {name: name for name in parsed["Resources"]} | {"AWS::Partition": "aws", "AWS::Region": "us-east-1"}
    given |= {"AWS::AccountId": "444444444444"}
    roles = {"ExecutionRole": "cowsay-web-execution", "TaskRole": "cowsay-web-task"}
    resources = {name: own["Properties"] for name, own in parsed["Resources"].items()}
    outputs = {name: own["Value"] for name, own in parsed["Outputs"].items() if name != "Url"}
    found: dict[str, Any] = resolved(_by_name(resources), given)
    return found | {"outputs": resolved(outputs, given | roles)}


def _by_name(value: Any) -> Any:
    """Attributes as the names of what they are of, and conditions as if they were not met."""
    match value:
        case {"Fn::GetAtt": [name, _]}:
            return {"Ref": name}
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Fn::If": [_, _, otherwise]}:
            return _by_name(otherwise)
        case dict():
            return {key: _by_name(each) for key, each in value.items()}
    return [_by_name(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def twin() -> str:
    return (EXAMPLES / "ecs-service.tf").read_text()


def block(text: str, header: str) -> str:
    """What stands between the braces after a header, with `var.name` as its default."""
    _, found, rest = text.partition(f"{header} {{")
    assert found, header
    depth = 1
    for position, sign in enumerate(rest):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if not depth:
            return rest[:position].replace("${var.name}", "cowsay-web")
    raise AssertionError(header)


def value(text: str, name: str) -> str:
    """What a block says of a name first."""
    found = re.search(rf"^ *{name} += (.*)$", text, re.MULTILINE)
    assert found, name
    return found[1].strip('"')


def ignored(text: str) -> set[str]:
    return set(value(block(text, "lifecycle"), "ignore_changes").strip("[]").split(", "))


def manifest() -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return written


def production() -> dict[str, Any]:
    (found,) = [each for each in manifest()["environments"] if each["name"] == "prod"]
    return dict(found)


def test_the_rule_forwards_to_both_target_groups_and_to_one_of_them_at_first(stack: dict[str, Any], twin: str) -> None:
    (action,) = stack["ProductionRule"]["Actions"]
    groups = {each["TargetGroupArn"]: each["Weight"] for each in action["ForwardConfig"]["TargetGroups"]}
    assert groups == {"Blue": 100, "Green": 0}
    forward = block(block(twin, 'resource "aws_lb_listener_rule" "production"'), "forward")
    weights = re.findall(r'this\["(\w+)"\]\.arn\s+weight = (\d+)', forward)
    assert {name.capitalize(): int(weight) for name, weight in weights} == groups


def test_the_service_shifts_between_these_groups_by_this_rule(stack: dict[str, Any], twin: str) -> None:
    (balancer,) = stack["Service"]["LoadBalancers"]
    advanced = {"AlternateTargetGroupArn": "Green", "ProductionListenerRule": "ProductionRule"}
    assert balancer["TargetGroupArn"] == "Blue"
    assert balancer["AdvancedConfiguration"] == advanced | {"RoleArn": "InfrastructureRole"}
    own = block(block(twin, 'resource "aws_ecs_service" "this"'), "load_balancer")
    assert value(own, "target_group_arn") == 'aws_lb_target_group.this["blue"].arn'
    assert value(own, "alternate_target_group_arn") == 'aws_lb_target_group.this["green"].arn'
    assert value(own, "production_listener_rule") == "aws_lb_listener_rule.production.arn"
    assert value(own, "role_arn") == "aws_iam_role.infrastructure.arn"


def test_terraform_ignores_what_gantry_and_ecs_change(twin: str) -> None:
    assert ignored(block(twin, 'resource "aws_ecs_service" "this"')) == CHANGED_BY_GANTRY
    assert ignored(block(twin, 'resource "aws_lb_listener_rule" "production"')) == {"action"}
    first = block(twin, 'resource "aws_ecs_task_definition" "first"')
    assert ignored(first) == {"container_definitions", "cpu", "memory"}


def test_cloudformation_deploys_the_live_task_definition_where_it_is_told() -> None:
    parsed = yaml_parse((EXAMPLES / "ecs-service.template.yaml").read_text())
    chosen = parsed["Resources"]["Service"]["Properties"]["TaskDefinition"]
    assert chosen == {"Fn::If": ["IsLive", {"Ref": "LiveTaskDefinition"}, {"Ref": "FirstTaskDefinition"}]}
    assert parsed["Parameters"]["LiveTaskDefinition"]["Default"] == ""


def test_no_task_definition_is_deregistered_by_a_template(twin: str) -> None:
    own = yaml_parse((EXAMPLES / "ecs-service.template.yaml").read_text())["Resources"]["FirstTaskDefinition"]
    assert (own["DeletionPolicy"], own["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert value(block(twin, 'resource "aws_ecs_task_definition" "first"'), "skip_destroy").startswith("true")


def test_each_target_group_has_an_alarm_and_the_manifest_names_all_of_them(stack: dict[str, Any], twin: str) -> None:
    alarms = [stack["BlueErrors"], stack["GreenErrors"]]
    watched = [{each["Name"]: each["Value"] for each in own["Dimensions"]} for own in alarms]
    assert watched == [{"LoadBalancer": "LoadBalancer", "TargetGroup": group} for group in ("Blue", "Green")]
    names = [own["AlarmName"] for own in alarms]
    assert production()["alarms"] == names
    errors = block(twin, 'resource "aws_cloudwatch_metric_alarm" "errors"')
    assert value(errors, "for_each") == "aws_lb_target_group.this"
    assert [value(errors, "alarm_name").replace("${each.key}", group) for group in ("blue", "green")] == names
    for name, written in (("MetricName", "metric_name"), ("Statistic", "statistic"), ("Namespace", "namespace")):
        assert {own[name] for own in alarms} == {value(errors, written)}


def test_the_manifest_deploys_to_the_container_and_service_that_the_templates_make(
    stack: dict[str, Any], twin: str
) -> None:
    (target,) = production()["targets"]
    (container,) = stack["FirstTaskDefinition"]["ContainerDefinitions"]
    assert f"{target['cluster']}/{target['service']}" == stack["outputs"]["EcsService"]
    assert target["container"] == container["Name"] == stack["Service"]["LoadBalancers"][0]["ContainerName"]
    assert stack["FirstTaskDefinition"]["RuntimePlatform"]["CpuArchitecture"] == manifest()["architecture"].upper()
    service = block(twin, 'resource "aws_ecs_service" "this"')
    assert value(block(twin, 'variable "cluster"'), "default") == target["cluster"]
    assert value(block(twin, 'variable "name"'), "default") == target["service"]
    assert value(service, "container_name") == target["container"]
    assert value(block(twin, 'resource "aws_ecs_task_definition" "first"'), "cpu_architecture") == "X86_64"


def test_the_target_stack_takes_what_the_outputs_say(stack: dict[str, Any]) -> None:
    parameters = template(TARGET)["Parameters"]
    for output, parameter in (
        ("EcsService", "EcsServicePatterns"),
        ("TaskDefinitionFamily", "TaskDefinitionPatterns"),
        ("TaskRoles", "TaskRolePatterns"),
    ):
        for each in stack["outputs"][output].split(","):
            assert re.fullmatch(parameters[parameter]["AllowedPattern"], each), output
    assert stack["outputs"]["TaskRoles"].split(",") == [
        stack[role]["RoleName"] for role in ("ExecutionRole", "TaskRole")
    ]


def test_the_execution_role_may_pull_what_the_repository_lets_its_account_pull(
    stack: dict[str, Any], twin: str
) -> None:
    statements = {each["Sid"]: each for each in stack["ExecutionRole"]["Policies"][0]["PolicyDocument"]["Statement"]}
    assert (statements["SignIn"]["Action"], statements["SignIn"]["Resource"]) == ("ecr:GetAuthorizationToken", "*")
    assert (statements["PullTheImage"]["Action"], statements["PullTheImage"]["Resource"]) == (PULLING, "RepositoryArn")
    repository = yaml_parse((EXAMPLES / "service.template.yaml").read_text())["Resources"]["Repository"]
    accounts, _ = repository["Properties"]["RepositoryPolicyText"]["Statement"]
    assert accounts["Action"] == PULLING
    assert "Condition" not in accounts, "no role is named, so the execution role is let in too"
    own = block(twin, 'resource "aws_iam_role_policy" "execution"')
    assert re.findall(r'"(ecr:\w+)"', own) == ["ecr:GetAuthorizationToken", *PULLING]


def test_both_templates_make_the_same_roles(stack: dict[str, Any], twin: str) -> None:
    for name in ("infrastructure", "execution", "task"):
        own = block(twin, f'resource "aws_iam_role" "{name}"')
        assert value(own, "name") == stack[f"{name.capitalize()}Role"]["RoleName"]
    managed = "iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
    assert stack["InfrastructureRole"]["ManagedPolicyArns"] == [f"arn:aws:{managed}"]
    assert managed in block(twin, 'resource "aws_iam_role_policy_attachment" "infrastructure"')


def test_the_policy_file_allows_the_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    code = run("policy", "check", POLICY, MANIFEST)
    assert (code, capsys.readouterr().out) == (
        0,
        f"{POLICY}: a valid policy\n{MANIFEST}: the policy allows it\n",
    )
