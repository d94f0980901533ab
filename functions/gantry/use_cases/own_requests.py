"""Send the pipeline's own requests to a revision, and compare what it answers."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.deadline import Deadline
from gantry.observability import logger
from gantry.promotion.checks import BakeRequests, OwnRequest
from gantry.promotion.expectation import difference
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.judge.own_requests import OwnRequests
from gantry.promotion.target import Target
from gantry.promotion.visible_text import quoted
from gantry.targets.kind import TargetKind

_SECONDS = 20
"""How long all requests of one look may take at most. What has not answered by then is not counted."""
_LEAST_SECONDS = 3
"""With less time left, no further request begins."""


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


def requests_of_a_look(
    kind: TargetKind, target: Target, revision: str, wanted: BakeRequests, seconds: float
) -> OwnRequests:
    """Send the pipeline's own requests of one look, and return what came of them.

    What the service refuses, or does not answer in time, says nothing about the revision and is not counted.

    Args:
        kind: the target's.
        target: whose revision.
        revision: the canary.
        wanted: what is sent, and how often.
        seconds: how long the caller has.
    """
    deadline, sent = Deadline.after(min(_SECONDS, seconds)), 0
    problems: list[str] = []
    while sent < wanted.per_look and deadline.left() > _LEAST_SECONDS:
        try:
            problem = problem_of(kind, target, revision, wanted.request, int(deadline.left()))
        except (GantryError, BotoCoreError, ClientError) as error:
            logger.warning("own request not answered", target=target.id, revision=revision, said=str(error))
            break
        sent += 1
        problems += [problem] if problem else []
    return OwnRequests(sent, len(problems), problems[0] if problems else "")
