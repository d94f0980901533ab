"""How infrastructure comes in the workload accounts, and how to come to what AwaitInfrastructure does."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import yaml

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS
from tests.end_to_end.busy import LONG_AGO, Busy

_TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"QueueUrl": {"Value": {"Ref": "Queue"}}},
}
STACK = "infra-rights"


def write_parameter(pipeline: Pipeline, account: str, name: str, value: str, kind: str = "String") -> None:
    """Write a parameter as infrastructure as code does."""
    ssm: Any = pipeline.stand_in.client("ssm", account)
    ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)


def create_stack(pipeline: Pipeline, account: str, name: str) -> None:
    """Create a stack with a queue, and wait until it is complete."""
    cloudformation = pipeline.stand_in.client("cloudformation", account)
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(_TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def _payload(world: Busy, *needs: Any, name: str = "dev") -> dict[str, Any]:
    """What the function is invoked with for the service at rest, whose manifest stays the newest."""
    payload = world.payloads["CheckAllEnvironments"]
    service, bucket = world.resting.name, world.pipeline.outputs["ManifestBucketName"]
    s3 = world.pipeline.stand_in.client("s3", ASSETS)
    text = s3.get_object(Bucket=bucket, Key=f"services/{service}.yaml")["Body"].read().decode()
    manifest: dict[str, Any] = yaml.safe_load(text)
    (environment,) = [each for each in manifest["environments"] if each["name"] == name]
    environment["needs"] = list(needs)
    revision = world.pipeline.upload_manifest(service, yaml.safe_dump(manifest))
    world.pipeline.upload_manifest(service, text)
    now = datetime.now(UTC).isoformat()
    release = payload["release"] | {"service": service, "manifest_revision": revision}
    return {
        "execution": world.other("CheckAllEnvironments"),
        "release": release,
        "environment": name,
        "releases": {},
        "started_at": now,
        "entered_at": now,
    }


def _unmet(world: Busy) -> str:
    """Of something that is not there."""
    return world.invoke("AwaitInfrastructure", _payload(world, {"parameter": "/infra/nobody/writes/this"}))


def _all_the_same(world: Busy) -> str:
    """What is refused is logged, and the rest goes on."""
    return world.logged("AwaitInfrastructure", _payload(world, {"parameter": "/infra/nobody/writes/this"}), fails=True)


def _over(world: Busy) -> str:
    """Of what did not come in time."""
    payload = _payload(world, {"parameter": "/infra/nobody/writes/this"})
    return world.invoke("AwaitInfrastructure", payload | {"entered_at": LONG_AGO})


def _behind_a_newer_one(world: Busy) -> str:
    payload = _payload(world, {"parameter": "/infra/nobody/writes/this"})
    later = "2999-01-01T00:00:00.000Z"
    newer = {"service": world.resting.name, "environment": "dev", "execution": payload["execution"] + "-newer"}
    newer |= {"started_at": later, "since": later, "until": later, "digest": "sha256:newer", "tag": None}
    item = {"record": newer | {"unmet": ["a queue"], "owners": [], "configuration_only": False}}
    with world.in_ledger({"pk": "board", "sk": f"waiting#{world.resting.name}#dev"}, item):
        return world.invoke("AwaitInfrastructure", payload)


def _without_the_stack(world: Busy) -> str:
    return world.invoke("AwaitInfrastructure", _payload(world, {"stack": STACK, "output": "QueueUrl"}))


_ROLE = "AwaitInfrastructureFunctionRole"
STEPS: dict[str, Callable[[Busy], str]] = {
    f"{_ROLE}.ReadManifestsInAnyRevision": _unmet,
    f"{_ROLE}.EnterTargetAccounts": _unmet,
    f"{_ROLE}.SeeWhoWaitsThereAndWhoIsAtTheGate": _unmet,
    f"{_ROLE}.SeeWhatIsLiveThereAndInQuarantine": _unmet,
    f"{_ROLE}.ShowThatItWaitsAndKeepWhatWasFound": _unmet,
    f"{_ROLE}.ShowNoMoreThatItWaits": _over,
    f"{_ROLE}.SeeWhetherTheNewerPromotionStillRuns": _behind_a_newer_one,
    f"{_ROLE}.PublishEvents": _all_the_same,
    f"{_ROLE}.NotifyPeople": _all_the_same,
    "Target:InvokeVersions.LookAtNeededParameters": _unmet,
    "Target:InvokeVersions.LookAtNeededStacks": _without_the_stack,
}
"""By the statement."""
