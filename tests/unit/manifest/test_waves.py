"""How a manifest says which targets are deployed to side by side."""

from typing import Any

import pytest

from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.reading import parse
from gantry.promotion.waves import ALL_AT_ONCE, DEFAULT_WAVES, ONE_BY_ONE, Waves
from tests.unit.manifest.documents import SCHEMAS, VALID, changed, problems, text
from tests.unit.manifest.page_kind import PAGE

TARGET = VALID["environments"][0]["targets"][0]


def environments(document: dict[str, Any]) -> tuple[Environment, ...]:
    return parse(text(document), SCHEMAS).environments


def dev_with(*targets: dict[str, Any], **keys: Any) -> Environment:
    dev = {"name": "dev", "targets": [TARGET | each for each in targets]} | keys
    return environments(VALID | {"environments": [dev]})[0]


def test_by_default_the_first_target_goes_alone_and_a_failure_stops() -> None:
    assert [(each.waves, each.on_failure) for each in environments(VALID)] == [(DEFAULT_WAVES, "stop")] * 2
    assert Waves(first=1, then=10) == DEFAULT_WAVES


@pytest.mark.parametrize(
    ("written", "waves"),
    [
        ("one-by-one", ONE_BY_ONE),
        ("all-at-once", ALL_AT_ONCE),
        ({"first": 1, "then": 10}, DEFAULT_WAVES),
        ({"first": 40, "then": 1}, Waves(40, 1)),
        ({"first": 2}, Waves(2, 10)),
        ({"then": 40}, Waves(1, 40)),
    ],
)
def test_waves_have_a_name_or_sizes(written: object, waves: Waves) -> None:
    assert [each.waves for each in environments(changed("environments.1.waves", written))] == [DEFAULT_WAVES, waves]


def test_an_environment_replaces_what_is_shared() -> None:
    shared = {"waves": {"first": 2, "then": 3}, "on_failure": "roll_back_environment"}
    own = {"waves": {"first": 5}, "on_failure": "stop"}
    dev, prod = environments(
        VALID | shared | {"environments": [VALID["environments"][0] | own, VALID["environments"][1]]}
    )
    assert (dev.waves, dev.on_failure) == (Waves(5, 10), "stop")
    assert (prod.waves, prod.on_failure) == (Waves(2, 3), "roll_back_environment")


def test_what_is_wrong_with_the_waves_is_reported_with_everything_else() -> None:
    wrong = {"waves": {"first": 0, "than": 2}, "on_failure": "rollback", "alarms": "errors"}
    assert [each.partition(":")[0] for each in problems(VALID | wrong)] == [
        "alarms",
        "waves.first",
        "waves.than",
        "on_failure",
    ]


def test_aliases_of_one_function_are_never_in_one_wave() -> None:
    dev = dev_with({"alias": "a"}, {"function": "other"}, {"alias": "b"}, {"alias": "c"}, waves="all-at-once")
    assert dev.sharing_drafts == ((0, 2, 3),)
    assert dev.in_waves == ((0, 1), (2,), (3,))


@pytest.mark.parametrize("apart", [{"function": "other"}, {"region": "eu-west-1"}, {"account": "333333333333"}])
def test_functions_that_only_share_a_part_of_their_name_may_be_in_one_wave(apart: dict[str, Any]) -> None:
    dev = dev_with({}, apart, waves="all-at-once")
    assert (dev.sharing_drafts, dev.in_waves) == ((), ((0, 1),))


def test_each_kind_says_which_targets_are_prepared_together() -> None:
    place = {"kind": "page", "account": "222222222222", "region": "us-east-1"}
    pages = [place | {"page": page} for page in ("cows/a", "index/b", "alone", "cows/c", "single")]
    written = {"repository": "cowsay", "versioning": "semver", "environments": [{"name": "dev", "targets": pages}]}
    (dev,) = parse(text(written | {"waves": "all-at-once"}), {"page": PAGE}).environments
    assert dev.in_waves == ((0, 1, 2, 4), (3,))
