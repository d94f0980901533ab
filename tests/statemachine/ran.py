"""An execution as its history tells it."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, events_of, soon

_SECONDS = 40


class Execution:
    """One execution of one of the machines."""

    def __init__(self, aws: StandIn, arn: str) -> None:
        self._aws, self.arn = aws, arn

    def ended(self) -> "Ended":
        """What is known of it, as soon as it has ended."""
        client = self._aws.client("stepfunctions", ASSETS)

        def look() -> Json | None:
            found: Json = client.describe_execution(executionArn=self.arn)
            return found if found["status"] != "RUNNING" else None

        return Ended(soon(look, _SECONDS), events_of(self._aws, self.arn))

    def entered(self) -> list[str]:
        """The names of the states that it has entered so far."""
        events = events_of(self._aws, self.arn)
        return [event["stateEnteredEventDetails"]["name"] for event in events if _is_entry(event)]

    def token(self, state: str) -> str:
        """The token that a state waits with, once its function has been given it."""

        def look() -> str | None:
            events = events_of(self._aws, self.arn)
            if "TaskSubmitted" not in [event["type"] for event in _within(events, state)]:
                return None
            return str(_payloads(events, state)[-1]["task_token"])

        return soon(look, _SECONDS)

    def succeed(self, state: str, output: Any) -> "Ended":
        """How it ends after the task that waits has been answered."""
        token = self.token(state)
        self._aws.client("stepfunctions", ASSETS).send_task_success(taskToken=token, output=json.dumps(output))
        return self.ended()

    def fail(self, state: str, error: str, cause: str) -> "Ended":
        """How it ends after the task that waits has been failed."""
        token = self.token(state)
        self._aws.client("stepfunctions", ASSETS).send_task_failure(taskToken=token, error=error, cause=cause)
        return self.ended()


class Ended:
    """An execution that is over."""

    def __init__(self, described: Json, events: Sequence[Json]) -> None:
        self.status: str = described["status"]
        self.error: str | None = described.get("error")
        self.cause: str = described.get("cause") or ""
        self.output: Any = json.loads(described.get("output") or "null")
        self._events = events

    @property
    def entered(self) -> list[str]:
        """The names of the states in the order in which they were entered; their number is that of the transitions."""
        return [event["stateEnteredEventDetails"]["name"] for event in self._events if _is_entry(event)]

    def most_at_once(self, state: str) -> int:
        """How many of a state were between entering and leaving at the same time."""
        now = most = 0
        for event in self._events:
            now += _is_entry(event) and event["stateEnteredEventDetails"]["name"] == state
            now -= event.get("stateExitedEventDetails", {}).get("name") == state
            most = max(most, now)
        return most

    def children(self) -> list[str]:
        """The executions that it has started with `.sync`, in the order in which they began."""
        submitted = [event["taskSubmittedEventDetails"] for event in self._events if "Submitted" in event["type"]]
        return [json.loads(each["output"])["ExecutionArn"] for each in submitted if each["resource"].endswith("sync:2")]

    def payloads(self, state: str) -> list[Json]:
        """What a state sent to its function, once for every attempt."""
        return _payloads(self._events, state)

    def payload(self, state: str) -> Json:
        """What a state sent to its function in its only attempt."""
        [only] = self.payloads(state)
        return only

    def arguments(self, state: str) -> list[Json]:
        """What a state called its service with, once for every attempt."""
        return _arguments(self._events, state)

    def timeouts(self, state: str) -> list[int]:
        """For how many seconds a state waited for its service at most, once for every attempt."""
        return [event["timeoutInSeconds"] for event in _scheduled(self._events, state)]

    def errors(self) -> list[str]:
        """The errors of all attempts that failed, oldest first."""
        kinds = ("taskFailedEventDetails", "taskTimedOutEventDetails")
        return [event[kind]["error"] for event in self._events for kind in kinds if kind in event]


def _is_entry(event: Json) -> bool:
    return str(event["type"]).endswith("StateEntered")


def _payloads(events: Sequence[Json], state: str) -> list[Json]:
    return [arguments["Payload"] for arguments in _arguments(events, state)]


def _arguments(events: Sequence[Json], state: str) -> list[Json]:
    return [json.loads(event["parameters"]) for event in _scheduled(events, state)]


def _scheduled(events: Sequence[Json], state: str) -> list[Json]:
    return [event["taskScheduledEventDetails"] for event in _within(events, state) if event["type"] == "TaskScheduled"]


def _within(events: Sequence[Json], state: str) -> list[Json]:
    """States run one at a time in these machines, so what happens belongs to the state that was entered last."""
    found, current = [], ""
    for event in events:
        if _is_entry(event):
            current = event["stateEnteredEventDetails"]["name"]
        elif current == state:
            found.append(event)
    return found
