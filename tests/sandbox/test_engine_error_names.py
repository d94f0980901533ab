"""Errors of the SDK, which the engine meets when its own connection to a service is lost."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox.stand_in.repairs.engine import error_names


class _Failure:
    error_name: Any = None

    def __init__(self) -> None:
        self.event_details: dict[str, dict[str, str]] = {"taskFailedEventDetails": {"error": "States.Runtime"}}


@pytest.mark.parametrize(
    ("service", "name"),
    [("lambda", "Lambda.SdkClientException"), ("stepfunctions", "StepFunctions.SdkClientException")],
)
def test_a_lost_connection_has_a_name_that_can_be_retried(service: str, name: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception ."""
    failure = error_names._with_general_name(
        service, lambda *_, **__: _Failure(), None, None, ConnectionClosedError(endpoint_url="http://127.0.0.1")
    )
    assert failure.error_name.error_name == name
    assert failure.event_details["taskFailedEventDetails"]["error"] == name
