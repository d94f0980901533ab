from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.manifest.judge_keys import JudgeKeys
from gantry.promotion.manifest.model import ApprovalKeys
from gantry.promotion.manifest.query_keys import QueriedMetricKeys, QueryKeys
from gantry.promotion.manifest.wave_keys import WaveKeys
from gantry.promotion.manifest.write_back_keys import WriteBackKeys, WrittenFileKeys
from gantry.targets.ecs_service.schema import SCHEMA as ECS
from gantry.targets.lambda_alias.manifest_keys import RESERVED_VARIABLES
from tests.unit.manifest.documents import ABSENT, SCHEMAS, VALID, changed, problems
from tests.unit.manifest.page_kind import PAGE, BlankPageSchema, FilePageSchema, RunningPageSchema

DEV = "environments.0"
TARGET = "environments.0.targets.0"
VARIABLES = "configuration.environment"
SAME_TARGET = VALID["environments"][0]["targets"][0]
STEP = {"weight": 10, "bake": "10m"}


OF_OBJECT: dict[str, Any] = {
    "artifact": {"bucket": "acme-artifacts", "key": "Pages/home.html"},
    "environments": [
        {"name": "dev", "targets": [{"kind": "page", "account": "222222222222", "region": "us-east-1", "page": "home"}]}
    ],
}
BROKEN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "problems.yaml").read_text())


KINDS = {
    "lambda": SCHEMAS["lambda"],
    "page": PAGE,
    "page without configuration": BlankPageSchema(),
    "page that takes files": FilePageSchema(),
    "ecs": ECS,
}


def changed_as_in(broken: dict[str, Any]) -> dict[str, Any]:
    document = changed(broken["set"], broken["to"]) if "set" in broken else changed(broken["remove"], ABSENT)
    for path, value in broken.get("also", {}).items():
        document = changed(path, value, document)
    return document


@pytest.mark.parametrize("broken", BROKEN, ids=[each.get("set", each.get("remove")) for each in BROKEN])
def test_a_problem_has_its_path_what_is_wrong_and_what_would_be_right(broken: dict[str, Any]) -> None:
    schemas = {KINDS[name].kind: KINDS[name] for name in broken.get("kinds", ["lambda"])}
    assert problems(changed_as_in(broken), broken.get("service"), schemas) == [broken["problem"]]


@pytest.mark.parametrize(
    ("path", "item", "maximum", "location"),
    [
        ("environments", VALID["environments"][0], 20, "environments"),
        (f"{DEV}.targets", SAME_TARGET, 40, "environments[0].targets"),
        ("alarms", "errors", 20, "alarms"),
        ("approval.approvers", "a@b.co", 20, "approval.approvers"),
        ("approval.escalate_to", "a@b.co", 20, "approval.escalate_to"),
    ],
)
def test_a_list_has_a_greatest_length(path: str, item: object, maximum: int, location: str) -> None:
    too_long = f"{location}: the list has {maximum + 1} "
    assert not any(each.startswith(too_long) for each in problems(changed(path, [item] * maximum)))
    assert any(each.startswith(too_long) for each in problems(changed(path, [item] * (maximum + 1))))


def test_the_valid_manifest_has_no_problem() -> None:
    assert problems(VALID) == []


def test_all_problems_are_reported_at_once() -> None:
    document = changed(f"{TARGET}.account", "22222")
    document["environments"][1] |= {"name": "dev", "traffic": [STEP, STEP], "colour": "blue"}
    document["configuration"] = {"memory_mb": 1, "environment": {"BIG": "x" * 4096}}
    del document["versioning"]
    assert [problem.partition(":")[0] for problem in problems(document, "horse")] == [
        "environments[1].colour",
        "versioning",
        "repository",
        "configuration.memory_mb",
        "environments[0].targets[0].account",
        "environments[0].configuration.environment",
        "environments[1].configuration.environment",
        "environments[1].traffic[1].weight",
        "environments[1].name",
    ]


def test_a_manifest_may_be_read_under_its_services_key() -> None:
    assert problems(VALID, "cowsay") == []
    assert problems(OF_OBJECT, "s3/acme-artifacts/Pages/home.html", {"page": FilePageSchema()}) == []


def test_a_repository_may_be_called_like_an_objects_service() -> None:
    assert problems(VALID | {"repository": "s3/acme-artifacts/cowsay"}, "s3/acme-artifacts/cowsay") == []


@pytest.mark.parametrize(
    ("document", "service", "problem"),
    [
        (
            VALID,
            "s3/acme-artifacts/cowsay",
            "repository: the manifest of 'cowsay' has to be services/cowsay.yaml, not "
            "services/s3/acme-artifacts/cowsay.yaml; rename the file, or give artifact, with bucket: acme-artifacts "
            "and key: cowsay",
        ),
        (
            OF_OBJECT,
            "cowsay",
            "artifact: the manifest of 's3/acme-artifacts/Pages/home.html' has to be "
            "services/s3/acme-artifacts/Pages/home.html.yaml, not services/cowsay.yaml; rename the file, or give "
            "repository: cowsay",
        ),
        (
            OF_OBJECT,
            "s3/acme-artifacts/pages/home.html",
            "artifact: the manifest of 's3/acme-artifacts/Pages/home.html' has to be "
            "services/s3/acme-artifacts/Pages/home.html.yaml, not services/s3/acme-artifacts/pages/home.html.yaml; "
            "rename the file, or give bucket: acme-artifacts and key: pages/home.html",
        ),
    ],
)
def test_a_manifest_of_another_service_is_refused_with_both_ways_out(
    document: dict[str, Any], service: str, problem: str
) -> None:
    assert problems(document, service, {**SCHEMAS, "page": FilePageSchema()}) == [problem]


