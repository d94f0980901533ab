"""What a deployment takes, by the number of its steps."""

from collections.abc import Iterator

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.stand_in.accounts import PROD
from sandbox.stories.bench.counted import Taken, taken
from sandbox.stories.bench.peer import DEPLOYMENTS
from sandbox.stories.bench.released import BAKE_SECONDS, add, release, steps_of
from sandbox.stories.bench.rows import Count, Row, Seconds

STEPS = (0, 2, 3, 10)
_CALLS = {0: 45, 2: 55, 3: 65, 10: 130}
"""How many calls there may be, by the number of steps."""
_LAMBDA_CALLS = {0: 8, 2: 12, 3: 13, 10: 20}
_WAITS = 60
"""How often the definition looks whether one change has settled, at most."""


def rows(pipeline: Pipeline) -> list[Row]:
    """Measure a deployment for each number of steps."""
    return [row for steps in STEPS for row in _rows(steps, _deployed(pipeline, steps))]


def _deployed(pipeline: Pipeline, steps: int) -> Taken:
    service = f"cowsay-{steps}-steps"
    add(pipeline, service, traffic=steps_of(steps))
    release(pipeline, service, "1111111")
    with traffic(pipeline, PROD, service):
        (deployment,) = pipeline.deployments_of(release(pipeline, service, "2222222"))
    return taken(pipeline, deployment)


def _rows(steps: int, ours: Taken) -> Iterator[Row]:
    what = f"a deployment, {steps or 'no'} steps: "
    peer = DEPLOYMENTS.get(steps)
    theirs = [str(each) for each in (peer.transitions, peer.invocations, peer.calls)] if peer else ["", "", ""]
    yield Count(f"{what}state transitions", ours.transitions, 5 * steps + 12, theirs[0])
    yield Count(f"{what}invocations", ours.invocations, 3 * steps + 12, theirs[1])
    yield Count(f"{what}waits for Lambda, each one more of both", ours.waits, _WAITS)
    yield Count(f"{what}calls", ours.all_calls, _CALLS[steps], theirs[2])
    yield Count(f"{what}calls of Lambda's 15 a second", ours.lambda_calls, _LAMBDA_CALLS[steps])
    yield Count(f"{what}UpdateAlias", ours.calls.get("UpdateAlias", 0), steps + 1)
    besides = ours.seconds - steps * BAKE_SECONDS
    yield Seconds(f"{what}besides waiting", besides, 3, f"{peer.seconds} s" if peer else "")
