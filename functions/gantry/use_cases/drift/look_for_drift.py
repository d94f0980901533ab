"""Compare all targets of one service, or of all, with the ledger. Nothing is written, and nobody is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gantry.aws.deadline import Deadline
from gantry.promotion.drift.ignored_drift import NOTHING_IGNORED, IgnoredDrift
from gantry.promotion.drift.report import CopyDrift, DriftReport, NewestManifest, ServiceDrift, TargetDrift
from gantry.promotion.errors import ManifestError
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.place import key_of
from gantry.promotion.needs.need import Need
from gantry.use_cases.drift.looked_at_files import FilesToCompare
from gantry.use_cases.drift.looked_at_live import ToCompare
from gantry.use_cases.drift.looked_at_manifest import look_at_manifest
from gantry.use_cases.drift.need_drift import needs_of_live
from gantry.use_cases.drift.parameter_drift import NOTHING_EXPECTED, expected_parameters
from gantry.use_cases.live_parameters.wanted import listed_targets
from gantry.use_cases.service_manifest import latest_manifest, missing_manifest
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side
from gantry.use_cases.write_back.live_release import on_its_targets


@dataclass(frozen=True, slots=True)
class _Known:
    """What ledger and bucket say of a service."""

    service: str
    lives: tuple[Live, ...]
    """By environment, in the manifest's order as far as it has them."""
    manifest: NewestManifest
    ignored: IgnoredDrift = NOTHING_IGNORED
    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The ids of the manifest's targets, by environment."""
    files: tuple[FilesToCompare, ...] = ()
    copies: tuple[CopyDrift, ...] = ()
    """Those that are compared already."""
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """By the id of the target, what its live release needed."""


def look_for_drift(
    at: str, seconds: float, services: Services, *, service: str | None = None, at_once: int
) -> DriftReport:
    """Return how each target stands to the ledger, and what else should say the same.

    Args:
        at: the moment; ISO 8601, UTC.
        seconds: how long it may take. What has not answered by then is UNKNOWN.
        services: the adapters.
        service: only this one; None for all of which something is live.
        at_once: how many targets are looked at side by side.
    """
    deadline = Deadline.after(seconds)
    known = [each for name in _names(service, services) if (each := _known(name, at, services))]
    wanted: list[ToCompare | FilesToCompare] = []
    for each in known:
        wanted += _to_compare(each, at, services)
        wanted += each.files
    looked = side_by_side(wanted, lambda each, _: each.look(services), within=deadline.left(), at_once=at_once)
    found: dict[str, TargetDrift | CopyDrift] = {each.id: each for each in looked.done}
    errors = {name: str(error) or type(error).__name__ for name, error in looked.errors}
    found |= {each.target_id: each.unknown(errors[each.target_id]) for each in wanted if each.target_id in errors}
    return DriftReport.of(at, (_of_service(each, found) for each in known))


def _of_service(known: _Known, found: dict[str, TargetDrift | CopyDrift]) -> ServiceDrift:
    targets = [each for live in known.lives if isinstance(each := found[live.target_id], TargetDrift)]
    files = [each for file in known.files if isinstance(each := found[file.target_id], CopyDrift)]
    return ServiceDrift.of(known.service, known.manifest, targets, (*files, *known.copies))


def _to_compare(known: _Known, at: str, services: Services) -> Iterator[ToCompare]:
    parameters = expected_parameters(known.lives, known.listed, at, services)
    for live in known.lives:
        expected, needs = parameters.get(live.target_id, NOTHING_EXPECTED), known.needs.get(live.target_id, ())
        yield ToCompare(live, known.ignored, expected, needs)


def _names(service: str | None, services: Services) -> list[str]:
    if service is not None:
        return [service]
    return sorted({each.live_for.service for each in services.leases.all() if each.live_for})


def _known(service: str, at: str, services: Services) -> _Known | None:
    """Return what is known of a service; None when nothing of it is live."""
    lives = services.ledger.live(service)
    if not lives:
        return None
    try:
        found = latest_manifest(service, services)
    except ManifestError as error:
        problem = f"The newest manifest cannot be used, so nothing is ignored: {error}"
        return _Known(service, lives, NewestManifest(None, problem=problem))
    if found is None:
        problem = f"{missing_manifest(service, services.manifests.misplaced(service))}. So nothing is ignored"
        return _Known(service, lives, NewestManifest(None, problem=problem[0].upper() + problem[1:]))
    manifest, revision = found
    order = [each.name for each in manifest.environments]
    lives = tuple(sorted(lives, key=lambda live: _place(live, order)))
    waits = dict.fromkeys(each.environment for each in lives if each.current.manifest_revision not in {None, revision})
    listed = {each: listed_targets(manifest, each) for each in order}
    newest = NewestManifest(revision, tuple(waits), restores=manifest.restores_drift)
    copy = look_at_manifest(service, revision, lives, services)
    files = tuple(_files(manifest, revision, lives, at, services))
    needs = {each.target_id: needs_of_live(each, manifest, revision) for each in lives}
    return _Known(service, lives, newest, manifest.ignored_drift, listed, files, (copy,) if copy else (), needs)


def _files(
    manifest: Manifest, revision: str, lives: Sequence[Live], at: str, services: Services
) -> Iterator[FilesToCompare]:
    """Yield the files that write_back names, by environment, where Gantry has an App that may read them."""
    settings, service = manifest.write_back, manifest.service
    if settings is None or not services.has_git_app:
        return
    origin = services.manifests.origin(service, revision)
    path = (origin.path if origin else None) or key_of(service)
    for environment in dict.fromkeys(each.environment for each in settings.files):
        if there := tuple(on_its_targets(manifest, environment, lives)):
            yield FilesToCompare(service, environment, settings, there, path, at)


def _place(live: Live, order: Sequence[str]) -> tuple[int, str, str]:
    index = order.index(live.environment) if live.environment in order else len(order)
    return index, live.environment, live.target_id
