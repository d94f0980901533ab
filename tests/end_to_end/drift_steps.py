"""How to come to what looking for drift reads and tells, one statement of its role taken away."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.stand_in.accounts import ASSETS, DEV
from tests.end_to_end.busy import Busy, http_event
from tests.end_to_end.service import APPROVAL
from tests.end_to_end.write_back_steps import write_back_keys


def drift_event(service: str) -> dict[str, Any]:
    """What the HTTP API hands over of a signed call that asks for the drift of a service."""
    event, path = http_event("GET", service), f"/drift/{service}"
    event |= {"routeKey": "GET /drift/{service+}", "rawPath": path, "pathParameters": {"service": service}}
    event["requestContext"] |= {"timeEpoch": int(time.time() * 1000)}
    event["requestContext"]["http"]["path"] = path
    return event


@contextmanager
def _with_a_secret(world: Busy) -> Iterator[None]:
    """While the block lasts, the alias of the service at rest routes to a version with a secret variable."""
    functions, name = world.pipeline.stand_in.client("lambda", DEV), world.resting.name
    before = functions.get_function_configuration(FunctionName=name).get("Environment", {"Variables": {}})
    secret = {"Variables": before["Variables"] | {"API_KEY": "hunter2-hunter2"}}
    alias = {"FunctionName": name, "Name": "live"}
    stable = functions.get_alias(**alias)["FunctionVersion"]
    functions.update_function_configuration(FunctionName=name, Environment=secret)
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.get_waiter("published_version_active").wait(
        FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 1}
    )
    functions.update_alias(**alias, FunctionVersion=version)
    try:
        yield
    finally:
        functions.update_alias(**alias, FunctionVersion=stable)
        functions.update_function_configuration(FunctionName=name, Environment=before)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


@contextmanager
def without_manifest(world: Busy) -> Iterator[None]:
    """While the block lasts, the service at rest has no manifest."""
    s3 = world.pipeline.stand_in.client("s3", ASSETS)
    place = {"Bucket": world.pipeline.outputs["ManifestBucketName"], "Key": f"services/{world.resting.name}.yaml"}
    text = s3.get_object(**place)["Body"].read()
    s3.delete_object(**place)
    try:
        yield
    finally:
        s3.put_object(**place, Body=text)


def _asked(world: Busy) -> str:
    with world.at_rest():
        return world.said("LookForDrift", drift_event(world.resting.name))


def _asked_without_manifest(world: Busy) -> str:
    with without_manifest(world):
        return _asked(world)


def _asked_about_a_secret(world: Busy) -> str:
    with _with_a_secret(world):
        return _asked(world)


def _check(world: Busy) -> str:
    with world.at_rest():
        return world.invoke("CheckDrift", {})


def _check_all_the_same(world: Busy) -> str:
    with world.at_rest():
        return world.logged("CheckDrift", {})


def _check_without_manifest(world: Busy) -> str:
    with without_manifest(world):
        return _check(world)


def _check_a_secret(world: Busy) -> str:
    with _with_a_secret(world):
        return _check_all_the_same(world)


def _check_and_find(world: Busy) -> str:
    with world.without_alias():
        return _check(world)


@contextmanager
def _written_back(world: Busy) -> Iterator[None]:
    """While the block lasts, a file in Git should say what is live of the service at rest."""
    service = world.resting
    environments = [service.environment("dev"), service.environment("staging", approval=APPROVAL)]
    keys = write_back_keys(service.name, "dev", path=f"steps/{service.tag()}.auto.tfvars.json")
    service.change(*environments, write_back=keys)
    try:
        yield
    finally:
        service.change(*environments)


def _ask_about_git(world: Busy) -> str:
    with _written_back(world):
        return _asked(world)


def _check_git(world: Busy) -> str:
    with _written_back(world):
        return _check_all_the_same(world)


def _check_and_restore(world: Busy) -> str:
    with world.restoring(), world.without_alias():
        return _check_all_the_same(world)


STEPS: dict[str, Callable[[Busy], str]] = {
    "LookForDriftFunctionRole.EnterTargetAccounts": _asked,
    "LookForDriftFunctionRole.ReadTheKeyThatValuesAreMaskedBy": _asked_about_a_secret,
    "LookForDriftFunctionRole.ReadNewestManifests": _asked,
    "LookForDriftFunctionRole.SeeWhichManifestsAreMissing": _asked_without_manifest,
    "LookForDriftFunctionRole.SeeWhatIsLive": _asked,
    "LookForDriftFunctionRole.SeeWhoChangesATarget": _asked,
    "LookForDriftFunctionRole.SignForTheGitHubApp": _ask_about_git,
    "CheckDriftFunctionRole.SignForTheGitHubApp": _check_git,
    "CheckDriftFunctionRole.ReadThePolicyFile": _check_and_restore,
    "CheckDriftFunctionRole.SeeWhatIsBeingPromoted": _check_and_restore,
    "CheckDriftFunctionRole.RecordThatGantryRestores": _check_and_restore,
    "CheckDriftFunctionRole.StartPromotions": _check_and_restore,
    "CheckDriftFunctionRole.EnterTargetAccounts": _check_all_the_same,
    "CheckDriftFunctionRole.ReadTheKeyThatValuesAreMaskedBy": _check_a_secret,
    "CheckDriftFunctionRole.ReadNewestManifests": _check,
    "CheckDriftFunctionRole.SeeWhichManifestsAreMissing": _check_without_manifest,
    "CheckDriftFunctionRole.SeeWhatIsLive": _check,
    "CheckDriftFunctionRole.SeeWhoChangesATarget": _check_all_the_same,
    "CheckDriftFunctionRole.PublishEvents": _check_and_find,
    "CheckDriftFunctionRole.NotifyPeople": _check_and_find,
    "CheckDriftFunctionRole.SeeWhatPeopleKnow": _check,
    "CheckDriftFunctionRole.KeepWhatWasFound": _check,
}
"""By the statement."""
