"""References in what each kind takes from a manifest: read, kept in any size, pinned, and shown to people."""

from typing import Any

import pytest

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.masking import shown
from gantry.promotion.references.pins import with_versions
from gantry.promotion.references.reference import Reference, pinned, references_in
from gantry.targets.registry import all_schemas
from tests.unit.handlers.payloads import TARGET
from tests.unit.masked import MASKING

URL = Reference("parameter", "/cowsay/url")
WRITTEN = {"URL": {"parameter": "/cowsay/url"}, "WORD": "Moo"}
HOLDERS = {
    "lambda": ("environment", "environment.URL"),
    "ecs": ("environment", "environment.URL"),
    "s3": ("values", "values.URL"),
    "apigateway": ("variables", "stage variable URL"),
}
every_kind = pytest.mark.parametrize("kind", HOLDERS)


def configured(kind: str) -> Any:
    return all_schemas()[kind].configuration({HOLDERS[kind][0]: WRITTEN})


def test_every_kind_that_can_be_deployed_is_here() -> None:
    assert HOLDERS.keys() == all_schemas().keys()


@every_kind
def test_a_kind_reads_a_reference_as_its_text(kind: str) -> None:
    assert configured(kind) == {HOLDERS[kind][0]: {"URL": URL.text(), "WORD": "Moo"}}
    assert references_in(configured(kind)) == (URL,)


@every_kind
def test_people_see_the_version_on_the_target(kind: str) -> None:
    schema, key = all_schemas()[kind], HOLDERS[kind][1]
    target = with_versions(TARGET, {URL: "7"}, schema.mask(configured(kind), MASKING))
    assert target.settings == {key: URL.text("7")}
    masked = schema.mask(pinned(configured(kind), target.references), MASKING)
    assert shown(masked[key]) == "parameter /cowsay/url, version 7"


@pytest.mark.parametrize(("kind", "many"), [("lambda", 60), ("apigateway", 8)])
def test_a_size_counts_the_version_that_comes_later(kind: str, many: int) -> None:
    schema, holder = all_schemas()[kind], HOLDERS[kind][0]
    (artifact, *_) = sorted(schema.artifacts & {ArtifactKind.CONTAINER_IMAGE, ArtifactKind.S3_OBJECT})

    def problems(value: object) -> list[str]:
        keys = {holder: {f"VARIABLE_{number}": value for number in range(many)}}
        return [each.message for each in schema.configuration_problems(keys, artifact=artifact)]

    assert problems("x" * len("resolve:secretsmanager:db:SecretString:")) == []
    assert problems({"secret": "db"})
