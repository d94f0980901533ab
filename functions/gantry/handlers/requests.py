"""What the functions are invoked with: models of the payloads that the definitions in `statemachine/` send."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext as LambdaContext  # noqa: PLC0414 -- handlers take it from here
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.release import Architecture, Release
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing, Shift, Step

Model = TypeVar("Model", bound=BaseModel)


class StateRequest(BaseModel):
    """What every state sends: who asks, and since when. `entered_at` stays the same when the state is retried."""

    execution: str
    """The execution's ARN."""
    entered_at: datetime

    @property
    def at(self) -> str:
        """When the state was entered; what the ledger's entries are dated with."""
        return iso(self.entered_at)


class Deployment(BaseModel):
    """The input of a deployment execution: one release for one target."""

    release: Release
    environment: str
    target: Target
    architecture: Architecture
    configuration: Configuration
    plan: tuple[Step, ...]
    alarms: tuple[str, ...]
    minimum_requests: int
    promotion: Annotated[str | None, Field(alias="AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID")] = None
    promotion_started_at: datetime | None = None
    """When that promotion was started: of two releases for one target, the later one's is the newer."""


class DeploymentRequest(StateRequest):
    """A state of the deployment machine."""

    deployment: Deployment


class HolderRequest(DeploymentRequest):
    """A state that writes as the holder of the target's lease."""

    fence: int
    """The fencing number that came with the lease."""

    @property
    def holder(self) -> tuple[Target, str, int]:
        """Of which target's lease it has to be the holder, as which execution and with which fencing number."""
        return self.deployment.target, self.execution, self.fence


class RoutingRequest(HolderRequest):
    """A state that changes what the alias routes to."""

    found: Routing | None
    """What the alias routed to before the deployment; None when there was no alias."""
    canary: str
    plan: tuple[Step, ...]

    @property
    def shift(self) -> Shift:
        """The walk that this deployment is on."""
        return Shift(self.found or Routing(self.canary), self.canary, self.plan)


class PersonsInput(BaseModel):
    """An input typed by a person: unknown keys are most likely misspelt ones, and are refused."""

    model_config = ConfigDict(extra="forbid")


def from_person(model: type[Model], value: Mapping[str, Any], example: str) -> Model:
    """Check what a person typed.

    Raises:
        InvalidRequestError: with every problem, and an example of what would be right.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'input'}: {each['msg']}" for each in error.errors())
        message = f"This input cannot be used: {problems}. A correct one looks like {example}"
        raise InvalidRequestError(message) from error
