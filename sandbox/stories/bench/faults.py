"""What becomes of a canary when something goes wrong, and how soon the stable version has all traffic again.

In real time, with real pauses between retries. The repair's schedule is disabled, so that only the event of an
execution's end starts it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sandbox.driver.cowsay import GOOD
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, DEV, PROD
from sandbox.stand_in.faults import Faults, killed
from sandbox.stand_in.metrics import Metrics
from sandbox.stories.bench.peer import EVERY_REQUEST_FAILS, LEFT_SPLIT, WITHOUT_TRAFFIC
from sandbox.stories.bench.released import add, push, release, target
from sandbox.stories.bench.rows import Outcome, Row, Seconds
from sandbox.stories.chaos.machines import tasks

Json = dict[str, Any]
_FAILS = "def handler(event, context):\n    raise RuntimeError('every request fails')\n"
_STEPS = [{"weight": 33, "bake": "60s"}]
_SHORT_STEPS = [{"weight": 33, "bake": "5s"}]
_DECIDES: Json = {"traffic": _STEPS, "judge": "decide", "max_bake": "2m"}
_LONGEST = 600
_BACK = "stable version"
_Disturb = Callable[[Pipeline, str, str], AbstractContextManager[None]]
"""Does what goes wrong, given the service and the deployment. The time begins once it is entered."""


@contextmanager
def _nothing(_pipeline: Pipeline, _service: str, _deployment: str) -> Iterator[None]:
    """Let the canary itself be what is wrong."""
    yield


@contextmanager
def _stopped(pipeline: Pipeline, _service: str, deployment: str) -> Iterator[None]:
    """Stop the deployment as a person does from the console."""
    pipeline.stand_in.client("stepfunctions", ASSETS).stop_execution(executionArn=deployment)
    yield


@contextmanager
def _killed(pipeline: Pipeline, service: str, _deployment: str) -> Iterator[None]:
    """Let the judge's function die each time; the time begins when the first one has died."""
    faults, about = Faults(pipeline.stand_in), f'"{service}"'
    function = next(task.function for task in tasks(pipeline) if task.state == "JudgeCanary")
    faults.inject(function, killed(), about)
    eventually("a function that dies", lambda: faults.hits(about) or None, _LONGEST)
    yield


@contextmanager
def _refused(pipeline: Pipeline, _service: str, _deployment: str) -> Iterator[None]:
    """Refuse each GetMetricData in the account. The case has one of its own."""
    with Metrics(pipeline.stand_in, DEV).refusing("Throttling", "Rate exceeded"):
        yield


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, beside the peer's fate."""

    what: str
    name: str
    peer: str
    budget: float
    """Seconds until the stable version has all traffic again."""
    disturb: _Disturb = _nothing
    environment: Json = field(default_factory=lambda: _DECIDES)
    app: str = ""
    """Of the canary; empty is a good one."""
    account: str = PROD
    is_used: bool = True
    """Whether people send requests."""

    def rows(self, pipeline: Pipeline) -> list[Row]:
        """Let the canary get 33 %, disturb it, and see what becomes of it."""
        service = f"cowsay-{self.name}"
        add(pipeline, service, **{"targets": [target(service, self.account)], **self.environment})
        release(pipeline, service, "1111111")
        stable = pipeline.routing(self.account, service)
        promotion = push(pipeline, service, "2222222", self.app or GOOD % f"{service} 2")
        with traffic(pipeline, self.account, service) if self.is_used else nullcontext():
            eventually("a canary", lambda: pipeline.routing(self.account, service)["weights"] or None)
            (deployment,) = pipeline.deployments_of(promotion)
            with self.disturb(pipeline, service, deployment):
                began = monotonic()
                ended = eventually("an alias that is whole", lambda: self._whole(pipeline, service), _LONGEST)
                seconds = monotonic() - began
        back = _BACK if ended == stable else "new version"
        return [
            Outcome(f"{self.what}: all traffic is on the", back, _BACK, self.peer),
            Seconds(f"{self.what}: after", seconds, self.budget),
        ]

    def _whole(self, pipeline: Pipeline, service: str) -> Json | None:
        routing = pipeline.routing(self.account, service)
        return None if routing["weights"] else routing


_OBSERVES: Json = {"traffic": _STEPS, "judge": "observe"}
_IS_KILLED: Json = {"traffic": _SHORT_STEPS, "judge": "observe"}
_WITHOUT_ALARM: Json = _DECIDES | {"alarms": []}
CASES = (
    Case("stopped at 33 %", "stopped", LEFT_SPLIT, 5, _stopped, _OBSERVES),
    Case("killed at 33 %", "killed", LEFT_SPLIT, 90, _killed, _IS_KILLED),
    Case("CloudWatch refuses", "refused", LEFT_SPLIT, 150, _refused, account=DEV),
    Case("no traffic", "unused", WITHOUT_TRAFFIC, 150, is_used=False),
    Case(
        "every request fails, without an alarm", "failing", EVERY_REQUEST_FAILS, 150, _nothing, _WITHOUT_ALARM, _FAILS
    ),
    Case("every request fails, with an alarm", "alarming", EVERY_REQUEST_FAILS, 150, app=_FAILS),
)


def rows(pipeline: Pipeline) -> list[Row]:
    """Run all cases side by side: most of the time they wait."""
    with ThreadPoolExecutor(len(CASES)) as pool:
        return [row for found in pool.map(lambda case: case.rows(pipeline), CASES) for row in found]
