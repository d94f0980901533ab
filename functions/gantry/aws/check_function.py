"""A team's own function in a target's account, which checks a revision."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from gantry.aws.clients import code_of, message_of
from gantry.aws.session_policy import Right
from gantry.promotion.errors import CheckUnavailableError
from gantry.promotion.failure import as_object

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_GRANT = "name it in the target stack's CheckFunctionPatterns"
_MEANINGS = {
    "AccessDeniedException": f"the pipeline may not invoke it: {_GRANT}",
    "ResourceNotFoundException": "there is no such function",
}


class CheckFunction:
    """One function. It is asked once, because it may not take a second question for the same one."""

    def __init__(self, client: "LambdaClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the JSON object that the function answers.

        https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

        Raises:
            CheckUnavailableError: it failed itself, does not exist, may not be invoked, or did not answer in time.
        """
        try:
            found = self._client.invoke(
                FunctionName=self._arn, InvocationType="RequestResponse", Payload=json.dumps(question).encode()
            )
        except ReadTimeoutError as error:
            raise CheckUnavailableError(f"{self._arn} did not answer in time") from error
        except ClientError as error:
            if code_of(error) not in _MEANINGS:
                raise
            said = f"{self._arn}: {_MEANINGS[code_of(error)]} ({message_of(error)})"
            raise CheckUnavailableError(said) from error
        answer = as_object(found["Payload"].read().decode(errors="replace"))
        if found.get("FunctionError"):
            raise CheckUnavailableError(f"{self._arn} failed itself: {answer.get('errorMessage', 'it gave no reason')}")
        return answer


def calling_rights(arn: str) -> tuple[Right, ...]:
    """Return the right to invoke one function, for the one session that asks it."""
    return (Right(("lambda:InvokeFunction",), (arn,)),)
