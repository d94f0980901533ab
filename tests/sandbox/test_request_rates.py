"""How often Lambda's control plane answers, if the stand-in is told to count.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import Limits
from tests.sandbox.given import LEFT_OUT, a_function, allow, invoke, session_of

RATE = 0.5
SECONDS_FOR_ONE = 1 / RATE


@pytest.fixture(scope="module")
def counting() -> Iterator[StandIn]:
    """A stand-in of its own, which answers one call in two seconds."""
    with StandIn(without=LEFT_OUT, limits=Limits(lambda_rate=RATE)) as running:
        yield running


@pytest.fixture(scope="module")
def function(counting: StandIn) -> str:
    return a_function(counting, "def handler(event, context):\n    return 'done'")


@pytest.fixture
def pipeline(counting: StandIn) -> Any:
    """Lambda for a role. Its bucket is full."""
    client = session_of(counting, "lambda", allow("lambda:*"))
    time.sleep(SECONDS_FOR_ONE)
    return client


def throttled(client: Any, operation: str, **arguments: str) -> bool:
    """Whether a call is throttled; its other errors do not matter."""
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "TooManyRequestsException")
    return False


def test_all_operations_share_one_bucket(pipeline: Any, function: str) -> None:
    assert not throttled(pipeline, "get_function_configuration", FunctionName=function)

    assert throttled(pipeline, "publish_version", FunctionName=function)
    assert throttled(pipeline, "get_alias", FunctionName=function, Name="live")
    assert throttled(pipeline, "list_functions")


def test_the_bucket_fills_up_again(pipeline: Any, function: str) -> None:
    assert not throttled(pipeline, "get_alias", FunctionName=function, Name="live")
    assert throttled(pipeline, "get_alias", FunctionName=function, Name="live")

    time.sleep(SECONDS_FOR_ONE)

    assert not throttled(pipeline, "get_alias", FunctionName=function, Name="live")


def test_a_throttled_call_has_the_error_that_the_sdk_retries(pipeline: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html"""
    assert not throttled(pipeline, "list_functions")

    with pytest.raises(ClientError) as caught:
        pipeline.list_functions()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert caught.value.response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}


@pytest.mark.parametrize("operation", ["get_function", "get_policy", "invoke"])
def test_some_operations_are_not_in_the_bucket(pipeline: Any, function: str, operation: str) -> None:
    assert not throttled(pipeline, "list_functions")

    assert not any(throttled(pipeline, operation, FunctionName=function) for _ in range(5))
    assert throttled(pipeline, "list_functions")


def test_get_policy_has_15_calls_a_second_of_its_own(pipeline: Any, function: str) -> None:
    ended, calls = time.monotonic() + 10, 0
    while not throttled(pipeline, "get_policy", FunctionName=function):
        calls += 1
        assert time.monotonic() < ended, f"{calls} calls were answered"


def test_each_account_and_region_has_a_bucket_of_its_own(counting: StandIn, pipeline: Any) -> None:
    assert not throttled(pipeline, "list_functions")

    keys = counting.client("sts", DEV).get_session_token()["Credentials"]
    own = (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    assert not throttled(counting.session_client("lambda", REGION, *own), "list_functions")
    assert throttled(counting.session_client("lambda", REGION, *own), "list_functions")
    assert not throttled(counting.session_client("lambda", "eu-west-1", *own), "list_functions")


def test_the_calls_of_the_root_users_do_not_count(counting: StandIn, pipeline: Any, function: str) -> None:
    for _ in range(3):
        counting.client("lambda", ASSETS).get_function_configuration(FunctionName=function)

    assert not throttled(pipeline, "list_functions")
    assert invoke(counting, function)["Payload"] == "done"


def test_nothing_is_counted_without_the_option(aws: StandIn) -> None:
    client = session_of(aws, "lambda", allow("lambda:*"))

    assert not any(throttled(client, "list_functions") for _ in range(40))
