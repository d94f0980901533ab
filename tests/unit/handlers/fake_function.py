"""A function in memory that keeps Lambda's rules: revision ids, settling, and versions that never change."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.target import Target
from gantry.targets.invocable import Answer
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.packages import DeploymentPackage
from gantry.targets.readiness import Readiness, RevisionState

LATEST = "$LATEST"
_EMPTY = LambdaConfiguration(128, 3, 512, {}, [], None, [], "")


def function_state(
    configuration: LambdaConfiguration = _EMPTY, version: str = LATEST, digest: str = ""
) -> FunctionState:
    """A function as Lambda describes it, settled and with nothing special."""
    return FunctionState(
        version=version,
        configuration=configuration,
        architecture="x86_64",
        package_type="Image",
        code_sha256=digest.removeprefix("sha256:"),
        revision_id="1",
        role=configuration.role or "",
        infrastructure=Infrastructure(),
        state="Active",
        last_update_status="Successful",
        reason="",
    )


def merged(before: LambdaConfiguration, change: LambdaConfiguration) -> LambdaConfiguration:
    """What a function has once the given settings are changed."""
    given = {name: getattr(change, name) for name in change.__slots__ if getattr(change, name) is not None}
    return replace(before, **given)


@dataclass
class FakeFunction:
    """One function. What is under way settles after it was looked at `takes_looks` times."""

    target: Target
    states: dict[str, FunctionState] = field(default_factory=dict)
    """By version, `$LATEST` included; empty while the function does not exist."""
    writes: list[str] = field(default_factory=list)
    refusal: Exception | None = None
    """What every look fails with."""
    takes_looks: int = 0
    """How often it is looked at before each change is finished."""
    looks: int = 0
    invoked: list[tuple[str, str]] = field(default_factory=list)
    """The versions that were invoked past the alias, with the payload."""
    answers: list[Answer] = field(default_factory=list)
    """What the next of these are answered; `{}` when nothing is left."""
    woken: list[tuple[str, str]] = field(default_factory=list)
    """The versions that were invoked to wake them, with the payload."""
    wake_refusal: Exception | None = None
    """What the question fails with whether a version may be invoked."""
    after_publishing: Callable[[str], None] = lambda _: None
    """What somebody or something does to a version right after it was published."""

    def deployed(self, digest: str, configuration: LambdaConfiguration) -> str:
        """Somebody put this there before; the version's number."""
        self.states[LATEST] = function_state(configuration, digest=digest)
        version = str(self._last_version() + 1)
        self.states[version] = replace(self.states[LATEST], version=version)
        return version

    def state(self, qualifier: str | None = None) -> FunctionState | None:
        if self.refusal:
            raise self.refusal
        found = self.states.get(qualifier or LATEST)
        if found and (found.state == "Pending" or found.last_update_status == "InProgress"):
            self.looks += 1
            if self.looks > self.takes_looks:
                self.looks = 0
                found = self._finished(found)
        runs_image = found and found.package_type == "Image"
        return replace(found, digest=f"sha256:{found.code_sha256}") if found and runs_image else found

    def create(self, package: DeploymentPackage, architecture: str, configuration: LambdaConfiguration) -> None:
        if LambdaTarget.of(self.target).role is None:
            raise TargetNotFoundError(f"{self.target.id}: no role to create it with")
        if LATEST in self.states:
            return
        created = function_state(merged(_EMPTY, configuration), digest=package.digest)
        self.states[LATEST] = replace(created, architecture=architecture, state="Pending")
        self.writes.append("create")

    def update_configuration(self, configuration: LambdaConfiguration, revision_id: str) -> FunctionState:
        before = self._changeable(revision_id)
        wanted = merged(before.configuration, configuration)
        return self._write("update_configuration", replace(before, configuration=wanted, role=wanted.role or ""))

    def update_code(self, package: DeploymentPackage, revision_id: str) -> FunctionState:
        before = self._changeable(revision_id)
        return self._write("update_code", replace(before, code_sha256=package.digest.removeprefix("sha256:")))

    def _finished(self, found: FunctionState) -> FunctionState:
        """The RevisionId changes once more when a change is finished."""
        done = replace(found, state="Active", last_update_status="Successful", revision_id=_next(found.revision_id))
        self.states[found.version] = done
        return done

    def publish(self, code_sha256: str, revision_id: str, description: str) -> str:
        latest = self._changeable(revision_id)
        if code_sha256 != latest.code_sha256:
            raise TargetConflictError(f"{self.target.id}: other code than that was uploaded for {description}")
        last = self.states.get(str(self._last_version()))
        if last and _versioned(last) == _versioned(latest):
            return last.version
        version = str(self._last_version() + 1)
        self.states[version] = replace(latest, version=version, state="Pending")
        self.writes.append("publish")
        self.after_publishing(version)
        return version

    def digest(self, version: str) -> str:
        if version not in self.states:
            raise TargetNotFoundError(f"{self.target.id}: there is no version {version}")
        if self.states[version].package_type != "Image":
            raise IncompatibleTargetError(f"{self.target.id}: version {version} runs no container image")
        return f"sha256:{self.states[version].code_sha256}"

    def version(self, version: str) -> RevisionState | None:
        if self.refusal:
            raise self.refusal
        found = self.states.get(version)
        if found is None:
            return None
        readiness = {"Active": Readiness.READY, "Pending": Readiness.STARTING, "Inactive": Readiness.ASLEEP}
        ready = readiness.get(found.state, Readiness.BROKEN)
        reason = "" if ready is Readiness.READY else found.state
        return RevisionState(ready, f"sha256:{found.code_sha256}", reason, found.package_type == "Image")

    def wake(self, version: str, payload: str) -> None:
        self.woken.append((version, payload))
        self.somebody_changes(version, state="Pending")

    def invoke(self, version: str, payload: str) -> Answer:
        self.invoked.append((version, payload))
        return self.answers.pop(0) if self.answers else Answer("{}", None)

    def may_be_invoked(self, version: str) -> None:
        if self.wake_refusal:
            raise self.wake_refusal

    def somebody_changes(self, version: str, **changed: object) -> None:
        """Somebody else, or a fault, makes the version another one."""
        before = self.states[version]
        self.states[version] = replace(before, revision_id=_next(before.revision_id), **changed)  # type: ignore[arg-type]

    def _last_version(self) -> int:
        return max((int(version) for version in self.states if version != LATEST), default=0)

    def _changeable(self, revision_id: str) -> FunctionState:
        latest = self.states[LATEST]
        if latest.state == "Pending" or latest.last_update_status == "InProgress":
            raise TargetConflictError(f"{self.target.id}: another change is in progress")
        if latest.revision_id != revision_id:
            raise TargetConflictError(f"{self.target.id}: somebody else changed it")
        return latest

    def _write(self, what: str, state: FunctionState) -> FunctionState:
        self.states[LATEST] = replace(state, last_update_status="InProgress", revision_id=_next(state.revision_id))
        self.writes.append(what)
        return self.states[LATEST]


def _versioned(state: FunctionState) -> tuple[object, ...]:
    return state.code_sha256, state.configuration, state.infrastructure


def _next(revision_id: str) -> str:
    return str(int(revision_id) + 1)
