"""How a release is carried, as approvers see it beside how the last one was."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.approval_facts import fact_sections, snapshot
from gantry.promotion.approval_html import facts_html
from gantry.promotion.approval_link import fingerprint
from gantry.promotion.carriage import ROWS, carriage_of
from gantry.promotion.checks import BakeRequests, Check, CheckKind, Checks, OwnRequest
from gantry.promotion.fact_section import CARRIED
from gantry.promotion.judge.judge_rows import JUDGE_ROWS
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery, QueriedMetric
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.traffic import Step
from gantry.promotion.waves import ALL_AT_ONCE, ONE_BY_ONE, Waves
from tests.unit.promotion.an_approval import ALICE, BOB, approval, target
from tests.unit.promotion.facts import NOW, live, revision

PEOPLE = ApprovalPolicy((ALICE, BOB), expires_after_seconds=72 * 3600, quorum=2, confirm="type-the-environment")
QUERY = MetricQuery(
    "checkouts",
    {
        "f": QueriedMetric("Shop", "Failed", "Sum", {"Version": "{revision}"}),
        "a": QueriedMetric("Shop", "All", "Sum"),
    },
    "100 * f / a",
    above_stable=0.5,
    minutes=5,
)
HERE, THERE = target(), target("eu-west-1")


def environment(**changed: Any) -> Environment:
    given: dict[str, Any] = {
        "name": "prod",
        "targets": (HERE,),
        "approval": PEOPLE,
        "plan": (Step(10, 600), Step(50, 3600)),
        "alarms": ("errors", "latency"),
        "configuration": {},
        "judge": JudgeSettings(minimum_requests=10),
    }
    return Environment(**(given | changed))


NOW_CARRIED = carriage_of(environment())


def sections(*lives: Live, carried: Any = NOW_CARRIED, targets: Any = (HERE,)) -> list[dict[str, str]]:
    found = fact_sections(approval(carried=carried, targets=targets), lives, NOW)
    return [dict(each.rows) for each in found if each.title == CARRIED]


def test_approvers_read_the_whole_command_of_a_task() -> None:
    task = Check(CheckKind.RUN_TASK, 900, "tools", command=("python", "manage.py", "migrate", "a b"))
    carried = carriage_of(environment(checks=Checks((task, Check(CheckKind.CODEBUILD, 600, "smoke-test")))))
    row = "run_task python manage.py migrate 'a b' in tools, then codebuild smoke-test"
    assert carried["Checked before traffic"] == row


def test_everything_that_protects_the_environment_is_there() -> None:
    checks = Checks((Check(CheckKind.INVOKE, 840),), BakeRequests(OwnRequest('{"warm": true}'), per_look=3))
    waves, targets = Waves(2, 5), (HERE, THERE)
    carried = carriage_of(environment(checks=checks, targets=targets, waves=waves, on_failure="roll_back_environment"))
    assert {
        "Checked before traffic": "invoke",
        "Traffic": "10 % for 10m, then 50 % for 1h, then all",
        "Targets": "2 first, then up to 5 at once, region by region",
        "If a target fails": "all targets are rolled back",
        "Alarms": "errors, latency",
        "Sent while watched": '3 x {"warm": true} at each look, for answers without an error',
        "Judged by": "evidence and alarms",
        "Tolerated": "2 points more failed requests; at that, 1 % are rolled back and 1 % promoted",
        "Needed to go on": "requests 10, minutes with requests 1, shown to be not worse at the end",
        "When too little is known": "it is rolled back after 2h",
        "Queries": "none",
        "Watched afterwards": "no",
        "Approvers": f"{ALICE}, {BOB}",
        "Approvals needed": "2",
        "Own release": "cannot be approved",
        "Asked later": "nobody",
        "Expires after": "3d",
        "To be typed": "the environment's name",
    } == carried
    assert tuple(carried) == ROWS


def test_approvers_read_that_a_service_which_takes_the_steps_itself_waits_before_each() -> None:
    def traffic(plan: Any) -> str:
        return carriage_of(environment(plan=plan), shifts_itself=True)["Traffic"]

    assert traffic((Step(10, 300),)).startswith("10 % for 5m, then all; a service that takes the steps itself waits")
    assert traffic(()) == "all at once"


@pytest.mark.parametrize("mode", ["decide", "observe"])
def test_where_nothing_counts_requests_only_alarms_judge(mode: Any) -> None:
    judge = JudgeSettings(mode=mode, minimum_requests=10, bake_after_seconds=600)
    carried = carriage_of(environment(plan=(), judge=judge), counts_requests=False)
    assert {name: carried[name] for name in JUDGE_ROWS if name in carried} == {
        "Judged by": "alarms alone; requests are not counted here",
        "Watched afterwards": "10m",
    }


@pytest.mark.parametrize(
    ("changed", "row", "expected"),
    [
        ({"plan": ()}, "Traffic", "all at once → 10 % for 10m, then 50 % for 1h, then all"),
        ({"alarms": ("errors",)}, "Alarms", "errors → errors, latency"),
        (
            {"judge": JudgeSettings(minimum_requests=100)},
            "Needed to go on",
            "requests 100, minutes with requests 1, shown to be not worse at the end → "
            "requests 10, minutes with requests 1, shown to be not worse at the end",
        ),
        (
            {"judge": JudgeSettings(mode="observe", minimum_requests=10)},
            "Judged by",
            "alarms alone; the judge only records → evidence and alarms",
        ),
        (
            {"judge": JudgeSettings(on_inconclusive="ask", minimum_requests=10, max_bake_seconds=18_000)},
            "When too little is known",
            "people are asked after 5h → it is rolled back after 2h",
        ),
        ({"judge": JudgeSettings(bake_after_seconds=600, minimum_requests=10)}, "Watched afterwards", "10m → no"),
        (
            {"judge": JudgeSettings(queries=(QUERY,), minimum_requests=10)},
            "Queries",
            "checkouts: 100 * f / a above the stable version by at most 0.5 for 5m, with "
            "f = Sum of Shop/Failed (Version {revision}), a = Sum of Shop/All → none",
        ),
        ({"approval": replace(PEOPLE, quorum=1)}, "Approvals needed", "1 → 2"),
        ({"approval": replace(PEOPLE, self_approval=True)}, "Own release", "may be approved → cannot be approved"),
        ({"approval": None}, "Approvers", f"nobody is asked → {ALICE}, {BOB}"),
        ({"approval": replace(PEOPLE, expires_after_seconds=3600)}, "Expires after", "1h → 3d"),
        ({}, "Traffic", "10 % for 10m, then 50 % for 1h, then all"),
    ],
)
def test_each_change_since_the_last_release_there_is_shown_and_signed(
    changed: dict[str, Any], row: str, expected: str
) -> None:
    before = replace(live(revision("7"), target=HERE), carried=carriage_of(environment(**changed)))
    (shown,) = sections(before)
    assert shown[row] == expected
    same = replace(before, carried=NOW_CARRIED)
    asked = approval(carried=NOW_CARRIED)
    assert (fingerprint(snapshot(asked, [before])) != fingerprint(snapshot(asked, [same]))) is bool(changed)


@pytest.mark.parametrize(
    ("changed", "row", "expected"),
    [
        ({"waves": ONE_BY_ONE}, "Targets", "one by one → 1 first, then up to 10 at once, region by region"),
        ({"waves": ALL_AT_ONCE}, "Targets", "all at once → 1 first, then up to 10 at once, region by region"),
        (
            {"on_failure": "roll_back_environment"},
            "If a target fails",
            "all targets are rolled back → no further wave begins",
        ),
    ],
)
def test_other_waves_are_shown_and_signed(changed: dict[str, Any], row: str, expected: str) -> None:
    two = (HERE, THERE)
    now, before = carriage_of(environment(targets=two)), carriage_of(environment(targets=two, **changed))
    lives = [replace(live(revision("7"), target=each), carried=before) for each in two]
    (shown,) = sections(*lives, carried=now, targets=two)
    assert shown[row] == expected
    same = [replace(each, carried=now) for each in lives]
    asked = approval(carried=now, targets=two)
    assert fingerprint(snapshot(asked, lives)) != fingerprint(snapshot(asked, same))


def test_a_single_target_has_no_waves() -> None:
    assert carriage_of(environment(waves=ONE_BY_ONE)) == carriage_of(environment(on_failure="roll_back_environment"))


def test_how_a_canary_is_judged_is_said_only_where_something_is_watched() -> None:
    unwatched = carriage_of(environment(plan=()))
    assert set(JUDGE_ROWS) & unwatched.keys() == set()
    afterwards = carriage_of(environment(plan=(), judge=JudgeSettings(bake_after_seconds=60)))
    assert set(JUDGE_ROWS) <= afterwards.keys()
    assert afterwards["When too little is known"] == "it is rolled back"


def test_all_that_a_canary_is_judged_by_is_there() -> None:
    judge = JudgeSettings("decide", 5, 3, 0.5, 2.0, 0.25, 800, every_step=True, advance_early=True)
    rows = carriage_of(environment(judge=judge))
    assert rows["Tolerated"] == (
        "0.5 points more failed requests, and requests over 800 ms; at that, 2 % are rolled back and 0.25 % promoted"
    )
    assert rows["Needed to go on"] == (
        "requests 5, minutes with requests 3, shown to be not worse at each step, before the bake ends if possible"
    )


def test_what_is_not_on_record_is_said() -> None:
    (shown,) = sections(live(revision("7"), target=HERE))
    assert shown["Traffic"] == NOW_CARRIED["Traffic"]
    assert "not on record" in shown[""]


def test_targets_with_another_past_have_a_section_of_their_own() -> None:
    before = [
        replace(live(revision("7"), target=HERE), carried=NOW_CARRIED),
        replace(live(revision("9"), target=THERE), carried={**NOW_CARRIED, "Approvals needed": "1"}),
    ]
    one, other = sections(*before, targets=(HERE, THERE))
    assert (one["on"], one["Approvals needed"]) == (HERE.id, "2")
    assert (other["on"], other["Approvals needed"]) == (THERE.id, "1 → 2")


def test_a_long_row_is_cut_and_compared_as_a_whole() -> None:
    one, other = (carriage_of(environment(alarms=("a" * 2000, each))) for each in ("x", "y"))
    assert one["Alarms"] != other["Alarms"]
    assert len(one["Alarms"]) < 1100
    (shown,) = sections(replace(live(revision("7"), target=HERE), carried=one), carried=other)
    assert " → " in shown["Alarms"]


def test_an_alarm_with_an_arrow_in_its_name_is_no_change() -> None:
    carried = carriage_of(environment(alarms=("old → new",)))
    before = replace(live(revision("7"), target=HERE), carried=carried)
    (shown,) = sections(before, carried=carried)
    assert shown["Alarms"] == "old -> new"
    assert "<del" not in facts_html(fact_sections(approval(carried=carried), [before], NOW)).split(CARRIED)[1]


def test_what_is_checked_before_any_traffic_is_a_row_where_there_is_something() -> None:
    checks = Checks((Check(CheckKind.INVOKE, 840, times=3), Check(CheckKind.CODEBUILD, 600, "smoke-test")))
    assert carriage_of(environment(checks=checks))["Checked before traffic"] == "3 x invoke, then codebuild smoke-test"
    assert "Checked before traffic" not in carriage_of(environment())


def test_what_the_answers_to_the_pipelines_own_requests_have_to_contain_is_there() -> None:
    sent = Checks(during_bake=BakeRequests(OwnRequest("{}", '{"statusCode": 200}')))
    expected = '1 x {} at each look, for answers with {"statusCode": 200}'
    assert carriage_of(environment(checks=sent))["Sent while watched"] == expected
    assert "Sent while watched" not in carriage_of(environment())
    assert "Sent while watched" not in carriage_of(environment(checks=sent, plan=())), "nothing is watched"
    afterwards = environment(checks=sent, plan=(), judge=JudgeSettings(bake_after_seconds=60))
    assert carriage_of(afterwards)["Sent while watched"] == expected
