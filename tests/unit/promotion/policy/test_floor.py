"""The least that protects an environment."""

from typing import Any

import pytest

from gantry.promotion.judge.settings import JudgeSettings, OnInconclusive
from gantry.promotion.manifest.content import Environment
from gantry.promotion.policy.content import Floor, Policy
from gantry.promotion.policy.floor import below_floor
from gantry.promotion.traffic import Step
from gantry.promotion.waves import ALL_AT_ONCE
from tests.unit.promotion.an_approval import ALICE, BOB, BOT, CAROL, target
from tests.unit.promotion.policy.policies import asking, environment, floor, in_account

STRICT = floor(
    minimum_quorum=2,
    allowed_approvers=("*@example.com",),
    self_approval=False,
    minimum_bake_seconds=300,
    requires_alarms=True,
    requires_judge=True,
    may_skip_environments=False,
)


def reasons(
    rule: Floor,
    given: Environment,
    skipped: tuple[str, ...] = (),
    service: str = "cowsay",
    *,
    splits_traffic: bool = True,
) -> list[str]:
    policy = Policy("policy-1", None, (rule,))
    return list(below_floor(policy, service, given, skipped, splits_traffic=splits_traffic))


def test_what_meets_every_rule_is_allowed() -> None:
    assert reasons(STRICT, environment(approval=asking(quorum=2))) == []


def test_a_manifest_that_takes_every_safeguard_away_is_refused_with_each_of_them_and_the_rules_name() -> None:
    found = reasons(STRICT, environment(approval=None, plan=(), alarms=()), ("dev", "staging"))
    assert found == [
        f"prod: {reason} (rule production of the policy file)"
        for reason in (
            "2 people have to approve, and the manifest asks nobody",
            "traffic has to move in steps that are watched for 5m at least, and the manifest gives no time",
            "at least one alarm has to watch the deployment, and the manifest names none",
            "evidence has to decide about a canary, and the manifest moves all traffic at once",
            "a promotion has to pass dev and staging first, and this one leaves that out",
        )
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"approval": asking()}, "2 people have to approve, and the manifest has the quorum 1"),
        ({"approval": asking(quorum=2, self_approval=True)}, "nobody may approve their own release"),
        ({"approval": asking(ALICE, "eve@example.org", quorum=2)}, "eve@example.org may not approve there"),
        ({"approval": asking(quorum=2, escalate_to=("eve@evil.example",))}, "eve@evil.example may not approve there"),
        ({"approval": asking(ALICE, BOT, quorum=2)}, f"{BOT} may not approve there"),
        (
            {"approval": asking(quorum=2), "judge": JudgeSettings(mode="observe")},
            "evidence has to decide about a canary, and the manifest has judge: observe",
        ),
        (
            {"approval": asking(quorum=2), "judge": JudgeSettings(on_inconclusive="promote")},
            "evidence has to decide about a canary, and the manifest has on_inconclusive: promote",
        ),
        ({"approval": asking(quorum=2), "plan": (Step(99, 299),)}, "watched for 5m at least, and the manifest gives"),
    ],
)
def test_each_rule_is_held(changed: dict[str, Any], reason: str) -> None:
    (found,) = reasons(STRICT, environment(**changed))
    assert reason in found


@pytest.mark.parametrize("bake_after", [0, 600])
def test_a_floor_that_asks_for_the_judge_alone_refuses_what_moves_all_traffic_at_once(bake_after: int) -> None:
    judge = JudgeSettings(bake_after_seconds=bake_after)
    (found,) = reasons(floor(requires_judge=True), environment(plan=(), judge=judge))
    assert "the manifest moves all traffic at once" in found


