"""What a person asks a rollback for, and which revisions answer that on a target, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gantry.promotion.errors import NoPreviousRevisionError
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.target import Target

ReleaseKey = tuple[str, str | None]
"""A digest and a manifest revision."""


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """A revision, a tag, a digest, or none of them, which means the revision before; and where."""

    revision: str | None = None
    digest: str | None = None
    tag: str | None = None
    targets: tuple[str, ...] = ()
    """The ids of the targets that are meant; empty for all."""
    regions: tuple[str, ...] = ()
    """The regions that are meant; empty for all."""
    started_by: str | None = None
    reason: str | None = None
    promotion: str | None = None
    """The ARN of the promotion that rolls its environment back; None for a person's rollback."""
    leave: ReleaseKey | None = None
    """The release that such a promotion has brought. Targets without it stay as they are."""

    @property
    def is_open(self) -> bool:
        """Whether the person named nothing to go back to."""
        return self.revision is None and self.digest is None and self.tag is None

    def names(self, revision: LiveRevision) -> bool:
        """Whether the person named a revision by its digest and tag, as far as they gave them."""
        return self.digest in {None, revision.digest} and self.tag in {None, revision.tag}

    def concerns(self, target: Target) -> bool:
        """Whether a target is meant."""
        return target.id in (self.targets or {target.id}) and target.region in (self.regions or {target.region})


def is_release(revision: LiveRevision, key: ReleaseKey) -> bool:
    """Whether a revision is this release; without a manifest revision, whether it runs this artifact."""
    return revision.digest == key[0] and key[1] in {None, revision.manifest_revision}


def revisions_to_restore(
    live: Live,
    leave: ReleaseKey,
    request: RollbackRequest,
    *,
    deployed: Sequence[LiveRevision] = (),
    is_astray: bool = False,
) -> tuple[LiveRevision, ...]:
    """Return what the ledger knows that would be right, best first: who restores takes the first one that can run.

    Empty when the person named a revision that the ledger does not know. When the person named nothing, a target that
    runs another release than the one to leave keeps what the ledger calls live: the release has not arrived there, or
    is only a canary beside it.

    Args:
        live: what the ledger calls live on the target.
        leave: the release that is rolled back.
        request: what the person asked for.
        deployed: what else was deployed there and has the name that the person gave, newest first.
        is_astray: whether the target routes to something else than what is called live, or the release to leave has not
            reached it as it was brought last; see `Renewal`.

    Raises:
        NoPreviousRevisionError: there is nothing to go back to, or no revision with the tag or the digest.
    """
    known: dict[str, LiveRevision] = {}
    for each in (live.current, *live.lineage, *(_numbered(each, live) for each in deployed)):
        known.setdefault(each.revision, each)
    if request.revision:
        return (known[request.revision],) if request.revision in known else ()
    if request.digest or request.tag:
        found = tuple(filter(request.names, known.values()))
        return found or _nothing(live, f"no version with the {_name(request)}", request.digest or request.tag or "")
    if is_astray or not is_release(live.current, leave):
        return (live.current, *live.lineage)
    return live.lineage or _nothing(live, f"nothing that was live before {live.current}")


def _numbered(deployed: LiveRevision, live: Live) -> LiveRevision:
    """Return a revision without a number that the live record has not come to.

    The numbers begin again when a target passes to another environment, or comes back.
    """
    return replace(deployed, sequence=None) if (deployed.sequence or 0) > live.sequence else deployed


def _name(request: RollbackRequest) -> str:
    return f"digest {request.digest}" if request.digest else f"tag {request.tag}"


def _nothing(live: Live, what: str, wanted: str = "") -> tuple[LiveRevision, ...]:
    known = nearest_names(wanted, map(str, (live.current, *live.lineage)))
    message = (
        f"The ledger knows {what} on {live.target.id}. It knows these: {known}. "
        'Any other can be named with "version": "<version>".'
    )
    raise NoPreviousRevisionError(message)
