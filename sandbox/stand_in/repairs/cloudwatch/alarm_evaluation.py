"""Alarms are evaluated.

Restores: an alarm evaluates exactly its own metric, or its metric math, over its periods. It counts
`DatapointsToAlarm`, obeys `TreatMissingData`, and returns to OK by itself. The library evaluates alarms only when a
metric is put, and then over all metrics of that name, whatever their dimensions.
The stand-in's time scale multiplies the periods. A state that SetAlarmState sets stays for one (scaled) minute.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

import contextvars
import logging
import operator
import threading
import time
from collections.abc import Callable
from typing import Final

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.cloudwatch.metric_math import Value
from sandbox.stand_in.repairs.cloudwatch.series import Window, values_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

_log = logging.getLogger(__name__)
_EVERY_SECONDS = 10
_AT_LEAST_SECONDS = 0.25
_SET_STATE_STANDS_SECONDS = 60
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def apply(settings: Settings) -> None:
    """Evaluate all alarms at intervals, while the stand-in runs."""

    def evaluate(alarm: Json) -> None:
        now = time.time()
        has_metric = alarm.get("Metrics") or alarm.get("MetricName")
        if has_metric and alarm.get("SetStateStandsUntil", 0) <= now:
            _evaluate(alarm, now, settings.time_scale)

    def set_state(original: Original, *arguments: object) -> Response:
        answer: Response = original(*arguments)
        alarm = cloudwatch._alarms.get(_alarm_name(arguments))
        if alarm is not None:
            alarm["SetStateStandsUntil"] = time.time() + _SET_STATE_STANDS_SECONDS * settings.time_scale
        return answer

    def put(original: Original, *arguments: object) -> Response:
        answer: Response = original(*arguments)
        alarm, request = cloudwatch._alarms.get(_alarm_name(arguments)), arguments[1]
        if alarm is not None and isinstance(request, dict) and request.get("Metrics"):
            alarm["Metrics"] = request["Metrics"]
            evaluate(alarm)
        return answer

    cloudwatch._evaluate_alarm = evaluate
    put_in_front(cloudwatch, "_set_alarm_state", set_state)
    put_in_front(cloudwatch, "_put_metric_alarm", put)
    pause = max(_AT_LEAST_SECONDS, _EVERY_SECONDS * settings.time_scale)
    threading.Thread(target=_keep_evaluating, args=(pause,), daemon=True).start()


def _alarm_name(arguments: tuple[object, ...]) -> str:
    parameters, request = arguments[0], arguments[1]
    name = request.get("AlarmName") if isinstance(request, dict) else None
    return str(name or cloudwatch._p(parameters, "AlarmName"))


def _keep_evaluating(pause: float) -> None:
    while True:
        time.sleep(pause)
        for (account, region, name), alarm in list(cloudwatch._alarms._data.items()):
            try:
                contextvars.Context().run(in_scope, account, region, cloudwatch._evaluate_alarm, alarm)
            except Exception:
                _log.exception("alarm %s of %s was not evaluated", name, account)


def _evaluate(alarm: Json, now: float, time_scale: float) -> None:
    values = _values(alarm, now, time_scale)
    state, reason = _verdict(alarm, values)
    before = alarm["StateValue"]
    if state == before:
        return
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _values(alarm: Json, now: float, time_scale: float) -> list[Value]:
    """Return the alarm's values in its evaluation periods, oldest first."""
    queries = alarm.get("Metrics") or [_as_query(alarm)]
    number = int(alarm.get("EvaluationPeriods") or 1)
    windows: dict[str, list[Window]] = {}
    for query in queries:
        if query.get("MetricStat"):
            period = query["MetricStat"]["Period"] * time_scale
            ends = [now - period * index for index in reversed(range(number))]
            windows[query["Id"]] = [(end - period, end) for end in ends]
    values = values_of(queries, windows)
    shown = [query["Id"] for query in queries if query.get("ReturnData", True)]
    return values[shown[0]]


def _as_query(alarm: Json) -> Json:
    metric = {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions")}
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return {"Id": "metric", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": statistic}}


def _verdict(alarm: Json, values: list[Value]) -> tuple[str, str]:
    data = [value for value in values if value is not None]
    missing = alarm.get("TreatMissingData") or "missing"
    threshold, number = float(alarm.get("Threshold") or 0), len(values)
    if not data and missing == "ignore":
        return alarm["StateValue"], alarm.get("StateReason", "")
    if not data and missing == "missing":
        return "INSUFFICIENT_DATA", f"Insufficient Data: {number} datapoints were unknown."
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    bad = sum(missing == "breaching" if value is None else breaches(value, threshold) for value in values)
    state = "ALARM" if bad >= int(alarm.get("DatapointsToAlarm") or number) else "OK"
    if data:
        return (
            state,
            f"Threshold Crossed: {len(data)} datapoints {data[-3:]} were compared to the threshold ({threshold}).",
        )
    return state, (
        f"Threshold Crossed: no datapoints were received for {number} periods and {number} missing datapoints were "
        f"treated as [{missing}]."
    )
