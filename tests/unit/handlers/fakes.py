"""Stand-ins in memory that keep the promises of the adapters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from gantry.artifacts.container_image import ContainerImage
from gantry.aws.executions import ExecutionEnd
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.checks import CheckAnswer
from gantry.promotion.errors import (
    AlarmNotFoundError,
    ArtifactArchitectureError,
    ArtifactNotFoundError,
    InvalidRequestError,
    RevisionUnusableError,
    TargetChangedError,
    TargetNotFoundError,
)
from gantry.promotion.judge.alarm_facts import AlarmChange, AlarmFacts
from gantry.promotion.judge.evidence import EvidenceRequest, Minute, RevisionMinute, TargetEvidence
from gantry.promotion.source import Source
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing

ENDED_AT = "2026-11-22T10:00:00.000Z"


@dataclass
class FakeAlias:
    """An alias with a revision id that every write changes, whoever writes."""

    target: Target
    current: Routing | None = None
    interference: Routing | None = None
    """What somebody else makes it route to between the next reading and the writing that follows."""
    refusal: Exception | None = None
    """What every reading fails with."""
    moving: bool | Exception = False
    """Whether Lambda itself is still moving the traffic, or why it has given up."""
    unusable: set[str] = field(default_factory=set)
    """The versions that Lambda does not let it route to."""
    update_refusal: Exception | None = None
    """What the question fails with whether the alias may be changed."""
    written: list[Routing] = field(default_factory=list)
    revision: int = 1

    def routing(self) -> tuple[Routing, str] | None:
        if self.refusal:
            raise self.refusal
        found = (self.current, str(self.revision)) if self.current else None
        if self.interference:
            self.somebody_makes_it(self.interference)
        return found

    def is_moving(self) -> bool:
        if isinstance(self.moving, Exception):
            raise self.moving
        return self.moving

    def may_be_updated(self) -> None:
        if self.update_refusal:
            raise self.update_refusal

    def create(self, version: str) -> None:
        if self.current is None:
            self._write(Routing(version))
        elif self.current != Routing(version):
            raise TargetChangedError(f"{self.target.id}: it routes to {self.current}")

    def update(self, routing: Routing, revision_id: str) -> Routing | None:
        if self.current is None:
            raise TargetNotFoundError(f"{self.target.id}: there is no such alias")
        if revision_id == str(self.revision):
            self._write(routing)
            return routing
        if self.current != routing:
            raise TargetChangedError(f"{self.target.id}: it routes to {self.current}: somebody else changed it")
        return None

    def somebody_makes_it(self, routing: Routing) -> None:
        self.current, self.interference = routing, None
        self.revision += 1

    def _write(self, routing: Routing) -> None:
        if self.unusable & {routing.revision, *routing.weights}:
            raise RevisionUnusableError(f"{self.target.id}: {routing} cannot run")
        self.current = routing
        self.written.append(routing)
        self.revision += 1


@dataclass
class FakeAlarms:
    """The alarms of one account and region: their states, and when they changed to ALARM."""

    now: dict[str, str] = field(default_factory=dict)
    went_off: dict[str, datetime] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Why CloudWatch says nothing about them at the moment, except to whom asks for their states."""

    def states(self, names: Sequence[str]) -> dict[str, str]:
        if missing := [name for name in names if name not in self.now]:
            raise AlarmNotFoundError(f"there is no alarm {', '.join(missing)}")
        return {name: self.now[name] for name in names}

    def _changes(self, names: Sequence[str], since: datetime) -> tuple[AlarmChange, ...]:
        changed = {name: self.went_off[name] for name in self.states(names) if name in self.went_off}
        return tuple(AlarmChange(name, iso(at), "3 errors") for name, at in changed.items() if at >= since)

    def watch(self, names: Sequence[str], since: datetime) -> AlarmFacts:
        if self.unknown:
            return AlarmFacts(unknown=self.unknown)
        changes = self._changes(names, since)
        quiet = {
            name: state for name, state in self.states(names).items() if name not in {each.name for each in changes}
        }
        firing, silent = (
            tuple(name for name in quiet if quiet[name] == state) for state in ("ALARM", "INSUFFICIENT_DATA")
        )
        return AlarmFacts(changes, firing, silent)


