"""Compare the inside of an artifact with what is live, for those who approve it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.observability import logger
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.content_changes import MOST_ROWS, ContentComparison, content_rows, unknown_rows
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError
from gantry.promotion.live import LiveRevision
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.targets.registry import content_changes
from gantry.use_cases.services import Services

MOST_COMPARED = 4
"""Comparisons for one approval. Each may read two documents of 6 MB; most environments need one."""
_PASSES = frozenset({"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests"})
_FAULT = 500
"""HTTP's first status for a fault of the service itself. HeadObject has no other name for its errors."""
_TOO_MANY = "more different artifacts are live here than are compared"
_Rows = tuple[tuple[str, str], ...]


def compared_contents(
    release: Release, environment: str, targets: Sequence[Target], services: Services
) -> tuple[ContentComparison, ...]:
    """Return what changes inside the artifact, once for targets on which the same is live; none for images.

    Who approves sees why something could not be compared. That keeps nobody from being asked: only what S3 throttles
    or fails to answer is raised, so that it is tried again.
    """
    if release.artifact.kind is not ArtifactKind.S3_OBJECT:
        return ()
    lives = services.ledger.live(release.service)
    here = {live.target.id: live.current for live in lives if live.environment == environment}
    groups: dict[tuple[object, ...], list[Target]] = defaultdict(list)
    for target in targets:
        live = here.get(target.id)
        version = (live.digest, live.artifact_version) if live else None
        groups[target.kind, tuple(target.options.items()), version].append(target)
    most = MOST_ROWS // min(len(groups), MOST_COMPARED)
    found = []
    for number, alike in enumerate(groups.values()):
        live = here.get(alike[0].id)
        if live and live.digest == release.digest:
            continue
        rows = unknown_rows(_TOO_MANY) if number >= MOST_COMPARED else _rows(alike[0], live, release, most, services)
        ids = tuple(target.id for target in alike)
        found.append(ContentComparison(ids, rows, live.digest if live else None))
    return tuple(found)


def _rows(target: Target, live: LiveRevision | None, release: Release, most: int, services: Services) -> _Rows:
    if live and not live.artifact_version:
        return unknown_rows("the version of the object that is live there is not on record")
    after = release.artifact
    before = replace(after, digest=live.digest, version=live.artifact_version, copies={}) if live else None
    try:
        changes = content_changes(target, before, after, services.objects)
        return () if changes is None else content_rows(changes, most)
    except (ArtifactNotFoundError, ArtifactTypeError) as error:
        logger.warning("content not compared", target=target.id, reason=str(error))
        return unknown_rows(str(error))
    except Exception as error:
        if isinstance(error, ClientError) and _passes(error):
            raise
        logger.exception("content not compared", target=target.id)
        return unknown_rows(f"it could not be compared ({type(error).__name__}: {error})")


def _passes(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in _PASSES or status >= _FAULT
