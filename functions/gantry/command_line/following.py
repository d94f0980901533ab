"""Follow an execution to its end: what changes meanwhile goes to stderr, how it ended is the exit code."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.command_line.errors import Exit
from gantry.command_line.output import say
from gantry.command_line.progress_lines import Seen, changes
from gantry.command_line.waiting import ticks
from gantry.promotion.board.board import ServiceOnBoard

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline

_EVERY = 3.0
"""Seconds. Each look is five calls at most."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An execution that was started, and how it ended if somebody has waited for it."""

    execution: str
    """Its ARN."""
    status: str
    """`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`; `RUNNING` where nobody has waited so long."""
    reason: str | None
    code: int
    """The exit code."""


def follow(pipeline: "Pipeline", execution: str, service: str, seconds: float) -> Followed:
    """Wait until an execution has ended. People are waited for too, until the time is over."""
    from botocore.exceptions import BotoCoreError, ClientError

    from gantry.aws.clients import own_client
    from gantry.command_line.aws_errors import is_access_denied

    client, seen, waits = own_client("stepfunctions"), Seen(), False
    for _ in ticks(_EVERY, seconds):
        try:
            found = client.describe_execution(executionArn=execution)
        except ClientError as error:
            if is_access_denied(error):
                reason = "It was started, and IAM does not let you see how it ends."
                return Followed(execution, "RUNNING", reason, int(Exit.NOT_ALLOWED))
            say(f"It cannot be looked at just now: {error}")
            continue
        except BotoCoreError as error:  # it goes on, whoever can look at it
            say(f"It cannot be looked at just now: {error}")
            continue
        waits = _tell(pipeline, service, execution, seen)
        if found["status"] != "RUNNING":
            return _ended(execution, found["status"], found.get("cause"), found.get("output"))
    code = Exit.WAITS_FOR_PEOPLE if waits else Exit.TIMED_OUT
    reason = "It still waits for people." if waits else "It still runs."
    return Followed(execution, "RUNNING", reason, int(code))


def _tell(pipeline: "Pipeline", service: str, execution: str, seen: Seen) -> bool:
    """Say what has changed on the board, if the caller may read it; return whether the execution waits for people."""
    from gantry.use_cases.operator.read_board import read_board

    if seen.is_hidden:
        return False
    try:
        board = read_board(pipeline.services, service)
    except Exception as error:  # who may start something need not be allowed to look
        seen.is_hidden = True
        say(f"How far it is cannot be read: {error}")
        return False
    for line in changes(board, seen):
        say(line)
    return any(_is_asked_by(execution, known) for known in board.services)


def _is_asked_by(execution: str, service: ServiceOnBoard) -> bool:
    """Whether people are asked by an execution, or by one of its deployments about a canary."""
    promotion = next((each for each in service.promotions if each.execution == execution), None)
    digest = promotion.release.digest if promotion else None
    asked = (each for here in service.environments for each in here.approvals)
    return any(each.execution == execution or (each.target_id and each.digest == digest) for each in asked)


def _ended(execution: str, status: str, cause: str | None, output: str | None) -> Followed:
    if status == "SUCCEEDED":
        said = json.loads(output or "{}")
        reason = said.get("reason") or said.get("summary") if isinstance(said, dict) else None
        return Followed(execution, status, reason, int(Exit.HEALTHY))
    return Followed(execution, status, _said(cause), int(Exit.FAILED))


def _said(cause: str | None) -> str | None:
    from gantry.promotion.failure import Failure

    return str(Failure.of({"Error": "It failed", "Cause": cause})) if cause else None
