"""A manifest of two kinds of target, and what the reader asks them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.json_schema import json_schema
from gantry.promotion.manifest.kind_problems import kind_problems
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.reading import parse
from gantry.promotion.target import Target
from gantry.promotion.traffic import Step
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.schema import LambdaSchema
from gantry.targets.registry import schema_of
from tests.unit.manifest.documents import ABSENT, SCHEMAS, VALID, changed, problems, text
from tests.unit.manifest.page_kind import PAGE
from tests.unit.masked import MASKING

BOTH = {**SCHEMAS, "page": PAGE}
FUNCTION = VALID["environments"][0]["targets"][0]
HOME = {"kind": "page", "account": "222222222222", "region": "us-east-1", "page": "home"}
OF_BOTH = VALID | {
    "configuration": {"memory_mb": 200, "timeout_seconds": 10, "environment": {"greeting": "Hello"}},
    "environments": [
        {
            "name": "dev",
            "targets": [FUNCTION, HOME],
            "configuration": {"title": "Dev", "environment": {"colour": "red"}},
        },
        VALID["environments"][1] | {"configuration": {}},
    ],
}


def test_a_target_without_a_kind_is_a_lambda_alias() -> None:
    dev, _ = parse(text(changed("environments.0.targets.0.kind", "lambda")), SCHEMAS).environments
    assert dev == parse(text(VALID), SCHEMAS).environments[0]
    assert dev.targets == (LambdaTarget("222222222222", "us-east-1", "cowsay", "live").as_target(),)


def test_one_environment_may_have_targets_of_two_kinds() -> None:
    dev, prod = parse(text(OF_BOTH), BOTH).environments
    assert dev.targets == (
        LambdaTarget("222222222222", "us-east-1", "cowsay", "live").as_target(),
        Target("page", "222222222222", "us-east-1", "home", "page/home"),
    )
    assert dev.configuration == {
        "memory_mb": 200,
        "timeout_seconds": 10,
        "environment": {"greeting": "Hello", "colour": "red"},
        "title": "Dev",
    }
    assert prod.plan == (Step(10, 600), Step(50, 3600))


def test_an_environment_gets_the_shared_configuration_that_its_kinds_know() -> None:
    document = changed("environments.0", {"name": "dev", "targets": [HOME]}, OF_BOTH)
    dev, prod = parse(text(document), BOTH).environments
    assert dev.configuration == {"memory_mb": 200, "environment": {"greeting": "Hello"}}
    assert prod.configuration == {"memory_mb": 200, "timeout_seconds": 10, "environment": {"greeting": "Hello"}}


def test_a_value_has_to_be_right_for_every_kind_that_knows_its_key_and_one_problem_is_reported_once() -> None:
    found = problems(changed("configuration", {"memory_mb": 300, "environment": None}, OF_BOTH), schemas=BOTH)
    assert [each.partition(": ")[0] for each in found] == ["configuration.environment", "configuration.memory_mb"]


def test_a_kind_that_cannot_share_traffic_takes_all_at_once() -> None:
    document = changed("environments.1.targets", [HOME | {"page": "prod"}], OF_BOTH)
    assert len(problems(changed("environments.1.configuration", {"title": "Prod"}, document), schemas=BOTH)) == 1
    for plan in ("AllAtOnce", ABSENT):
        assert problems(changed("environments.1.traffic", plan, document), schemas=BOTH) == []


def test_what_only_alarms_can_watch_is_not_watched_without_alarms() -> None:
    document = changed("environments.1.targets", [HOME | {"page": "prod"}], OF_BOTH)
    document = changed("environments.1.bake_after", "10m", changed("environments.1.traffic", ABSENT, document))
    watched = changed("environments.1.alarms", ["page-fails"], document)
    unwatched = changed("environments.1.alarms", [], document)
    (problem,) = problems(unwatched, schemas=BOTH)
    assert problem.startswith("environments[1].bake_after: nothing but alarms can watch targets of the kind page")
    assert problems(watched, schemas=BOTH) == []


def test_a_configuration_that_no_known_kind_takes_is_not_judged() -> None:
    targets = [FUNCTION | {"kind": "page"}]
    document = VALID | {"environments": [{"name": "dev", "targets": targets, "configuration": {"title": "Dev"}}]}
    (problem,) = problems(document)
    assert problem.startswith("environments[0].targets[0].kind: ")


def test_a_kind_passes_over_the_configuration_of_others() -> None:
    dev, _ = parse(text(OF_BOTH), BOTH).environments
    role = "arn:aws:iam::222222222222:role/cowsay"
    environment = {"greeting": "Hello", "colour": "red"}
    assert LambdaConfiguration.of_manifest(dev.configuration, role) == LambdaConfiguration(
        200, 10, None, environment, None, role
    )


def test_settings_are_masked_as_people_may_see_them() -> None:
    configuration = {"memory_mb": 512, "environment": {"API_TOKEN": "hunter2"}, "command": [], "title": "Dev"}
    masked = schema_of("lambda").mask(configuration, MASKING)
    assert masked == LambdaConfiguration.of_manifest(configuration).masked(MASKING)
    assert "hunter2" not in json.dumps(masked)


def test_an_environments_configuration_is_not_in_its_repr() -> None:
    dev, _ = parse(text(changed("configuration.environment.TOKEN", "s3cret")), SCHEMAS).environments
    assert "s3cret" not in repr(dev)


@pytest.mark.parametrize(
    ("path", "value", "is_valid"),
    [
        ("environments.0.configuration.memory_mb", 256, True),
        ("environments.0.configuration.memory_mb", 10_240, True),  # right for one of the kinds that know it
        ("environments.0.configuration.memory_mb", 0, False),
        ("environments.0.configuration.memory_gb", 200, False),
        ("environments.0.targets.0.kind", "lambda", True),
        ("environments.0.targets.0.kind", "page", False),
        ("environments.0.targets.1.kind", ABSENT, False),
        ("environments.0.targets.1.kind", "lamda", False),
        ("environments.0.targets.1.alias", "live", False),
    ],
)
def test_an_editor_knows_the_keys_of_every_kind(path: str, value: object, is_valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(json_schema(BOTH)))
    validator.check_schema(validator.schema)
    assert validator.is_valid(changed(path, value, OF_BOTH)) == is_valid


def test_an_editor_asks_for_the_kind_where_there_is_no_default() -> None:
    target = json.loads(json_schema({"page": PAGE}))["$defs"]["PageTargetKeys"]
    assert target["required"] == ["kind", "account", "region", "page"]
    assert target["properties"]["kind"] == {"const": "page", "description": "The target's kind."}


def test_a_kind_is_told_what_the_manifest_deploys_and_nothing_where_that_is_not_clear() -> None:
    repository, bucket = {"repository": "cowsay"}, {"artifact": {"bucket": "acme-artifacts", "key": "site.zip"}}
    rest = {key: value for key, value in VALID.items() if key != "repository"}
    image, zipped = ArtifactKind.CONTAINER_IMAGE, ArtifactKind.S3_OBJECT
    for named, expected in ((repository, image), (bucket, zipped), ({}, None), (repository | bucket, None)):
        schema = _AskedSchema()
        list(kind_problems(rest | named, {"lambda": schema}))
        assert schema.told == {("target", expected), ("configuration", expected)}


class _AskedSchema(LambdaSchema):
    """The kind `lambda`, which keeps what it is told of the artifact."""

    def __init__(self) -> None:
        self.told: set[tuple[str, ArtifactKind | None]] = set()

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        self.told.add(("target", artifact))
        yield from super().target_problems(keys, artifact=artifact)

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        self.told.add(("configuration", artifact))
        yield from super().configuration_problems(keys, artifact=artifact)
