"""A promotion to many targets, and a rollback of many targets while one of them hangs."""

from collections.abc import Iterator

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import REGION
from sandbox.stories.bench.counted import taken
from sandbox.stories.bench.rows import Count, Row, Seconds
from sandbox.stories.many_targets import PLACES, WideService

TARGETS = (1, 10, len(PLACES))
_SECONDS = {1: 5, 10: 15, 40: 40}
_CALLS_BESIDES, _CALLS_A_TARGET = 38, 62
"""In November 2026: 96 calls for 1 target, 635 for 10 and 2,454 for 40. Six for each are CheckAllEnvironments', and
some ten WriteLiveParameters'."""
_LAMBDA_CALLS_A_TARGET = 9
"""Six in November 2026. Those that wait for Lambda are among them: side by side, nobody can tell which they are."""
_TOLD_SECONDS = 120
"""A rollback has to tell within that time that a target does not answer."""


def rows(pipeline: Pipeline) -> list[Row]:
    """Promote to so many targets, and roll back the widest service."""
    found: list[Row] = []
    for number in TARGETS:
        service = WideService(pipeline, f"cowsay-on-{number}", PLACES[-number:])
        service.add()
        service.release("1111111")
        promotion = service.release("2222222")
        found += _promoted(pipeline, number, promotion)
    return [*found, *_rolled_back(service)]


def _promoted(pipeline: Pipeline, number: int, promotion: str) -> Iterator[Row]:
    regions = {REGION, *(region for _, region in PLACES[-number:])}
    ours = taken(pipeline, promotion, *pipeline.deployments_of(promotion), regions=regions)
    what = f"a promotion to {number} target{'s' if number > 1 else ''}: "
    yield Count(f"{what}calls", ours.all_calls, _CALLS_BESIDES + number * _CALLS_A_TARGET)
    yield Count(f"{what}calls of Lambda's 15 a second", ours.lambda_calls, number * _LAMBDA_CALLS_A_TARGET)
    yield Seconds(f"{what}after", ours.seconds, _SECONDS[number])


def _rolled_back(service: WideService) -> Iterator[Row]:
    """The budget of the targets that answer is the time that the first try of the first function has."""
    ours = service.roll_back()
    what = f"rollback of {len(service.places)} targets, one of them hangs: "
    yield Seconds(f"{what}the others are back", ours.back_after, ours.deadline)
    yield Seconds(f"{what}it has ended", ours.ended_after, _TOLD_SECONDS)
