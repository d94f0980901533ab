"""RestoreVersion: restores an older revision on each target of an environment, before anything else."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from gantry.handlers import entry
from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.promotion.rollback import RollbackRequest
from gantry.use_cases.rollback.found_targets import EXAMPLE, RestoreRequest
from gantry.use_cases.rollback.restore_version import restore_version

Version = Annotated[str | None, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class RollbackInput(entry.PersonsInput):
    """What a person starts the rollback machine with."""

    service: str
    environment: str
    version: Version = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class RestoreEvent(StateEntry):
    """The state's payload."""

    request: dict[str, Any]


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return what was `restored`, target by target, and the `problems` of the targets where that failed.

    Raises:
        InvalidRequestError: the input, the service or the environment is wrong.
        TargetConflictError: something happened to a target meanwhile. Another try goes on where this one ended.
        TargetPendingError: the traffic of a target is on its way. Another try looks again.
        RolledBackAlreadyError: another rollback changed the same targets at the same time.
        NoPreviousRevisionError: there is nothing to go back to on any target.
        LeaseLostError: another execution took the only target over before its traffic was changed.
    """
    state = entry.parse(RestoreEvent, event)
    typed = entry.from_person(RollbackInput, state.request, EXAMPLE)
    rollback = RollbackRequest(typed.version, typed.digest)
    request = RestoreRequest(state.execution, state.entered_at, typed.service, typed.environment, rollback)
    return entry.payload(restore_version(request, entry.services()))
