import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import gantry
from gantry.aws.clients import CONFIG, aws, code_of, message_of, own_client, waiting


def test_a_client_gives_up_before_the_function_it_serves_does() -> None:
    sts: Any = boto3.client("sts", config=CONFIG)
    config = sts.meta.config

    assert (config.connect_timeout, config.read_timeout) == (3, 15)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}


@pytest.mark.parametrize(("left", "waits"), [(1, 1), (29, 29), (59, 59), (60, 60), (61, 60), (119, 115), (890, 890)])
def test_a_call_waits_for_almost_as_long_as_it_may_and_is_made_once(left: int, waits: int) -> None:
    config: Any = waiting(left)

    assert config.read_timeout == waits
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}


def test_few_clients_are_enough_for_all_the_times_that_a_check_may_have_left() -> None:
    assert len({waiting(left) for left in range(1, 891)}) < 250


def test_an_error_is_read_by_its_code_and_its_message() -> None:
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "GetAlias")

    assert code_of(error) == "ThrottlingException"
    assert message_of(error) == "Rate exceeded"


def test_an_error_without_a_message_has_an_empty_one() -> None:
    assert message_of(ClientError({"Error": {"Code": "ThrottlingException"}}, "GetAlias")) == ""


def test_every_service_that_is_called_is_found_without_looking_for_all() -> None:
    folder = Path(str(gantry.__file__)).parent
    text = "".join(path.read_text() for path in folder.rglob("*.py"))
    named = set(re.findall(r"\b(?:own_client|client|_make)\(\s*\"(\w+)\"", text))
    assert named == set(aws().get_available_services())
    for service in named:
        assert own_client(service, "us-east-1").meta.service_model.service_name == service
