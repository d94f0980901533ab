"""Calls of Lambda that get no answer, and new versions that are seen late."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from sandbox.stand_in.accounts import ASSETS, DEV, PROD, REGION, ROOT_SECRET
from sandbox.stand_in.lambda_faults import LambdaFaults
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_function, a_version, soon, zip_of

ECHO = "def handler(event, context):\n    return event"
ELSEWHERE = "eu-west-1"


@pytest.fixture(scope="module")
def impatient(aws: StandIn) -> Callable[..., Any]:
    """Makes clients that give a call up after half a second."""

    def client(account: str, region: str, service: str = "lambda") -> Any:
        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=aws.endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key=ROOT_SECRET,
            config=Config(read_timeout=0.5, retries={"total_max_attempts": 1}),
        )

    return client


def test_a_region_that_hangs_answers_nobody_until_it_is_back(aws: StandIn, impatient: Callable[..., Any]) -> None:
    region = LambdaFaults(aws, PROD, ELSEWHERE)
    before = region.unanswered()
    with region.hanging():
        with pytest.raises(ReadTimeoutError):
            impatient(PROD, ELSEWHERE).list_functions()
        assert region.unanswered() == before + 1
        impatient(PROD, REGION).list_functions()
        impatient(DEV, ELSEWHERE).list_functions()
        impatient(PROD, ELSEWHERE, "dynamodb").list_tables()

    impatient(PROD, ELSEWHERE).list_functions()
    assert region.unanswered() == before + 1


def test_a_call_that_still_waits_when_the_region_is_back_is_lost(aws: StandIn) -> None:
    client = aws.client("lambda", ASSETS)
    name, faults = a_function(aws, ECHO), LambdaFaults(aws, ASSETS)
    with ThreadPoolExecutor() as pool:
        with faults.hanging(name):
            before = faults.unanswered()
            change = pool.submit(client.update_function_code, FunctionName=name, ZipFile=zip_of("other = 1"))
            soon(lambda: faults.unanswered() > before)
        with pytest.raises(ClientError, match="ServiceException"):
            change.result(timeout=5)
    assert client.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful"
    assert client.publish_version(FunctionName=name)["Version"] == "1"


def test_one_function_can_hang_alone(aws: StandIn, impatient: Callable[..., Any]) -> None:
    hanging, other = a_function(aws, ECHO), a_function(aws, ECHO)
    client = impatient(ASSETS, REGION)
    with LambdaFaults(aws, ASSETS).hanging(hanging):
        for name in (hanging, f"arn:aws:lambda:{REGION}:{ASSETS}:function:{hanging}"):
            with pytest.raises(ReadTimeoutError):
                client.get_function_configuration(FunctionName=name)
        client.get_function_configuration(FunctionName=other)

    client.get_function_configuration(FunctionName=hanging)


def test_new_versions_and_aliases_are_seen_late(aws: StandIn) -> None:
    """https://github.com/aws/aws-cdk/issues/2084"""
    client, name = aws.client("lambda", ASSETS), a_function(aws, ECHO)
    old = a_version(aws, name)
    LambdaFaults(aws, ASSETS).hide_new(name, 1)
    began = time.monotonic()
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=old)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_alias(FunctionName=name, Name="live")
    assert client.publish_version(FunctionName=name)["Version"] == old
    assert client.get_function(FunctionName=name, Qualifier=old)["Configuration"]["State"] == "Active"
    client.update_function_code(FunctionName=name, ZipFile=zip_of(f"{ECHO}  # new"))
    soon(lambda: client.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful")

    new = client.publish_version(FunctionName=name)["Version"]

    for call in (client.get_function, client.get_function_configuration):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(FunctionName=name, Qualifier=new)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.create_alias(FunctionName=name, Name="next", FunctionVersion=new)
    soon(lambda: found(client.get_function_configuration, FunctionName=name, Qualifier=new))
    assert time.monotonic() - began >= 1
    assert client.update_alias(FunctionName=name, Name="live", FunctionVersion=new)["FunctionVersion"] == new


def found(call: Callable[..., Any], **arguments: str) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] != "ResourceNotFoundException"
    return True
