"""What changed manifests change, compared with the bucket or with a commit."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.command_line.committed_manifests import any_file_of
from gantry.command_line.errors import CommandError
from gantry.command_line.git_checkout import GitCheckout
from gantry.command_line.manifest_reading import ENDINGS
from gantry.promotion.configuration_changes import setting_changes
from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest_effect import ManifestEffect, environment_effects
from gantry.promotion.masking import Masking
from gantry.promotion.policy.content import Policy
from gantry.promotion.policy.reading import parse_policy
from gantry.targets.registry import DEFAULT_KIND, KINDS, all_schemas
from gantry.use_cases.gate_facts import masked_settings, settings_of
from gantry.use_cases.policy import violations
from gantry.use_cases.service_manifest import carriage
from gantry.use_cases.throwaway_masking import throwaway_masking

if TYPE_CHECKING:
    from gantry.aws.manifests import Manifests
    from gantry.command_line.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to compare with."""

    pipeline: "Pipeline"
    base: str | None
    """A commit; None for what the bucket has."""
    policy: Path | None
    """A policy file on this machine; None for the bucket's, or for none where the comparison is with a commit."""


def effect_of(file: Path, manifest: Manifest, comparison: Comparison) -> ManifestEffect:
    """Return what a manifest changes.

    Raises:
        CommandError: what it is compared with, or the policy file, cannot be read.
    """
    before, compared_with = _before(file, manifest, comparison)
    policy = _policy(comparison)
    masking = throwaway_masking()
    names = [each.name for each in manifest.environments]
    was = {each.name: each for each in before.environments} if before else {}
    about = _about(before), _about(manifest)
    rows = {
        each.name: (
            about[0] | _rows(was[each.name], masking) if each.name in was else {},
            about[1] | _rows(each, masking),
        )
        for each in manifest.environments
    }
    namesakes = _namesakes(policy, manifest, comparison)
    unmet = {each: tuple(violations(policy, manifest, [each], names, namesakes)) for each in names} if policy else {}
    reconfigured = {each for each in was if each in names and _is_reconfigured(was[each], manifest, each, masking)}
    effects = tuple(environment_effects(before, manifest, rows, unmet, reconfigured))
    return ManifestEffect(manifest.service, compared_with, policy is not None, effects)


def _is_reconfigured(before: Environment, manifest: Manifest, name: str, masking: Masking) -> bool:
    """Whether a target that was there gets other settings."""
    (after,) = manifest.environments_to_promote([name])
    known = {target.id: settings_of(before, target, masking) for target in before.targets}
    return any(
        setting_changes(known[target.id], settings_of(after, target, masking))
        for target in after.targets
        if target.id in known
    )


def _about(manifest: Manifest | None) -> dict[str, str]:
    """Return what all environments share."""
    if manifest is None:
        return {}
    tags = manifest.versioning
    pre = "" if tags is None or tags.prereleases else " without pre-releases"
    said = {"Promoted tags": f"{tags.scheme}{pre} {tags.pattern or ''}".strip()} if tags else {}
    drift = "restored by Gantry" if manifest.restores_drift else "told"
    return said | {"Architecture": manifest.architecture, "What others change": drift}


def _rows(environment: Environment, masking: Masking) -> dict[str, str]:
    by_kind = masked_settings(environment, masking)
    settings: dict[str, str] = {}
    for kind, own in by_kind.items():
        prefix = f"{kind}: " if len(by_kind) > 1 else ""
        settings |= {f"{prefix}{key}": value for key, value in own.items()}
    targets = {f"Target {each.id}": each.kind for each in environment.targets}
    return settings | targets | dict(carriage(environment))


def _before(file: Path, manifest: Manifest, comparison: Comparison) -> tuple[Manifest | None, str | None]:
    found = _in_git(file, manifest, comparison.base) if comparison.base else _in_bucket(manifest, comparison.pipeline)
    if found is None:
        return None, None
    text, revision = found
    try:
        return parse(text, all_schemas(), service=manifest.service), revision
    except ManifestError as error:
        message = f"{manifest.service} in {revision} is no valid manifest, so nothing can be compared with it: {error}"
        raise CommandError(message) from error


def _in_bucket(manifest: Manifest, pipeline: "Pipeline") -> tuple[str, str] | None:
    manifests: Manifests = pipeline.services.manifests
    return manifests.latest(manifest.service)


def _in_git(file: Path, manifest: Manifest, base: str) -> tuple[str, str] | None:
    checkout = GitCheckout(file)
    commit = checkout.commit(base)
    path = any_file_of(checkout, commit, manifest.service)
    if path is None:
        return None
    (there,) = checkout.files(commit, path, ENDINGS)
    return there.content.decode(), commit


def _namesakes(policy: Policy | None, manifest: Manifest, comparison: Comparison) -> tuple[str, ...]:
    """Return the services of the same name, where nothing but names says whose a target is. Only the bucket knows."""
    is_needed = policy is not None and policy.bindings is None and comparison.base is None
    return comparison.pipeline.services.policy_file.namesakes(manifest.service) if is_needed else ()


def _policy(comparison: Comparison) -> Policy | None:
    """Return the policy file; None where nobody knows it."""
    try:
        if comparison.policy:
            found: tuple[str, str | None] | None = (comparison.policy.read_text(encoding="utf-8"), None)
        elif comparison.base:
            return None
        else:
            found = comparison.pipeline.services.policy_file.latest()
        return parse_policy(*found, kinds=KINDS, default_kind=DEFAULT_KIND) if found else Policy()
    except ClientError as error:
        if code_of(error) != "AccessDenied":
            raise
        return None
    except (PolicyError, OSError) as error:
        raise CommandError(f"The policy file cannot be read: {error}") from error
