"""The repair of a target, as it is asked for."""

import json
import os
from typing import TYPE_CHECKING, Self

from gantry.aws.clients import client
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Repairs:
    """The function that repairs targets."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    @classmethod
    def from_env(cls) -> Self:
        """From the variable REPAIR_FUNCTION."""
        return cls(client("lambda"), os.environ["REPAIR_FUNCTION"])

    def ask_for(self, target: Target) -> None:
        """Let a target be looked at soon. Nobody waits for it."""
        self._client.invoke(
            FunctionName=self._function,
            InvocationType="Event",
            Payload=json.dumps({"target": target.id}).encode(),
        )
