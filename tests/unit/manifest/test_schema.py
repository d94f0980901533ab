import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.json_schema import json_schema
from gantry.promotion.manifest.judge_keys import JudgeKeys
from gantry.promotion.manifest.model import ApprovalKeys
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.wave_keys import WaveKeys
from tests.unit.manifest.documents import ABSENT, SCHEMAS, VALID, changed, text

ROOT = Path(__file__).parents[3]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/manifest.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
WRITTEN = {"environment": "dev", "path": "a.yaml", "format": "yaml", "set": {"tag": "tag"}}
METRIC = {"namespace": "Shop", "metric": "Failed", "statistic": "Sum"}


def test_the_schema_in_docs_is_the_models() -> None:
    now = "gantry manifest schema >docs/manifest.schema.json"
    assert json_schema(SCHEMAS) == (ROOT / "docs/manifest.schema.json").read_text(), f"bring it up to date: {now}"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_takes_the_valid_manifest() -> None:
    VALIDATOR.validate(VALID)


def mappings() -> list[tuple[str, dict[str, Any]]]:
    return [("manifest", SCHEMA), *SCHEMA["$defs"].items()]


@pytest.mark.parametrize(("name", "mapping"), mappings())
def test_an_editor_can_explain_every_key_and_refuse_every_other(name: str, mapping: dict[str, Any]) -> None:
    assert mapping["additionalProperties"] is False, name
    assert mapping["description"], name
    for key, field in mapping["properties"].items():
        assert field["description"], key
        assert field.get("default", "") is not None, key
        assert "title" not in field, key


# What an editor can say as well: the shape of each field. Sums, order and repetitions are the checker's alone.
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("versioning", ABSENT),
        ("versioning", "gitsha"),
        ("versioning", "pattern"),
        ("versioning", {}),
        ("versioning", {"semver": {}, "pattern": "v.*"}),
        ("versioning", {"git-sha": {}}),
        ("versioning", {"semver": None}),
        ("versioning", {"semver": {"prereleases": "no"}}),
        ("versioning", {"pattern": ""}),
        ("versioning", {"pattern": "a" * 101}),
        ("repository", "Cow"),
        ("artifact", {"bucket": "acme-artifacts", "key": "cowsay.zip"}),
        ("colour", "blue"),
        ("environments", []),
        ("environments.0.name", "Dev"),
        ("environments.0.targets", []),
        ("environments.0.targets.0.account", 222222222222),
        ("environments.0.targets.0.account", "22222"),
        ("environments.0.targets.0.alias", "42"),
        ("environments.0.targets.0.role", None),
        ("environments.0.targets.0.kind", "lamda"),
        ("environments.0.targets.0.page", "home"),
        ("environments.0.traffic", "Canary"),
        ("environments.0.traffic", []),
        ("environments.0.traffic", [{"weight": 100, "bake": "10m"}]),
        ("environments.0.traffic", [{"weight": 10, "bake": 600}]),
        ("environments.1.approval", {"approvers": []}),
        ("environments.1.approval", {"approvers": ["ops"]}),
        ("environments.1.approval", {"approvers": ["ops@example.com", "ops@example.com"]}),
        ("environments.1.approval.approvers", ["o..ps@example.com"]),
        ("environments.1.approval.approvers", ["arn:aws:sts::111111111111:assumed-role/chat-bot/slack"]),
        ("environments.1.approval.quorum", 0),
        ("environments.1.approval.quorum", None),
        ("environments.1.approval.reminder_after", 24),
        ("environments.1.approval.on_expiry", "approve"),
        ("environments.1.approval.escalate_to", None),
        ("environments.1.approval.self_approval", "false"),
        ("environments.1.approval.self_approval", 0),
        ("environments.1.approval.confirm", "type-the-service"),
        ("configuration", None),
        ("configuration.memory_gb", 1),
        ("configuration.memory_mb", 64),
        ("configuration.memory_mb", None),
        ("configuration.environment.TOKEN", 5),
        ("configuration.command", "app.handler"),
        ("alarms", None),
        ("minimum_requests", 0),
        ("judge", "watch"),
        ("tolerated_error_rate_increase", 0),
        ("tolerated_error_rate_increase", "2"),
        ("false_alarm_rate", True),
        ("missed_bad_rate", None),
        ("slow_after_ms", 0),
        ("max_bake", 120),
        ("max_bake", None),
        ("bake_after", "soon"),
        ("on_inconclusive", "rollback"),
        ("waves", "one_by_one"),
        ("waves", None),
        ("waves", 10),
        ("waves", {}),
        ("waves", {"first": 0}),
        ("environments.0.waves", {"then": 41}),
        ("environments.0.waves", {"first": 1, "than": 10}),
        ("on_failure", "roll_back"),
        ("environments.0.on_failure", None),
        ("queries", None),
        ("queries", [{"name": "a", "metric": {"namespace": "Shop", "metric": "Failed"}, "at_most": 5}]),
        ("queries", [{"name": "a", "metrics": {"E": METRIC}, "expression": "E", "at_most": 5}]),
        ("queries", [{"name": "a", "metric": METRIC | {"statistic": "sum"}, "at_most": 5}]),
        ("queries", [{"name": "a", "metric": METRIC | {"dimensions": {"V": 5}}, "at_most": 5}]),
        ("write_back", {}),
        ("write_back", {"repository": "acme", "files": [WRITTEN]}),
        ("write_back", {"repository": "acme/infrastructure", "files": []}),
        ("write_back", {"repository": "acme/infrastructure", "files": [WRITTEN], "mode": "push"}),
        ("write_back", {"repository": "acme/infrastructure", "files": [WRITTEN | {"set": {"a": "name"}}]}),
        ("write_back", {"repository": "acme/infrastructure", "files": [WRITTEN | {"set": {"a b": "tag"}}]}),
        ("write_back", {"repository": "acme/infrastructure", "files": [WRITTEN | {"path": "/a.yaml"}]}),
        ("environments.0.traffic", [{"weight": each, "bake": "5s"} for each in range(1, 42)]),
    ],
)
def test_an_editor_refuses_what_the_checker_refuses(path: str, value: object) -> None:
    document = changed(path, value)
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(ManifestError):
        parse(text(document), SCHEMAS)


