"""Requests for the repair of a target."""

import json
from typing import TYPE_CHECKING

from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Repairs:
    """The function that repairs targets."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def ask_for(self, target: Target) -> None:
        """Have a target repaired soon. Return without waiting for that."""
        self._client.invoke(
            FunctionName=self._function,
            InvocationType="Event",
            Payload=json.dumps({"target": target.id}).encode(),
        )
