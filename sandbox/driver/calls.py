"""The API calls of one execution, state by state.

A function's calls are its own, wherever it makes them: the session in another account has the function's name. So what
other functions do at the same time is not counted. Another execution of the same machine would be: run them one by one.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS

Json = dict[str, Any]
WAITING = "waiting for Lambda"
"""Stands for the looks that found a change under way. How many there are is Lambda's doing."""
_IS_PENDING = "TargetPendingError"
_LOOKS = ("Get", "Invoke")
_FAILED = ("TaskFailed", "TaskTimedOut", "LambdaFunctionFailed")
_ENDED = ("TaskSucceeded", "TaskStateExited", *_FAILED)
_OUTSIDE_THE_BUCKET = {"GetFunction", "GetPolicy", "Invoke"}
_OF_LAMBDA = {
    *_OUTSIDE_THE_BUCKET,
    "CreateAlias",
    "CreateFunction",
    "GetAlias",
    "GetFunctionConfiguration",
    "GetProvisionedConcurrencyConfig",
    "PublishVersion",
    "UpdateAlias",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
}
_LATE = timedelta(seconds=2)
"""A function may still write after it has answered its task."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a task."""

    state: str
    function: str
    """The function behind it; empty where the machine calls a service itself."""
    call: str
    """What the machine calls."""
    began: datetime
    ended: datetime | None
    is_pending: bool
    """Whether it found that a change has not finished."""


def calls_by_state(pipeline: Pipeline, execution: str) -> dict[str, Counter[str]]:
    """Count what each state of a deployment that has ended has called, by the names of the operations.

    The machine's own calls are counted as well: each invocation is one `Invoke`. A look that found nothing but a change
    under way is in `WAITING`.
    """
    tries = list(_tries(pipeline.history(execution)))
    described = pipeline.describe(execution)
    accounts = {ASSETS, json.loads(described["input"])["target"]["account"]}
    found = _calls(pipeline, accounts, described["startDate"], described["stopDate"] + _LATE)
    made = sorted(found, key=lambda call: call[0])
    of_tries: list[Counter[str]] = [Counter([each.call]) for each in tries]
    for at, function, operation in made:
        if (index := _try_of(tries, function, at)) is not None:
            of_tries[index][operation] += 1
    counted: dict[str, Counter[str]] = {}
    for each, calls in zip(tries, of_tries, strict=True):
        is_only_a_look = each.is_pending and all(name.startswith(_LOOKS) for name in calls)
        counted.setdefault(WAITING if is_only_a_look else each.state, Counter()).update(calls)
    return counted


def besides_waiting(counted: Mapping[str, Counter[str]]) -> Counter[str]:
    """Return all calls of `calls_by_state` together, without the looks that found a change under way."""
    return sum((calls for state, calls in counted.items() if state != WAITING), Counter[str]())


def in_lambdas_bucket(calls: Counter[str]) -> int:
    """Count those of which Lambda takes 15 a second in an account and region, for all functions together.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
    """
    return sum(count for name, count in calls.items() if name in _OF_LAMBDA - _OUTSIDE_THE_BUCKET)


def _calls(
    pipeline: Pipeline, accounts: Collection[str], start: datetime, stop: datetime
) -> Iterator[tuple[datetime, str, str]]:
    """Yield when, by which session and what was called in these accounts."""
    for account in accounts:
        pages = pipeline.stand_in.client("cloudtrail", account).get_paginator("lookup_events")
        for page in pages.paginate(StartTime=start, EndTime=stop):
            for event in page["Events"]:
                yield event["EventTime"], event["Username"], event["EventName"]


def _try_of(tries: list[Try], function: str, at: datetime) -> int | None:
    """Return the last try of a function that began before a call of it; None if the call is another execution's."""
    found = [index for index, each in enumerate(tries) if each.function == function and each.began <= at]
    if not found:
        return None
    ended = tries[found[-1]].ended
    return None if ended and at > ended + _LATE else found[-1]


def _tries(history: list[Json]) -> Iterator[Try]:
    """Yield the tries of all tasks, in order. The states of a machine without parallel branches follow each other."""
    state, begun = "", None
    for event in history:
        if entered := event.get("stateEnteredEventDetails"):
            state = entered["name"]
        if scheduled := event.get("taskScheduledEventDetails"):
            begun = (event["timestamp"], *_called(scheduled))
        if begun and event["type"] in _ENDED:
            began, function, call = begun
            error = event.get("taskFailedEventDetails", {}).get("error")
            yield Try(state, function, call, began, event["timestamp"], error == _IS_PENDING)
            begun = None


def _called(scheduled: Json) -> tuple[str, str]:
    if scheduled["resourceType"] == "lambda":
        return str(json.loads(scheduled["parameters"])["FunctionName"]).split(":")[6], "Invoke"
    operation = str(scheduled["resource"]).partition(".")[0]
    return "", operation[:1].upper() + operation[1:]
