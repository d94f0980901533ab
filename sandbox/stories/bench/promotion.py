"""The demo's promotion: three environments, an approval, two steps, and a judge that decides by traffic."""

import json
from collections.abc import Iterator

from sandbox.driver.cowsay import ALARM, APPROVER, GOOD, MANIFEST, POLICY, SERVICE
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.stand_in.accounts import PROD
from sandbox.stories.bench.counted import Taken, taken
from sandbox.stories.bench.rows import Count, Outcome, Row, Seconds
from sandbox.stories.costs import scenario

_CALLS, _DEPLOYMENT_CALLS = 150, 55


def rows(pipeline: Pipeline) -> list[Row]:
    """Promote two versions, and count what the second one took."""
    pipeline.upload_policy(POLICY)
    pipeline.add_service(SERVICE, MANIFEST % {"architecture": pipeline.architecture}, alarms=[ALARM])
    _promoted(pipeline, "1111111")
    with traffic(pipeline, PROD):
        promotion, status = _promoted(pipeline, "2222222")
    deployments = pipeline.deployments_of(promotion)
    ours, last = taken(pipeline, promotion, *deployments), taken(pipeline, deployments[-1])
    what = "the demo's promotion: "
    verdict = json.loads(pipeline.describe(deployments[-1])["output"])["verdict"]["verdict"]
    return [
        Outcome(f"{what}it has", status, "SUCCEEDED"),
        Outcome(f"{what}the judge says", verdict, "healthy"),
        Count(f"{what}state transitions", ours.transitions, scenario.transitions()),
        Count(f"{what}calls", ours.all_calls, _CALLS),
        *_as_the_costs_say(ours),
        Count("its deployment to prod, two steps: calls", last.all_calls, _DEPLOYMENT_CALLS),
        Seconds(f"{what}after", ours.seconds, 240),
    ]


def _as_the_costs_say(ours: Taken) -> Iterator[Row]:
    for what, names in scenario.NAMES.items():
        number = sum(ours.calls.get(name, 0) for name in names)
        yield Count(f"the demo's promotion, as README's costs say: {what}", number, scenario.CALLS[what])


def _promoted(pipeline: Pipeline, tag: str) -> tuple[str, str]:
    """Push and approve; return the promotion, and how it ended."""
    digest = pipeline.push(SERVICE, tag, GOOD % tag)
    promotion = pipeline.promotion_of(digest)
    pipeline.answer(pipeline.mail_to(APPROVER, digest).links[0], "approved", "the bench says so")
    return promotion, str(pipeline.wait(promotion, 420)["status"])
