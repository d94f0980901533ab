"""How a manifest's keys become what the judge is asked for."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from gantry.promotion.errors import ManifestError
from gantry.promotion.judge.evidence import EvidenceRequest
from gantry.promotion.judge.rollout_limits import LONGEST_ROLLOUT, MOST_EVENTS, events_of, longest_rollout_seconds
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery, QueriedMetric
from gantry.promotion.manifest.judge_keys import LONGEST_WATCH, JudgeKeys
from gantry.promotion.manifest.query_keys import LONGEST_ASKED, LONGEST_PREFIX
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.rollout_size import LONGEST_PROMOTION, promotion_seconds
from gantry.promotion.traffic_presets import PRESETS
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.metric_queries import VersionQueries
from tests.unit.manifest.documents import ABSENT, SCHEMAS, VALID, changed, problems, text
from tests.unit.targets.walking.schema import SCHEMA as WALKING

PROD = "environments.1"
FAILED = {"namespace": "Shop", "metric": "Failed", "statistic": "Sum", "dimensions": {"Version": "{revision}"}}
QUERY = {"name": "failed", "metric": FAILED, "at_most": 5}
TARGET = VALID["environments"][1]["targets"][0]


def judges(document: dict[str, Any]) -> list[JudgeSettings]:
    return [each.judge for each in parse(text(document), SCHEMAS).environments]


def with_queries(*queries: dict[str, Any]) -> dict[str, Any]:
    return changed(f"{PROD}.queries", list(queries))


def test_every_key_is_read() -> None:
    written = {
        "judge": "observe",
        "minimum_requests": 100,
        "minimum_minutes": 5,
        "tolerated_error_rate_increase": 0.1,
        "false_alarm_rate": 10,
        "missed_bad_rate": 0.01,
        "slow_after_ms": 900_000,
        "every_step": True,
        "advance_early": True,
        "max_bake": "3h",
        "on_inconclusive": "promote",
        "queries": [QUERY],
        "bake_after": "1m",
    }
    assert written.keys() == JudgeKeys.model_fields.keys()
    query = MetricQuery(
        "failed", {"metric": QueriedMetric("Shop", "Failed", "Sum", {"Version": "{revision}"})}, "metric", at_most=5.0
    )
    expected = JudgeSettings("observe", 100, 5, 0.1, 10.0, 0.01, 900_000, True, True, 10_800, "promote", (query,), 60)
    assert judges(VALID | written) == [expected, expected]


def test_people_are_asked_by_default_where_somebody_approves() -> None:
    assert judges(VALID) == [JudgeSettings(), JudgeSettings(on_inconclusive="ask")]
    assert [each.on_inconclusive for each in judges(VALID | {"on_inconclusive": "promote"})] == ["promote", "promote"]


def test_an_environment_without_a_canary_may_share_that_people_are_asked() -> None:
    assert [each.on_inconclusive for each in judges(VALID | {"on_inconclusive": "ask"})] == ["ask", "ask"]


def test_an_environment_takes_back_what_is_shared() -> None:
    shared = {"slow_after_ms": 500, "bake_after": "1h", "on_inconclusive": "promote", "queries": [QUERY]}
    taken: dict[str, Any] = {"slow_after_ms": None, "bake_after": None, "on_inconclusive": None, "queries": []}
    document = VALID | shared
    document["environments"] = [VALID["environments"][0], VALID["environments"][1] | taken]
    dev, prod = judges(document)
    assert (dev.slow_after_ms, dev.bake_after_seconds, dev.on_inconclusive, len(dev.queries)) == (
        500,
        3600,
        "promote",
        1,
    )
    assert prod == JudgeSettings(on_inconclusive="ask")


def test_an_environments_queries_replace_the_shared_ones() -> None:
    document = with_queries({**QUERY, "name": "own"}) | {"queries": [QUERY]}
    assert [[each.name for each in judge.queries] for judge in judges(document)] == [["failed"], ["own"]]


def test_a_query_may_have_several_metrics() -> None:
    metrics = {"failed": FAILED, "all": {**FAILED, "metric": "All", "statistic": "p99.9"}}
    written = {
        "name": "share",
        "metrics": metrics,
        "expression": "100 * failed / all",
        "above_stable": 0,
        "minutes": 60,
    }
    _, prod = judges(with_queries(written))
    (query,) = prod.queries
    assert query.compares
    assert (query.expression, query.above_stable, query.minutes) == ("100 * failed / all", 0.0, 60)
    assert {name: (each.metric, each.statistic) for name, each in query.metrics.items()} == {
        "failed": ("Failed", "Sum"),
        "all": ("All", "p99.9"),
    }


def test_the_machines_carry_what_is_asked_of_the_judge_as_json() -> None:
    written = {"name": "share", "metrics": {"m": FAILED}, "expression": "m", "above_stable": 0.5}
    _, prod = judges(with_queries(written, QUERY) | {"slow_after_ms": 500})
    assert TypeAdapter(JudgeSettings).validate_json(json.dumps(asdict(prod))) == prod


@pytest.mark.parametrize(
    "statistic",
    [
        "Average",
        "SampleCount",
        "IQM",
        "p0",
        "p99.99",
        "p100",
        "tm95",
        "TC(500:)",
        "PR(:300)",
        "TM(10%:90%)",
        "TS(80%:)",
    ],
)
def test_every_statistic_of_cloudwatch_is_taken(statistic: str) -> None:
    assert problems(with_queries({**QUERY, "metric": {**FAILED, "statistic": statistic}})) == []


@pytest.mark.parametrize("statistic", ["sum", "avg", "p", "p100.1", "PR(10%:20%)", "TM(:)", "TC()", "p99 ", "P99"])
def test_what_is_no_statistic_is_refused(statistic: str) -> None:
    (problem,) = problems(with_queries({**QUERY, "metric": {**FAILED, "statistic": statistic}}))
    assert "is not a statistic" in problem


@pytest.mark.parametrize("value", ["{revision}", "live:{revision}", "/users/{id}", "{revision}/{id}"])
def test_a_dimension_may_have_other_braces_than_those_of_the_revision(value: str) -> None:
    assert problems(with_queries({**QUERY, "metric": {**FAILED, "dimensions": {"Page": value}}})) == []


@pytest.mark.parametrize("value", ["{Version}", "{ revision }", "{{revision}}", "{revison}", "{canary}", "${revision}"])
def test_a_revision_that_is_misspelt_is_refused(value: str) -> None:
    (problem,) = problems(with_queries({**QUERY, "metric": {**FAILED, "dimensions": {"Version": value}}}))
    assert "stands for nothing" in problem


@pytest.mark.parametrize(("count", "is_valid"), [(30, True), (31, False)])
def test_a_metric_has_as_many_dimensions_as_cloudwatch_takes(count: int, is_valid: bool) -> None:
    many = {f"D{number}": "x" for number in range(count)}
    assert (problems(with_queries({**QUERY, "metric": {**FAILED, "dimensions": many}})) == []) is is_valid


def test_there_are_ten_queries_of_ten_metrics_at_most() -> None:
    metrics = {f"m{number}": FAILED for number in range(10)}
    largest = [
        {"name": f"q{number}", "metrics": metrics, "expression": "+".join(metrics), "at_most": 1}
        for number in range(10)
    ]
    assert problems(with_queries(*largest)) == []
    (too_many,) = problems(with_queries(*largest, QUERY))
    assert "the list has 11 queries; give at most 10" in too_many
    eleven = {**metrics, "m10": FAILED}
    (too_large,) = problems(with_queries({**largest[0], "metrics": eleven, "expression": "+".join(eleven)}))
    assert "the mapping has 11" in too_large


def sum_of(terms: int) -> dict[str, Any]:
    return {"name": "failed", "metrics": {"a": FAILED}, "expression": "+".join(["a"] * terms), "above_stable": 1}


def test_an_expression_that_is_too_long_under_the_names_that_cloudwatch_gets_is_refused() -> None:
    # 146 names of 13 characters, and 145 signs
    assert problems(with_queries(*[{**sum_of(146), "name": f"q{number}"} for number in range(10)])) == []
    (problem,) = problems(with_queries(sum_of(147)))
    assert "it has 2,057 characters there and may have 2,048" in problem


def test_what_is_measured_is_what_cloudwatch_is_asked() -> None:
    queries = [{**sum_of(146), "name": f"q{number}"} for number in range(10)]
    _, prod = judges(with_queries(*queries))
    at = datetime(2026, 1, 31, tzinfo=UTC)
    request = EvidenceRequest("8", "7", at, at, None, prod.queries)
    asked = VersionQueries(request, at, at, LambdaTarget("4" * 12, "us-east-1", "cowsay", "live")).own().values()
    lengths = {len(each["Expression"]) for one in asked for each in one if "Expression" in each}
    assert lengths == {146 + 145 + 146 * LONGEST_PREFIX}
    assert max(lengths) <= LONGEST_ASKED


def test_queries_may_compare_with_the_stable_version_only_where_traffic_is_split() -> None:
    compared = {"name": "failed", "metric": FAILED, "above_stable": 1}
    assert problems(VALID | {"queries": [compared]}) == [], "dev has no use for it"
    assert problems(with_queries(compared)) == []
    document = changed(f"{PROD}.traffic", ABSENT, with_queries(compared))
    (problem,) = problems(document)
    assert problem.startswith("environments[1].queries[0].above_stable: all traffic moves at once")
    wrong = changed(f"{PROD}.traffic", "Canary", with_queries(compared))
    assert len(problems(wrong)) == 1, "only the traffic is wrong"


@pytest.mark.parametrize("traffic", [*PRESETS, [{"weight": each, "bake": "24m"} for each in range(1, 31)]])
def test_the_largest_manifest_ends_in_time_and_has_few_enough_events(traffic: object) -> None:
    largest = {"traffic": traffic, "max_bake": "12h", "bake_after": "3h", "on_inconclusive": "ask"}
    document = VALID | {"environments": [VALID["environments"][1] | largest]}
    (prod,) = parse(text(document), SCHEMAS).environments
    assert longest_rollout_seconds(prod.plan, prod.judge) <= LONGEST_ROLLOUT
    assert events_of(prod.plan, prod.judge) < MOST_EVENTS
    if prod.plan:
        document["environments"][0]["bake_after"] = "181m"
        (problem,) = problems(document)
        assert "give 24h at most" in problem


def test_a_deployment_is_given_time_for_a_service_that_takes_the_steps_itself() -> None:
    """Half an hour for the first step and for the end, ten minutes for the second step and for all traffic."""
    walking = {key: TARGET[key] for key in ("account", "region")} | {
        "kind": "walking",
        "pool": "barn",
        "name": "cowsay",
    }
    longest = {"traffic": [{"weight": each, "bake": "1m"} for each in (10, 20)], "on_inconclusive": "roll_back"}
    prod = VALID["environments"][1] | longest | {"targets": [walking], "configuration": {}, "max_bake": "12h"}
    document = VALID | {"configuration": {}, "environments": [prod | {"bake_after": "580m"}]}
    schemas = {**SCHEMAS, "walking": WALKING}

    assert problems(document, schemas=schemas) == []
    document["environments"][0]["bake_after"] = "581m"
    (problem,) = problems(document, schemas=schemas)
    assert "waiting for the service 80m" in problem
    assert "give 24h at most" in problem


def test_no_manifest_can_be_watched_for_longer_than_a_machine_has_time_for() -> None:
    assert 2 * LONGEST_WATCH >= LONGEST_ROLLOUT, "so the sum has to be checked"


def test_more_steps_than_an_executions_history_has_room_for_are_refused() -> None:
    steps = [{"weight": each, "bake": "5s"} for each in range(1, 32)]
    assert problems(changed(f"{PROD}.traffic", steps)) == [
        "environments[1].traffic: the list has 31 steps; give at most 30"
    ]


def promotion_of(days_for_approval: int, targets: int, waves: object = "one-by-one") -> dict[str, Any]:
    """A manifest whose deployments take 12 hours each at most."""
    many = [{**TARGET, "function": f"cowsay-{number}"} for number in range(targets)]
    environment = VALID["environments"][1] | {"max_bake": "11h", "on_inconclusive": "roll_back", "waves": waves}
    approval = {"approvers": ["ops@example.com"], "expires_after": f"{days_for_approval}d"}
    first = environment | {"name": "first", "targets": many[:40], "approval": approval}
    second = environment | {"name": "second", "targets": many[40:], "approval": approval}
    return VALID | {"environments": [first, second]}


def test_checks_before_traffic_count_and_are_named_where_they_take_their_share() -> None:
    largest = {"traffic": [{"weight": 10, "bake": "12h"}], "bake_after": "9h", "on_inconclusive": "roll_back"}
    prod = VALID["environments"][1] | largest
    checks = [{"invoke": {}}, {"codebuild": "load-test", "within": "1h"}]
    assert problems(VALID | {"environments": [prod | {"before_traffic": checks}]}) == []
    assert problems(VALID | {"environments": [prod | {"before_traffic": [*checks, *checks]}]}) == [
        "environments[0]: a deployment to 'prod' may take 1488m (checking before any traffic 168m, watching the steps "
        "12h, watching afterwards 9h, everything else 1h); give 24h at most, by a shorter traffic, max_bake or "
        "bake_after, or by fewer checks or a shorter within"
    ]


def test_checks_are_named_where_a_promotion_takes_too_long() -> None:
    document = promotion_of(days_for_approval=30, targets=60)
    document["environments"][0]["before_traffic"] = [{"codebuild": "load-test", "within": "1h"}]
    (problem,) = problems(document)
    assert problem.endswith("or by larger waves or fewer targets, or by fewer checks or a shorter within")


def test_a_promotion_that_would_take_longer_than_its_machine_gives_it_is_refused_with_the_sum() -> None:
    fits = promotion_of(days_for_approval=30, targets=60)
    assert sum(promotion_seconds(parse(text(fits), SCHEMAS).environments, SCHEMAS)) == LONGEST_PROMOTION
    with pytest.raises(ManifestError) as refused:
        parse(text(promotion_of(days_for_approval=30, targets=61)), SCHEMAS)
    assert str(refused.value).partition(": ")[2] == (
        "environments: a promotion may take 90.5 days: 60.0 for approvals and 30.5 for 61 waves, one after the "
        "other; give 90 days at most, by a shorter max_bake, bake_after or expires_after, or by larger waves or fewer "
        "targets"
    )


def test_targets_of_one_wave_take_no_longer_than_one_of_them() -> None:
    def deploying(waves: object) -> int:
        document = promotion_of(days_for_approval=1, targets=41, waves=waves)
        return promotion_seconds(parse(text(document), SCHEMAS).environments, SCHEMAS)[1] // (12 * 3_600)

    assert deploying("one-by-one") == 41
    assert deploying({"first": 1, "then": 10}) == 5 + 1
    assert deploying("all-at-once") == 1 + 1
