from typing import Any

import boto3
from botocore.exceptions import ClientError

from gantry.aws.clients import CONFIG, code_of, message_of


def test_a_client_gives_up_before_the_function_it_serves_does() -> None:
    sts: Any = boto3.client("sts", config=CONFIG)
    config = sts.meta.config

    assert (config.connect_timeout, config.read_timeout) == (3, 15)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}


def test_an_error_is_read_by_its_code_and_its_message() -> None:
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "GetAlias")

    assert code_of(error) == "ThrottlingException"
    assert message_of(error) == "Rate exceeded"


def test_an_error_without_a_message_has_an_empty_one() -> None:
    assert message_of(ClientError({"Error": {"Code": "ThrottlingException"}}, "GetAlias")) == ""
