"""What the page on infrastructure shows is code that its tools take, with the names that Gantry gives."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gantry.promotion.live_parameter.names import environment_parameter, target_parameter
from gantry.promotion.live_parameter.value import LiveValue, ParameterState
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.rest_api_stage.stage_target import StageTarget
from tests import terraform

PAGE = (Path(__file__).parents[2] / "docs" / "infrastructure.md").read_text()
PLACE = ("444444444444", "us-east-1")
TARGETS = (
    LambdaTarget(*PLACE, "cowsay", "live").as_target(),
    EcsTarget(*PLACE, "main", "cowsay", "app").as_target(),
    StageTarget(*PLACE, "a1b2c3", "live").as_target(),
)


def code(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found, language
    return found


def test_every_name_is_one_that_gantry_makes() -> None:
    made = {target_parameter("cowsay", "prod", each) for each in TARGETS}
    made |= {environment_parameter(each, "prod") for each in ("cowsay", "s3/acme/jobs/etl.py", "s3/acme/a=1/etl@2.py")}
    assert set(re.findall(r"/gantry/[\w./-]+", PAGE)) == made


def test_the_value_is_as_it_is_written() -> None:
    (text,) = code("json")
    shown = json.loads(text)
    value = LiveValue(**shown | {"state": ParameterState(shown["state"])})
    assert value.text() == text.strip()
    assert value.target == TARGETS[0].id
    states = set(re.findall(r"^\| `(\w+)` \| ", PAGE, re.MULTILINE))
    assert states == {"state"} | {each.value for each in ParameterState}


@terraform.needs_terraform
@pytest.mark.parametrize("text", code("hcl"))
def test_terraform_takes_its_code(text: str, tmp_path: Path) -> None:
    """Without a provider, its form only. A wrong one is refused."""
    (tmp_path / "main.tf").write_text(text)
    status, said = terraform.run(tmp_path, "fmt", "-check", "-diff")
    assert status == 0, said


def test_it_only_reads() -> None:
    """What infrastructure code leaves alone is on the page for those who bring functions, and nowhere twice."""
    assert "ignore_changes" not in PAGE
    assert not re.findall(r'^resource "', "\n".join(code("hcl")), re.MULTILINE)


@pytest.mark.parametrize("text", code("yaml"))
def test_cfn_lint_takes_the_templates(text: str, tmp_path: Path) -> None:
    template = tmp_path / "a.template.yaml"
    template.write_text(text)
    ran = subprocess.run(  # noqa: S603 -- our own tool
        [Path(sys.executable).parent / "cfn-lint", "--region", "us-east-1", "--", template],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@terraform.needs_terraform
@pytest.mark.parametrize(
    ("value", "code", "says"),
    [('"x${local.cowsay.image}"', 1, "null value in a string template"), ("local.cowsay.image", 0, "No changes")],
)
def test_terraform_refuses_a_null_in_a_string_and_leaves_out_a_value_that_is_one(
    value: str, code: int, says: str, tmp_path: Path
) -> None:
    mixed = json.dumps(LiveValue("cowsay", "prod", ParameterState.MIXED).text())
    text = f'locals {{ cowsay = jsondecode({mixed}) }}\noutput "image" {{ value = {value} }}\n'
    (tmp_path / "main.tf").write_text(text)
    status, said = terraform.run(tmp_path, "plan", "-input=false", "-no-color")
    assert (status, says in " ".join(said.split())) == (code, True), said


def evaluated(expression: Any, text: str) -> Any:
    if not isinstance(expression, dict):
        return expression
    ((name, given),) = expression.items()
    if name == "Ref":
        return text
    first, second = (evaluated(each, text) for each in given)
    return second.split(first) if name == "Fn::Split" else second[first]


def test_cloudformation_gets_the_image_and_fails_where_there_is_none() -> None:
    (expression,) = [
        yaml.safe_load(text)["Resources"]["Image"]["Properties"]["Value"]
        for text in code("yaml")
        if "Fn::Split" in text
    ]
    image = "111111111111.dkr.ecr.us-east-1.amazonaws.com/cowsay@sha256:a"
    live = LiveValue("cowsay", "prod", ParameterState.LIVE, tag='"image":"', image=image)
    assert evaluated(expression, live.text()) == image
    with pytest.raises(IndexError):
        evaluated(expression, LiveValue("cowsay", "prod", ParameterState.MIXED).text())


def test_python_takes_the_cdk_code() -> None:
    for text in code("python"):
        ast.parse(text)