@pytest.mark.parametrize("bucket", ["abc", "a.b-c", "0acme-9", "a" * 63])
def test_every_bucket_that_s3_takes_is_taken(bucket: str) -> None:
    assert problems(changed("artifact.bucket", bucket, OF_OBJECT), schemas={"page": FilePageSchema()}) == []


@pytest.mark.parametrize(
    "bucket",
    ["ab", "a" * 64, "Acme", "a_b", "-abc", "abc-", "a..b", ".abc", "192.168.5.4", "xn--abc", "abc-s3alias"],
)
def test_no_bucket_that_s3_refuses_is_taken(bucket: str) -> None:
    (problem,) = problems(changed("artifact.bucket", bucket, OF_OBJECT), schemas={"page": FilePageSchema()})
    assert problem.startswith(f"artifact.bucket: '{bucket[:60]}")


@pytest.mark.parametrize("key", ["a", "Glue/etl_v2.py", "a=b/c+d@e-f.zip", "a/.well-known/x", "k" * 256])
def test_a_key_that_is_safe_in_paths_and_sentences_is_taken(key: str) -> None:
    assert problems(changed("artifact.key", key, OF_OBJECT), schemas={"page": FilePageSchema()}) == []


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", ".gantry/x", "a b", "a*", "ä", "a\nb", "a?b", "a/../b", "a/.", "k" * 257]
)
def test_a_key_that_is_not_safe_is_refused(key: str) -> None:
    (problem,) = problems(changed("artifact.key", key, OF_OBJECT), schemas={"page": FilePageSchema()})
    assert problem.startswith("artifact.key: ")


INTO_BUCKET = OF_OBJECT | {
    "artifact": {"bucket": "acme-artifacts", "key": "etl.py", "buckets": {"eu-west-1": "acme-artifacts-eu"}},
    "environments": [
        {
            "name": "dev",
            "targets": [
                {"kind": "s3", "account": "222222222222", "region": "us-east-1", "bucket": "acme-dev", "key": "etl.py"}
            ],
        }
    ],
}


@pytest.mark.parametrize("bucket", ["acme-artifacts", "acme-artifacts-eu"])
def test_no_deployment_may_be_a_push(bucket: str) -> None:
    assert problems(INTO_BUCKET) == []
    assert problems(changed(f"{TARGET}.bucket", bucket, INTO_BUCKET)) == [
        "environments[0].targets[0].bucket: artifacts lie in it, so each deployment there would be a push; give "
        "another bucket"
    ]


def test_the_artifacts_own_bucket_is_no_bucket_of_another_region() -> None:
    assert problems(changed("artifact.buckets.us-east-1", "acme-artifacts", INTO_BUCKET)) == [
        "artifact.buckets.us-east-1: this is the artifact's own bucket; give the bucket of another region, or leave it "
        "out"
    ]


def test_no_target_has_layers_of_another_region() -> None:
    layer = "arn:aws:lambda:eu-west-1:222222222222:layer:common:7"
    here, there = SAME_TARGET | {"alias": "live"}, SAME_TARGET | {"region": "eu-west-1"}
    document = {
        "artifact": {"bucket": "acme-artifacts", "key": "cowsay.zip"},
        "configuration": {"layers": [layer]},
        "environments": [
            {"name": "dev", "targets": [here, there]},
            {"name": "eu", "targets": [there | {"alias": "eu"}]},
        ],
    }
    assert problems(document) == [
        "environments[0].configuration.layers[0]: the layer is in eu-west-1, and a target in us-east-1; give the "
        "targets of each region an environment of their own, with that region's layers"
    ]
    assert problems(changed("environments.0.targets", [there], document)) == []


def test_architecture_is_refused_only_where_nothing_runs_an_object() -> None:
    document = OF_OBJECT | {"architecture": "arm64"}
    (problem,) = problems(document, schemas={"page": FilePageSchema()})
    assert problem == "architecture: nothing runs the artifact on the targets' kinds; leave it out"
    assert problems(document, schemas={"page": RunningPageSchema()}) == []


@pytest.mark.parametrize("name", sorted(RESERVED_VARIABLES))
def test_variables_that_lambda_sets_itself_are_refused(name: str) -> None:
    (problem,) = problems(changed(f"{VARIABLES}.{name}", "x"))
    assert "is reserved" in problem


