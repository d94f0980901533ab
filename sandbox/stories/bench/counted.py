"""What one execution took: state transitions, invocations, calls."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.driver.calls import in_lambdas_bucket
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import REGION


@dataclass(frozen=True, slots=True)
class Taken:
    """What a part of the pipeline's work took."""

    seconds: float
    transitions: int
    invocations: int
    """Without those that only look whether a change has settled."""
    waits: int
    """The looks that found a change on its way."""
    calls: Mapping[str, int]
    """The calls of the pipeline's roles in all accounts, by name."""
    lambda_calls: int
    """Those of them that share Lambda's 15 requests a second."""

    @property
    def all_calls(self) -> int:
        """How many calls there were."""
        return sum(self.calls.values())


def taken(pipeline: Pipeline, *executions: str, regions: Collection[str] = (REGION,)) -> Taken:
    """Count what executions took, the first of which contains the others.

    Calls are counted by time, so nothing else may run meanwhile.
    """
    described = pipeline.describe(executions[0])
    calls = pipeline.calls_between(described["startDate"], described["stopDate"], regions)
    events = [event for each in executions for event in pipeline.history(each)]
    waits = sum(event.get("taskFailedEventDetails", {}).get("error") == "TargetPendingError" for event in events)
    return Taken(
        (described["stopDate"] - described["startDate"]).total_seconds(),
        sum("stateEnteredEventDetails" in event for event in events),
        sum(map(_is_invocation, events)) - waits,
        waits,
        calls,
        in_lambdas_bucket(calls),
    )


def _is_invocation(event: Mapping[str, Any]) -> bool:
    details = event.get("taskScheduledEventDetails", {})
    return bool(details.get("resourceType") == "lambda")
