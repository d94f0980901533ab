"""How soon the stable version has all traffic again, by an alarm and by a person."""

from time import monotonic

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD, REGION
from sandbox.stories.bench.counted import taken
from sandbox.stories.bench.released import add, push, release
from sandbox.stories.bench.rows import Count, Row, Seconds

_SERVICE = "cowsay-alarmed"
_STEPS = [{"weight": 33, "bake": "60s"}]


def rows(pipeline: Pipeline) -> list[Row]:
    """Measure a rollback by an alarm with cold and with warm functions, and one by a person."""
    alarm = add(pipeline, _SERVICE, traffic=_STEPS)
    release(pipeline, _SERVICE, "1111111")
    cold, warm = (_alarmed(pipeline, tag, alarm) for tag in ("2222222", "3333333"))
    return [
        Seconds("from the alarm to the stable version, cold functions", cold, 4),
        Seconds("from the alarm to the stable version, warm functions", warm, 2),
        *_by_a_person(pipeline),
    ]


def _alarmed(pipeline: Pipeline, tag: str, alarm: str) -> float:
    """Raise an alarm while a canary bakes; return the seconds until the alias is back on the stable version.

    The first time, nothing has rolled back before, so that the functions on this way are cold.
    """
    stable = {"version": pipeline.routing(PROD, _SERVICE)["version"], "weights": {}}
    promotion = push(pipeline, _SERVICE, tag)
    eventually("a canary", lambda: pipeline.routing(PROD, _SERVICE)["weights"] or None)
    eventually("a bake", lambda: pipeline.ledger(f"alarm#{PROD}/{REGION}/{alarm}") or None)
    began = monotonic()
    pipeline.stand_in.client("cloudwatch", PROD).set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="the bench says so"
    )
    eventually("the stable version", lambda: pipeline.routing(PROD, _SERVICE) == stable or None)
    seconds = monotonic() - began
    pipeline.wait(promotion)
    return seconds


def _by_a_person(pipeline: Pipeline) -> list[Row]:
    release(pipeline, _SERVICE, "4444444")
    rollback = pipeline.start("Rollback", {"service": _SERVICE, "environment": "prod"})
    pipeline.wait(rollback)
    states, ours = pipeline.states(rollback), taken(pipeline, rollback)
    return [
        Count("a person's rollback: state transitions", ours.transitions, 4),
        Count("a person's rollback: transitions until the alias is moved", 1 + states.index("RestoreVersion"), 1),
        Count("a person's rollback: calls", ours.all_calls, 30),
    ]
