"""The page about manifests says what the code does."""

import re
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml

from gantry.promotion.manifest.artifact_keys import ArtifactKeys
from gantry.promotion.manifest.check_keys import BakeRequestKeys, CheckedKeys, CheckKeys, InvokeKeys, RunTaskKeys
from gantry.promotion.manifest.content import ApprovalPolicy, OnFailure
from gantry.promotion.manifest.json_schema import json_schema
from gantry.promotion.manifest.judge_keys import JudgeKeys
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.kinds import KIND
from gantry.promotion.manifest.model import ApprovalKeys, EnvironmentKeys, ManifestKeys, ReleaseKeys, SharedKeys
from gantry.promotion.manifest.need_keys import NeededKeys, NeedKeys
from gantry.promotion.manifest.query_keys import QueriedMetricKeys, QueryKeys
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.target_schema import TargetKeys
from gantry.promotion.manifest.wave_keys import WaveKeys, WaveSizeKeys
from gantry.promotion.manifest.write_back_keys import WriteBackKeys, WrittenFileKeys
from gantry.promotion.policy.content import Policy
from gantry.promotion.traffic_presets import PRESETS
from gantry.promotion.versioning import Scheme, Versioning
from gantry.promotion.waves import ALL_AT_ONCE, DEFAULT_WAVES, ONE_BY_ONE
from gantry.targets.ecs_service.manifest_keys import EcsConfigurationKeys, EcsTargetKeys
from gantry.targets.lambda_alias.manifest_keys import LambdaConfigurationKeys, LambdaTargetKeys
from gantry.use_cases.policy import violations
from tests.unit.manifest.documents import SCHEMAS, changed, text