def test_where_no_kind_has_canaries_alarms_that_watch_long_enough_afterwards_meet_the_floor() -> None:
    judge = JudgeSettings(bake_after_seconds=300, on_inconclusive="promote")  # nothing asks for it there
    given = environment(approval=asking(quorum=2), plan=(), judge=judge)
    assert reasons(STRICT, given, splits_traffic=False) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"judge": JudgeSettings(bake_after_seconds=299)},
            "a new version has to be watched for 5m at least, and the manifest gives 299s as bake_after",
        ),
        (
            {"judge": JudgeSettings(mode="observe", bake_after_seconds=300)},
            "alarms have to decide about a version that has just gone live, and the manifest has judge: observe",
        ),
    ],
)
def test_where_no_kind_has_canaries_each_rule_is_held(changed: dict[str, Any], reason: str) -> None:
    given = environment(**({"approval": asking(quorum=2), "plan": ()} | changed))
    assert reasons(STRICT, given, splits_traffic=False) == [f"prod: {reason} (rule production of the policy file)"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"judge": JudgeSettings()}, "the manifest has no bake_after"),
        ({"judge": JudgeSettings(bake_after_seconds=60), "alarms": ()}, "the manifest names none"),
    ],
)
def test_where_no_kind_has_canaries_the_judge_is_alarms_with_a_time_to_watch(
    changed: dict[str, Any], reason: str
) -> None:
    (found,) = reasons(floor(requires_judge=True), environment(plan=(), **changed), splits_traffic=False)
    assert reason in found


@pytest.mark.parametrize("on_inconclusive", ["ask", "roll_back"])
def test_a_floor_that_asks_for_the_judge_takes_what_promotes_nothing_by_itself(on_inconclusive: OnInconclusive) -> None:
    judge = JudgeSettings(on_inconclusive=on_inconclusive)
    assert reasons(floor(requires_judge=True), environment(judge=judge)) == []


def test_a_floor_limits_how_many_targets_get_a_release_at_once() -> None:
    targets = tuple(target(account=f"{number:012}") for number in range(4))
    rule = floor(most_targets_at_once=3)
    assert reasons(rule, environment(targets=targets)) == []
    assert reasons(rule, environment(targets=targets[:3], waves=ALL_AT_ONCE)) == []
    (found,) = reasons(rule, environment(targets=targets, waves=ALL_AT_ONCE))
    assert "at most 3 of its targets may get a release at once, and the manifest lets 4" in found


def test_an_address_that_only_ends_like_the_domain_is_another_one() -> None:
    rule = floor(allowed_approvers=("*@example.com",))
    assert reasons(rule, environment(approval=asking("eve@evilexample.com"))) != []
    assert reasons(rule, environment(approval=asking("Eve@EXAMPLE.com"))) == []
    assert reasons(rule, environment(approval=asking("eve@e\N{FULLWIDTH LATIN SMALL LETTER X}ample.com"))) != []
    long = floor(allowed_approvers=("*@sales.example",))
    assert reasons(long, environment(approval=asking("eve@\N{LATIN SMALL LETTER LONG S}ales.example"))) != []
    assert reasons(rule, environment(approval=asking("Alice@EXAMPLE.com"))) == []


def test_allowed_approvers_are_people_roles_and_domains() -> None:
    rule = floor(allowed_approvers=(ALICE, BOT))
    assert reasons(rule, environment(approval=asking(ALICE, BOT))) == []
    assert reasons(rule, environment(approval=asking(BOB))) != []


def test_an_account_is_protected_whatever_the_environment_is_called() -> None:
    rule = floor(environments=(), accounts=("444444444444",), minimum_quorum=1)
    renamed = environment(name="playground", approval=None)
    assert reasons(rule, renamed) != []
    assert reasons(rule, environment(name="dev", targets=in_account("222222222222"), approval=None)) == []


def test_a_rule_of_some_services_does_not_hold_for_others() -> None:
    rule = floor(services=("pay/*",), minimum_quorum=1)
    assert reasons(rule, environment(approval=None), service="pay/ledger") != []
    assert reasons(rule, environment(approval=None)) == []


def test_a_floor_that_asks_for_nothing_refuses_nothing() -> None:
    assert reasons(floor(), environment(approval=asking(CAROL, self_approval=True), plan=(), alarms=()), ("dev",)) == []
    assert reasons(floor(), environment(approval=None)) == []
