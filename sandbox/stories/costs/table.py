"""The README's table: what a promotion costs, and a month."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from sandbox.stand_in.workspace import ROOT
from sandbox.stories.costs import prices, scenario
from sandbox.stories.costs.scenario import CALLS, PROMOTIONS, RUNS_A_MONTH

_MB_IN_GB = 1_024
_BYTES_IN_GB = 1e9
_LEAST = 0.0001
"""Dollars. What is less is not written out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, in dollars."""

    what: str
    a_promotion: float
    a_month: float = 0
    """Whether anything is promoted or not."""

    @property
    def month(self) -> float:
        """What a month costs."""
        return self.a_month + PROMOTIONS * self.a_promotion

    def __str__(self) -> str:
        """A row of the table."""
        return f"| {self.what} | {_of_a_promotion(self.a_promotion)} | ${self.month:.2f} |"


def _of_a_promotion(dollars: float) -> str:
    if not dollars:
        return ""
    return f"${dollars:.4f}" if dollars >= _LEAST else f"< ${_LEAST}"


def lines() -> list[Line]:
    """Return the table's lines, without the sum."""
    return [_step_functions(), _lambda(), _ledger(), _judge(), _messages(), _logs(), _schedule(), _alarms(), *_fixed()]


def table() -> str:
    """Return the whole table."""
    found = lines()
    promotion, month = sum(line.a_promotion for line in found), sum(line.month for line in found)
    together = f"| **together** | **${promotion:.4f}** | **${month:.2f}** |"
    return "\n".join(["| what | a promotion | a month |", "|---|---|---|", *map(str, found), together])


def _step_functions() -> Line:
    number = scenario.transitions()
    what = f"Step Functions: at most {number} transitions, {scenario.WAITS} retries"
    return Line(what, prices.TRANSITION.of(number + scenario.WAITS))


def _invoked() -> Iterator[tuple[str, int]]:
    """Yield how often a promotion invokes each function. A retry that waits is counted as the largest that can."""
    functions = {name.removesuffix("Function") for name in _functions()}
    yield from ((name, number) for name, number in scenario.states().items() if name in functions)
    yield from ((name, 1) for name in scenario.BESIDES)
    yield "ShiftTraffic", scenario.WAITS


def _lambda() -> Line:
    invoked = list(_invoked())
    number = sum(times for _, times in invoked)
    what = f"Lambda: at most {number} invocations of {scenario.SECONDS:g} second"
    return Line(what, sum(_invocations(name, times) for name, times in invoked))


def _ledger() -> Line:
    reads, transactions, writes = (CALLS[f"DynamoDB {what}"] for what in ("reads", "transactional reads", "writes"))
    units = reads * scenario.READ_UNITS + transactions * scenario.TRANSACTIONAL_READ_UNITS
    dollars = prices.DYNAMODB_READ.of(units)
    dollars += prices.DYNAMODB_WRITE.of(writes * scenario.WRITE_UNITS)
    objects, lists = CALLS["S3 reads"], CALLS["S3 writes and lists"]
    dollars += prices.S3_READ.of(objects) + prices.S3_LIST.of(lists)
    ledger = f"DynamoDB: at most {reads} reads, {transactions} transactional ones, {writes} writes"
    return Line(f"{ledger}; S3: at most {objects} reads, {lists or 'no'} writes or lists", dollars)


def _judge() -> Line:
    """The first step is looked at once, and the last one until enough is known."""
    number = (1 + scenario.LOOKS) * scenario.METRICS_A_LOOK
    return Line(f"CloudWatch: at most {number} metrics for the judge", prices.METRIC_READ.of(number))


def _messages() -> Line:
    """A page is shown once and answered once; each notification goes to one address."""
    events, mails, notifications = CALLS["events"], CALLS["mails"], CALLS["notifications"]
    dollars = prices.EVENT.of(events) + prices.MAIL.of(mails) + prices.NOTIFICATION.of(notifications)
    dollars += prices.API_REQUEST.of(2)
    what = f"at most {events} events, {notifications} notification, {mails} mail, 2 requests"
    return Line(what, dollars)


def _logs() -> Line:
    number = sum(times for _, times in _invoked())
    dollars = prices.TRACE.of(number) + prices.LOG.of(number * scenario.LOG_BYTES / _BYTES_IN_GB)
    return Line("logs and traces", dollars)


def _schedule() -> Line:
    """Each run reads the ledger a few times, besides."""
    number = len(scenario.EVERY_TEN_MINUTES) * RUNS_A_MONTH
    dollars = sum(_invocations(name, RUNS_A_MONTH) for name in scenario.EVERY_TEN_MINUTES)
    dollars += prices.DYNAMODB_READ.of(number * 2 * scenario.READ_UNITS)
    dollars += prices.TRACE.of(number) + prices.LOG.of(number * scenario.LOG_BYTES / _BYTES_IN_GB)
    return Line(f"the repair's schedule: {number:,} invocations", 0, dollars)


def _alarms() -> Line:
    """Each is an event for another account's bus, an invocation, and a query for the bakes that it ends."""
    number = scenario.ALARMS_A_MONTH
    dollars = prices.EVENT.of(number) + _invocations("OnAlarm", number)
    dollars += prices.DYNAMODB_READ.of(number * scenario.READ_UNITS)
    dollars += prices.TRACE.of(number) + prices.LOG.of(number * scenario.LOG_BYTES / _BYTES_IN_GB)
    return Line(f"{number:,} changes to ALARM in the workload accounts", 0, dollars)


def _fixed() -> Iterator[Line]:
    # Not those of what is only there on a condition, like writing back to Git.
    found = [each for each in _template()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    alarms = sum("Condition" not in each for each in found)
    watched = prices.METRIC.of(scenario.METRICS) + prices.ALARM.of(alarms)
    yield Line(f"at most {scenario.METRICS} metrics, and {alarms} alarms", 0, watched)
    yield Line("one secret", prices.SECRET_READ.of(_secret_reads()), prices.SECRET.of(1))


def _secret_reads() -> int:
    """Return how often a promotion reads the secret, as if each function that may do so were cold each time."""
    readers = {
        name.removesuffix("Function")
        for name, own in _functions().items()
        if "MASKING_KEY" in own.get("Environment", {}).get("Variables", {})
    }
    return sum(times for name, times in _invoked() if name in readers)


def _invocations(function: str, times: int) -> float:
    own = _functions()[f"{function}Function"]
    memory = own.get("MemorySize", _template()["Globals"]["Function"]["MemorySize"])
    duration = prices.LAMBDA_DURATION.of(times * scenario.SECONDS * memory / _MB_IN_GB)
    return prices.LAMBDA_REQUEST.of(times) + duration


@cache
def _template() -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return parsed


def _functions() -> Mapping[str, Mapping[str, Any]]:
    resources = _template()["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::Serverless::Function"}
