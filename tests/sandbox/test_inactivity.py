"""Versions that sleep, and versions whose image is gone.

https://docs.aws.amazon.com/lambda/latest/dg/images-create.html, "Function lifecycle"
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

import time
import urllib.error
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, DEV
from sandbox.stand_in.lambda_faults import LambdaFaults
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, a_role, a_version, invoke, settled, soon, zip_of

ECHO = "def handler(event, context):\n    return event"
FAILED = r"ResourceConflictException.*currently in the following state: Failed"


@pytest.fixture(scope="module")
def client(aws: StandIn) -> Any:
    return aws.client("lambda", ASSETS)


@pytest.fixture(scope="module")
def faults(aws: StandIn) -> LambdaFaults:
    return LambdaFaults(aws, ASSETS)


@pytest.fixture
def function(aws: StandIn, registry: Registry, repository: str) -> str:
    """A function with two versions, each of an image of its own, which are in a repository of the same name."""
    name = repository
    images = [registry.uri(repository, registry.push(repository, None, {"app.py": f"{ECHO}  # {n}"})) for n in (1, 2)]
    client = aws.client("lambda", ASSETS)
    client.create_function(FunctionName=name, PackageType="Image", Code={"ImageUri": images[0]}, Role=a_role(aws))
    settled(aws, name)
    a_version(aws, name)
    client.update_function_code(FunctionName=name, ImageUri=images[1])
    settled(aws, name)
    a_version(aws, name)
    return name


def state(client: Any, function: str, version: str) -> Json:
    found = client.get_function_configuration(FunctionName=function, Qualifier=version)
    return {key: found.get(key) for key in ("State", "StateReasonCode")}


def delete_image(aws: StandIn, function: str, version: str) -> None:
    ecr, client = aws.client("ecr", ASSETS), aws.client("lambda", ASSETS)
    uri = client.get_function(FunctionName=function, Qualifier=version)["Code"]["ResolvedImageUri"]
    deleted = ecr.batch_delete_image(repositoryName=function, imageIds=[{"imageDigest": uri.partition("@")[2]}])
    assert not deleted["failures"]


def test_the_first_invocation_of_a_version_that_sleeps_is_refused_and_wakes_it(
    aws: StandIn, client: Any, faults: LambdaFaults, function: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html, https://github.com/boto/boto3/issues/3788"""
    faults.put_to_sleep(function, "1")
    assert state(client, function, "1") == {"State": "Inactive", "StateReasonCode": "Idle"}

    with pytest.raises(ClientError, match=r"CodeArtifactUserPendingException.*initializing your function") as refusal:
        invoke(aws, function, 1, Qualifier="1")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert state(client, function, "1") == {"State": "Pending", "StateReasonCode": "Restoring"}
    with pytest.raises(ClientError, match="CodeArtifactUserPendingException"):
        invoke(aws, function, 1, Qualifier="1")

    soon(lambda: state(client, function, "1")["State"] == "Active")
    assert invoke(aws, function, 1, Qualifier="1")["Payload"] == 1
    assert invoke(aws, function, 2, Qualifier="2")["Payload"] == 2


def test_a_version_takes_as_long_to_wake_as_the_test_says(
    aws: StandIn, client: Any, faults: LambdaFaults, function: str
) -> None:
    faults.put_to_sleep(function, "1", wakes_after=3)
    began = time.monotonic()
    with pytest.raises(ClientError, match="CodeArtifactUserPendingException"):
        invoke(aws, function, 1, Qualifier="1")

    soon(lambda: state(client, function, "1")["State"] == "Active")
    assert time.monotonic() - began >= 3


def test_a_dry_run_wakes_nobody(client: Any, faults: LambdaFaults, function: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-InvocationType"""
    faults.put_to_sleep(function, "1")

    client.invoke(FunctionName=function, Qualifier="1", InvocationType="DryRun")

    assert state(client, function, "1")["State"] == "Inactive"


def test_an_alias_may_route_to_a_version_that_sleeps_and_a_request_through_it_wakes_it(
    aws: StandIn, client: Any, faults: LambdaFaults, function: str
) -> None:
    client.create_alias(FunctionName=function, Name="live", FunctionVersion="2")
    faults.put_to_sleep(function, "1")

    client.update_alias(FunctionName=function, Name="live", FunctionVersion="1")

    assert state(client, function, "1")["State"] == "Inactive"
    with pytest.raises(ClientError, match="CodeArtifactUserPendingException"):
        invoke(aws, function, 1, Qualifier="live")
    soon(lambda: state(client, function, "1")["State"] == "Active")
    assert invoke(aws, function, 1, Qualifier="live")["Payload"] == 1


def test_without_its_image_a_version_fails_and_no_alias_may_route_to_it(
    aws: StandIn, client: Any, faults: LambdaFaults, function: str
) -> None:
    client.create_alias(FunctionName=function, Name="live", FunctionVersion="2")
    assert faults.look_for_image(function, "1") == "Active"
    delete_image(aws, function, "1")

    assert faults.look_for_image(function, "1") == "Failed"

    assert state(client, function, "1") == {"State": "Failed", "StateReasonCode": "ImageDeleted"}
    with pytest.raises(ClientError, match=FAILED):
        invoke(aws, function, 1, Qualifier="1")
    with pytest.raises(ClientError, match=FAILED) as refusal:
        client.update_alias(FunctionName=function, Name="live", FunctionVersion="1")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    with pytest.raises(ClientError, match=FAILED):
        client.update_alias(FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    with pytest.raises(ClientError, match=FAILED):
        client.create_alias(FunctionName=function, Name="other", FunctionVersion="1")
    assert client.get_alias(FunctionName=function, Name="live")["FunctionVersion"] == "2"
    assert invoke(aws, function, 2, Qualifier="live")["Payload"] == 2


def test_a_version_that_sleeps_and_has_no_image_fails_when_it_is_invoked(
    aws: StandIn, client: Any, faults: LambdaFaults, function: str
) -> None:
    faults.put_to_sleep(function, "1")
    delete_image(aws, function, "1")
    assert state(client, function, "1")["State"] == "Inactive"

    with pytest.raises(ClientError, match="CodeArtifactUserPendingException"):
        invoke(aws, function, 1, Qualifier="1")

    soon(lambda: state(client, function, "1") == {"State": "Failed", "StateReasonCode": "ImageDeleted"})


def test_the_draft_sleeps_while_it_is_updated_and_can_be_published(
    aws: StandIn, client: Any, faults: LambdaFaults
) -> None:
    name = a_function(aws, ECHO)
    faults.put_to_sleep(name)

    changed = client.update_function_code(FunctionName=name, ZipFile=zip_of(f"{ECHO}  # new"))

    assert (changed["State"], changed["LastUpdateStatus"]) == ("Inactive", "InProgress")
    settled(aws, name)
    faults.put_to_sleep(name)
    version = client.publish_version(FunctionName=name)["Version"]
    soon(lambda: state(client, name, version)["State"] == "Active")
    assert invoke(aws, name, 1, Qualifier=version)["Payload"] == 1


def test_only_the_account_that_is_named_is_changed(aws: StandIn, client: Any) -> None:
    name = a_function(aws, ECHO)

    with pytest.raises(urllib.error.HTTPError, match="404"):
        LambdaFaults(aws, DEV).put_to_sleep(name)

    assert state(client, name, "$LATEST")["State"] == "Active"
