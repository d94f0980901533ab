"""The examples are what people copy, so what their comments say is held by tests."""

import re
import runpy
import shlex
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from gantry.artifacts.artifact_objects import OWN_FOLDER
from gantry.command_line.commands.manifest import command
from gantry.promotion.manifest.reading import parse
from gantry.promotion.versioning import Versioning
from gantry.promotion.write_back.message import TRAILER
from gantry.targets.registry import all_schemas
from tests.template.intrinsics import resolved
from tests.template.parsed import ROOT
from tests.template.pinned import LAYER, pinned

EXAMPLES = ROOT / "examples"
COWSAY = EXAMPLES / "cowsay"
PYTHON = ".checker/bin/python"
PARAMETERS = {
    "FunctionName": "cowsay",
    "RepositoryName": "",
    "IsCalledOtherwise": False,
    "AssetsAccount": "111111111111",
    "GitHubRepository": "acme/cowsay",
    "GitHubBranch": "main",
    "ManifestBucket": "gantry-manifests",
    "TargetAccounts": ["222222222222", "333333333333"],
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-north-1",
}


@pytest.fixture(scope="module")
def repository() -> dict[str, Any]:
    template = yaml_parse((EXAMPLES / "service.template.yaml").read_text())
    properties: dict[str, Any] = resolved(template["Resources"]["Repository"]["Properties"], PARAMETERS)
    return properties


