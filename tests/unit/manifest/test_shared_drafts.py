"""Targets that are prepared in one draft have to have the same keys."""

from typing import Any

import pytest

from tests.unit.manifest.documents import SCHEMAS, problems
from tests.unit.manifest.page_kind import PAGE

DEV = {"account": "222222222222", "region": "us-east-1", "function": "cowsay", "alias": "dev"}
PROD = DEV | {"alias": "prod"}
ROLE = "arn:aws:iam::222222222222:role/cowsay"


def manifest(dev: dict[str, Any], prod: dict[str, Any], **top: Any) -> dict[str, Any]:
    environments = [{"name": "dev", "targets": [DEV]} | dev, {"name": "prod", "targets": [PROD]} | prod]
    return {"repository": "cowsay", "versioning": "semver", "environments": environments} | top


def found(dev: dict[str, Any], prod: dict[str, Any], **top: Any) -> list[str]:
    return problems(manifest(dev, prod, **top), None, SCHEMAS)


SETTINGS = {"memory_mb": 256, "environment": {"LOG_LEVEL": "DEBUG", "DB": "dev-db"}}


def test_what_one_environment_gives_and_another_with_the_same_function_leaves_out_is_refused() -> None:
    assert found({"configuration": SETTINGS}, {}) == [
        "environments[1].targets[0]: it shares the function cowsay in 222222222222, us-east-1 with "
        "environments[0].targets[0], but they differ in environment, memory_mb: environment is given for dev and not "
        "for prod. Give the same keys for both, each with its own value, or deploy them to different functions"
    ]


@pytest.mark.parametrize(
    ("dev", "prod", "differing"),
    [
        ({}, {"configuration": {"command": ["x"]}}, "command: command is given for prod and not for dev"),
        ({"targets": [DEV | {"role": ROLE}]}, {}, "role: role is given for dev and not for prod"),
        ({"targets": [DEV, DEV | {"alias": "a", "role": ROLE}]}, {}, "role is given for environments[0].targets[1]"),
    ],
)
def test_every_key_counts_and_so_does_the_role(dev: dict[str, Any], prod: dict[str, Any], differing: str) -> None:
    (problem,) = found(dev, prod)
    assert differing in problem


@pytest.mark.parametrize(
    ("dev", "prod", "top"),
    [
        ({"configuration": SETTINGS}, {"configuration": {"memory_mb": 512, "environment": {}}}, {}),
        ({"configuration": {"memory_mb": 256}}, {}, {"configuration": {"memory_mb": 512}}),
        ({"configuration": SETTINGS}, {"targets": [PROD | {"function": "cowsay-prod"}]}, {}),
        ({"configuration": SETTINGS}, {"targets": [PROD | {"region": "eu-west-1"}]}, {}),
        ({"configuration": SETTINGS}, {"targets": [PROD | {"account": "444444444444"}]}, {}),
    ],
)
def test_the_same_keys_or_another_function_are_fine(
    dev: dict[str, Any], prod: dict[str, Any], top: dict[str, Any]
) -> None:
    assert found(dev, prod, **top) == []


def test_what_is_wrong_anyway_is_reported_once() -> None:
    (problem,) = found({"configuration": SETTINGS}, {"targets": [PROD | {"alias": "7"}]})
    assert problem.startswith("environments[1].targets[0].alias")


def test_each_kind_says_what_its_targets_share() -> None:
    place = {"kind": "page", "account": "222222222222", "region": "us-east-1"}
    one, other = [place | {"page": "cows/a"}], [place | {"page": "cows/b"}]
    (problem,) = problems(
        manifest({"targets": one, "configuration": {"title": "Moo"}}, {"targets": other}), None, {"page": PAGE}
    )
    assert "it shares the folder cows with" in problem
