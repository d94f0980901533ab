"""From a manifest's text to its content, or to everything that is wrong with it."""

from collections.abc import Sequence
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.drift.ignored_drift import IgnoredDrift
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.artifact_source import artifact_problems
from gantry.promotion.manifest.check_keys import checks_of
from gantry.promotion.manifest.check_rules import check_problems
from gantry.promotion.manifest.content import ApprovalPolicy, ArtifactSource, Environment, Manifest
from gantry.promotion.manifest.history_size import history_problems
from gantry.promotion.manifest.judge_reach import reach_problems
from gantry.promotion.manifest.kind_problems import kind_problems
from gantry.promotion.manifest.kinds import Schemas, configuration_of, own_keys, schema_of, schemas_of
from gantry.promotion.manifest.located_problems import located
from gantry.promotion.manifest.model import ApprovalKeys, EnvironmentKeys, ManifestKeys
from gantry.promotion.manifest.need_rules import need_problems
from gantry.promotion.manifest.override import shared_keys, written_out
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.rollout_size import rollout_problems
from gantry.promotion.manifest.rules import rule_problems
from gantry.promotion.manifest.shape import shape_problems
from gantry.promotion.manifest.shared_drafts import sharing_drafts
from gantry.promotion.manifest.write_back_rules import write_back_problems
from gantry.promotion.manifest.written_size import size_problems
from gantry.promotion.manifest.yaml_text import read
from gantry.promotion.traffic import Step


def parse(text: str, schemas: Schemas, service: str | None = None) -> Manifest:
    """Return the manifest in a text.

    Args:
        text: the YAML.
        schemas: what the manifest may say of each kind of target, by the kind's name.
        service: the service that the key `services/<service>.yaml` names; None when there is no key.

    Raises:
        ManifestError: one line for every problem: where it stands, what is wrong and what would be right.
    """
    document: Any = read(text)
    found = [
        *shape_problems(ManifestKeys, document),
        *artifact_problems(document, schemas, service),
        *kind_problems(document, schemas),
        *rule_problems(document),
        *check_problems(document, schemas),
        *need_problems(document),
        *write_back_problems(document),
    ]
    _refuse(found, text, document)
    keys = ManifestKeys.model_validate(document)
    shared = shared_keys(document)
    environments = tuple(_environment(written_out(shared, own), schemas) for own in document["environments"])
    together = [
        *size_problems(environments),
        *rollout_problems(environments, schemas),
        *history_problems(environments),
        *reach_problems(document, environments, schemas),
    ]
    _refuse(together, text, document)
    versioning = None if keys.artifact else keys.versioning.versioning()
    ignored = IgnoredDrift(tuple(keys.drift.ignore))
    written = keys.write_back.write_back() if keys.write_back else None
    drift = (ignored, keys.drift.restore)
    return Manifest(_source(keys), versioning, keys.architecture, environments, *drift, written)


def _refuse(found: Sequence[Problem], text: str, document: object) -> None:
    """Return quietly if there is no problem.

    Raises:
        ManifestError: there are some.
    """
    if problems := located(found, text, document):
        raise ManifestError("\n".join(map(str, problems)), problems)


def _source(keys: ManifestKeys) -> ArtifactSource:
    if keys.artifact is None:
        return ArtifactSource(ArtifactKind.CONTAINER_IMAGE, keys.repository)
    location = f"{keys.artifact.bucket}/{keys.artifact.key}"
    return ArtifactSource(ArtifactKind.S3_OBJECT, location, keys.artifact.buckets)


def _environment(written: dict[str, Any], schemas: Schemas) -> Environment:
    keys = EnvironmentKeys.model_validate(written)
    configuration: dict[str, Any] = {}
    for schema in schemas_of(keys.targets, schemas):
        configuration |= schema.configuration(configuration_of(schema, keys.configuration))
    kinds = [(kind, own_keys(each)) for each in keys.targets if (kind := schema_of(each, schemas))]
    return Environment(
        name=keys.name,
        targets=tuple(schema.target(own) for schema, own in kinds),
        approval=_policy(keys.approval) if keys.approval else None,
        plan=tuple(Step(weight=step.weight, bake_seconds=step.bake) for step in keys.traffic),
        alarms=tuple(keys.alarms),
        configuration=configuration,
        judge=keys.settings(asks_by_default=keys.approval is not None),
        checks=checks_of(keys),
        waves=keys.waves.waves(),
        on_failure=keys.on_failure,
        needs=tuple(each.need() for each in keys.needs),
        needs_within_seconds=keys.needs_within,
        sharing_drafts=sharing_drafts(
            schema.shared_draft(own, configuration_of(schema, keys.configuration)) for schema, own in kinds
        ),
    )


def _policy(keys: ApprovalKeys) -> ApprovalPolicy:
    return ApprovalPolicy(
        approvers=tuple(keys.approvers),
        expires_after_seconds=keys.expires_after,
        quorum=keys.quorum,
        reminder_after_seconds=keys.reminder_after,
        escalate_to=tuple(keys.escalate_to),
        escalate_after_seconds=keys.escalate_after,
        on_expiry=keys.on_expiry,
        self_approval=keys.self_approval,
        confirm=keys.confirm,
    )
