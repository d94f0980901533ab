"""What a person, or a promotion, starts the rollback machine with.

It has the names of a promotion's input; older names still work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

from gantry.handlers import entry
from gantry.handlers.named_artifact import ObjectInput, named_service
from gantry.promotion.deployment import StateEntry
from gantry.promotion.rollback_request import RollbackRequest
from gantry.promotion.visible_text import LONGEST_REASON, one_line, shortened
from gantry.use_cases.rollback.found_targets import EXAMPLE, RestoreRequest

_TO_ANSWER = 4.0
"""Seconds that are left for the ledger and the answer, once the targets had their time."""


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _readable(value: str) -> str:
    return shortened(one_line(value), LONGEST_REASON)


Text = Annotated[str, AfterValidator(_readable)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]
Version = Annotated[str | None, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class PromotionToRollBack(entry.PersonsInput):
    """A promotion that takes its release off an environment."""

    execution: str
    digest: str
    manifest_revision: str


class RollbackInput(entry.PersonsInput):
    """One environment of one service, and optionally what to go back to, where, who asks and why."""

    repository: str | None = Field(default=None, validation_alias=AliasChoices("repository", "service"))
    artifact: ObjectInput | None = None
    environment: str
    version: Version = None
    tag: str | None = None
    digest: str | None = None
    target: Texts = ()
    """Ids of targets: `222222222222/us-east-1/cowsay/live`."""
    region: Texts = ()
    reason: Text | None = None
    started_by: Annotated[str, AfterValidator(entry.persons_name)] | None = None
    promotion: PromotionToRollBack | None = None
    """Only the promotion machine says this, when it rolls an environment back."""
    link: str | None = Field(default=None, validation_alias="AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID")
    """By which the console links a rollback to the execution that has started it. Nothing else comes of it."""

    @model_validator(mode="before")
    @classmethod
    def _one_environment(cls, value: Any) -> Any:  # noqa: ANN401 -- pydantic's hook
        """A promotion names several; a rollback is for one."""
        if isinstance(value, Mapping) and "environments" in value and "environment" not in value:
            named = value["environments"]
            if not isinstance(named, list) or len(named) != 1:
                message = "environments: a rollback is for one environment; start one for each"
                raise ValueError(message)
            rest = {key: each for key, each in value.items() if key != "environments"}
            return {**rest, "environment": named[0]}
        return value

    @model_validator(mode="after")
    def _names_a_service(self) -> "RollbackInput":
        named_service(self.repository, self.artifact)
        return self

    @property
    def service(self) -> str:
        """The name of the service."""
        return named_service(self.repository, self.artifact)

    @property
    def rollback(self) -> RollbackRequest:
        """Return what is asked for."""
        own = self.promotion
        return RollbackRequest(
            self.version,
            self.digest,
            self.tag,
            self.target,
            self.region,
            self.started_by,
            self.reason,
            promotion=own.execution if own else None,
            leave=(own.digest, own.manifest_revision) if own else None,
        )


def rollback_input(request: object) -> RollbackInput:
    """Return what the execution was started with.

    Raises:
        InvalidRequestError: with every problem, and an example of what would be right.
    """
    return entry.from_person(RollbackInput, request, EXAMPLE)


@dataclass(frozen=True, slots=True)
class RollbackEvent(StateEntry):
    """The payload of a state that looks at the targets of a rollback."""

    request: Any
    """What the execution was started with; any JSON, as people may start it."""
    is_last: bool = False
    """Whether what still sleeps now is restored all the same."""

    def restore_request(self, context: entry.LambdaContext) -> RestoreRequest:
        """Return what is asked for, with the time that this function has for it.

        Raises:
            InvalidRequestError: as `rollback_input` says.
        """
        typed = rollback_input(self.request)
        return RestoreRequest(
            self.execution,
            self.entered_at,
            typed.service,
            typed.environment,
            typed.rollback,
            seconds_to_look(context),
            self.is_last,
        )


def seconds_to_look(context: entry.LambdaContext) -> float:
    """Return for how long a function may work on the targets."""
    return entry.seconds_left(context, _TO_ANSWER)
