"""Choose what a target goes back to: the first revision that can run, of those that would be right."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.deadline import Deadline
from gantry.observability import logger
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import InvalidRequestError, RevisionUnusableError
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.renewal import ONCE, Renewal, renewal_of
from gantry.promotion.rollback_request import ReleaseKey, RollbackRequest, revisions_to_restore
from gantry.targets.readiness import Readiness, RevisionState
from gantry.use_cases.rollback.found_targets import (
    EXAMPLE,
    FoundTarget,
    LeasedTarget,
    RestoreRequest,
    concerned,
    find_target,
    leased_targets,
    live_targets,
    release_leaving,
)
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import Outcomes, side_by_side

_MOST_NAMED = 5
_TO_LOOK = 0.5
"""The share of the time in which a target has to answer the first questions."""


@dataclass(frozen=True, slots=True)
class ChosenRevision:
    """What a target goes back to."""

    revision: LiveRevision
    readiness: Readiness
    reason: str
    """Why it is not ready; empty when it is."""
    skipped: tuple[str, ...]
    """The revisions that would have come before it, each with the reason why it cannot run."""

    @property
    def is_ready(self) -> bool:
        """Whether it takes traffic at once."""
        return self.readiness is Readiness.READY


@dataclass(frozen=True, slots=True)
class Wish:
    """What all targets of a rollback have in common."""

    rollback: RollbackRequest
    leave: ReleaseKey
    """The release that is rolled back."""
    renewal: Renewal = ONCE

    def has_reached(self, live: Live) -> bool:
        """Whether a target runs the release that is rolled back."""
        return self.renewal.has_reached(live, self.leave)


def wish_of(request: RestoreRequest, leased: Sequence[LeasedTarget], found: Sequence[FoundTarget]) -> Wish:
    """Return what a rollback wants, given all targets and those that have answered."""
    if leave := request.rollback.leave:  # the promotion has named the targets that it has changed
        return Wish(request.rollback, leave)
    leave = release_leaving(leased, found)
    return Wish(request.rollback, leave, renewal_of(leave, [(each.live, each.lease.holder) for each in leased]))


def find_targets(request: RestoreRequest, deadline: Deadline, services: Services) -> tuple[Outcomes[FoundTarget], Wish]:
    """Look at all targets of a rollback side by side, and return what it wants given what has answered.

    Raises:
        InvalidRequestError: nothing is live in the environment.
    """
    leased = concerned(leased_targets(live_targets(request, services), services), request)
    looked = side_by_side(
        leased, lambda each, _: find_target(each, request, services), within=deadline.left() * _TO_LOOK
    )
    return looked, wish_of(request, leased, looked.done)


def choose(found: FoundTarget, wish: Wish, services: Services) -> ChosenRevision:
    """Look at one revision after the other, before anything is changed.

    Raises:
        RevisionUnusableError: none of them can run; with the reason of each.
        NoPreviousRevisionError: there is none.
        InvalidRequestError: the person named a revision that does not exist.
    """
    live, rollback = found.live, wish.rollback
    is_astray = found.astray_digest is not None or not wish.has_reached(live)
    deployed = _deployed(live, rollback, services)
    known = revisions_to_restore(live, wish.leave, rollback, deployed=deployed, is_astray=is_astray)
    candidates = known or (_unknown_revision(live, rollback.revision, services),)
    skipped: list[str] = []
    for candidate, why_not, readiness, reason in _looked_at(
        live, candidates, services, is_free=rollback.revision is None
    ):
        if why_not is None:
            return ChosenRevision(candidate, readiness, reason, tuple(skipped))
        skipped.append(f"{candidate} {why_not}")
    message = f"{found.target_id}: nothing that it could go back to can run: {'; '.join(skipped)}"
    raise RevisionUnusableError(f"{message}. {_what_to_do(rollback)}")


def _deployed(live: Live, rollback: RollbackRequest, services: Services) -> tuple[LiveRevision, ...]:
    """Return what has the name that the person gave, however long ago it was live."""
    if rollback.is_open or (rollback.revision and live.known(rollback.revision)):
        return ()
    found = services.deployed.named(live, rollback)
    is_in_lineage = rollback.revision is None and any(map(rollback.names, (live.current, *live.lineage)))
    if found or is_in_lineage:
        return found
    deployed = services.deployed.named_in_history(live, rollback)
    return (deployed,) if deployed else ()


def _looked_at(
    live: Live, candidates: Iterable[LiveRevision], services: Services, *, is_free: bool
) -> Iterator[tuple[LiveRevision, str | None, Readiness, str]]:
    """Yield each revision with why it cannot be used, or how ready it is; `is_free` when nobody has named it."""
    kind = services.kinds.of(live.target)
    for each in candidates:
        state = kind.state(live.target, each.revision)
        if state is None:
            yield each, "does not exist any more", Readiness.BROKEN, ""
        elif state.digest != each.digest:
            yield each, f"runs another artifact now ({state.digest or 'none'})", Readiness.BROKEN, ""
        elif state.readiness is Readiness.BROKEN:
            yield each, f"cannot run: {state.reason}", state.readiness, ""
        elif state.readiness is Readiness.ASLEEP and not _has_artifact(live, each, state, services):
            why_not = f"sleeps, and its artifact {each.digest} is gone, so that nothing can wake it"
            yield each, why_not, Readiness.BROKEN, ""
        elif is_free and each.revision != live.current.revision and not _has_artifact(live, each, state, services):
            why_not = f"runs, but its artifact {each.digest} is gone, so that it cannot run for long"
            yield each, why_not, Readiness.BROKEN, ""
        else:
            yield each, None, state.readiness, state.reason


def _has_artifact(live: Live, revision: LiveRevision, state: RevisionState, services: Services) -> bool:
    """Return whether what a revision runs is still there, as far as the revision needs it.

    Each region's registry deletes for itself: https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html.
    One that does not answer keeps nobody from going back.
    """
    if not state.needs_image:
        return True
    image = Artifact(ArtifactKind.CONTAINER_IMAGE, revision.digest, live.service)
    try:
        return services.images_in(live.target.region).has(image)
    except (BotoCoreError, ClientError):
        logger.exception("safely ignored: the registry does not say whether the artifact is there")
        return True


def _unknown_revision(live: Live, revision: str | None, services: Services) -> LiveRevision:
    """A revision that the ledger does not know may still exist."""
    kind = services.kinds.of(live.target)
    digest = kind.digest(live.target, revision) if revision and kind.can_be_revision(revision) else None
    if revision is None or digest is None:
        known = ", ".join(map(str, (live.current, *live.lineage)[:_MOST_NAMED]))
        raise InvalidRequestError(
            f"There is no version {revision} of {live.target_id}. The last ones that were live there: {known}. "
            f"A correct input looks like {EXAMPLE}."
        )
    return LiveRevision(revision, digest, live.current.since)


def _what_to_do(rollback: RollbackRequest) -> str:
    if rollback.is_open:
        return "Promote a release that can run, or name an older version"
    return "Name another version, or none: then the newest one that can run is restored"
