"""What bringing manifests from a commit into the bucket changes there, decided before anything is written."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gantry.promotion.manifest.place import key_of
from gantry.promotion.manifest_origin import ManifestOrigin
from gantry.promotion.source import Source

SHORT = 7
"""Digits of a commit, for people."""
Action = Literal["nothing", "upload", "remove", "keep", "refuse"]
_FETCH = "fetch the whole history (actions/checkout: fetch-depth: 0)"


class Standing(StrEnum):
    """How the commit that a manifest in the bucket is from stands to the one that is synced."""

    NOT_RECORDED = "not recorded"
    """It was uploaded without a commit."""
    OTHER_REPOSITORY = "other repository"
    EARLIER = "earlier"
    """It is the same commit, or an ancestor."""
    NOT_EARLIER = "not earlier"
    UNKNOWN = "unknown"
    """This clone does not have it."""


@dataclass(frozen=True, slots=True)
class ManifestInGit:
    """A manifest as a commit has it."""

    service: str
    path: str
    """From the repository's root."""
    sha256: str
    """Of its bytes, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class ManifestInBucket:
    """The newest version of a manifest in the bucket."""

    service: str
    etag: str
    revision: str
    origin: ManifestOrigin | None
    """None where it does not say which commit it is from."""
    sha256: str | None = None
    """Of its bytes; None where they were not read."""


@dataclass(frozen=True, slots=True)
class SyncWish:
    """What somebody wants of a sync."""

    commit: str
    repository: str | None
    """Its address; None where it has none of the web."""
    scope: tuple[str, ...] = ()
    """The files and folders that are synced, from the repository's root; the root itself is empty text."""
    is_pruning: bool = False
    replaced: AbstractSet[str] = frozenset()
    """The services whose manifest is uploaded whatever the bucket has."""
    retired: AbstractSet[str] = frozenset()
    """The services whose manifest goes although they are live."""


@dataclass(frozen=True, slots=True)
class GitAndUse:
    """What else is known of a service whose manifest is not among those that are synced."""

    elsewhere: str | None = None
    """Another file of the commit that has its manifest."""
    renamed_to: str | None = None
    """The service whose manifest its file is now."""
    in_use: str | None = None
    """Why it still needs its manifest, in words; None where it does not."""


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What a sync does about one manifest."""

    service: str
    key: str
    """In the bucket."""
    path: str | None
    """In the repository; null where the commit has no manifest of the service."""
    action: Action
    """`keep`: the commit has it no longer, and the bucket still does. `refuse`: then nothing at all is written."""
    why: str
    """In words for people."""
    sha256: str | None = None
    """Of the bytes that the commit has."""
    revision: str | None = None
    """The S3 version id, before or, once it is uploaded, after."""
    is_done: bool = False
    """Whether the action was taken; false with --dry-run, and where somebody else came first."""


def upload_step(
    git: ManifestInGit, there: ManifestInBucket | None, standing: Standing, wish: SyncWish, *, is_touched: bool
) -> SyncStep:
    """Return what happens to a manifest that the commit has.

    Args:
        git: the manifest.
        there: what the bucket has under its key; None for nothing.
        standing: of the commit that this is from.
        wish: what is wanted.
        is_touched: whether the file was changed between that commit and this one, though it may be as it was again.
            Then the bucket has to learn of this commit, or a late run for one in between would overtake it.
    """

    def step(action: Action, why: str) -> SyncStep:
        revision = there.revision if there else None
        return SyncStep(git.service, key_of(git.service), git.path, action, why, git.sha256, revision)

    if there is None:
        return step("upload", "new")
    known = there.origin
    is_same = there.sha256 == git.sha256
    if known is None:
        without = "was uploaded without a commit"
        is_enough = is_same and git.service not in wish.replaced
        return step("nothing", f"the bucket has the same; it {without}") if is_enough else step("upload", without)
    refused = _why_refused(known, standing, wish)
    if refused and git.service in wish.replaced:
        return step("upload", f"replaced, although {refused}")
    if is_same and (refused or not is_touched):
        return step("nothing", f"the bucket has the same, from {known.commit[:SHORT]}")
    if refused:
        return step("refuse", f"{refused}, or name it with --replace")
    how = "changed"
    if is_same:
        how = f"moved from {known.path}" if known.path not in {None, git.path} else "changed, and changed back,"
    return step("upload", f"{how} since {known.commit[:SHORT]}")


def is_concerned(there: ManifestInBucket, standing: Standing, wish: SyncWish) -> bool:
    """Whether a manifest that is not among those that are synced may be one that Git has no longer.

    It came from a synced file or folder then, by a commit before this one.
    """
    is_newer = standing in {Standing.OTHER_REPOSITORY, Standing.NOT_EARLIER}
    return there.origin is not None and not is_newer and _is_in_scope(there.origin, wish)


def removal_step(there: ManifestInBucket, standing: Standing, wish: SyncWish, git: GitAndUse) -> SyncStep:
    """Return what happens to a manifest that `is_concerned`.

    Args:
        there: what the bucket has.
        standing: of the commit that this is from.
        wish: what is wanted.
        git: what else is known of its service.
    """
    known = there.origin or ManifestOrigin(Source())

    def step(action: Action, why: str) -> SyncStep:
        return SyncStep(there.service, key_of(there.service), None, action, why, revision=there.revision)

    if git.elsewhere:
        return step("keep", f"moved from {known.path} to {git.elsewhere}: sync that too")
    gone = f"{known.path} is of {git.renamed_to} now" if git.renamed_to else f"{known.path} was deleted"
    if not wish.is_pruning:
        return step("keep", f"{gone}: --prune removes it")
    if standing is Standing.UNKNOWN:
        return step("refuse", f"it is from {known.commit[:SHORT]}, which this clone does not have: {_FETCH}")
    if git.in_use and there.service not in wish.retired:
        return step("refuse", f"{gone}, but {git.in_use}: --retire {there.service} removes it all the same")
    return step("remove", gone)


def _why_refused(known: ManifestOrigin, standing: Standing, wish: SyncWish) -> str | None:
    commit = known.commit[:SHORT]
    if standing is Standing.OTHER_REPOSITORY:
        other = known.source.repository or "a repository without an address"
        return f"it is from {other}: remove it there"
    if standing is Standing.UNKNOWN:
        return f"it is from {commit}, which this clone does not have: {_FETCH}"
    if standing is Standing.NOT_EARLIER:
        unrelated = f"from which {wish.commit[:SHORT]} does not descend"
        return f"it is from {commit}, {unrelated}, so it may be newer: sync a later commit"
    return None


def _is_in_scope(known: ManifestOrigin, wish: SyncWish) -> bool:
    path = known.path
    return path is not None and any(each in {"", path} or path.startswith(f"{each}/") for each in wish.scope)
