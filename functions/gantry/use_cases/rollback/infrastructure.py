"""What people read of the infrastructure after a rollback, which neither waits for it nor changes it."""

from collections.abc import Iterable

from gantry.observability import logger
from gantry.promotion.live_now import version_name
from gantry.promotion.needs.made_for import made_for
from gantry.promotion.restore_point import RestorePoint
from gantry.use_cases.services import Services


def infrastructure_notes(service: str, environment: str, restored: Iterable[RestorePoint], services: Services) -> str:
    """Return which infrastructure the restored releases were made for, each once; empty where they needed none.

    Whatever goes wrong with it keeps no rollback from being recorded.
    """
    notes = {}
    for each in restored:
        if each.manifest_revision and (each.digest, each.manifest_revision) not in notes:
            try:
                notes[each.digest, each.manifest_revision] = _note(service, environment, each, services)
            except Exception:
                logger.exception("infrastructure of a release not read")
    return "".join(f" {each}." for each in notes.values() if each)


def _note(service: str, environment: str, restored: RestorePoint, services: Services) -> str:
    before = restored.rolled_back
    then = services.needs.found(service, environment, restored.digest, restored.manifest_revision or "")
    since = {}
    if then and before and before.manifest_revision:
        since = dict(services.needs.found(service, environment, before.digest, before.manifest_revision))
    return made_for(version_name(restored.revision, restored.tag, restored.digest), then, since)
