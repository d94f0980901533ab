from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.model import ApprovalKeys
from gantry.promotion.manifest.name_fields import RESERVED_VARIABLES
from gantry.promotion.manifest.reading import parse
from tests.unit.manifest.documents import ABSENT, VALID, changed, text

DEV = "environments.0"
TARGET = "environments.0.targets.0"
VARIABLES = "configuration.environment"
SAME_TARGET = VALID["environments"][0]["targets"][0]
STEP = {"weight": 10, "bake": "10m"}


def problems(document: object, repository: str | None = None) -> list[str]:
    try:
        parse(text(document), repository)
    except ManifestError as error:
        return str(error).splitlines()
    return []


BROKEN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "problems.yaml").read_text())


@pytest.mark.parametrize("broken", BROKEN, ids=[each.get("set", each.get("remove")) for each in BROKEN])
def test_a_problem_has_its_path_what_is_wrong_and_what_would_be_right(broken: dict[str, Any]) -> None:
    document = changed(broken["set"], broken["to"]) if "set" in broken else changed(broken["remove"], ABSENT)
    assert problems(document) == [broken["problem"]]


@pytest.mark.parametrize(
    ("path", "item", "most", "problem"),
    [
        ("environments", VALID["environments"][0], 20, "environments: the list has 21 environments; give at most 20"),
        (f"{DEV}.targets", SAME_TARGET, 40, "environments[0].targets: the list has 41 targets; give at most 40"),
        ("alarms", "errors", 20, "alarms: the list has 21 alarms' names; give at most 20"),
        *(
            (
                f"approval.{key}",
                "a@b.co",
                20,
                f"approval.{key}: the list has 21 mail addresses or ARNs; give at most 20",
            )
            for key in ("approvers", "escalate_to")
        ),
    ],
)
def test_a_list_has_a_greatest_length(path: str, item: object, most: int, problem: str) -> None:
    assert problem not in problems(changed(path, [item] * most))
    assert problem in problems(changed(path, [item] * (most + 1)))


def test_the_valid_manifest_has_no_problem() -> None:
    assert problems(VALID) == []


def test_all_problems_are_told_at_once() -> None:
    document = changed(f"{TARGET}.account", "22222")
    document["environments"][1] |= {"name": "dev", "traffic": [STEP, STEP], "colour": "blue"}
    document["configuration"] = {"memory_mb": 1, "environment": {"BIG": "x" * 4096}}
    del document["versioning"]
    assert [problem.partition(":")[0] for problem in problems(document, "horse")] == [
        "configuration.memory_mb",
        "versioning",
        "environments[0].targets[0].account",
        "environments[1].colour",
        "repository",
        "environments[1].traffic[1].weight",
        "environments[1].name",
        "environments[0].configuration.environment",
        "environments[1].configuration.environment",
    ]


def test_a_repository_that_is_not_its_keys_is_refused() -> None:
    told = "repository: 'cowsay' does not belong into services/team/horse.yaml; give team/horse or rename it"
    assert problems(VALID, "team/horse") == [told]
    assert problems(VALID, "cowsay") == []


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
    assert problems(document) == [
        "environments[0].configuration.environment: the variables have 4097 bytes with what is shared; "
        "AWS Lambda takes 4096 at most"
    ]


@pytest.mark.parametrize("value", ["s3cret", 5318008, ["s3cret"], {"s3cret": 1}, None, True, 1.5])
def test_a_variables_value_is_in_no_message(value: object) -> None:
    told = "\n".join(problems(changed(VARIABLES, {"TOKEN": value, "X": "s3cret", "NUMBER": 1})))
    assert "configuration.environment.NUMBER" in told
    assert "s3cret" not in told
    assert "5318008" not in told


def test_a_long_value_is_cut_and_stays_on_one_line() -> None:
    (problem,) = problems(changed("repository", "Cow\n" * 100))
    assert problem.startswith("repository: 'Cow\\nCow\\n")
    assert "…' is not an ECR repository's name" in problem


def test_a_key_that_is_no_text_is_unknown() -> None:
    (problem,) = problems(VALID | {5: "x"})
    assert problem.startswith("manifest: unknown key 5; give one of configuration,")


@pytest.mark.parametrize(
    ("value", "told"),
    [("2024-01-01", "2024-01-01 is a date"), ("!!binary eA==", "it is a value of YAML's type bytes")],
)
def test_what_yaml_takes_for_something_else_is_called_by_that_name(value: str, told: str) -> None:
    with pytest.raises(ManifestError, match=f"repository: {told}, not text: YAML needs quotes around it"):
        parse(text(VALID).replace("repository: cowsay", f"repository: {value}"))


@pytest.mark.parametrize("document", [["dev"], "cowsay", 5])
def test_a_manifest_that_is_no_mapping_says_what_it_should_be(document: object) -> None:
    (problem,) = problems(document)
    assert problem.startswith("manifest: ")
    assert problem.endswith("repository, versioning, architecture, environments")


@pytest.mark.parametrize("repository", ["cowsay", "team/cow-say", "a1", "a.b_c__d---e/f", "0a"])
def test_every_name_that_ecr_takes_is_taken(repository: str) -> None:
    assert problems(VALID | {"repository": repository}) == []


@pytest.mark.parametrize("repository", ["a..b", "a/", "/a", "a_-b", "a--", "ä1", "a" * 257])
def test_no_name_that_ecr_refuses_is_taken(repository: str) -> None:
    assert len(problems(VALID | {"repository": repository})) == 1


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    *("repository", "architecture", "configuration", "configuration.memory_mb", VARIABLES, "alarms", "traffic"),
    *(f"approval.{key}" for key in ApprovalKeys.model_fields),
    *("approval", "minimum_requests", "environments"),
    *(DEV, f"{DEV}.name", f"{DEV}.targets", f"{DEV}.traffic", f"{DEV}.approval"),
    *(TARGET, f"{TARGET}.account", f"{TARGET}.role"),
]


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.sampled_from(PATHS), yaml_values)
def test_whatever_stands_in_a_field_is_either_valid_or_a_problem_with_a_path(path: str, value: Any) -> None:
    for problem in problems(changed(path, value)):
        place, colon, message = problem.partition(": ")
        assert place
        assert colon
        assert message
