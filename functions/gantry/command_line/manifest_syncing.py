"""Bring manifests from a commit into the pipeline's bucket."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from gantry.aws.clients import own_client
from gantry.aws.manifest_uploads import ManifestUploads
from gantry.command_line.committed_manifests import CommittedManifest, any_file_of, committed_manifests
from gantry.command_line.results.synced import Synced
from gantry.promotion.manifest_origin import ManifestOrigin
from gantry.promotion.manifest_sync import (
    GitAndUse,
    ManifestInBucket,
    ManifestInGit,
    Standing,
    SyncStep,
    SyncWish,
    is_concerned,
    removal_step,
    upload_step,
)
from gantry.promotion.source import Source

if TYPE_CHECKING:
    from gantry.command_line.git_checkout import GitCheckout
    from gantry.command_line.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """What somebody has typed."""

    wish: SyncWish
    bucket: str | None
    """None for the one that the stack names."""
    run: str | None
    """The address of the CI run."""
    is_dry_run: bool


def sync(pipeline: "Pipeline", checkout: "GitCheckout", order: SyncOrder) -> Synced:
    """Check all manifests, decide on all, and only then write.

    Raises:
        CommandError: a path is not in the commit.
        ManifestError: the bucket keeps no versions.
    """
    found = committed_manifests(checkout, order.wish.commit, order.wish.scope)
    wish = order.wish
    if found.problems:
        return Synced(None, wish.repository, wish.commit, order.is_dry_run, (), found.problems, found.warnings)
    return replace(_Sync(pipeline, checkout, order, found.manifests).run(), warnings=found.warnings)


class _Sync:
    def __init__(
        self, pipeline: "Pipeline", checkout: "GitCheckout", order: SyncOrder, found: Sequence[CommittedManifest]
    ) -> None:
        self._pipeline, self._checkout, self._order, self._wish = pipeline, checkout, order, order.wish
        self._bucket = order.bucket or pipeline.output("ManifestBucketName")
        self._uploads = ManifestUploads(own_client("s3"), self._bucket)
        self._contents = {each.service: each.content for each in found}
        self._git = [ManifestInGit(each.service, each.path, sha256(each.content).hexdigest()) for each in found]
        self._there: dict[str, ManifestInBucket] = {}

    def run(self) -> Synced:
        """Decide, and write if nothing is refused."""
        steps = sorted([*map(self._upload, self._git), *self._removals()], key=lambda each: each.service)
        wish, is_dry = self._wish, self._order.is_dry_run
        planned = Synced(self._bucket, wish.repository, wish.commit, is_dry, tuple(steps))
        if is_dry or planned.is_refused:
            return planned
        first = {
            "upload": 0,
            "remove": 1,
        }  # of a service that was renamed, the new manifest comes before the old one goes
        for step in sorted(steps, key=lambda each: first.get(each.action, 2)):
            steps[steps.index(step)] = self._written(step)
        return replace(planned, manifests=tuple(steps))

    def _upload(self, git: ManifestInGit) -> SyncStep:
        there = self._uploads.get(git.service)
        if there is None:
            return upload_step(git, None, Standing.NOT_RECORDED, self._wish, is_touched=False)
        self._there[git.service] = there
        standing, is_touched = self._standing(there), False
        if there.origin and standing is Standing.EARLIER:
            is_touched = self._checkout.is_touched(git.path, there.origin.commit, self._wish.commit)
        return upload_step(git, there, standing, self._wish, is_touched=is_touched)

    def _removals(self) -> list[SyncStep]:
        found: list[SyncStep] = []
        for there in self._uploads.others({each.service for each in self._git}):
            standing = self._standing(there)
            if is_concerned(there, standing, self._wish):
                self._there[there.service] = there
                found.append(removal_step(there, standing, self._wish, self._known_of(there)))
        return found

    def _known_of(self, there: ManifestInBucket) -> GitAndUse:
        path = there.origin.path if there.origin else None
        renamed_to = next((each.service for each in self._git if each.path == path), None)
        in_use = self._in_use.get(there.service) if self._wish.is_pruning else None
        return GitAndUse(any_file_of(self._checkout, self._wish.commit, there.service), renamed_to, in_use)

    def _standing(self, there: ManifestInBucket) -> Standing:
        origin = there.origin
        if origin is None:
            return Standing.NOT_RECORDED
        if not origin.is_of_repository(self._wish.repository):
            return Standing.OTHER_REPOSITORY
        match self._checkout.is_ancestor(origin.commit, self._wish.commit):
            case None:
                return Standing.UNKNOWN
            case is_ancestor:
                return Standing.EARLIER if is_ancestor else Standing.NOT_EARLIER

    @cached_property
    def _in_use(self) -> dict[str, str]:
        """Why services still need their manifests, by service."""
        services = self._pipeline.services
        running = {
            each.release.service: f"{each.release} is being promoted" for each in services.running_promotions.all()
        }
        live = {
            lease.live_for.service: f"it is live in {lease.live_for.environment} on {lease.target.id}"
            for lease in services.board_reading.leases()
            if lease.live_for
        }
        return running | live

    def _written(self, step: SyncStep) -> SyncStep:
        """Return a step after it was taken; not done if somebody else has changed the manifest meanwhile."""
        there, wish = self._there.get(step.service), self._wish
        if step.action == "upload":
            source = Source.of(wish.repository, wish.commit, self._order.run) or Source(revision=wish.commit)
            origin, content = ManifestOrigin(source, step.path), self._contents[step.service]
            revision = self._uploads.put(step.service, content, origin, there.etag if there else None)
            return replace(step, revision=revision or step.revision, is_done=revision is not None)
        if step.action == "remove" and there:
            return replace(step, is_done=self._uploads.remove(step.service, there.etag))
        return step
