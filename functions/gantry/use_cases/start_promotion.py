"""Start promotions for pushes and calls, so that each execution can tell whether it was started by one.

The order is: the record, then the execution. A crash in between leaves a record, and the next try starts the execution.
A person who starts one under that name first promotes what the record says, whatever they type, and nothing else.
"""

from dataclasses import dataclass

from gantry.aws.executions import arn_of
from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.promotion.manifest.place import is_misplaced
from gantry.promotion.object_name import KEY_REMEDY, is_object_name
from gantry.promotion.promotion_start import PromotionStart
from gantry.promotion.service_name import bucket_and_key, location_of
from gantry.use_cases.promotion_request import PromotionRequest
from gantry.use_cases.service_manifest import missing_manifest
from gantry.use_cases.services import Services


class StartConflictError(Exception):
    """The name of the execution belongs to another promotion."""


@dataclass(frozen=True, slots=True)
class StartedExecution:
    """The execution of a promotion that was started, now or by an earlier try."""

    execution: str


@dataclass(frozen=True, slots=True)
class IgnoredObject:
    """An object that starts nothing."""

    reason: str


def start_promotion(start: PromotionStart, services: Services) -> StartedExecution:
    """Record how a promotion is started, and start it. A second try does nothing more.

    Raises:
        StartConflictError: another promotion was started under this name.
    """
    earlier = services.promotion_starts.add(start)
    if earlier and not start.is_same_wish(earlier):
        raise StartConflictError(f"the name {start.execution_name} was used for another promotion")
    machine, name = services.promotion_machine, start.execution_name
    is_new = services.executions.start_once(machine, name, start.execution_input())
    if not is_new and not earlier:
        raise StartConflictError(f"an execution {name} was started before, and not by this request")
    logger.info("promotion requested", execution=name, service=start.service, is_new=is_new)
    return StartedExecution(arn_of(machine, name))


def start_promotion_of_object(start: PromotionStart, services: Services) -> StartedExecution | IgnoredObject:
    """Do so for an object, if it has a manifest or somebody misplaced one. Then ResolveRelease says so.

    Raises:
        StartConflictError: another promotion was started under this name.
    """
    if not is_object_name(*bucket_and_key(location_of(start.artifact, start.service))):
        return _ignored(start, f"no service can be called {start.service}: {KEY_REMEDY}")
    if services.manifests.has(start.service):
        return start_promotion(start, services)
    misplaced = services.manifests.misplaced(start.service)
    if misplaced and is_misplaced(misplaced, start.service):
        return start_promotion(start, services)
    return _ignored(start, missing_manifest(start.service, misplaced))


def _ignored(start: PromotionStart, reason: str) -> IgnoredObject:
    logger.info("no release to promote", service=start.service, version_id=start.version_id, reason=reason)
    return IgnoredObject(reason)


def recorded_request(state: StateEntry, services: Services) -> PromotionRequest | None:
    """Return what a push or a call wants promoted; None when a person has started the execution themselves."""
    start = services.promotion_starts.get(state.execution.rpartition(":")[2], state.at)
    if start is None:
        return None
    return PromotionRequest(
        start.service,
        start.tag,
        start.digest,
        is_manual=not start.is_push,
        environments=start.environments,
        release_from_quarantine=start.release_from_quarantine,
        started_by=None if start.is_push else start.called_by,
        is_verified=True,
        artifact=start.artifact,
        version_id=start.version_id,
        is_configuration_only=start.configuration_only,
    )
