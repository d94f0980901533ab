"""Send the pipeline's own requests to a revision, and compare what it answers."""

import json

from gantry.promotion.checks import OwnRequest
from gantry.promotion.expectation import difference
from gantry.promotion.target import Target
from gantry.promotion.visible_text import quoted
from gantry.targets.kind import TargetKind


def problem_of(kind: TargetKind, target: Target, revision: str, request: OwnRequest, seconds: int) -> str | None:
    """Send a request once; return what is wrong with the answer, or None.

    Raises:
        TargetUnreachableError: no answer came in this time.
    """
    answer = kind.invoke(target, revision, request.payload, seconds)
    if answer.error is not None:
        return f"it failed: {quoted(answer.error)}"
    if request.expect is None:
        return None
    try:
        found = json.loads(answer.payload)
    except ValueError:
        return "its answer is no JSON"
    return difference(json.loads(request.expect), found)
