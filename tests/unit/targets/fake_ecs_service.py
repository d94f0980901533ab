"""A service of ECS in memory, with its deployments and its revisions."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from gantry.promotion.traffic import Routing
from tests.unit.targets.fake_client import Answer
from tests.unit.targets.fake_service_deployment import STEP, FakeServiceDeployment

LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class FakeEcsService:
    """One service, and what became of it. `describe` returns what a task definition is, by its name."""

    content: Answer
    """What DescribeServices returns, without what its deployments say."""
    describe: Callable[[str], Answer]
    digests: dict[str, str] = field(default_factory=dict)
    """What ECS finds for images that are named by a tag."""
    deployments: list[FakeServiceDeployment] = field(default_factory=list)
    revisions: dict[str, Answer] = field(default_factory=dict)
    """The service revisions, by their ARNs."""
    running: tuple[str, ...] = ()
    """The ARNs of those that run."""
    routes: list[Routing] = field(default_factory=list)
    """All that its traffic was ever made to go to."""
    slow: int = 0
    """How many looks each move takes."""
    pauses: frozenset[str] | None = None
    """The stages at whose pauses ECS stops; None for all of them."""
    most_pauses: int | None = None
    """How often it stops before a step; None for always."""
    updated_at: datetime = LONG_AGO
    hides_current: bool = False
    """Whether DescribeServices names no deployment."""
    hides_newest: bool = False
    """Whether ECS does not show the newest deployment yet."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1), init=False)

    @property
    def newest(self) -> FakeServiceDeployment:
        return self.shown[-1]

    @property
    def shown(self) -> list[FakeServiceDeployment]:
        return self.deployments[:-1] if self.hides_newest else self.deployments

    @property
    def in_flight(self) -> FakeServiceDeployment | None:
        return next((each for each in self.deployments if each.is_in_flight), None)

    @property
    def live(self) -> str:
        """The task definition of the newest revision that runs."""
        return self.task_definition(self.running[-1])

    @property
    def asked_for(self) -> str:
        """What the service was told to run. Going back restores it."""
        return str(self._asked_for()["taskDefinition"].rpartition("/")[2])

    def task_definition(self, revision: str) -> str:
        """The name of the task definition of a service revision."""
        return str(self.revisions[revision]["taskDefinition"].rpartition("/")[2])

    def begin(self, revision: str, settings: Answer, *, slow: int) -> None:
        """Begin a deployment, in place of one that has not ended."""
        if self.in_flight:
            self.in_flight.status = "STOPPED"
        number = next(self._numbers)
        made = FakeServiceDeployment(
            arn=self._arn("service-deployment", f"d{number:05}"),
            sources=self.running,
            target=self._revision(revision, number),
            settings=deepcopy(settings),
            number=number,
            updated_at=self.updated_at,
            keeps_to=self._keeping(),
            shifted=self._shifted,
            ended=self._ended,
            slow=slow,
            bakes=self.pauses is not None or self.most_pauses is not None,
        )
        self.deployments.append(made)
        made.begin_move()

    def described(self) -> Answer:
        """The answer of DescribeServices."""
        running = [*self.running, *([self.newest.target] if self.newest.is_in_flight else [])]
        return deepcopy(self.content) | {
            "taskDefinition": self._asked_for()["taskDefinition"],
            **({} if self.hides_current else {"currentServiceDeployment": self.newest.arn}),
            "currentServiceRevisions": [{"arn": each} for each in dict.fromkeys(running)],
        }

    def look_at(self, deployment: FakeServiceDeployment) -> Answer:
        """The answer of DescribeServiceDeployments. Looking is what lets a slow one go on."""
        described = deepcopy(deployment.described())
        if deployment.is_in_flight:
            deployment.look()
        return described

    def _asked_for(self) -> Answer:
        newest = self.deployments[-1]
        has_returned = newest.status == "ROLLBACK_SUCCESSFUL"
        return self.revisions[newest.sources[0] if has_returned else newest.target]

    def _keeping(self) -> Callable[[str], bool]:
        steps = iter(range(self.most_pauses)) if self.most_pauses is not None else None

        def keeps_to(stage: str) -> bool:
            if self.pauses is not None and stage not in self.pauses:
                return False
            return stage != STEP or steps is None or next(steps, None) is not None

        return keeps_to

    def _arn(self, what: str, name: str) -> str:
        before, _, place = self.content["serviceArn"].partition(":service/")
        return f"{before}:{what}/{place}/{name}"

    def _revision(self, revision: str, number: int) -> str:
        """Make a service revision. Its target group is the one that those that run have not."""
        arn, definition = self._arn("service-revision", str(number)), self.describe(revision)
        taken = {group["targetGroupArn"] for each in self.running for group in _groups_of(self.revisions[each])}
        balancers = [each for each in self.content["loadBalancers"] if each.get("advancedConfiguration")]
        self.revisions[arn] = {
            "serviceRevisionArn": arn,
            "taskDefinition": definition["taskDefinitionArn"],
            "createdAt": number,
            "containerImages": [self._image(each) for each in definition["containerDefinitions"]],
            "resolvedConfiguration": {"loadBalancers": [_free_group(each, taken) for each in balancers]},
        }
        return arn

    def _image(self, container: Answer) -> Answer:
        image = container["image"]
        digest = image.partition("@")[2] or self.digests.get(image)
        return {"containerName": container["name"], "image": image} | ({"imageDigest": digest} if digest else {})

    def _shifted(self, deployment: FakeServiceDeployment) -> None:
        target = self.task_definition(deployment.target)
        source = self.task_definition(deployment.sources[0]) if deployment.sources else target
        if deployment.weight in {0.0, 100.0}:
            self.routes.append(Routing(target if deployment.weight else source))
        else:
            self.routes.append(Routing(source, {target: deployment.weight}))

    def _ended(self, deployment: FakeServiceDeployment) -> None:
        self.running = (deployment.target,) if deployment.status == "SUCCESSFUL" else deployment.sources


def _groups_of(revision: Answer) -> list[Answer]:
    groups: list[Answer] = revision["resolvedConfiguration"]["loadBalancers"]
    return groups


def _free_group(balancer: Answer, taken: set[str]) -> Answer:
    advanced = balancer["advancedConfiguration"]
    both = (balancer["targetGroupArn"], advanced["alternateTargetGroupArn"])
    free = next(each for each in both if each not in taken)
    return {"targetGroupArn": free, "productionListenerRule": advanced["productionListenerRule"]}
