"""Start a promotion by a signed call, and follow it."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gantry.command_line.errors import Exit
from gantry.command_line.following import Followed, follow
from gantry.command_line.naming import named_artifact, named_release
from gantry.command_line.output import say

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants promoted."""

    service: str
    release: str | None
    """A tag, a digest, or an object's version id; None lets a preview choose one."""
    environments: tuple[str, ...] = ()
    """Empty for all of the manifest's."""
    why_released: str | None = None
    """Why the digest may leave quarantine."""
    is_configuration_only: bool = False
    """Whether only the configuration is to change."""

    def as_names(self) -> dict[str, str]:
        """Return how a call names the release."""
        return named_release(self.service, self.release) if self.release else {}

    def as_call(self) -> dict[str, Any]:
        """Return the body of the call."""
        body: dict[str, Any] = named_artifact(self.service) | self.as_names()
        if self.environments:
            body["environments"] = list(self.environments)
        if self.is_configuration_only:
            body["configuration_only"] = True
        return body | ({"release_from_quarantine": self.why_released} if self.why_released else {})


def promote(pipeline: "Pipeline", wish: Wish, timeout: int | None) -> Followed:
    """Start it, and wait for its end if there is a timeout.

    The call has a key, so that a second try after an answer that was lost starts nothing twice.

    Raises:
        CommandError: the pipeline or IAM refuses it.
    """
    headers = {"idempotency-key": str(uuid.uuid4())}
    answer = pipeline.call("POST", pipeline.output("PromotionsUrl"), wish.as_call(), **headers)
    execution = str(answer.require_success()["execution"])
    if timeout is None:
        say(f"Started. gantry watch {wish.service}")
        return Followed(execution, "RUNNING", None, int(Exit.HEALTHY))
    return wait_for(pipeline, execution, wish.service, timeout)


def wait_for(pipeline: "Pipeline", execution: str, service: str, timeout: float) -> Followed:
    """Follow a promotion, and say why it ended if it says so."""
    say(f"Started {execution.rpartition(':')[2]}.")
    followed = follow(pipeline, execution, service, timeout)
    if followed.reason:
        say(followed.reason)
    return followed
