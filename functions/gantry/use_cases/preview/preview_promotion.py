"""Say what a promotion would do, by the code that would do it. Nothing is written, and nobody is asked or told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.configuration_changes import KeptArtifact
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.preview.preview import EnvironmentPreview, Preview, PreviewedRelease, outcome_of
from gantry.promotion.timestamps import iso, moment
from gantry.use_cases.configuration.planning import (
    PromotionInFlightError,
    in_flight,
    plan_configuration,
    why_in_flight,
)
from gantry.use_cases.configuration.resolving import of_configuration
from gantry.use_cases.policy import current_policy
from gantry.use_cases.preview.previewed_environment import Promotion, preview_environment
from gantry.use_cases.preview.previewed_release import FoundRelease, PreviewRequest, found_release
from gantry.use_cases.service_manifest import latest_manifest, no_such_service
from gantry.use_cases.services import Services


def preview_promotion(request: PreviewRequest, seconds: float, services: Services) -> Preview:
    """Return what a promotion would do if its caller started it now.

    Args:
        request: what would be promoted, and where to.
        seconds: how long all targets together are given to answer.
        services: the adapters.

    Raises:
        PromotionInFlightError: a promotion is under way, so no configuration can be compared with what will be live.
        InvalidRequestError: there is no such service or environment, or no release can be chosen.
        ManifestError, PolicyError: the manifest or the policy file is wrong, so nothing can be promoted.
        ArtifactNotFoundError, ArtifactTypeError, ArtifactArchitectureError: the release cannot be promoted.
    """
    manifest, revision = _manifest(request.service, services)
    if request.is_configuration_only:
        return _of_configuration(request, manifest, revision, seconds, services)
    environments = manifest.environments_to_promote(request.environments)
    found = found_release(request, manifest, revision, environments[0].name, services)
    promotion = _promotion(request, manifest, found, [each.name for each in environments], seconds, services)
    return _preview(promotion, environments, dict.fromkeys((each.name for each in environments), found), services)


def _of_configuration(
    request: PreviewRequest, manifest: Manifest, revision: str, seconds: float, services: Services
) -> Preview:
    """Preview what ResolveRelease would make of a change of configuration alone."""
    if running := in_flight(request.service, services):
        raise PromotionInFlightError(why_in_flight(running[0]))
    plan, compared = plan_configuration(manifest, request.environments, services)
    if not plan.kept:
        policy = current_policy(services)
        return Preview(request.service, request.at, None, "goes_through", (), policy.revision, plan.left_out)
    found = {name: _kept(request, name, kept, manifest, revision, services) for name, kept in plan.kept.items()}
    environments = [each for each in compared if each.name in found]
    last = found[environments[-1].name]
    promoted = [each.name for each in compared]
    promotion = _promotion(request, manifest, last, promoted, seconds * len(promoted) / len(found), services)
    return replace(_preview(promotion, environments, found, services), left_out=plan.left_out)


def _kept(  # noqa: PLR0913, PLR0917 -- a release is of many things
    request: PreviewRequest, name: str, kept: KeptArtifact, manifest: Manifest, revision: str, services: Services
) -> FoundRelease:
    named = replace(request, tag=kept.tag, digest=kept.digest)
    found = found_release(named, manifest, revision, name, services)
    return replace(found, release=of_configuration(found.release, name, kept))


def _promotion(  # noqa: PLR0913, PLR0917 -- it is of many things
    request: PreviewRequest,
    manifest: Manifest,
    found: FoundRelease,
    names: Sequence[str],
    seconds: float,
    services: Services,
) -> Promotion:
    policy, lives = current_policy(services), services.ledger.live(request.service)
    approvals = _open_approvals(request.service, services)
    return Promotion(request, manifest, found, policy, tuple(names), lives, approvals, seconds / len(names))


def _preview(
    promotion: Promotion, environments: Sequence[Environment], found: Mapping[str, FoundRelease], services: Services
) -> Preview:
    previews = _one_after_the_other(promotion, environments, found, services)
    release, origin = promotion.found.release, promotion.found.origin
    described = PreviewedRelease(
        release.tag,
        release.digest,
        origin.tags,
        origin.pushed_by,
        release.manifest_revision,
        promotion.found.chosen,
        ReleaseLinks.of(release.source),
    )
    outcome, request = outcome_of(previews), promotion.request
    return Preview(request.service, request.at, described, outcome, previews, promotion.policy.revision)


def _manifest(service: str, services: Services) -> tuple[Manifest, str]:
    found = latest_manifest(service, services)
    if found is None:
        raise InvalidRequestError(no_such_service(service, services))
    return found


def _open_approvals(service: str, services: Services) -> tuple[ListedApproval, ...]:
    """Return the questions in front of the service's environments; those about canaries are not replaced."""
    every = services.board_reading.open_approvals()
    return tuple(each for each in every if each.service == service and each.target_id is None)


def _one_after_the_other(
    promotion: Promotion, environments: Sequence[Environment], found: Mapping[str, FoundRelease], services: Services
) -> tuple[EnvironmentPreview, ...]:
    """Preview each environment, which begins when the one before has ended, as far as anybody knows when that is."""
    begins: str | None = promotion.request.at
    previews = []
    for each in environments:
        preview = preview_environment(each.name, replace(promotion, found=found[each.name]), services)
        ends = None
        if begins and preview.outcome == "goes_through" and not any(target.waits_for for target in preview.targets):
            ends = iso(moment(begins) + timedelta(seconds=preview.estimate.usual_seconds))
        previews.append(replace(preview, begins_at=begins, ends_at=ends))
        begins = ends
    return tuple(previews)