@pytest.mark.parametrize("name", ["AWS_LAMBDA_EXEC_WRAPPER", "TZ", "PATH", "PYTHONPATH"])
def test_variables_that_lambda_lets_people_set_are_taken(name: str) -> None:
    assert problems(changed(f"{VARIABLES}.{name}", "x")) == []


def test_variables_are_measured_with_what_is_shared_as_the_json_that_lambda_measures() -> None:
    shared = {"SHARED": "é" * 1000}  # two bytes each
    rest = 4096 - len('{"SHARED":"","OWN":""}') - 2000
    document = changed(f"{DEV}.configuration.environment", {"OWN": "x" * rest})
    document["environments"].pop()
    document[VARIABLES.partition(".")[0]] = {"environment": shared}
    assert problems(document) == []
    document["environments"][0]["configuration"]["environment"]["OWN"] += "x"
    (problem,) = problems(document)
    assert problem.startswith("environments[0].configuration.environment: the variables have 4097 bytes ")


@pytest.mark.parametrize("value", ["s3cret", 5318008, ["s3cret"], {"s3cret": 1}, None, True, 1.5])
def test_a_variables_value_is_in_no_message(value: object) -> None:
    reported = "\n".join(problems(changed(VARIABLES, {"TOKEN": value, "X": "s3cret", "NUMBER": 1})))
    assert "configuration.environment.NUMBER" in reported
    assert "s3cret" not in reported
    assert "5318008" not in reported


def test_a_long_value_is_cut_and_stays_on_one_line() -> None:
    (problem,) = problems(changed("repository", "Cow\n" * 100))
    assert problem.startswith("repository: 'Cow\\nCow\\n")
    assert "…' is not an ECR repository's name" in problem


def test_a_key_that_is_no_text_is_unknown() -> None:
    (problem,) = problems(VALID | {5: "x"})
    assert problem.startswith("manifest: unknown key 5; give one of configuration,")


def test_of_very_many_problems_the_first_are_reported_with_their_number() -> None:
    found = problems(VALID | {f"unknown_{number:03}": 1 for number in range(200)})
    assert len(found) == 51
    assert found[-1] == "manifest: it has 200 problems; correct these 50 first"
    assert len(problems(VALID | {f"unknown_{number:03}": 1 for number in range(50)})) == 50


def test_a_long_key_is_cut() -> None:
    (problem,) = problems(VALID | {"k" * 500: 1})
    assert problem.startswith(f"{'k' * 60}…: unknown key")


@pytest.mark.parametrize("document", [["dev"], "cowsay", 5])
def test_a_manifest_that_is_no_mapping_says_what_it_should_be(document: object) -> None:
    (problem,) = problems(document)
    assert problem.startswith("manifest: ")
    assert problem.endswith("repository, artifact, versioning, architecture, environments, drift, write_back")


@pytest.mark.parametrize("repository", ["cowsay", "team/cow-say", "a1", "a.b_c__d---e/f", "0a"])
def test_every_name_that_ecr_takes_is_taken(repository: str) -> None:
    assert problems(VALID | {"repository": repository}) == []


@pytest.mark.parametrize("repository", ["a..b", "a/", "/a", "a_-b", "a--", "ä1", "a" * 257])
def test_no_name_that_ecr_refuses_is_taken(repository: str) -> None:
    assert len(problems(VALID | {"repository": repository})) == 1


QUERY = "queries.0"
WRITTEN_FILE = "write_back.files.0"
QUERYING = VALID | {
    "write_back": {
        "repository": "acme/infrastructure",
        "files": [{"environment": "dev", "path": "a.yaml", "format": "yaml", "set": {"tag": "tag"}}],
    },
    "queries": [
        {"name": "failed", "metric": {"namespace": "Shop", "metric": "Failed", "statistic": "Sum"}, "at_most": 5}
    ],
}
yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    *(
        "repository",
        "artifact",
        "artifact.key",
        "versioning",
        "architecture",
        "configuration",
        "configuration.memory_mb",
        VARIABLES,
        "alarms",
        "traffic",
    ),
    *(f"approval.{key}" for key in ApprovalKeys.model_fields),
    *("approval", "environments", *JudgeKeys.model_fields, *WaveKeys.model_fields),
    *(f"{QUERY}.{key}" for key in QueryKeys.model_fields),
    *(f"{QUERY}.metric.{key}" for key in QueriedMetricKeys.model_fields),
    *(DEV, f"{DEV}.name", f"{DEV}.targets", f"{DEV}.traffic", f"{DEV}.approval"),
    *("write_back", *(f"write_back.{key}" for key in WriteBackKeys.model_fields)),
    *(WRITTEN_FILE, *(f"{WRITTEN_FILE}.{key}" for key in WrittenFileKeys.model_fields)),
    *(TARGET, f"{TARGET}.account", f"{TARGET}.role", f"{TARGET}.kind", f"{DEV}.configuration"),
]


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.sampled_from(PATHS), yaml_values)
def test_whatever_stands_in_a_field_is_either_valid_or_a_problem_with_a_path(path: str, value: Any) -> None:
    for problem in problems(changed(path, value, QUERYING)):
        place, colon, message = problem.partition(": ")
        assert place
        assert colon
        assert message
