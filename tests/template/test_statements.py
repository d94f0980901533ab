"""How policies are written: every statement named, every wildcard with its reason, every trust narrowed."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.parsed import PIPELINE, TARGET, actions, resources, strings, template

every_template = pytest.mark.parametrize("path", [PIPELINE, TARGET], ids=["pipeline", "target"])


def documents(value: Any) -> Iterator[list[Mapping[str, Any]]]:
    """Every list of statements in a template, wherever it stands."""
    if isinstance(value, Mapping):
        if isinstance(value.get("Statement"), list):
            yield [each["Fn::If"][1] if "Fn::If" in each else each for each in value["Statement"]]
        for each in value.values():
            yield from documents(each)
    elif isinstance(value, list):
        for each in value:
            yield from documents(each)


@every_template
def test_every_statement_has_a_name_of_its_own_in_its_policy(path: Path) -> None:
    for statements in documents(template(path)["Resources"]):
        names = [statement["Sid"] for statement in statements]
        assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in names), "IAM takes letters and digits"
        assert len(names) == len(set(names))


@every_template
def test_nothing_is_allowed_by_a_wildcard_action_or_by_an_exception(path: Path) -> None:
    for statement in (each for statements in documents(template(path)["Resources"]) for each in statements):
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), statement["Sid"]
        if statement["Effect"] == "Allow":
            assert not any("*" in action for action in actions([statement])), statement["Sid"]
            assert statement.get("Principal") != "*", statement["Sid"]


@every_template
def test_every_wildcard_has_its_reason_beside_it(path: Path) -> None:
    lines = path.read_text().splitlines()
    for line in sorted(set(_wildcards(yaml.compose(path.read_text())))):
        here, above = lines[line], lines[line - 1].strip()
        assert "# reason: " in here or above.startswith("# reason: "), f"{path.name}:{line + 1}: {here.strip()}"


def _wildcards(node: yaml.Node | None) -> Iterator[int]:
    """The lines of the stars in every statement's actions, resources and principals."""
    if isinstance(node, yaml.MappingNode):
        fields = {key.value: value for key, value in node.value}
        if "Effect" in fields:
            for name in fields.keys() & {"Action", "Resource", "Principal"}:
                yield from _stars(fields[name])
    if isinstance(node, yaml.CollectionNode):
        for each in node.value:
            for inner in each if isinstance(each, tuple) else (each,):
                yield from _wildcards(inner)


def _stars(node: yaml.Node) -> Iterator[int]:
    if isinstance(node, yaml.ScalarNode):
        if "*" in node.value:
            yield node.start_mark.line
    elif node.tag == "!Join":  # its delimiter repeats the text around it
        yield from _stars(node.value[1])
    else:
        for each in node.value:
            for inner in each if isinstance(each, tuple) else (each,):
                yield from _stars(inner)


@every_template
def test_a_service_that_takes_a_role_says_on_whose_behalf(path: Path) -> None:
    """Otherwise somebody else's rule or machine could be made to use it."""
    for name, role in resources("AWS::IAM::Role", path).items():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        if "Service" in trust["Principal"]:
            assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}, name
            assert set(trust["Condition"]["ArnEquals"]) == {"aws:SourceArn"}, name


@every_template
def test_arns_that_are_put_together_name_what_the_template_makes(path: Path) -> None:
    made = {
        own["Name"]["Fn::Sub"]
        for kind in ("AWS::Serverless::StateMachine", "AWS::Events::Rule")
        for own in resources(kind, path).values()
        if "Name" in own
    }
    pattern = re.compile(r":(?:stateMachine:|execution:|rule/)(\$\{(?:PipelineName|AWS::StackName)\}[\w-]*)")
    named = {match for text in strings(template(path)["Resources"]) for match in pattern.findall(text)}
    assert named
    assert named <= made
