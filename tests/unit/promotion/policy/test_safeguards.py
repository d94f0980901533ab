"""A manifest may protect an environment less than before, but not in silence."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.checks import BakeRequests, Check, CheckKind, Checks, OwnRequest
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery, QueriedMetric
from gantry.promotion.manifest.content import ArtifactSource, Environment, Manifest
from gantry.promotion.policy.safeguards import Protection, weakened
from gantry.promotion.traffic import Step
from gantry.promotion.versioning import Versioning
from gantry.promotion.waves import ALL_AT_ONCE, ONE_BY_ONE, Waves
from tests.unit.promotion.an_approval import ALICE, BOB, CAROL, target
from tests.unit.promotion.policy.policies import PLAN, asking, environment, in_account

BEFORE = environment(approval=asking(quorum=2, confirm="type-the-environment"), alarms=("errors", "latency"))


def sentences_of(before: Environment, after: Environment) -> list[str]:
    return list(weakened(Protection(before, ()), Protection(after, ())))


STRONG: dict[str, Any] = {"approval": BEFORE.approval, "alarms": BEFORE.alarms}


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        ({"approval": None}, [f"nobody is asked any more; before, the quorum was 2 of {ALICE}, {BOB}"]),
        (
            {"approval": asking(ALICE, CAROL, quorum=2, confirm="type-the-environment")},
            [f"no longer asked: {BOB}", f"may approve now: {CAROL}"],
        ),
        (
            {"approval": asking(quorum=1, self_approval=True)},
            [
                "1 instead of 2 people have to approve",
                "people may approve their own release now",
                "approvers need not type the environment's name any more",
            ],
        ),
        ({"alarms": ()}, ["no longer watched: alarms errors, latency"]),
        ({"alarms": ("latency", "other")}, ["no longer watched: alarm errors"]),
        ({"plan": ()}, ["all traffic moves at once; before, a canary was watched for 15m"]),
        ({"plan": (Step(10, 300),)}, ["a canary is watched for 5m instead of 15m", "up to 10 % of the traffic"]),
        ({"plan": (Step(25, 900), Step(50, 1))}, ["a canary begins with 25 % of the traffic instead of 10 %"]),
        ({"judge": JudgeSettings(minimum_requests=1)}, ["1 instead of 10 requests are evidence enough"]),
    ],
)
def test_what_protects_less_is_said(changed: dict[str, Any], sentences: list[str]) -> None:
    found = sentences_of(BEFORE, environment(**(STRONG | changed)))
    assert len(found) == len(sentences)
    for sentence, expected in zip(found, sentences, strict=True):
        assert sentence.startswith("prod: ")
        assert expected in sentence


def query(**changed: Any) -> MetricQuery:
    given: dict[str, Any] = {
        "name": "failed",
        "metrics": {"m": FAILED},
        "expression": "m",
        "at_most": 5.0,
        "minutes": 3,
    }
    return MetricQuery(**(given | changed))


FAILED = QueriedMetric("Shop", "Failed", "Sum")
JUDGE = JudgeSettings(
    minimum_requests=10,
    minimum_minutes=5,
    tolerated_error_rate_increase=2.0,
    slow_after_ms=500,
    every_step=True,
    max_bake_seconds=7200,
    on_inconclusive="ask",
    queries=(query(),),
    bake_after_seconds=600,
)


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        ({"mode": "observe"}, ["the judge only records now, and alarms alone decide"]),
        ({"minimum_requests": 9}, ["9 instead of 10 requests are evidence enough"]),
        ({"minimum_minutes": 4}, ["4 instead of 5 minutes with requests are evidence enough"]),
        ({"tolerated_error_rate_increase": 2.5}, ["2.5 instead of 2 points more failed requests are tolerated"]),
        ({"missed_bad_rate": 5.0}, ["5 instead of 1 % of bad versions may be promoted"]),
        (
            {"false_alarm_rate": 0.5},
            ["a bad version is rolled back later, because 0.5 instead of 1 % of versions at the tolerance may be"],
        ),
        ({"slow_after_ms": None}, ["slow requests are no longer judged"]),
        ({"slow_after_ms": 600}, ["requests are slow after 600 ms instead of 500 ms"]),
        ({"every_step": False}, ["only the last step needs it shown that the new version is not worse"]),
        ({"advance_early": True}, ["a step may end before its bake does"]),
        ({"on_inconclusive": "promote"}, ["when too little is known of a new version, it is promoted"]),
        ({"bake_after_seconds": 60}, ["once it has all traffic, a version is watched for 1m instead of 10m"]),
        ({"bake_after_seconds": 0}, ["once it has all traffic, a version is no longer watched"]),
        ({"queries": ()}, ["no longer asked: the query failed"]),
        ({"queries": (query(name="other"),)}, ["no longer asked: the query failed"]),
        ({"queries": (query(at_most=6.0),)}, ["the query failed asks for something else, or for less"]),
        ({"queries": (query(minutes=4),)}, ["the query failed asks for something else, or for less"]),
        ({"queries": (query(at_most=None, at_least=5.0),)}, ["the query failed asks for something else, or for less"]),
        ({"queries": (query(expression="2 * m"),)}, ["the query failed asks for something else, or for less"]),
    ],
)
def test_a_judge_that_is_less_strict_is_said(changed: dict[str, Any], sentences: list[str]) -> None:
    before, after = environment(judge=JUDGE), environment(judge=replace(JUDGE, **changed))
    assert sentences_of(before, after) == [f"prod: {each}" for each in sentences]


@pytest.mark.parametrize(
    "changed",
    [
        {"minimum_minutes": 6, "tolerated_error_rate_increase": 1.0, "missed_bad_rate": 0.5, "slow_after_ms": 400},
        {"false_alarm_rate": 2.0},
        {"on_inconclusive": "roll_back", "bake_after_seconds": 6000, "max_bake_seconds": 60},
        {"queries": (query(at_most=4.0, minutes=2), query(name="more"))},
    ],
)
def test_a_judge_that_is_as_strict_or_stricter_is_not(changed: dict[str, Any]) -> None:
    assert sentences_of(environment(judge=JUDGE), environment(judge=replace(JUDGE, **changed))) == []


def test_a_judge_that_decides_at_last_weakens_nothing() -> None:
    observing = JudgeSettings(mode="observe", minimum_requests=10, tolerated_error_rate_increase=1.0)
    assert sentences_of(environment(judge=observing), environment(judge=JudgeSettings())) == []


def test_less_time_for_evidence_is_said_where_a_version_is_promoted_when_it_is_over() -> None:
    promoting = JudgeSettings(on_inconclusive="promote")
    before = environment(judge=promoting)
    for shorter, after in ((1_800, "30m"), (60, "15m")):
        sooner = environment(judge=replace(promoting, max_bake_seconds=shorter))
        assert sentences_of(before, sooner) == [
            f"prod: a version of which too little is known is promoted after {after} instead of 2h"
        ], "its bakes of 15m always end"
        assert sentences_of(sooner, before) == []


def test_people_who_may_promote_what_was_rolled_back_before_are_said() -> None:
    before, after = (environment(judge=JudgeSettings(on_inconclusive=each)) for each in ("roll_back", "ask"))
    (found,) = sentences_of(before, after)
    assert found == "prod: when too little is known of a new version, people may promote it"


def test_the_judge_of_an_environment_in_which_nothing_was_watched_is_not_compared() -> None:
    before = environment(plan=(), judge=JudgeSettings(minimum_requests=10))
    assert sentences_of(before, environment(plan=(), judge=JudgeSettings())) == []


def test_a_target_that_moved_to_another_environment_is_compared_with_the_one_before() -> None:
    (found,) = sentences_of(BEFORE, environment(**(STRONG | {"name": "dev", "alarms": ("errors",)})))
    assert found == "dev (before: prod): no longer watched: alarm latency"


def test_environments_that_releases_do_not_pass_any_more_are_said() -> None:
    before, after = Protection(BEFORE, ("dev", "staging")), Protection(BEFORE, ("dev",))
    assert list(weakened(before, after)) == ["prod: releases do not pass staging before it any more"]
    assert list(weakened(after, before)) == []


def test_a_target_is_found_in_whatever_environment_it_is() -> None:
    dev = environment(name="dev", targets=in_account("222222222222"))
    manifest = Manifest(
        ArtifactSource(ArtifactKind.CONTAINER_IMAGE, "cowsay"), Versioning("git-sha"), "x86_64", (dev, BEFORE)
    )
    assert Protection.of_target(manifest, target().id) == Protection(BEFORE, ("dev",))
    assert Protection.of_target(manifest, "another") is None
    assert Protection.in_environment(manifest, "dev") == Protection(dev, ())


def test_others_who_may_approve_sooner_are_said() -> None:
    before = environment(approval=asking(ALICE, escalate_to=(BOB,), escalate_after_seconds=600))
    sooner = environment(approval=asking(ALICE, escalate_to=(BOB,), escalate_after_seconds=60))
    assert sentences_of(before, sooner) == ["prod: others may approve earlier than before"]


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        environment(
            **(STRONG | {"approval": asking(quorum=2, confirm="type-the-environment", reminder_after_seconds=9)})
        ),
        environment(**(STRONG | {"plan": (Step(5, 300), *PLAN), "alarms": ("errors", "latency", "more")})),
        environment(**(STRONG | {"judge": JudgeSettings(minimum_requests=100), "configuration": {"memory_mb": 1024}})),
    ],
)
def test_what_protects_as_much_or_more_is_not(after: Any) -> None:
    assert sentences_of(BEFORE, after) == []


def test_where_nothing_protected_it_before_nothing_is_weakened() -> None:
    bare = environment(approval=None, plan=(), alarms=())
    assert sentences_of(bare, bare) == []
    assert sentences_of(bare, BEFORE) == []


def test_another_command_is_another_check() -> None:
    before, after = (
        environment(checks=Checks((Check(CheckKind.RUN_TASK, 900, command=("sh", each)),)))
        for each in ("migrate.sh", "true.sh")
    )
    assert sentences_of(before, after) == ["prod: no longer checked before any traffic: run_task sh migrate.sh"]


def test_a_check_that_is_gone_or_weaker_is_said_and_one_that_has_more_time_is_not() -> None:
    invoke, build = Check(CheckKind.INVOKE, 840, times=3), Check(CheckKind.CODEBUILD, 600, "smoke-test")
    before = environment(checks=Checks((invoke, build)))
    assert sentences_of(before, environment(checks=Checks((replace(build, within_seconds=60), invoke)))) == []
    for gone in (Checks((build,)), Checks((build, replace(invoke, times=1)))):
        assert sentences_of(before, environment(checks=gone)) == [
            "prod: no longer checked before any traffic: 3 x invoke"
        ]
    assert sentences_of(environment(), before) == []


MANY = tuple(target(account=f"{number:012}") for number in range(12))
APART = (target(), target("eu-west-1"))
ROLLS_BACK: dict[str, Any] = {"on_failure": "roll_back_environment"}


@pytest.mark.parametrize(
    ("before", "after", "targets", "sentences"),
    [
        (ONE_BY_ONE, Waves(), MANY, ["after the first wave, 10 instead of 1 targets get a release at once"]),
        (Waves(), ALL_AT_ONCE, MANY, ["a release begins on 12 targets at once instead of 1"]),
        (Waves(), Waves(2), MANY, ["a release begins on 2 targets at once instead of 1"]),
        (
            ONE_BY_ONE,
            ALL_AT_ONCE,
            APART,
            ["a release begins on 2 targets at once instead of 1", "several regions get a release at once"],
        ),
    ],
)
def test_waves_in_which_a_bad_release_reaches_more_targets_are_said(
    before: Waves, after: Waves, targets: Any, sentences: list[str]
) -> None:
    one, other = environment(targets=targets, waves=before), environment(targets=targets, waves=after)
    assert sentences_of(one, other) == [f"prod: {each}" for each in sentences]
    assert sentences_of(other, one) == []


def test_targets_that_would_keep_a_release_when_another_one_fails_are_said() -> None:
    strict, lax = environment(targets=MANY, **ROLLS_BACK), environment(targets=MANY)
    assert sentences_of(strict, lax) == ["prod: when a target fails, those that are complete keep the release"]
    assert sentences_of(lax, strict) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (environment(waves=ONE_BY_ONE, **ROLLS_BACK), environment(waves=ALL_AT_ONCE)),
        (environment(targets=APART, waves=ONE_BY_ONE), environment(targets=APART)),
        (environment(), environment(targets=MANY)),
    ],
)
def test_waves_that_make_no_difference_to_the_targets_are_not(before: Environment, after: Environment) -> None:
    assert sentences_of(before, after) == []


SENT = BakeRequests(OwnRequest('{"warm": true}', '{"ok": true}'), per_look=3)


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (None, ["the pipeline no longer sends requests of its own while a version is watched"]),
        (replace(SENT, per_look=2), ["the pipeline sends 2 instead of 3 requests of its own at each look"]),
        *(
            (replace(SENT, request=request), ["the pipeline's own requests ask for something else, or for less"])
            for request in (
                replace(SENT.request, expect=None),
                replace(SENT.request, expect="{}"),
                replace(SENT.request, payload="{}"),
            )
        ),
        (replace(SENT, per_look=4), []),
    ],
)
def test_requests_of_the_pipelines_own_that_are_gone_or_weaker_are_said(
    after: BakeRequests | None, sentences: list[str]
) -> None:
    before, changed = (environment(checks=Checks(during_bake=each)) for each in (SENT, after))
    assert sentences_of(before, changed) == [f"prod: {each}" for each in sentences]


def test_requests_that_ask_for_more_or_were_never_sent_are_not() -> None:
    any_answer = replace(SENT, request=replace(SENT.request, expect=None))
    before, after = (environment(checks=Checks(during_bake=each)) for each in (any_answer, SENT))
    assert sentences_of(before, after) == []
    assert sentences_of(environment(), after) == []
    unwatched = environment(plan=(), checks=Checks(during_bake=SENT))
    assert sentences_of(unwatched, environment(plan=())) == []
