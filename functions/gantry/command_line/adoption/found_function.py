"""What was found of one function that exists."""

from collections.abc import Mapping
from dataclasses import dataclass

from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.lambda_target import LambdaTarget


@dataclass(frozen=True, slots=True)
class EventSource:
    """An event source mapping: Lambda itself reads a queue or a stream and invokes the function."""

    uuid: str
    source: str
    """The ARN of the queue or stream; another name where there is none."""
    qualifier: str | None
    """The alias or version that it invokes; None for `$LATEST`."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A statement of a resource policy: somebody else's service may invoke the function."""

    sid: str
    principal: str
    source: str | None
    """The ARN of what may invoke it; None where the statement does not say."""
    qualifier: str | None
    """The alias or version that may be invoked; None for `$LATEST`."""


@dataclass(frozen=True, slots=True)
class Callers:
    """What invokes a function, its versions and its aliases."""

    event_sources: tuple[EventSource, ...] = ()
    permissions: tuple[Permission, ...] = ()
    urls: tuple[str | None, ...] = ()
    """What each function URL invokes: an alias, or None for `$LATEST`."""
    asynchronous: tuple[str, ...] = ()
    """What has retries or destinations of its own: aliases, versions or `$LATEST`."""


@dataclass(frozen=True, slots=True)
class DeploymentGroup:
    """A deployment group of CodeDeploy that has moved the alias."""

    application: str
    name: str
    configuration: str
    """Like `CodeDeployDefault.LambdaCanary10Percent5Minutes`."""
    alarms: tuple[str, ...]
    is_deploying: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """A call that AWS refused, so that something is not known."""

    action: str
    """The IAM action: `lambda:GetPolicy`."""
    what: str
    """What is not known without it."""
    why: str
    """AWS' error code."""


@dataclass(frozen=True, slots=True)
class FoundFunction:
    """One function, with all that matters for its first promotion."""

    environment: str
    account: str
    region: str
    name: str
    alias: str
    latest: FunctionState
    live: FunctionState | None
    """What the alias routes to; None where there is no such alias."""
    routing: Routing | None
    image: str
    """The address of the image, with its tag, as somebody has given it; empty for a zip."""
    variables_error: str | None
    """Why Lambda does not show the variables; None where it does."""
    tags: Mapping[str, str]
    aliases: tuple[str, ...]
    reserved_concurrency: int | None
    provisioned: Mapping[str, int]
    """Provisioned concurrency by version or alias."""
    callers: Callers
    code_signing: str | None
    deployment_group: DeploymentGroup | None
    alarms: tuple[str, ...]
    """CloudWatch alarms on the function's or the alias' metrics."""
    is_edge: bool
    unread: tuple[Unread, ...]

    @property
    def target(self) -> Target:
        """The target that it would be."""
        return LambdaTarget(self.account, self.region, self.name, self.alias).as_target()

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.target.id

    @property
    def in_use(self) -> FunctionState:
        """The version that the alias routes to, which a release starts from; without an alias, `$LATEST`."""
        return self.live or self.latest

    @property
    def is_behind_alias(self) -> bool:
        """Whether the alias exists."""
        return self.routing is not None
