"""`make chaos`: run the whole fault matrix and the races, and print how they ended."""

import sys
import time
from collections.abc import Iterable

from sandbox.driver.inbox import of_topic
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import UNHURRIED_ECS_MINUTE, Limits
from sandbox.stories.chaos.cases import FAULTS, Case, Result, cases
from sandbox.stories.chaos.ecs_situations import SERVICE_SITUATIONS
from sandbox.stories.chaos.kind_situations import KIND_SITUATIONS
from sandbox.stories.chaos.runner import Chaos
from sandbox.stories.chaos.situations import SITUATIONS
from sandbox.stories.races import many_services, one_service

_TIME_SCALE = 0.02
_LAMBDA_RATE = 15
"""Calls a second to Lambda's control plane in each account and region, as on AWS."""
_DEPLOYMENT_RATE = 10
"""Calls a second of CreateDeployment in each account: on AWS 0.2, which the time here makes fifty times as many."""
_INVOCATIONS = 16
"""How many run at once. Some of them are held up by faults."""


def main() -> int:
    """Run everything; return 1 when a case or a race did not end as it has to."""
    started = time.monotonic()
    limits = Limits(_LAMBDA_RATE, _INVOCATIONS, deployment_rate=_DEPLOYMENT_RATE, ecs_minute=UNHURRIED_ECS_MINUTE)
    with StandIn(time_scale=_TIME_SCALE, limits=limits) as stand_in:
        pipeline = Pipeline.deploy(stand_in, print)
        chaos = Chaos(pipeline, of_topic(stand_in, pipeline.outputs["NotificationTopicArn"]))
        matrix = cases(pipeline)
        situations = [*SITUATIONS, *KIND_SITUATIONS, *SERVICE_SITUATIONS]
        print(f"{len(matrix)} cases, {len(situations)} situations", flush=True)
        results = []
        for result in chaos.run_all([*matrix, *situations]):
            results.append(result)
            print(f"{time.monotonic() - started:5.0f} s  {result.case}: {result}", flush=True)
        races = [one_service(pipeline), many_services(pipeline)]
    print(f"\nHow each execution ended, and the version that gets the traffic:\n\n{_table(results)}\n")
    print("\n".join(f"{result.case}: {result}" for result in results if not isinstance(result.case, Case)), "\n")
    for result in results:
        for what in result.broken:
            print(f"✘ {result.case}: {what}")
    for what, race in zip(("one service", "fifty services"), races, strict=True):
        print(f"{what}: {race}")
        for problem in race.broken:
            print(f"✘ {what}: {problem}")
    broken = sum(bool(result.broken) for result in results)
    print(f"{len(results) - broken} of {len(results)} cases ended in the expected state.")
    return 1 if broken or any(race.broken for race in races) else 0


def _table(results: Iterable[Result]) -> str:
    """Format a table with a row for each task and a column for each fault."""
    matrix = ((result.case, result) for result in results)
    cells = {(case.kind.name, case.task, case.fault): str(result) for case, result in matrix if isinstance(case, Case)}
    rows = [["", *FAULTS]]
    rows += [
        [f"{kind} {task.machine} {task.state}", *(cells[kind, task, fault] for fault in FAULTS)]
        for kind, task in dict.fromkeys((kind, task) for kind, task, _ in cells)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
