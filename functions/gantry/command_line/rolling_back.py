"""Start the rollback machine. Nothing that could fail stands before it: no API, no ledger, no manifest."""

import sys
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.following import Followed, follow
from gantry.command_line.naming import named_artifact, named_revision
from gantry.command_line.output import say

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants rolled back."""

    service: str
    environment: str
    to: str | None
    """A version, a tag or a digest; None for what was live before."""
    reason: str
    targets: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def as_input(self, caller: str | None) -> dict[str, Any]:
        """Return the input of the execution."""
        said = {
            "environment": self.environment,
            **named_revision(self.to),
            "target": list(self.targets),
            "region": list(self.regions),
            "reason": self.reason,
            "started_by": caller,
        }
        return named_artifact(self.service) | {name: value for name, value in said.items() if value}


def confirm(wish: Wish) -> None:
    """Ask on a terminal.

    Raises:
        CommandError: somebody says no, or there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask on. Give --yes.", Exit.USAGE)
    what = f"to {wish.to}" if wish.to else "to what was live before"
    if not click.confirm(f"Roll {wish.service} back in {wish.environment} {what}?", err=True):
        raise CommandError("Nothing was changed.")


def roll_back(pipeline: "Pipeline", wish: Wish, timeout: int | None) -> Followed:
    """Start it, and wait for its end if there is a timeout."""
    name = f"rollback-{uuid.uuid4()}"
    execution = pipeline.start("RollbackMachineArn", name, wish.as_input(_caller()))
    if timeout is None:
        say(f"Started. gantry why {name}")
        return Followed(execution, "RUNNING", None, int(Exit.HEALTHY))
    followed = follow(pipeline, execution, wish.service, timeout)
    if followed.reason:
        say(followed.reason)
    return followed


def _caller() -> str | None:
    """Return the ARN of the caller; None where STS does not say it, which holds up no rollback."""
    from gantry.aws.clients import ONCE, own_client

    try:
        return str(own_client("sts", config=ONCE).get_caller_identity()["Arn"])
    except Exception as error:  # the emergency must not fail on a name
        say(f"Your name is not recorded: {error}")
        return None
