"""The demo's promotion: three environments, an approval, two steps, and a judge that decides by traffic."""

import json
from collections.abc import Iterator

from sandbox.driver.calls import besides_waiting, calls_by_state
from sandbox.driver.cowsay import ALARM, APPROVER, GOOD, MANIFEST, POLICY, SERVICE
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.stand_in.accounts import ASSETS, PROD
from sandbox.stand_in.mailbox import mails
from sandbox.stories.bench.counted import Taken, taken
from sandbox.stories.bench.rows import Count, Outcome, Row, Seconds
from sandbox.stories.costs import scenario

_CALLS, _DEPLOYMENT_CALLS = 285, 86
"""It was 355 calls; 150 is the goal, which is not reached."""
_MAIL_SECONDS = 300
"""On a busy machine, what comes before the mail takes minutes."""


def rows(pipeline: Pipeline) -> list[Row]:
    """Promote two versions, and count what the second one took."""
    pipeline.upload_policy(POLICY)
    pipeline.add_service(SERVICE, MANIFEST % {"architecture": pipeline.architecture}, alarms=[ALARM])
    _promoted(pipeline, "1111111")
    with traffic(pipeline, PROD):
        digest, promotion, status = _promoted(pipeline, "2222222")
    deployments = pipeline.deployments_of(promotion)
    ours, last = taken(pipeline, promotion, *deployments), besides_waiting(calls_by_state(pipeline, deployments[-1]))
    what = "the demo's promotion: "
    verdict = json.loads(pipeline.describe(deployments[-1])["output"])["verdict"]["verdict"]
    return [
        Outcome(f"{what}it has", status, "SUCCEEDED"),
        Outcome(f"{what}the judge says", verdict, "healthy"),
        Count(f"{what}state transitions", ours.transitions, scenario.transitions()),
        Count(f"{what}calls, with the machines' own", ours.all_calls, _CALLS),
        Count(f"{what}looks that only wait for Lambda", ours.waits, scenario.WAITS),
        Count(f"{what}looks of the judge", pipeline.states(deployments[-1]).count("JudgeCanary"), 1 + scenario.LOOKS),
        *_as_the_costs_say(ours, _mails(pipeline, digest)),
        Count(
            "its deployment to prod, two steps and all the judge's looks: calls besides looks that wait",
            last.total(),
            _DEPLOYMENT_CALLS,
        ),
        Seconds(f"{what}after", ours.seconds, 240),
    ]


def _as_the_costs_say(ours: Taken, sent: int) -> Iterator[Row]:
    counted = {what: sum(ours.calls.get(name, 0) for name in names) for what, names in scenario.NAMES.items()}
    for what, number in (counted | {"mails": sent}).items():
        yield Count(f"the demo's promotion, as README's costs say: {what}", number, scenario.CALLS[what])


def _promoted(pipeline: Pipeline, tag: str) -> tuple[str, str, str]:
    """Push and approve; return the digest, the promotion, and how it ended."""
    digest = pipeline.push(SERVICE, tag, GOOD % tag)
    promotion = pipeline.promotion_of(digest)
    pipeline.answer(pipeline.mail_to(APPROVER, digest, _MAIL_SECONDS).links[0], "approved", "the bench says so")
    return digest, promotion, str(pipeline.wait(promotion, 420)["status"])


def _mails(pipeline: Pipeline, digest: str) -> int:
    return sum(digest in mail.text for mail in mails(pipeline.stand_in, ASSETS))
