import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.stub import Stubber

from gantry.aws.repairs import Repairs
from gantry.promotion.target import Target


def test_a_repair_is_asked_for_without_waiting_for_it(target: Target, stubbed: Callable[[Any], Stubber]) -> None:
    client = boto3.client("lambda")
    payload = json.dumps({"target": "222222222222/us-east-1/cowsay/live"}).encode()
    asked = {"FunctionName": "repair-target", "InvocationType": "Event", "Payload": payload}
    stubbed(client).add_response("invoke", {"StatusCode": 202}, asked)

    Repairs(client, "repair-target").ask_for(target)
