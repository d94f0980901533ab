"""Restore targets that others have changed, where the manifest says so, by a promotion of what is live there.

It is a promotion like any other: people are asked, alarms and the judge watch it, and each deployment needs its lease.
It never gets in the way of a release: nothing is started while the service is being promoted.
"""

from dataclasses import replace
from datetime import timedelta

from botocore.exceptions import ClientError

from gantry.observability import logger
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.drift.record import DriftRecord
from gantry.promotion.drift.report import ServiceDrift
from gantry.promotion.drift.restoration import BY, Restoration, restorations
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.policy.floor import forbids_restoring
from gantry.promotion.promotion_start import PromotionStart, restore_name
from gantry.promotion.timestamps import moment
from gantry.use_cases.configuration.planning import in_flight
from gantry.use_cases.policy import current_policy
from gantry.use_cases.service_manifest import latest_manifest
from gantry.use_cases.services import Services
from gantry.use_cases.start_promotion import StartConflictError, start_promotion

_SAME_CHECK = timedelta(hours=6)
"""EventBridge tries a check again for an hour. What was started longer ago belongs to an earlier check."""


class _NotRestoredError(Exception):
    """Nothing is started; the message says why."""


def restore_drift(found: ServiceDrift, record: DriftRecord, at: str, services: Services) -> DriftRecord:
    """Start what restores a service, and return what is kept, with what was started or why not.

    Args:
        found: what was found.
        record: what is kept of it.
        at: the moment of the check; ISO 8601, UTC.
        services: the adapters.
    """
    known = dict(record.by_target)
    for wanted in restorations(found, record):
        if all(each.restored_by for each in wanted.findings):
            continue
        started, reason = None, None
        try:
            started = _started(wanted, at, services)
        except _NotRestoredError as why:
            reason = str(why)
        except (GantryError, StartConflictError, ClientError) as error:
            logger.exception("drift not restored", service=wanted.service, environment=wanted.environment)
            reason = str(error)
        for each in wanted.findings:
            if each.restored_by is None:
                known[each.target_id] = replace(each, restored_by=started, not_restored=reason)
        logger.info("drift to restore", environment=wanted.environment, execution=started, reason=reason)
    return replace(record, findings=tuple(known[each.target_id] for each in record.findings))


def _started(wanted: Restoration, at: str, services: Services) -> str:
    """Return the execution that restores an environment.

    Raises:
        _NotRestoredError: it must not be.
    """
    if why := wanted.why_not:
        raise _NotRestoredError(why)
    start = _start(wanted, at, services)
    earlier = services.promotion_starts.add(start)
    if earlier and moment(at) - moment(earlier.at) > _SAME_CHECK:
        raise _NotRestoredError(f"{earlier.execution_name} has tried it before")
    return start_promotion(start, services).execution


def _start(wanted: Restoration, at: str, services: Services) -> PromotionStart:
    service, environment, digest = wanted.service, wanted.environment, wanted.targets[0].digest
    found = latest_manifest(service, services)
    if found is None or found[1] != wanted.manifest.revision:
        raise _NotRestoredError("its manifest was changed meanwhile")
    manifest, _ = found
    (there,) = manifest.environments_to_promote([environment])
    if rule := forbids_restoring(current_policy(services), service, there):
        raise _NotRestoredError(f"the rule {rule} of the policy file forbids it")
    if any(each.digest == digest for each in services.quarantines.active(service)):
        raise _NotRestoredError(f"{digest} is quarantined")
    if running := in_flight(service, services):
        raise _NotRestoredError(f"{running[0].release} is being promoted, and goes first: {running[0].execution}")
    (live, *_) = services.ledger.live(service, environment)
    is_image = manifest.source.kind is ArtifactKind.CONTAINER_IMAGE
    return PromotionStart(
        execution_name=restore_name(wanted.key),
        at=at,
        service=service,
        tag=live.current.tag if is_image else None,
        digest=digest,
        environments=(environment,),
        called_by=BY,
        artifact=manifest.source.kind,
        version_id=None if is_image else live.current.artifact_version,
    )
