"""How often an API is deployed, if the stand-in is told to count.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import Limits
from tests.sandbox.given import LEFT_OUT, allow, session_of
from tests.sandbox.rest_apis import refusal, saying

RATE = 0.5
SECONDS_FOR_ONE = 1 / RATE
OTHER_REGION = "eu-west-1"


@pytest.fixture(scope="module")
def counting() -> Iterator[StandIn]:
    """A stand-in of its own, which deploys once in two seconds."""
    with StandIn(without=LEFT_OUT, limits=Limits(deployment_rate=RATE)) as running:
        yield running


@pytest.fixture(scope="module")
def api(counting: StandIn) -> str:
    return str(counting.client("apigateway", ASSETS).import_rest_api(body=saying("hello"))["id"])


@pytest.fixture
def pipeline(counting: StandIn) -> Any:
    """API Gateway for a role, which may deploy once at once."""
    client = session_of(counting, "apigateway", allow("apigateway:*"))
    time.sleep(SECONDS_FOR_ONE)
    return client


def test_the_second_deployment_has_to_wait(pipeline: Any, api: str) -> None:
    """The words: https://github.com/serverless-components/aws-api-gateway/issues/8"""
    pipeline.create_deployment(restApiId=api)

    with pytest.raises(ClientError) as caught:
        pipeline.create_deployment(restApiId=api)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refusal(caught.value) == ("TooManyRequestsException", "Too Many Requests")

    time.sleep(SECONDS_FOR_ONE)
    pipeline.create_deployment(restApiId=api)


def test_other_calls_do_not_wait(pipeline: Any, api: str) -> None:
    pipeline.create_deployment(restApiId=api)

    for _ in range(3):
        pipeline.get_deployments(restApiId=api)


def test_documents_have_a_rate_of_their_own(pipeline: Any, api: str) -> None:
    pipeline.create_deployment(restApiId=api)
    pipeline.put_rest_api(restApiId=api, body=saying("hello"))

    assert any(throttled(pipeline, api) for _ in range(100))


def throttled(client: Any, api: str) -> bool:
    """Whether PutRestApi is throttled."""
    try:
        client.put_rest_api(restApiId=api, body=saying("hello"))
    except ClientError as error:
        return refusal(error)[0] == "TooManyRequestsException"
    return False


def test_each_region_counts_by_itself(counting: StandIn, pipeline: Any, api: str) -> None:
    pipeline.create_deployment(restApiId=api)
    there = counting.client("apigateway", ASSETS, OTHER_REGION).import_rest_api(body=saying("hello"))["id"]
    keys = counting.client("sts", ASSETS).get_session_token()["Credentials"]
    own = (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    counting.session_client("apigateway", OTHER_REGION, *own).create_deployment(restApiId=there)


def test_the_calls_of_the_root_users_do_not_count(counting: StandIn, pipeline: Any, api: str) -> None:
    for _ in range(3):
        counting.client("apigateway", ASSETS).create_deployment(restApiId=api)

    pipeline.create_deployment(restApiId=api)


def test_nothing_is_counted_without_the_option(aws: StandIn) -> None:
    client = session_of(aws, "apigateway", allow("apigateway:*"))
    made = client.import_rest_api(body=saying("hello"))["id"]

    assert len({client.create_deployment(restApiId=made)["id"] for _ in range(5)}) == 5
