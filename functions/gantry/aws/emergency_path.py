"""The functions of the rollback machine, called for nothing but a rehearsal."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gantry.promotion.unfinished import RehearsalError

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class EmergencyPath:
    """The functions that nobody may call for weeks, and that must not have fallen asleep when somebody does."""

    def __init__(self, client: "LambdaClient", restore: str, others: Sequence[str]) -> None:
        self._client = client
        self._restore = restore
        self._others = others

    def rehearse(self, service: str, environment: str) -> Any:  # noqa: ANN401 -- the function's own answer
        """Return what RestoreVersion would find.

        Raises:
            RehearsalError: the function failed.
        """
        return self._call(self._restore, {"service": service, "environment": environment})

    def keep_awake(self) -> None:
        """Call all other functions, which do nothing but answer.

        Raises:
            RehearsalError: one of them failed.
        """
        for function in self._others:
            self._call(function, {})

    def _call(self, function: str, rehearsal: dict[str, str]) -> Any:  # noqa: ANN401 -- the function's own answer
        answer = self._client.invoke(FunctionName=function, Payload=json.dumps({"rehearsal": rehearsal}).encode())
        said = json.loads(answer["Payload"].read() or "null")
        if "FunctionError" in answer:
            raise RehearsalError(f"{function} failed: {said.get('errorType')}: {said.get('errorMessage')}")
        return said
