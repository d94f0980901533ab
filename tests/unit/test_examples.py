"""The examples are what people copy, so what their comments say is held by tests."""

import re
import runpy
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from gantry.promotion.manifest.reading import parse
from gantry.targets.registry import all_schemas

EXAMPLES = Path(__file__).parents[2] / "examples"
COWSAY = EXAMPLES / "cowsay"
PARAMETERS = {
    "RepositoryName": "cowsay",
    "TargetAccounts": ["222222222222", "333333333333"],
    "AWS::Region": "eu-central-1",
}


def resolved(value: Any) -> Any:
    """The value with the functions carried out that the repository's template uses."""
    match value:
        case {"Ref": name}:
            return PARAMETERS[name]
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(resolved(parts))
        case {"Fn::Split": [delimiter, text]}:
            return str(resolved(text)).split(delimiter)
        case {"Fn::Sub": given}:
            text, names = given if isinstance(given, list) else (given, {})
            known = PARAMETERS | resolved(names)
            return re.sub(r"\$\{([\w:]+)\}", lambda found: str(known[found[1]]), text)
        case dict():
            return {key: resolved(each) for key, each in value.items()}
    return [resolved(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def repository() -> dict[str, Any]:
    template = yaml_parse((EXAMPLES / "repository.template.yaml").read_text())
    properties: dict[str, Any] = resolved(template["Resources"]["Repository"]["Properties"])
    return properties


def test_each_target_account_may_read_images(repository: dict[str, Any]) -> None:
    accounts, _ = repository["RepositoryPolicyText"]["Statement"]
    assert accounts["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]}
    assert accounts["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_lambda_may_read_images_for_the_functions_of_each_target_account_in_this_region(
    repository: dict[str, Any],
) -> None:
    _, service = repository["RepositoryPolicyText"]["Statement"]
    assert service["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert service["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert service["Condition"] == {
        "ArnLike": {
            "aws:SourceArn": ["arn:aws:lambda:*:222222222222:function:*", "arn:aws:lambda:*:333333333333:function:*"]
        },
        "StringLike": {"aws:SourceArn": "arn:aws:lambda:eu-central-1:*"},
    }


def test_no_tag_moves_and_no_image_expires(repository: dict[str, Any]) -> None:
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert "LifecyclePolicy" not in repository


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    written: dict[Any, Any] = yaml.safe_load((COWSAY / ".github/workflows/release.yaml").read_text())
    return written


def test_only_the_job_that_releases_gets_credentials_and_only_for_main(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["check"]
    release = workflow["jobs"]["release"]
    assert release["permissions"] == {"contents": "read", "id-token": "write"}
    assert (release["needs"], release["if"]) == ("check", "github.event_name == 'push'")
    assert workflow[True]["push"] == {"branches": ["main"]}  # YAML reads the key `on` as true


def test_the_image_is_one_that_the_manifests_functions_run(workflow: dict[Any, Any]) -> None:
    release = workflow["jobs"]["release"]
    manifest = parse((COWSAY / "manifest.yaml").read_text(), all_schemas())
    (build,) = [step["run"] for step in release["steps"] if "docker buildx build" in step.get("run", "")]
    assert "--provenance=false" in build
    assert f"--platform {({'x86_64': 'linux/amd64', 'arm64': 'linux/arm64'})[manifest.architecture]}" in build
    assert release["env"]["REPOSITORY"] == manifest.repository
    assert manifest.versioning == "git-sha"
    assert ":$GITHUB_SHA" in build
    assert '--label "pushed-by=$GITHUB_ACTOR"' in build


def test_the_manifest_is_checked_by_the_command(workflow: dict[Any, Any]) -> None:
    (check,) = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "checker" in step.get("run", "")]
    (module,) = re.findall(r"python -m (\S+) manifest\.yaml", check)
    assert find_spec(module) is not None


def test_the_manifest_is_uploaded_before_the_image_is_pushed(workflow: dict[Any, Any]) -> None:
    names = [step.get("name") for step in workflow["jobs"]["release"]["steps"]]
    assert names.index("Upload the manifest") < names.index("Build and push")


def test_every_requirement_is_pinned_with_a_hash() -> None:
    written = (COWSAY / "requirements.txt").read_text().replace("\\\n", " ")
    requirements = [line for line in written.splitlines() if not line.startswith("#")]
    assert requirements
    assert all(re.match(r"[\w-]+==[\w.]+ .*--hash=sha256:", line) for line in requirements)


@pytest.mark.parametrize(
    ("to_say", "bubble"),
    [
        ("Hello", " _______ \n| Hello |\n ------- \n"),
        ("", " __ \n|  |\n -- \n"),
        ("Hello " * 8, "| Hello Hello Hello Hello Hello Hello |\n| Hello Hello                         |\n"),
    ],
)
def test_the_cow_says_what_the_configuration_holds(to_say: str, bubble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TO_SAY", to_say)
    context = SimpleNamespace(
        function_name="cowsay",
        function_version="7",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:222222222222:function:cowsay:live",
        aws_request_id="request",
    )
    answer = runpy.run_path(str(COWSAY / "app.py"))["handler"]({}, context)
    assert answer["statusCode"] == 200
    assert bubble in answer["body"]
    assert "(oo)" in answer["body"]