@dataclass
class FakeEvidence:
    """When each version served a request through the alias. What was served is counted at once."""

    served: dict[str, list[datetime]] = field(default_factory=dict)
    found: TargetEvidence | None = None
    """What is known, in place of what was served."""

    rate: float | None = 12.0
    """Requests a second."""

    def requests_per_second(self, since: datetime, until: datetime) -> float | None:
        assert until - since == timedelta(days=7)
        return self.rate

    def collect(self, request: EvidenceRequest) -> TargetEvidence:
        if self.found:
            return self.found
        times = {at for served in self.served.values() for at in served if request.since <= at <= request.now}
        return TargetEvidence(tuple(self._minute(request, at) for at in sorted(times)), request.now)

    def _minute(self, request: EvidenceRequest, at: datetime) -> Minute:
        counts = (self.served.get(version or "", []).count(at) for version in (request.canary, request.stable))
        return Minute(at, *(RevisionMinute(each or None, 0 if each else None) for each in counts))


@dataclass
class FakeImages:
    """Images by repository and by each of their names; an index holds one image for each architecture."""

    pushed: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    """The digest of what was pushed, and the digests of the images that it is."""
    pushed_by: str | None = None
    """What the label of every image says."""
    source: Source | None = None
    """Where every image comes from, as its labels say."""
    refusal: Exception | None = None
    """Why none of them can run."""
    tags_asked: list[str] = field(default_factory=list)
    """The digests whose tags were read."""
    deleted: set[tuple[str, str]] = field(default_factory=set)
    """The regions and digests of images that the registry does not have there any more."""
    unexpected: set[str] = field(default_factory=set)
    """The repositories that exist in no other region."""

    def push(self, repository: str, tag: str, digest: str, children: Mapping[str, str] | None = None) -> None:
        alone = {"x86_64": digest, "arm64": digest}
        for name in (tag, digest):
            self.pushed[repository, name] = (digest, children or alone)

    def in_region(self, region: str) -> Any:
        """The registry of a region, which deletes for itself, and may not have the repository."""
        return SimpleNamespace(
            has=lambda image: (region, image.digest) not in self.deleted,
            expects=lambda image: image.location not in self.unexpected,
        )

    def is_tagged(self, repository: str, digest: str, tag: str) -> bool:
        found, held = self.pushed.get((repository, tag), ("", {}))
        return digest in {found, *held.values()}

    def tags(self, repository: str, digest: str) -> tuple[str, ...]:
        if (repository, digest) not in self.pushed:
            raise ArtifactNotFoundError(f"{repository} has no image {digest}")
        self.tags_asked.append(digest)
        names = {each for (where, each), (whose, _) in self.pushed.items() if (where, whose) == (repository, digest)}
        return tuple(sorted(names - {digest}))

    def resolve(
        self,
        repository: str,
        architecture: str,
        tag: str | None = None,
        digest: str | None = None,
        known_tags: tuple[str, ...] | None = None,
    ) -> ContainerImage:
        name = digest or tag
        if not name:
            raise InvalidRequestError("give a tag or a digest")
        if (repository, name) not in self.pushed:
            raise ArtifactNotFoundError(f"{repository} has no image {name}")
        if self.refusal:
            raise self.refusal
        found, held = self.pushed[repository, name]
        if architecture not in held:
            raise ArtifactArchitectureError(f"the index {name} holds no image for {architecture}")
        artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, held[architecture], repository)
        tags = self.tags(repository, found) if known_tags is None else known_tags
        return ContainerImage(artifact, tags, self.pushed_by, self.source)


