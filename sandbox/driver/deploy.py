"""Builds and deploys templates onto the stand-in with the real SAM CLI."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from sandbox.driver.host import PYTHON, WHEELS
from sandbox.driver.packages import packed
from sandbox.stand_in.accounts import REGION, ROOT_SECRET
from sandbox.stand_in.workspace import FOLDER, ROOT, python_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

    from sandbox.stand_in.process import StandIn

# The stand-in runs functions on this machine's Python, whatever their runtime, so the layer has to be built for it.
_LAYER_FOR_THIS_MACHINE: Final = {"LAYER_PYTHON": PYTHON, "LAYER_PLATFORM": WHEELS}
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_LINES_OF_A_FAILURE = 15
_SECONDS = 600


class DeployError(Exception):
    """SAM failed. The message has its last lines and CloudFormation's reasons."""


def build(template: Path) -> Path:
    """Build the functions and the layer, and return the built template. Nothing is written beside the template."""
    result = built(template)
    # SAM builds anew what has changed. It does not know that the layer is for one Python, so each has its own cache.
    cache = FOLDER / "build-cache" / f"{PYTHON}-{WHEELS}"
    command = ["build", "--template-file", str(template), "--build-dir", str(result.parent)]
    command += ["--cached", "--cache-dir", str(cache), "--parallel"]
    _sam(command, _LAYER_FOR_THIS_MACHINE, f"sam build of {template}")
    return result


def built(template: Path) -> Path:
    """Return where `build` writes the built template, with a folder for the layer and for each function beside it."""
    return FOLDER / "build" / template.resolve().relative_to(ROOT.anchor).as_posix().replace("/", "-") / "template.yaml"


def deploy(
    aws: StandIn, stack: str, template: Path, account: str, parameters: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Deploy a (built) template to the account as the stack; return the stack's outputs. Raises DeployError."""
    bucket = f"sam-artifacts-{account}"
    aws.client("s3", account).create_bucket(Bucket=bucket)
    # Built templates are in our folder. Any other template is deployed unchanged.
    source = packed(template) if FOLDER in template.parents else template
    command = ["deploy", "--template-file", str(source), "--stack-name", stack, "--s3-bucket", bucket]
    command += ["--capabilities", *_CAPABILITIES, "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
    environment = {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    cloudformation = aws.client("cloudformation", account)
    try:
        _sam([*command, *_overrides(parameters)], environment, f"sam deploy of {stack} to {account}")
    except DeployError as error:
        aws.check()
        reasons = _reasons(cloudformation, stack)
        raise DeployError("\n".join([str(error), *reasons])) from None
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


@contextmanager
def alone() -> Iterator[None]:
    """Build and deploy alone. Parallel test runs build into the same folder, and SAM empties it first."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _overrides(parameters: Mapping[str, str] | None) -> list[str]:
    if not parameters:
        return []
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in parameters.items()}
    return ["--parameter-overrides", *(f'ParameterKey={key},ParameterValue="{value}"' for key, value in quoted.items())]


def _sam(arguments: list[str], environment: Mapping[str, str], what: str) -> None:
    own = python_environment()
    interpreters = [str(Path(sys.executable).parent), str(Path(sys.base_prefix) / "bin")]
    own |= {
        "PATH": os.pathsep.join([*interpreters, own.get("PATH", "")]),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.3",  # seconds; by default SAM waits five, and a stack takes less
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    sam = Path(sys.executable).with_name("sam")
    # No samconfig.toml has this environment, so a person's own settings do not apply.
    command = [str(sam), *arguments, "--config-env", "stand-in"]
    done = subprocess.run(  # noqa: S603 -- the SAM CLI of our own environment
        command,
        cwd=ROOT,
        env={**own, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise DeployError("\n".join([f"{what} failed:", *lines[-_LINES_OF_A_FAILURE:]]))


def _reasons(cloudformation: CloudFormationClient, stack: str) -> list[str]:
    """Return why resources failed, by CloudFormation's events; empty if there is no stack."""
    try:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    except ClientError:
        return []
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in reversed(failed)]
