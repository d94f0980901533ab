"""A service's manifest, and its environments as the promotion machine carries them.

A manifest may be long, so the machine carries only its revision and the names of its environments. It gets an
environment when it comes to it, and always as that revision has it.
"""

from dataclasses import dataclass, fields

from gantry.promotion.carriage import Carriage, carriage_of
from gantry.promotion.judge.rollout_limits import longest_with_people
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.manifest.kinds import counts_requests, shifts_itself
from gantry.promotion.manifest.place import key_of
from gantry.promotion.manifest.reading import parse
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.release import Architecture, Release
from gantry.targets.registry import all_schemas
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class CarriedEnvironment(Environment):
    """An environment as the promotion machine carries it; every key is there, because JSONata has no default."""

    architecture: Architecture
    deployment_seconds: int
    """How long one deployment may take."""
    carried: Carriage
    """How releases are carried into it, for people."""


def latest_manifest(service: str, services: Services) -> tuple[Manifest, str] | None:
    """Return a service's manifest and its revision; None when there is no manifest.

    Raises:
        ManifestError: the manifest is wrong.
    """
    found = services.manifests.latest(service)
    if found is None:
        return None
    text, revision = found
    return parse(text, all_schemas(), service=service), revision


def missing_manifest(service: str, misplaced: str | None) -> str:
    """Return in words that a service has no manifest, and which key may be meant for it."""
    hint = f"; {misplaced} may be meant for it: move it there" if misplaced else ""
    return f"the manifest bucket has no {key_of(service)}{hint}"


def no_such_service(service: str, services: Services) -> str:
    """Return that a service has no manifest, which key may be meant for it, and which services have one."""
    missing = missing_manifest(service, services.manifests.misplaced(service))
    known = nearest_names(service, services.manifests.services())
    others = f"Manifests are there for {known}" if known else "The bucket has no manifest at all"
    return f"There is no service {service}: {missing}. {others}. Upload its manifest, or correct the service's name."


def manifest_of(release: Release, services: Services) -> Manifest:
    """Return the manifest in the release's own revision, whatever was uploaded since.

    Raises:
        ManifestError: the revision was deleted, or this version of Gantry does not take it.
    """
    return manifest_at(release.service, release.manifest_revision, services)


def manifest_at(service: str, revision: str, services: Services) -> Manifest:
    """Return one revision of a service's manifest.

    Raises:
        ManifestError: the revision was deleted, or this version of Gantry does not take it.
    """
    return parse(services.manifests.at(service, revision), all_schemas(), service=service)


def carried_environment(name: str, manifest: Manifest) -> CarriedEnvironment:
    """Return an environment of a manifest as the promotion machine carries it."""
    (environment,) = manifest.environments_to_promote([name])
    checks, slow = environment.checks.longest_seconds, shifts_itself(environment, all_schemas())
    return CarriedEnvironment(
        **{each.name: getattr(environment, each.name) for each in fields(environment)},
        architecture=manifest.architecture,
        deployment_seconds=longest_with_people(environment.plan, environment.judge, checks, shifts_itself=slow),
        carried=carriage(environment),
    )


def carriage(environment: Environment) -> Carriage:
    """Return how an environment carries its releases, by what the kinds of its targets can do."""
    schemas = all_schemas()
    counts, shifts = counts_requests(environment, schemas), shifts_itself(environment, schemas)
    return carriage_of(environment, counts_requests=counts, shifts_itself=shifts)