@dataclass
class FakePolicyFile:
    """What the administrators have written, and which services share a name."""

    text: str | None = None
    others: tuple[str, ...] = ()

    def latest(self) -> tuple[str, str] | None:
        return None if self.text is None else (self.text, "policy-1")

    def namesakes(self, service: str) -> tuple[str, ...]:
        return self.others


@dataclass
class FakeExecutions:
    """Executions that run, and tasks that wait for an answer to their token."""

    running: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    answers: dict[str, Any] = field(default_factory=dict)
    stopped: list[tuple[str, str, str]] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    """Those whose end Step Functions has announced and does not know of yet when it is asked."""
    ends: dict[str, ExecutionEnd] = field(default_factory=dict)
    """How executions have ended; one of which this tells nothing was stopped."""
    started: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The inputs of those that a function has started, whether they still run or not."""
    failures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The errors and causes of the tasks that failed in an execution, newest first."""

    def end_of(self, arn: str, announced: ExecutionEnd | None = None) -> ExecutionEnd | None:
        if announced and announced.arn == arn and arn in self.late:
            return announced
        return None if arn in self.running else self.ends.get(arn, ExecutionEnd(arn, "ABORTED", ENDED_AT, {}))

    def start_once(self, machine: str, name: str, value: Mapping[str, Any]) -> bool:
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        value = json.loads(json.dumps(value))
        is_same = arn in self.running and self.started.get(arn) == value
        if arn in self.started and not is_same:
            return False
        self.started[arn] = value
        self.running.add(arn)
        return True

    def errors(self, arn: str) -> Iterator[Mapping[str, Any]]:
        return ({"Error": error, "Cause": cause} for error, cause in self.failures.get(arn, []))

    def is_running(self, arn: str) -> bool:
        return arn in self.running

    def stop(self, arn: str, error: str, cause: str) -> None:
        if arn in self.running:
            self.running.remove(arn)
            self.stopped.append((arn, error, cause))

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        return self._answer(task_token, dict(output))

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        return self._answer(task_token, (error, cause))

    def _answer(self, task_token: str, answer: object) -> bool:
        if task_token not in self.waiting:
            return False
        self.waiting.remove(task_token)
        self.answers[task_token] = answer
        return True


@dataclass
class FakeRepairs:
    """The targets that somebody asked to be repaired."""

    asked_for: list[str] = field(default_factory=list)

    def ask_for(self, target: Target) -> None:
        self.asked_for.append(target.id)


@dataclass
class FakeCheckFunction:
    """A team's function that checks a revision."""

    answer: Mapping[str, Any] | Exception = field(default_factory=lambda: {"status": "passed"})
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    where: list[tuple[str, str]] = field(default_factory=list)
    """The accounts that it was entered for, and its ARN."""
    when_asked: Any = None
    """What happens while it is asked."""

    def entered(self, target: Target, arn: str) -> "FakeCheckFunction":
        self.where.append((target.account, arn))
        return self

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(json.loads(json.dumps(question)))
        if self.when_asked:
            self.when_asked(question["callback_id"])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class FakeBuilds:
    """The builds of a project, of which a token begins one."""

    answers: list[CheckAnswer] = field(default_factory=list)
    """What each look finds; the last one again and again."""
    begun: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """The variables of each build, by the token that began it."""
    where: list[tuple[str, str]] = field(default_factory=list)
    refusal: Exception | None = None

    def entered(self, target: Target, project: str) -> "FakeBuilds":
        self.where.append((target.account, project))
        return self

    def begin(self, variables: Mapping[str, str], token: str) -> str:
        if self.refusal:
            raise self.refusal
        self.begun[token] = variables
        return f"smoke-test:{len(self.begun)}"

    def answer(self, build_id: str) -> CheckAnswer:
        assert build_id in {f"smoke-test:{number + 1}" for number in range(len(self.begun) or 1)}
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