@pytest.mark.parametrize("name", ["X", "AWS_REGION"])
def test_an_editor_refuses_a_variable_that_no_kind_takes(name: str) -> None:
    document, functions_alone = changed(f"configuration.environment.{name}", "1"), {"lambda": SCHEMAS["lambda"]}
    assert not jsonschema.Draft202012Validator(json.loads(json_schema(functions_alone))).is_valid(document)
    with pytest.raises(ManifestError):
        parse(text(document), SCHEMAS)


SHAPES: list[object] = [
    {"repository": "acme/infrastructure", "files": [WRITTEN]},
    *(2.5, "observe", "promote", "2h", [{"name": "a", "metric": METRIC, "at_most": 5}]),
    [
        {
            "name": "a",
            "metrics": {"m": METRIC | {"dimensions": {"V": "{revision}"}}},
            "expression": "m",
            "above_stable": 5,
        }
    ],
    *(None, True, 0, 1, 512, "", "a", "live", "5m", "72h", "arm64", "AllAtOnce", "222222222222"),
    *("type-the-environment", "reject", "lambda", "page", "arn:aws:iam::111111111111:role/chat-bot"),
    *([], ["a"], ["ops@example.com"], ["arn:aws:iam::111111111111:role/chat-bot"], [{"weight": 10, "bake": "5m"}]),
    *("one-by-one", "all-at-once", "stop", {"first": 2}, {"first": 1, "then": 40}, {"then": 41}),
    *({"semver": {}}, {"semver": {"prereleases": False}}, {"pattern": "v.*"}),
    *({}, {"memory_mb": 512}, {"approvers": ["ops@example.com"]}, {"TO_SAY": "moo"}),
]
TARGET = "environments.0.targets.0"
PATHS = [
    *(
        "repository",
        "versioning",
        "architecture",
        "alarms",
        "traffic",
        "write_back",
        "approval",
        *JudgeKeys.model_fields,
        *WaveKeys.model_fields,
    ),
    *("configuration", "configuration.memory_mb", "configuration.environment", "configuration.command"),
    *("environments", "environments.0", "environments.0.name", "environments.0.targets", "environments.0.colour"),
    *("environments.0.approval", "environments.0.traffic", "environments.0.configuration"),
    *(f"environments.1.approval.{key}" for key in ApprovalKeys.model_fields),
    *(f"{TARGET}.account", f"{TARGET}.region", f"{TARGET}.function", f"{TARGET}.alias", f"{TARGET}.kind"),
]


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.sampled_from(PATHS), st.sampled_from(SHAPES))
def test_the_schema_never_refuses_what_the_checker_takes(path: str, value: object) -> None:
    document = changed(path, value)
    try:
        parse(text(document), SCHEMAS)
    except ManifestError:
        return
    VALIDATOR.validate(document)


@pytest.mark.parametrize("example", sorted(ROOT.glob("examples/*/manifest.yaml")), ids=str)
def test_the_examples_are_valid_for_the_schema_and_for_the_checker(example: Path) -> None:
    written = example.read_text()
    VALIDATOR.validate(yaml.safe_load(written))
    assert parse(written, SCHEMAS, service=example.parent.name).environments
