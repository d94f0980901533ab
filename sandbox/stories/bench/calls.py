"""What a deployment takes, by the number of its steps."""

from collections import Counter
from collections.abc import Iterator, Mapping

from sandbox.driver.calls import WAITING, besides_waiting, calls_by_state, in_lambdas_bucket
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.stand_in.accounts import PROD
from sandbox.stories.bench.counted import taken
from sandbox.stories.bench.peer import DEPLOYMENTS
from sandbox.stories.bench.released import BAKE_SECONDS, add, release, steps_of
from sandbox.stories.bench.rows import Count, Row, Seconds

STEPS = (0, 2, 3, 10)
CALLS = {0: 36, 2: 65, 3: 79, 10: 171}
"""How many calls there may be besides waiting for Lambda, by the number of steps; an invocation is one of them."""
_LAMBDA_CALLS = {0: 8, 2: 12, 3: 14, 10: 27}
_BY_STATE = 2
"""The number of steps of the deployment whose calls are listed by state."""
MOST_CALLS = {
    "AcquireLease": 4,
    "InspectTarget": 10,
    "PrepareRevision": 12,
    "SettleTarget": 3,
    "ShiftTraffic": 6,
    "Bake": 3,
    "JudgeCanary": 5,
    "CompleteDeployment": 5,
    "RecordRelease": 4,
}
"""How many calls a state may make each time that it is entered: of a release with new code and new configuration, in an
environment with an approval and without a policy file, which costs one more. Of JudgeCanary's, two are made only where
a minute is complete. Besides the looks that find Lambda still at work, and entering the account."""
_WAITS = 60
"""How often the definition looks whether one change has settled, at most."""


def rows(pipeline: Pipeline) -> list[Row]:
    """Measure a deployment for each number of steps."""
    return [row for steps in STEPS for row in _rows(pipeline, steps, _deployed(pipeline, steps))]


def _deployed(pipeline: Pipeline, steps: int) -> str:
    service = f"cowsay-{steps}-steps"
    add(pipeline, service, traffic=steps_of(steps))
    release(pipeline, service, "1111111")
    with traffic(pipeline, PROD, service):
        (deployment,) = pipeline.deployments_of(release(pipeline, service, "2222222"))
    return deployment


def _rows(pipeline: Pipeline, steps: int, deployment: str) -> Iterator[Row]:
    ours, by_state = taken(pipeline, deployment), calls_by_state(pipeline, deployment)
    calls = besides_waiting(by_state)
    what = f"a deployment, {steps or 'no'} steps: "
    peer = DEPLOYMENTS.get(steps)
    theirs = [str(each) for each in (peer.transitions, peer.invocations, peer.calls)] if peer else ["", "", ""]
    yield Count(f"{what}state transitions", ours.transitions, 5 * steps + 12, theirs[0])
    yield Count(f"{what}invocations", ours.invocations, 3 * steps + 12, theirs[1])
    yield Count(f"{what}calls besides looks that wait", calls.total(), CALLS[steps], theirs[2])
    yield Count(f"{what}calls of Lambda's 15 a second", in_lambdas_bucket(calls), _LAMBDA_CALLS[steps])
    yield Count(f"{what}UpdateAlias", calls["UpdateAlias"], steps + 1)
    yield Count(f"{what}looks that only wait for Lambda", ours.waits, _WAITS)
    yield Count(f"{what}their calls", by_state.get(WAITING, Counter()).total(), _WAITS * 2)
    besides = ours.seconds - steps * BAKE_SECONDS
    yield Seconds(f"{what}besides waiting", besides, 3, f"{peer.seconds} s" if peer else "")
    if steps == _BY_STATE:
        yield from _of_states(pipeline, deployment, by_state)


def _of_states(pipeline: Pipeline, deployment: str, by_state: Mapping[str, Counter[str]]) -> Iterator[Row]:
    entered = Counter(pipeline.states(deployment))
    for state, calls in by_state.items():
        if state != WAITING:
            times = entered[state]
            what = f"    {state}{f', {times} times' if times > 1 else ''}, besides entering the account"
            yield Count(what, calls.total() - calls["AssumeRole"], MOST_CALLS[state] * times)
