"""What went wrong, in words. State machines pass errors on as a name and a text that is often JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gantry.promotion.visible_text import foreign_lines, one_line, shortened

LONGEST_CAUSE = 30000
"""Characters. An execution's cause may have 32768: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""

LONGEST_MESSAGE = 3000
"""Characters of an error's message for people. The history has all of it."""
_VERDICTS = frozenset({"AlarmRaisedError", "CheckFailedError", "CanaryUnhealthyError", "CanaryAbortedError"})


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as `$states.errorOutput` has it, made readable."""

    error: str
    message: str

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> "Failure":
        """Return the innermost error: a failed function's own message, or the error of a failed child execution."""
        error, cause = str(output.get("Error") or "UnknownError"), str(output.get("Cause") or "")
        details = as_object(cause)
        if "errorMessage" in details:  # https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
            return cls(error, str(details["errorMessage"]))
        if "executionArn" in details or "ExecutionArn" in details:  # a failed child of states:startExecution.sync:2
            child = {key.lower(): value for key, value in details.items()}
            status = str(child.get("status", "FAILED")).lower()
            return cls.of(
                {"Error": child.get("error") or error, "Cause": child.get("cause") or f"the execution {status}"}
            )
        return cls(error, cause or "no cause was given")

    @property
    def is_verdict(self) -> bool:
        """Whether the release itself failed, and not the machinery that carried it."""
        return self.error in _VERDICTS

    def __str__(self) -> str:
        """For people. Its lines are indented, so that none passes for one of Gantry's own."""
        return f"{shortened(one_line(self.error), 100)}: {foreign_lines(self.message, LONGEST_MESSAGE)}"


def as_object(text: str) -> Mapping[str, Any]:
    """Return the JSON object in a text; an empty one when the text is no JSON object."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
