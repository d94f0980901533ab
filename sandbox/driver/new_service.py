"""What administrators and a team do once for a service of their own, by the project's own templates."""

from __future__ import annotations

from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import yaml

from gantry.aws.policy_file import KEY
from sandbox.driver.target_stack import let_deploy_functions
from sandbox.stand_in.accounts import ASSETS, REGION, WORKLOAD_ACCOUNTS
from sandbox.stand_in.workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.driver.pipeline import Pipeline

_TEMPLATE: Final = ROOT / "examples" / "service.template.yaml"


def add_service(pipeline: Pipeline, name: str, environments: Iterable[str], report: Callable[[str], object]) -> None:
    """Add a service in the accounts of some environments, and say of each step what it is on AWS.

    What is there already stays. Its function and the function's role have the last part of its name.
    """
    accounts = {each: WORKLOAD_ACCOUNTS[each] for each in environments}
    function = name.rpartition("/")[2]
    with suppress(pipeline.stand_in.client("cloudformation", ASSETS).exceptions.AlreadyExistsException):
        pipeline.add_repository(name)
    report(f"the repository {name}, in the account assets: examples/service.template.yaml")
    for environment, account in accounts.items():
        _deploy_template(pipeline, function, account)
        report(f"a role {function} and an alarm {function}-errors, in {environment}: examples/service.template.yaml")
        let_deploy_functions(pipeline.stand_in, account, function)
    report(f"FunctionNamePatterns and ExecutionRolePatterns of the target stacks: {function}")
    if _bind(pipeline, name, function, list(accounts.values())):
        report(f"a binding of {name} in the administrators' policy file: policy/policy.yaml in the manifest bucket")


def _deploy_template(pipeline: Pipeline, function: str, account: str) -> None:
    cloudformation = pipeline.stand_in.client("cloudformation", account)
    parameters = {
        "FunctionName": function,
        "AssetsAccount": ASSETS,
        "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values()),
    }
    with suppress(cloudformation.exceptions.AlreadyExistsException):
        cloudformation.create_stack(
            StackName=function,
            TemplateBody=_TEMPLATE.read_text(encoding="utf-8"),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=function, WaiterConfig={"Delay": 1})


def _bind(pipeline: Pipeline, service: str, function: str, accounts: list[str]) -> bool:
    """Add a binding unless the policy file has one for the service; return whether it was added."""
    policy = read_policy(pipeline)
    known = policy.setdefault("bindings", [])
    if any(fnmatchcase(service, each) for rule in known for each in rule.get("services", [])):
        return False
    rule: dict[str, Any] = {"rule": service, "services": [service], "accounts": accounts, "regions": [REGION]}
    known.append(rule | {"targets": [function], "roles": [function]})
    pipeline.upload_policy(yaml.safe_dump(policy, sort_keys=False))
    return True


def read_policy(pipeline: Pipeline) -> dict[str, Any]:
    """Return the policy file; empty if there is none."""
    s3, bucket = pipeline.stand_in.client("s3", ASSETS), pipeline.outputs["ManifestBucketName"]
    try:
        text = s3.get_object(Bucket=bucket, Key=KEY)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return {}
    policy: dict[str, Any] = yaml.safe_load(text) or {}
    return policy
