"""What a release would change on each target, compared as approvers see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gantry.promotion.approval_differences import Difference, differences
from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.preview.preview import LiveThere, PreviewedStep, TargetPreview
from gantry.promotion.release import Release
from gantry.promotion.source_links import links_of
from gantry.promotion.target import Target
from gantry.promotion.timestamps import readable
from gantry.use_cases.approvals.contents import compared_contents
from gantry.use_cases.gate_facts import masked_settings
from gantry.use_cases.preview.looked_at_target import TargetLook
from gantry.use_cases.service_manifest import CarriedEnvironment
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ProposedRelease:
    """A release in front of an environment, as an approval has it, of which nobody is asked."""

    release: Release
    environment: str
    targets: tuple[Target, ...]
    settings: Mapping[str, str]
    settings_of_kinds: Mapping[str, Mapping[str, str]]
    drafts: tuple[Mapping[str, str], ...]
    contents: tuple[ContentComparison, ...]


def previewed_targets(  # noqa: PLR0913, PLR0917 -- a target is compared with much
    environment: CarriedEnvironment,
    release: Release,
    lives: tuple[Live, ...],
    leases: tuple[Lease, ...],
    looks: Mapping[str, TargetLook],
    services: Services,
) -> tuple[TargetPreview, ...]:
    """Return what would happen to each target, in the manifest's order.

    Args:
        environment: where the release would come to.
        release: what would come.
        lives: what is live on the service's targets.
        leases: those on the environment's targets, in their order.
        looks: what was seen of the targets that the service may see, by their ids.
        services: the adapters.
    """
    proposed = _proposed(environment, release, looks, services)
    changed = {target_id: each for each in differences(proposed, lives) for target_id in each.targets}
    here = {each.target_id: each.current for each in lives if each.environment == environment.name}
    return tuple(
        _target(target, lease, here.get(target.id), changed[target.id], looks.get(target.id), environment, release)
        for target, lease in zip(environment.targets, leases, strict=True)
    )


def _proposed(
    environment: CarriedEnvironment, release: Release, looks: Mapping[str, TargetLook], services: Services
) -> ProposedRelease:
    settings, unseen = masked_settings(environment, services.masking), TargetLook("unseen")
    targets = tuple(looks.get(each.id, unseen).pinned or each for each in environment.targets)
    return ProposedRelease(
        release,
        environment.name,
        targets,
        {},
        settings,
        tuple(looks.get(each.id, unseen).draft for each in targets),
        compared_contents(release, environment.name, targets, services),
    )


def _target(  # noqa: PLR0913, PLR0917 -- as above
    target: Target,
    lease: Lease,
    live: LiveRevision | None,
    difference: Difference,
    look: TargetLook | None,
    environment: CarriedEnvironment,
    release: Release,
) -> TargetPreview:
    inspection = look.inspection if look else None
    is_same = live is not None and live.digest == release.digest
    is_unchanged = is_same and difference.is_known and not difference.changes
    if inspection and inspection.stable:  # somebody may have moved the traffic
        is_unchanged = is_unchanged and inspection.stable.digest == release.digest
    is_first = inspection.routing is None if inspection else live is None
    return TargetPreview(
        id=target.id,
        kind=target.kind,
        live=_live_there(live, release) if live else None,
        is_first=is_first,
        routing=str(inspection.routing) if inspection and inspection.routing else None,
        artifact=difference.artifact,
        is_same_artifact=is_same,
        is_configuration_known=difference.is_known,
        changes=tuple(each.for_people() for each in difference.changes),
        content=difference.content,
        left_in_draft=tuple(each.for_people() for each in inspection.left_in_draft) if inspection else (),
        steps=_steps(environment, is_first=is_first, is_unchanged=is_unchanged),
        waits_for=(*_held(lease), *look.waits_for) if look else (),
        requests_per_second=look.requests_per_second if look else None,
    )


def _steps(environment: CarriedEnvironment, *, is_first: bool, is_unchanged: bool) -> tuple[PreviewedStep, ...]:
    """Return how the deployment machine would move the traffic: in steps only of a revision that replaces another."""
    if is_unchanged:
        return ()
    if is_first:
        return (PreviewedStep(100, 0),)
    steps = (PreviewedStep(each.weight, each.bake_seconds) for each in environment.plan)
    return (*steps, PreviewedStep(100, environment.judge.bake_after_seconds))


def _held(lease: Lease) -> Iterator[str]:
    holder = lease.holder
    if holder:
        what = f"{holder.release} is on its way there" if holder.release else "A rollback is under way there"
        yield f"{what}, since {readable(holder.since)}"
    if lease.waiting:
        yield f"{len(lease.waiting)} more wait for the target; the newest release gets it, and supersedes the others"


def _live_there(live: LiveRevision, release: Release) -> LiveThere:
    compare = links_of(release.source, live.source).compare
    return LiveThere(live.revision, live.tag, live.digest, live.since, compare)
