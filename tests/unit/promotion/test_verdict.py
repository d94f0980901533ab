from hypothesis import given
from hypothesis import strategies as st

<<<<<<< HEAD
from gantry.promotion.verdict import AlarmChange, Evidence, Health, Verdict, judge
=======
from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError, CanaryWithoutEvidenceError
from gantry.promotion.judge.alarm_facts import AlarmChange
from gantry.promotion.judge.verdict import Health
from gantry.promotion.verdict import Evidence, Verdict, judge
>>>>>>> efc8530 (Judge a canary by a sequential test of both versions' requests)

ALARM = AlarmChange("cowsay-errors", "2026-11-22T09:30:00.000Z", "Threshold Crossed: 3 errors")
counts = st.integers(0, 10**6)


def test_a_quiet_canary_without_traffic_is_inconclusive() -> None:
    verdict = judge(Evidence(0, 1, ()))
    assert verdict == Verdict(
        Health.INCONCLUSIVE,
        ("the canary served 0 of at least 1 requests: too few to judge",),
        {"requests": 0, "minimum_requests": 1, "alarms": []},
    )


def test_a_quiet_canary_with_enough_traffic_is_healthy() -> None:
    verdict = judge(Evidence(250, 100, ()))
    assert verdict == Verdict(
        Health.HEALTHY,
        ("the canary served 250 of at least 100 requests and no alarm changed to ALARM",),
        {"requests": 250, "minimum_requests": 100, "alarms": []},
    )


def test_requests_that_cannot_be_counted_are_inconclusive_and_not_none_at_all() -> None:
    verdict = judge(Evidence(None, 0, ()))
    assert verdict.verdict == Health.INCONCLUSIVE
    assert verdict.evidence == {"requests": None, "minimum_requests": 0, "alarms": []}


@given(counts, counts)
def test_a_quiet_canary_is_healthy_exactly_when_it_served_what_was_asked_for(served: int, asked: int) -> None:
    assert judge(Evidence(served, asked, ())).verdict == (Health.HEALTHY if served >= asked else Health.INCONCLUSIVE)


@given(st.none() | counts, counts)
def test_an_alarm_outweighs_every_number_of_requests(served: int | None, asked: int) -> None:
    assert judge(Evidence(served, asked, (ALARM,))).verdict == Health.UNHEALTHY


def test_an_unhealthy_verdict_names_every_alarm() -> None:
    second = AlarmChange("cowsay-latency", "2026-11-22T09:31:00.000Z", "slow")
    verdict = judge(Evidence(5, 1, (ALARM, second)))
    assert verdict.reasons == (
        "the alarm “cowsay-errors” changed to ALARM at 2026-11-22T09:30:00.000Z: “Threshold Crossed: 3 errors”",
        "the alarm “cowsay-latency” changed to ALARM at 2026-11-22T09:31:00.000Z: “slow”",
    )
    assert verdict.evidence["alarms"] == ["cowsay-errors", "cowsay-latency"]