def test_each_target_account_may_read_images(repository: dict[str, Any]) -> None:
    accounts, _ = repository["RepositoryPolicyText"]["Statement"]
    assert accounts["Principal"] == {"AWS": ["222222222222", "333333333333"]}
    assert accounts["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_lambda_may_read_images_for_the_functions_of_each_target_account_in_this_region(
    repository: dict[str, Any],
) -> None:
    _, service = repository["RepositoryPolicyText"]["Statement"]
    assert service["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert service["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert service["Condition"] == {
        "ArnLike": {
            "aws:SourceArn": ["arn:*:lambda:*:222222222222:function:*", "arn:*:lambda:*:333333333333:function:*"]
        },
        "StringLike": {"aws:SourceArn": "arn:aws-cn:lambda:cn-north-1:*"},
    }


def test_no_tag_moves_and_no_image_expires(repository: dict[str, Any]) -> None:
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert "LifecyclePolicy" not in repository


@pytest.fixture(scope="module")
def bucket() -> dict[str, Any]:
    """The artifact bucket's and its policy's properties, by logical id."""
    template = yaml_parse((EXAMPLES / "artifact-bucket.template.yaml").read_text())
    given = {
        "HasKey": False,
        "BucketName": "acme",
        "PipelineName": "gantry",
        "KeyArn": "",
        "Artifacts.Arn": "arn:aws-cn:s3:::acme",
    }
    resources = {name: own["Properties"] for name, own in template["Resources"].items()}
    found: dict[str, Any] = resolved(_with_arns(resources), PARAMETERS | given | {"Artifacts": "acme"})
    return found


def _with_arns(value: Any) -> Any:
    match value:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return {"Ref": f"{name}.Arn"}
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": [text.replace("${Artifacts.Arn}", "${arn}"), {"arn": {"Ref": "Artifacts.Arn"}}]}
        case dict():
            return {key: _with_arns(each) for key, each in value.items()}
    return [_with_arns(each) for each in value] if isinstance(value, list) else value


def test_an_artifact_bucket_keeps_every_version_and_announces_each(bucket: dict[str, Any]) -> None:
    own = bucket["Artifacts"]
    assert own["VersioningConfiguration"] == {"Status": "Enabled"}
    assert own["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert own["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert set(own["PublicAccessBlockConfiguration"].values()) == {True}


def test_nothing_that_may_be_live_expires(bucket: dict[str, Any]) -> None:
    rules = bucket["Artifacts"]["LifecycleConfiguration"]["Rules"]
    own_keys = {"Id", "Status", "Prefix", "AbortIncompleteMultipartUpload"}
    expiring = [each for each in rules if each.keys() - own_keys]
    assert [each["Prefix"] for each in expiring] == [f"{OWN_FOLDER}versions/"]


def test_only_target_roles_of_the_named_accounts_read_artifacts_by_version(bucket: dict[str, Any]) -> None:
    tls, versions, copies, missing = bucket["ArtifactsPolicy"]["PolicyDocument"]["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    for each in (versions, copies, missing):
        assert each["Principal"] == {"AWS": ["222222222222", "333333333333"]}
        role = "arn:aws-cn:iam::*:role/gantry/gantry/gantry-target"
        assert each["Condition"] == {"ArnLike": {"aws:PrincipalArn": role}}
    assert (versions["Action"], versions["Resource"]) == ("s3:GetObjectVersion", "arn:aws-cn:s3:::acme/*")
    assert (copies["Action"], copies["Resource"]) == ("s3:GetObject", f"arn:aws-cn:s3:::acme/{OWN_FOLDER}*")
    assert (missing["Action"], missing["Resource"]) == ("s3:ListBucket", "arn:aws-cn:s3:::acme")


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    written: dict[Any, Any] = yaml.safe_load((COWSAY / ".github/workflows/release.yaml").read_text())
    return written


def steps(workflow: dict[Any, Any], job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return found


def test_each_job_has_only_the_rights_that_it_needs(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "check": {"contents": "read"},
        "build": {"contents": "read"},
        "release": {"contents": "read", "id-token": "write"},
    }


def test_only_main_is_released_after_its_check_and_its_build(workflow: dict[Any, Any]) -> None:
    ignored = ["**/gantry.auto.tfvars.json"]
    assert workflow[True]["push"] == {"branches": ["main"], "paths-ignore": ignored}  # YAML reads the key `on` as true
    only_pushes = "github.event_name == 'push'"
    jobs = workflow["jobs"]
    of_people = f"{only_pushes} && !contains(github.event.head_commit.message, '{TRAILER}:')"
    assert (jobs["build"]["needs"], jobs["build"]["if"]) == ("check", of_people)  # or the write-back would be a loop
    assert (jobs["release"]["needs"], jobs["release"]["if"]) == ("build", only_pushes)
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_the_job_with_credentials_runs_nothing_of_the_repository(workflow: dict[Any, Any]) -> None:
    """It gets the image as a file, and the repository's own checkout is not where Python looks for modules."""
    own = steps(workflow, "release")
    source, gantry, *others = [step for step in own if "uses" in step]
    assert [each["uses"].partition("@")[0] for each in others] == [
        "actions/download-artifact",
        "aws-actions/configure-aws-credentials",
    ]
    assert (source["with"]["path"], gantry["with"]["path"]) == ("source", ".gantry")
    assert source["with"]["fetch-depth"] == 0
    assert not any("working-directory" in step for step in own)
    lines = [line for step in own for line in step.get("run", "").replace("\\\n", " ").splitlines()]
    commands = {next(each for each in line.split() if "=" not in each) for line in lines}
    assert commands <= {"if", "else", "fi", "echo", "exit", "aws", "docker", "python3", ".checker/bin/pip", PYTHON}
    (stored,) = [step["with"] for step in steps(workflow, "build") if "upload-artifact" in step.get("uses", "")]
    assert stored["path"].split() == ["image.tar"]


def test_the_packages_are_installed_before_there_are_credentials(workflow: dict[Any, Any]) -> None:
    own = [f"{step.get('name')} {step.get('uses')}" for step in steps(workflow, "release")]
    (install,) = [index for index, each in enumerate(own) if each.startswith("Install the command line")]
    (assume,) = [index for index, each in enumerate(own) if "configure-aws-credentials" in each]
    assert install < assume


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    used = re.findall(r"^ +- uses: (.*)$", (COWSAY / ".github/workflows/release.yaml").read_text(), re.MULTILINE)
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_no_checkout_leaves_its_token_behind_and_the_checker_is_a_commit(workflow: dict[Any, Any]) -> None:
    checkouts = [
        step["with"]
        for job in workflow["jobs"]
        for step in steps(workflow, job)
        if "actions/checkout" in step.get("uses", "")
    ]
    assert [each["persist-credentials"] for each in checkouts] == [False] * 5
    refs = [each["ref"] for each in checkouts if "repository" in each]
    assert refs == ["${{ vars.GANTRY_COMMIT || 'set-the-variable-GANTRY_COMMIT' }}"] * 2


def test_the_image_is_one_that_the_manifests_functions_run(workflow: dict[Any, Any]) -> None:
    manifest = parse((COWSAY / "manifest.yaml").read_text(), all_schemas())
    (build,) = [step["run"] for step in steps(workflow, "build") if "run" in step]
    (push,) = [step["run"] for step in steps(workflow, "release") if "docker push" in step.get("run", "")]
    assert "--provenance=false" in build
    assert f"--platform {({'x86_64': 'linux/amd64', 'arm64': 'linux/arm64'})[manifest.architecture]}" in build
    assert workflow["jobs"]["release"]["env"]["REPOSITORY"] == manifest.service
    assert manifest.versioning == Versioning("git-sha")
    assert 'docker push "$REGISTRY/$REPOSITORY:$GITHUB_SHA"' in push
    assert '--label "pushed-by=$GITHUB_ACTOR"' in build


def test_the_manifest_is_checked_by_the_command(workflow: dict[Any, Any]) -> None:
    check, effect = [step["run"] for step in steps(workflow, "check") if "checker" in step.get("run", "")]
    (module,) = re.findall(r"python -m (\S+) manifest check manifest\.yaml", check)
    assert find_spec(f"{module}.__main__") is not None
    assert "--requirement .gantry/command-line.lock" in check
    _, _, typed = effect.replace("\\\n", " ").partition(f"{module} manifest check ")
    context = command.commands["check"].make_context("check", shlex.split(typed.partition(">>")[0]))
    assert (context.params["base"], context.params["output"]) == ("$BASE", "markdown")


def test_the_manifest_is_uploaded_before_the_image_is_pushed(workflow: dict[Any, Any]) -> None:
    names = [step.get("name") for step in steps(workflow, "release")]
    assert names.index("Upload the manifest") < names.index("Push the image")


def test_the_manifest_is_uploaded_by_the_command(workflow: dict[Any, Any]) -> None:
    (sync,) = [step["run"] for step in steps(workflow, "release") if step.get("name") == "Upload the manifest"]
    _, _, typed = sync.replace("\\\n", " ").partition("-m gantry.command_line ")
    group, name, *words = shlex.split(typed)
    context = command.commands[name].make_context(name, words)
    assert group == "manifest"
    assert (context.params["bucket"], context.params["is_pruning"]) == ("$MANIFEST_BUCKET", False)


def test_every_requirement_is_pinned_with_a_hash() -> None:
    """The functions of the example need no more than the layer does, in the same versions."""
    assert pinned(COWSAY / "requirements.txt").items() <= pinned().items()


def test_pip_always_checks_hashes_and_runs_no_code_of_a_package() -> None:
    files = [COWSAY / "Dockerfile", COWSAY / ".github/workflows/release.yaml", LAYER / "Makefile", ROOT / "Makefile"]
    for file in files:
        installs = re.findall(r"\bpip install (.*)$", file.read_text().replace("\\\n", " "), re.MULTILINE)
        assert installs, file
        assert all("--require-hashes" in each and "--only-binary=:all:" in each for each in installs), file


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
