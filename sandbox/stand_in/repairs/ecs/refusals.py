"""The errors of ECS' control plane."""

import functools
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json

from sandbox.stand_in.repairs.replacing import Json, Response


class RefusedError(Exception):
    """A call is refused. `code` is the name of ECS' exception, the message is what ECS says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def answering(call: Callable[..., Any]) -> Callable[..., Response]:
    """Let a call answer with the refusal that it raises."""

    @functools.wraps(call)
    def answered(*arguments: Any) -> Response:  # noqa: ANN401 -- what the call takes
        try:
            answer: Response = call(*arguments)
        except RefusedError as error:
            refusal: Response = error_response_json(error.code, str(error), 400)
            return refusal
        return answer

    return answered


def invalid(message: str) -> RefusedError:
    """Return the refusal of a parameter."""
    return RefusedError("InvalidParameterException", message)


def few(arns: list[str]) -> list[str]:
    """Return the ARNs that a call describes. Raises RefusedError for none and for more than 20."""
    most = 20
    if not 0 < len(arns) <= most:
        raise invalid(f"Between 1 and {most} ARNs can be described at once.")
    return arns


def described(key: str, arns: list[str], found: dict[str, Json]) -> Json:
    """Return the body of an answer that describes what was found, and names what was not."""
    missing = [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in found]
    return {key: [found[arn] for arn in arns if arn in found], "failures": missing}
