"""From a manifest's text to its content, or to everything that is wrong with it."""

import json
from typing import Any

from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import ApprovalPolicy, Environment, Manifest
from gantry.promotion.manifest.model import ApprovalKeys, EnvironmentKeys, ManifestKeys, SharedKeys
from gantry.promotion.manifest.override import written_out
from gantry.promotion.manifest.problems import shape_problems
from gantry.promotion.manifest.rules import rule_problems
from gantry.promotion.manifest.yaml_text import read
from gantry.promotion.target import Target
from gantry.promotion.traffic import Step


def parse(text: str, repository: str | None = None) -> Manifest:
    """The manifest in a text.

    Args:
        text: the YAML.
        repository: what the key `services/<repository>.yaml` says it is for; None when there is no key.

    Raises:
        ManifestError: one line for every problem: the field's path, what is wrong and what would be right.
    """
    document: Any = read(text)
    problems = [*shape_problems(document), *rule_problems(document, repository)]
    if problems:
        raise ManifestError("\n".join(problems))
    keys = ManifestKeys.model_validate(document)
    shared = {key: value for key, value in document.items() if key in SharedKeys.model_fields}
    environments = tuple(_environment(written_out(shared, own)) for own in document["environments"])
    return Manifest(keys.repository, keys.versioning, keys.architecture, environments)


def _environment(written: dict[str, Any]) -> Environment:
    keys = EnvironmentKeys.model_validate(written)
    return Environment(
        name=keys.name,
        targets=tuple(Target(**each.model_dump()) for each in keys.targets),
        approval=_policy(keys.approval) if keys.approval else None,
        plan=tuple(Step(weight=step.weight, bake_seconds=step.bake) for step in keys.traffic),
        alarms=tuple(keys.alarms),
        configuration=Configuration(**keys.configuration.model_dump(exclude_unset=True)),
        minimum_requests=keys.minimum_requests,
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


def json_schema() -> str:
    """The JSON schema for editors."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | ManifestKeys.model_json_schema(), indent=2) + "\n"
