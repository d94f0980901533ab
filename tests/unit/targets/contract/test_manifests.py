"""What a kind's schema and the kind itself promise each other, whatever the kind."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from gantry.promotion.deployment import PreparationOutcome
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.reading import parse
from gantry.promotion.traffic import Step
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, prepare
from tests.unit.targets.contract.harness import NEW, SECRET, Harness


def environment(harness: Harness, target: dict[str, Any] | None = None, **more: Any) -> Environment:
    """What a manifest says of this target, as it is read."""
    written = {
        "name": "prod",
        "targets": [dict(harness.target_keys) | (target or {})],
        "configuration": dict(harness.configuration),
    }
    manifest = {**harness.source, "environments": [written | more]}
    return parse(yaml.safe_dump(manifest), {harness.schema.kind: harness.schema}).environments[0]


def test_a_target_of_a_manifest_is_one_that_the_kind_knows(harness: Harness) -> None:
    read = environment(harness)

    assert read.targets == (harness.target,)
    assert read.targets[0].kind == harness.schema.kind
    assert harness.kind.routing(read.targets[0]) is None


def test_the_configuration_of_a_manifest_is_what_a_deployment_gives_the_kind(harness: Harness) -> None:
    assert environment(harness).configuration == harness.configuration


def test_a_target_with_an_unknown_key_is_refused(harness: Harness) -> None:
    with pytest.raises(ManifestError, match="nonsense"):
        environment(harness, {"nonsense": "1"})


def test_steps_are_accepted_when_the_kind_splits_traffic(harness: Harness) -> None:
    assert harness.schema.splits_traffic == harness.kind.capabilities.splits_traffic
    steps = [{"weight": 10, "bake": "1m"}]
    if harness.kind.capabilities.splits_traffic:
        assert environment(harness, traffic=steps).plan == (Step(10, 60),)
        return
    with pytest.raises(ManifestError, match="AllAtOnce"):
        environment(harness, traffic=steps)


def test_approvers_see_the_settings_that_the_revision_gets(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)

    shown = harness.schema.mask(harness.configuration, MASKING)

    assert shown.items() <= harness.kind.confirm(harness.deployment(), revision, stable, MASKING).items()
    assert "Moo" in shown.values()
    assert SECRET not in str(shown)


def test_settings_of_other_kinds_in_the_same_environment_are_passed_over(harness: Harness) -> None:
    mixed = dict(harness.configuration) | {"setting_of_another_kind": 1}
    deployment = replace(harness.deployment(NEW), configuration=mixed)
    stable = harness.stable(NEW)

    assert prepare(harness.kind, deployment, stable).outcome is PreparationOutcome.UNCHANGED
    assert harness.kind.confirm(deployment, stable.revision, stable, MASKING)
    assert harness.schema.mask(mixed, MASKING) == harness.schema.mask(harness.configuration, MASKING)
