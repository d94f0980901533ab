"""A deployment of an ECS service: it walks by being looked at, and stops where ECS stops.

The order of the stages: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.unit.targets.fake_client import Answer

BEFORE_TRAFFIC = ("PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT")
STEP, SHIFT, LAST = "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
PAUSE, BAKE, CLEAN, WAIT = "pause", "bake", "clean", "wait"
"""What it may stop at: until somebody answers, until its own bake or the old tasks have ended, and for some looks."""
GOING = frozenset({"PENDING", "IN_PROGRESS"})
RETURNING = frozenset({"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})


@dataclass
class FakeServiceDeployment:
    """One deployment."""

    arn: str
    sources: tuple[str, ...]
    """The ARNs of the service revisions that it starts from."""
    target: str
    settings: Answer
    """The `deploymentConfiguration` of the service when it began."""
    number: int
    """The greater one began later."""
    updated_at: datetime
    keeps_to: Callable[[str], bool]
    """Whether ECS keeps to the pauses of a stage this time."""
    shifted: "Callable[[FakeServiceDeployment], object]"
    """Is told when the weight has changed."""
    ended: "Callable[[FakeServiceDeployment], object]"
    """Is told when it has ended."""
    looks: int = 0
    """How many more looks find it where it is."""
    slow: int = 0
    """How many looks each move takes."""
    bakes: bool = False
    """Whether its own bake after each step lasts until a test lets it pass."""
    cleans: bool = False
    """Whether its old tasks stay until a test lets them end."""
    status: str = "PENDING"
    stage: str = ""
    weight: float = 0.0
    reason: str = ""
    hook: Answer | None = None
    alarms: Answer = field(default_factory=dict)
    stopped_at: str = WAIT
    late_looks: int = 0
    """A look is told the weight of so many looks before."""
    hides_weights: bool = False
    """Whether nobody is told a weight."""
    hides_sources: bool = False
    """Whether nobody is told what it starts from."""
    failure: str | None = None
    """The status in which going back ends, where it fails."""
    _hooks: int = 0
    _seen: list[float] = field(default_factory=list)
    _walk: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._walk = self._stages()

    @property
    def is_going(self) -> bool:
        return self.status in GOING

    @property
    def is_in_flight(self) -> bool:
        return self.status in GOING | RETURNING

    def look(self) -> None:
        """Let one look pass."""
        if self.looks > 0:
            self.looks -= 1
            if not self.looks:
                self.move()

    def move(self) -> None:
        """Go on until something stops it."""
        if self.status in RETURNING:
            self._end_return()
            return
        if self.is_going and self.stopped_at == WAIT:
            self._advance()

    def answer(self, hook: str, action: str) -> bool:
        """Take an answer; return whether a pause has waited for it."""
        if not self.is_going or self.hook is None or self.hook["hookId"] != hook:
            return False
        self.hook, self.stopped_at = None, WAIT
        if action == "ROLLBACK":
            self.turn("rolled back at a pause")
        else:
            self.begin_move()
        return True

    def expire(self) -> None:
        """Let the time of the pause end that waits."""
        assert self.hook
        self.answer(self.hook["hookId"], self.hook["timeoutAction"])

    def turn(self, reason: str) -> None:
        """Begin to go back."""
        self.status, self.reason, self.hook = "ROLLBACK_REQUESTED", reason, None
        self.begin_move()

    def pass_bake(self) -> None:
        """Let its own bake end, or its old tasks."""
        assert self.stopped_at in {BAKE, CLEAN}
        self._advance()

    def begin_move(self) -> None:
        """Move at once, or after as many looks as it takes."""
        self.looks = self.slow
        if not self.looks:
            self.move()

    def described(self) -> Answer:
        """The answer of DescribeServiceDeployments."""
        hooks = [self.hook] if self.hook else []
        sources = () if self.hides_sources else self.sources
        self._seen.append(self.weight)
        shown = self._seen[max(len(self._seen) - 1 - self.late_looks, 0)]
        return {
            "serviceDeploymentArn": self.arn,
            "status": self.status,
            "statusReason": self.reason,
            "createdAt": self.number,
            "updatedAt": self.updated_at,
            "sourceServiceRevisions": [{"arn": each} | self._weight(100.0 - shown) for each in sources],
            "targetServiceRevision": {"arn": self.target} | self._weight(shown),
            "lifecycleHookDetails": hooks,
            "deploymentConfiguration": self.settings,
            "alarms": self.alarms,
            **({"lifecycleStage": self.stage} if self._shifts else {}),
            **({"rollback": {"serviceRevisionArn": self.sources[0]}} if self.status.startswith("ROLLBACK") else {}),
        }

    def _weight(self, percent: float) -> Answer:
        return {} if self.hides_weights else {"requestedProductionTrafficWeight": percent}

    @property
    def _shifts(self) -> bool:
        return bool(self.settings.get("strategy", "ROLLING") != "ROLLING")

    def _advance(self) -> None:
        self.stopped_at = next(self._walk, self.stopped_at)

    def _stages(self) -> Iterator[str]:
        self.status = "IN_PROGRESS"
        for self.stage in BEFORE_TRAFFIC:
            yield from self._pauses(self.stage)
        for weight in _weights(self.settings) if self._shifts else ():
            self.stage = STEP
            yield from self._pauses(STEP)
            self.stage, self.weight = SHIFT, weight
            self.shifted(self)
            if weight < 100 and self.bakes:
                yield BAKE
        if self._shifts:
            self.stage = LAST
            yield from self._pauses(LAST)
        else:
            self.weight = 100.0
            self.shifted(self)
        self.stage = "CLEAN_UP"
        if self.cleans:
            yield CLEAN
        self.status = "SUCCESSFUL"
        self.ended(self)

    def _pauses(self, stage: str) -> Iterator[str]:
        for hook in self.settings.get("lifecycleHooks") or ():
            if hook.get("targetType") != "PAUSE" or stage not in hook["lifecycleStages"]:
                continue
            if not self.keeps_to(stage):
                continue
            self._hooks += 1
            waits: dict[str, Any] = hook.get("timeoutConfiguration") or {}
            self.hook = {
                "hookId": f"ecs-pause-{self.number}-{self._hooks}",
                "targetType": "PAUSE",
                "status": "AWAITING_ACTION",
                "timeoutAction": waits.get("action", "ROLLBACK"),
            }
            yield PAUSE

    def _end_return(self) -> None:
        if self.failure:
            self.status = self.failure
            return
        self.status = "ROLLBACK_SUCCESSFUL"
        if self.weight:
            self.weight = 0.0
            self.shifted(self)
        self.ended(self)


def _weights(settings: Answer) -> list[float]:
    """The steps of a strategy, as https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-linear.html
    has them: `stepPercent` more each time."""
    if settings["strategy"] == "CANARY":
        return [settings["canaryConfiguration"]["canaryPercent"], 100.0]
    if settings["strategy"] == "LINEAR":
        step = settings["linearConfiguration"]["stepPercent"]
        count = int(99.99 // step)
        return [*(step * number for number in range(1, count + 1)), 100.0]
    return [100.0]
