import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from gantry.aws import clients
from gantry.aws.repairs import Repairs
from gantry.promotion.target import Target


def test_a_repair_of_a_target_is_asked_for_and_nobody_waits_for_it(
    target: Target, stubbed: Callable[[Any], Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPAIR_FUNCTION", "repair-target")
    payload = json.dumps({"target": "222222222222/us-east-1/cowsay/live"}).encode()
    asked = {"FunctionName": "repair-target", "InvocationType": "Event", "Payload": payload}
    stubbed(clients.client("lambda")).add_response("invoke", {"StatusCode": 202}, asked)

    Repairs.from_env().ask_for(target)
