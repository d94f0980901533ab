"""Write what is live in an environment back to Git.

The event only says where to look. What is written is read from the ledger, so that a message that is late, repeated or
out of order brings the same, and the next one makes up for a lost one.
"""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.source import Source
from gantry.promotion.write_back.live_facts import facts_of, newest_of
from gantry.promotion.write_back.message import message_of
from gantry.use_cases.service_manifest import latest_manifest
from gantry.use_cases.services import Services
from gantry.use_cases.write_back.live_release import lives_of, release_of
from gantry.use_cases.write_back.writing import Wanted, Written, write

_NOTHING = Written("nothing to do")


@dataclass(frozen=True, slots=True)
class WriteBackRequest:
    """What an event says: that something has changed in an environment."""

    service: str
    environment: str
    execution: str
    digest: str | None = None
    source: Source | None = None
    """Where the digest comes from."""


def write_back(request: WriteBackRequest, services: Services) -> Written:
    """Let Git say what is live there, if the manifest asks for it.

    Raises:
        ManifestError: the manifest is wrong.
        WrittenFileError: a file cannot be changed.
        GantryError: GitHub did not take it; see `write`.
    """
    manifest = _manifest(request.service, services)
    settings = manifest.write_back if manifest else None
    if manifest is None or settings is None or not settings.files_of(request.environment):
        return _NOTHING
    live = newest_of(lives_of(manifest, request.environment, services))
    if live is None:
        logger.info("nothing written back: the environment is between two releases", environment=request.environment)
        return _NOTHING
    facts = facts_of(live, settings.files_of(request.environment))
    before = request.source if request.digest != live.current.digest else None
    message = message_of(release_of(live, services, request.execution, before))
    wanted = Wanted(request.service, request.environment, settings, facts, message)
    written = write(services.git_repository(settings.repository, settings.mode), wanted)
    logger.info("written back", outcome=written.outcome, reference=written.reference, repository=settings.repository)
    return written


def _manifest(service: str, services: Services) -> Manifest | None:
    if not services.manifests.has(service):  # a service that has been retired
        return None
    found = latest_manifest(service, services)
    return found[0] if found else None
