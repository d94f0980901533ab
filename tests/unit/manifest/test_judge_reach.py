"""What is asked of the judge and can never come about is refused; what may is not."""

import copy
from typing import Any

import pytest

from tests.unit.manifest.documents import SCHEMAS, VALID, problems
from tests.unit.manifest.page_kind import PAGE

DEV, PROD = VALID["environments"]
SHARE: dict[str, Any] = {"namespace": "Shop", "metric": "Failed", "statistic": "Sum"}
OF_VERSION = {**SHARE, "dimensions": {"Version": "{revision}"}}
CANARY = "Canary10Percent5Minutes"


def prod(timeout: int | None = None, shared: dict[str, Any] | None = None, **own: Any) -> dict[str, Any]:
    """A manifest with one environment, whose traffic has one step of five minutes."""
    configuration = {} if timeout is None else {"timeout_seconds": timeout}
    environment = copy.deepcopy(PROD) | {"traffic": CANARY, "configuration": configuration} | own
    return VALID | {"environments": [environment]} | (shared or {})


def query(minutes: int, **own: Any) -> list[dict[str, Any]]:
    return [{"name": "failed", "metric": SHARE, "minutes": minutes} | (own or {"at_most": 5})]


def at_once(**own: Any) -> dict[str, Any]:
    return prod(**{"traffic": "AllAtOnce"} | own)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            prod(minimum_minutes=240, max_bake="1m"),
            "environments[0].max_bake: the steps are watched for 5m at most, too short for 4h of evidence; give a "
            "max_bake of 4h at least, or fewer minimum_minutes",
        ),
        (
            prod(minimum_minutes=121),
            "environments[0].minimum_minutes: the steps are watched for 2h at most, too short for 121m of evidence; "
            "give a max_bake of 121m at least, or fewer minimum_minutes",
        ),
        (
            prod(10, max_bake="3m", traffic=[{"weight": 10, "bake": "5s"}]),
            "environments[0].max_bake: the steps are watched for 3m at most, too short for 1m of evidence, which is "
            "130s late; give a max_bake of 4m at least",
        ),
        (
            prod(max_bake="5m", queries=query(60)),
            "environments[0].queries[0].minutes: a version is watched for 5m at most, too short for 1h of evidence; "
            "give a max_bake of 1h at least, or fewer minutes",
        ),
        (
            at_once(bake_after="2m", queries=query(3)),
            "environments[0].queries[0].minutes: a version is watched for 2m at most, too short for 3m of evidence; "
            "give a bake_after of 3m at least, or fewer minutes",
        ),
        (
            at_once(timeout=10, bake_after="5m", queries=query(3)),
            "environments[0].queries[0].minutes: a version is watched for 5m at most, too short for 3m of evidence, "
            "which is 130s late; give a bake_after of 6m at least, or fewer minutes",
        ),
        (
            prod(max_bake="5m", bake_after="2h", queries=query(60, metric=OF_VERSION, above_stable=1)),
            "environments[0].queries[0].minutes: a version is watched for 5m at most, too short for 1h of evidence; "
            "give a max_bake of 1h at least, or fewer minutes",
        ),
        (
            prod(3, slow_after_ms=3_000),
            "environments[0].slow_after_ms: no request takes longer than 3s, so none would be slow; give less than "
            "3000, or leave it out",
        ),
        *(
            (
                at_once(**{key: value}),
                f"environments[0].{key}: all traffic moves at once, so no step waits for it; give steps as traffic, "
                "or leave it out",
            )
            for key, value in [("minimum_minutes", 2), ("every_step", True), ("advance_early", True)]
        ),
    ],
)
def test_what_can_never_come_about_is_refused_with_what_would_be_right(document: Any, problem: str) -> None:
    assert problems(document) == [problem]


@pytest.mark.parametrize(
    "document",
    [
        prod(minimum_minutes=120),
        prod(minimum_minutes=5, max_bake="5m"),
        prod(10, max_bake="4m", traffic=[{"weight": 10, "bake": "5s"}]),
        prod(max_bake="1m", traffic=[{"weight": 10, "bake": "5s"}]),
        prod(max_bake="1h", queries=query(60)),
        prod(max_bake="5m", bake_after="1h", queries=query(60)),
        prod(bake_after="1m", queries=query(60)),
        at_once(bake_after="3m", queries=query(3)),
        at_once(queries=query(60)),
        prod(3, slow_after_ms=2_999),
        prod(slow_after_ms=900_000),
        at_once(timeout=3, slow_after_ms=3_000),
        at_once(minimum_minutes=1, every_step=False, advance_early=False),
        at_once(minimum_minutes=2, every_step=True, bake_after="10m"),
        prod(3, judge="observe", minimum_minutes=240, max_bake="1m", slow_after_ms=3_000, queries=query(60)),
    ],
)
def test_what_may_come_about_is_not_refused(document: Any) -> None:
    assert problems(document) == []


def test_an_environment_may_share_what_it_has_no_use_for() -> None:
    shared = {"minimum_minutes": 100, "every_step": True, "advance_early": True, "slow_after_ms": 3_000}
    assert problems(VALID | shared | {"environments": [DEV]}) == []


def test_what_is_shared_is_refused_once_and_at_the_top() -> None:
    shared = {"configuration": {"timeout_seconds": 3}, "slow_after_ms": 5_000, "traffic": CANARY}
    both = [{key: each[key] for key in ("name", "targets")} for each in (DEV, PROD)]
    (problem,) = problems(VALID | shared | {"environments": both})
    assert problem.startswith("slow_after_ms: no request takes longer than 3s")


def test_a_target_of_which_nobody_knows_how_long_its_requests_take_may_have_slow_ones() -> None:
    splitting = type("Splitting", (type(PAGE),), {"splits_traffic": True})()
    home = {"kind": "page", "account": "222222222222", "region": "us-east-1", "page": "home"}
    document = prod(3, slow_after_ms=3_000, targets=[*PROD["targets"], home])
    document["configuration"] = {}
    assert problems(document, schemas={**SCHEMAS, "page": splitting}) == []