ONLY_OF_ZIPS = {"runtime", "handler", "layers"}
"""Settings that have an example of their own."""
NOT_OF_LAMBDA = {"artifact", "run_task"}
"""What the example, of images and functions, cannot have."""
PAGE = (Path(__file__).parents[3] / "docs/manifest.md").read_text()
SECTIONS: dict[str, str] = dict(re.findall(r"^##+ (.+)\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE))


class NotOfTheJudge(NeededKeys, WaveKeys, CheckedKeys, ReleaseKeys):
    """What environments share, beside how the judge judges, which has a section of its own."""


def rows(section: str) -> dict[str, str]:
    """The first cell's code, and the whole row, for each row of the section's table."""
    found = re.findall(r"^\| `(\w+)`(.*)$", SECTIONS[section], re.MULTILINE)
    return dict(found)


def code(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("At the top", ManifestKeys),
        ("Shared by all environments, or of one", NotOfTheJudge),
        ("How the new version is judged", JudgeKeys),
        ("In `queries`", QueryKeys),
        ("In a metric", QueriedMetricKeys),
        ("In an environment", EnvironmentKeys),
        ("In a target", LambdaTargetKeys),
        ("In `artifact`", ArtifactKeys),
        ("In `write_back`", WriteBackKeys),
        ("In a written file", WrittenFileKeys),
        ("In `configuration`", LambdaConfigurationKeys),
        ("In `needs`", NeedKeys),
        ("In `before_traffic`", CheckKeys),
        ("In `invoke`", InvokeKeys),
        ("In `run_task`", RunTaskKeys),
        ("In `during_bake`", BakeRequestKeys),
        ("In `approval`", ApprovalKeys),
    ],
)
def test_every_key_is_described_and_whether_it_is_required(section: str, keys: type[Keys]) -> None:
    described = rows(section)
    inherited = set(SharedKeys.model_fields) if issubclass(keys, SharedKeys) else set()
    own = {name: field for name, field in keys.model_fields.items() if name not in inherited}
    assert described.keys() - {KIND} == own.keys()
    for name, field in own.items():
        assert ("*required*" in described[name]) == (field.is_required() or name == "approvers"), name


def test_every_key_of_an_ecs_service_is_described_and_whether_it_is_required() -> None:
    described = rows("ECS services")
    own = EcsTargetKeys.model_fields.keys() - TargetKeys.model_fields.keys()
    assert described.keys() == own | EcsConfigurationKeys.model_fields.keys()
    assert {name for name, row in described.items() if "*required*" in row} == own


def test_the_kind_of_a_target_is_described() -> None:
    kinds = rows("In a target")[KIND]
    assert all(f"`{kind}`" in kinds for kind in SCHEMAS)


def test_every_versioning_is_described_as_it_is_written() -> None:
    written = re.findall(r"^\| `(.+?)` \|", SECTIONS["Tags"], re.MULTILINE)[1:]
    read = [parse(text(changed("versioning", yaml.safe_load(each))), SCHEMAS).versioning for each in written]
    assert {each.scheme for each in read if each} == set(get_args(Scheme))
    assert Versioning("semver", prereleases=False) in read


def test_every_preset_is_described_with_how_long_it_takes() -> None:
    described = rows("Traffic")
    assert list(described) == list(PRESETS)
    for name, plan in PRESETS.items():
        if plan:
            assert f" {sum(step.bake_seconds for step in plan) // 60} minutes" in described[name]


def test_all_waves_are_described_as_they_are_written() -> None:
    written = re.findall(r"^\| `(.+?)` \|", SECTIONS["Targets side by side"], re.MULTILINE)[1:]
    read = [parse(text(changed("waves", yaml.safe_load(each))), SCHEMAS).environments[0].waves for each in written]
    assert read == [DEFAULT_WAVES, ONE_BY_ONE, ALL_AT_ONCE]


def test_everything_that_may_happen_when_a_target_fails_is_described() -> None:
    assert tuple(rows("When a target fails")) == ("on_failure", *get_args(OnFailure))


def test_the_complete_example_is_valid_and_has_every_key() -> None:
    example, *_ = code("yaml")
    manifest = parse(example, SCHEMAS, "team/cowsay")
    jsonschema.validate(yaml.safe_load(example), yaml.safe_load(json_schema(SCHEMAS)))
    dev, staging, prod = manifest.environments
    assert dev.approval is None
    assert prod.approval is not None
    assert prod.approval == ApprovalPolicy(
        approvers=("ops@example.com", "lead@example.com", "arn:aws:iam::111111111111:role/chat-bot"),
        expires_after_seconds=72 * 3600,
        quorum=2,
        reminder_after_seconds=24 * 3600,
        escalate_to=("head@example.com",),
        escalate_after_seconds=48 * 3600,
        confirm="type-the-environment",
    )
    assert staging.approval == ApprovalPolicy(prod.approval.approvers, 24 * 3600, self_approval=True)
    assert dev.configuration["environment"] == {"TO_SAY": "Hello", "LOG_LEVEL": "DEBUG"}
    assert (dev.judge.bake_after_seconds, dev.judge.on_inconclusive, staging.judge.mode) == (
        600,
        "roll_back",
        "observe",
    )
    assert [each.name for each in staging.judge.queries] == ["failed checkouts"]
    assert [each.above_stable for each in prod.judge.queries] == [0.5, None]
    written = (ManifestKeys, EnvironmentKeys, LambdaTargetKeys, LambdaConfigurationKeys, ApprovalKeys, QueryKeys)
    assert manifest.write_back
    assert [each.path for each in manifest.write_back.files_of("dev")] == ["dev/gantry.auto.tfvars.json"]
    for keys in (
        *written,
        WriteBackKeys,
        WrittenFileKeys,
        QueriedMetricKeys,
        CheckKeys,
        InvokeKeys,
        BakeRequestKeys,
        NeedKeys,
        WaveSizeKeys,
    ):
        assert all(f"{name}:" in example for name in keys.model_fields.keys() - ONLY_OF_ZIPS - NOT_OF_LAMBDA)


def test_the_example_of_a_zip_has_what_only_zips_have() -> None:
    (example,) = [each for each in code("yaml") if "runtime:" in each]
    manifest = parse(example, SCHEMAS, "s3/acme-artifacts/cowsay.zip")
    assert manifest.environments[0].configuration.keys() == ONLY_OF_ZIPS
    assert list(violations(Policy(), manifest, ["dev"], ["dev"], ())) == []


def test_the_example_of_an_ecs_service_is_valid_beside_a_function_of_the_same_image() -> None:
    (example,) = [each for each in code("yaml") if "kind: ecs" in each]
    (prod,) = parse(example, SCHEMAS, "cowsay").environments
    assert [each.kind for each in prod.targets] == ["ecs", "lambda"]


def test_the_problems_on_the_page_are_reported_in_these_words() -> None:
    known = {each["problem"] for each in yaml.safe_load((Path(__file__).parent / "problems.yaml").read_text())}
    (example,) = code("text")
    place = re.compile(r"^manifest.yaml:\d+: | \(environment \w+\)(?=: )")
    assert {place.sub("", line) for line in example.splitlines()} <= known
