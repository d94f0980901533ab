"""RestoreVersion: puts an older version back on the alias of each target of an environment, before anything else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BeforeValidator

from gantry.aws.accounts import Accounts
from gantry.aws.aliases import Alias
from gantry.aws.executions import Executions
from gantry.aws.functions import LambdaFunction
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.repairs import Repairs
from gantry.handlers.leasing import while_holding
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext, PersonsInput, StateRequest, from_person
from gantry.promotion.errors import (
    InvalidRequestError,
    RolledBackAlreadyError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.lease import Contender, Lease, RestorePoint, RolledBackRelease
from gantry.promotion.ledger import HistoryEntry, Live, LiveRevision
from gantry.promotion.rollback import (
    ReleaseKey,
    Wish,
    deployed_versions,
    is_release,
    release_to_leave,
    strayed_to,
    version_to_restore,
)
from gantry.promotion.traffic import Routing

_LOOK_THERE = "Look at what it did, and start again if that is not what you want"
EXAMPLE = '{"service": "cowsay", "environment": "prod"}, optionally with "version": "7" or "digest": "sha256:…"'


class RollbackInput(PersonsInput):
    """What a person starts the rollback machine with."""

    service: str
    environment: str
    version: Annotated[str | None, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)] = (
        None
    )
    digest: str | None = None


class RestoreRequest(StateRequest):
    """The state's payload."""

    request: dict[str, Any]


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer what was `restored`, target by target, and the `problems` of the targets where that failed.

    One target's trouble does not keep the others on the bad version.

    Raises:
        InvalidRequestError: the input, the service or the environment is wrong.
        TargetConflictError: something happened to a target meanwhile. Another try goes on where this one ended.
        RolledBackAlreadyError: another rollback was at the same targets at the same time.
        NoPreviousRevisionError: there is nothing to go back to on any target.
        LeaseLostError: somebody else has taken the only target over before its alias was written.
    """
    request = RestoreRequest.model_validate(event)
    wanted = from_person(RollbackInput, request.request, EXAMPLE)
    wish = Wish(wanted.version, wanted.digest)
    history = Ledger.from_env().history(wanted.service) if wish != Wish() else []
    seen, errors = _each(_lives(wanted), lambda live: _look(live, wish, request))
    restored: list[dict[str, Any]] = []
    if seen:
        leave = _release_to_leave(seen)
        restored, more = _each(
            seen, lambda target: _restore(target, request, _restore_point(target, leave, wish, history))
        )
        errors += more
    if not Executions.from_env().is_running(request.execution):
        # Stopped, perhaps before it had taken the lease: then the repair came too early to see that.
        logger.warning("safely ignored: this rollback was stopped; the repair carries it to its end")
        for target in {each.live.target for each in seen}:
            Repairs.from_env().ask_for(target)
    if conflict := next((error for _, error in errors if isinstance(error, TargetConflictError)), None):
        raise conflict
    if not restored:
        raise errors[0][1]
    return {"restored": restored, "problems": [f"{name}: {type(error).__name__}: {error}" for name, error in errors]}


class OnTarget(Protocol):
    """Whatever is about one target."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""


About = TypeVar("About", bound=OnTarget)
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Seen:
    """A target as the ledger and its alias tell of it."""

    live: Live
    alias: Alias
    function: LambdaFunction
    astray: str | None
    """The digest of the version that gets traffic although it never was live."""
    before: str
    """What the alias routes to, for people."""
    lease: Lease
    """Of the deployment that is under way, or that was stopped half-way and left its lease behind."""
    done: RestorePoint | None
    """What a try before this one has decided already."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.live.target.id


def _each(targets: Iterable[About], do: Callable[[About], Done]) -> tuple[list[Done], list[tuple[str, Exception]]]:
    """What came of each target, and what went wrong with the others."""
    done, errors = [], []
    for each in targets:
        try:
            done.append(do(each))
        except Exception as error:
            logger.exception("not restored", target=each.target_id)
            errors.append((each.target_id, error))
    return done, errors


def _lives(wanted: RollbackInput) -> tuple[Live, ...]:
    everywhere = Ledger.from_env().live(wanted.service)
    lives = tuple(live for live in everywhere if live.environment == wanted.environment)
    if lives:
        return lives
    known = ", ".join(sorted({live.environment for live in everywhere}))
    where = f"it is live in: {known}" if known else "the ledger knows nothing live of a service with this name"
    raise InvalidRequestError(
        f"Nothing of {wanted.service} is live in {wanted.environment}; {where}. A correct input looks like {EXAMPLE}"
    )


def _look(live: Live, wish: Wish, request: RestoreRequest) -> Seen:
    session = Accounts.from_env().session(live.target)
    alias = Alias.of(live.target, session)
    found = alias.routing()
    if found is None:
        raise TargetNotFoundError(f"{live.target.id}: there is no such alias")
    lease = Leases.from_env().get(live.target)
    done = lease.restore_point if lease.holder and lease.holder.owner == request.execution else None
    if not done:
        _refuse_a_second_one(lease, live, wish, request)
    function = LambdaFunction.of(live.target, session)
    version = strayed_to(live, found[0])
    astray = function.image_digest(version) if version else None
    return Seen(live, alias, function, astray, str(found[0]), lease, done)


def _refuse_a_second_one(lease: Lease, live: Live, wish: Wish, request: RestoreRequest) -> None:
    """Two people who press at the same moment want one version back, not two."""
    other = lease.holder if lease.holder and lease.holder.release is None else None
    if other and Executions.from_env().is_running(other.owner):
        raise RolledBackAlreadyError(f"{live.target_id} is being rolled back by {other.owner} already. {_LOOK_THERE}")
    if wish != Wish():
        return
    # Read after the lease: one that has given it back by then has recorded itself.
    for entry in Ledger.from_env().history(live.service, after=request.at):
        if entry.kind == "rolled_back" and entry.target_id == live.target_id:
            message = (
                f"{live.target_id} was rolled back to version {entry.facts['version']} by {entry.execution}, after "
                f"this rollback was started. {_LOOK_THERE}"
            )
            raise RolledBackAlreadyError(message)


def _release_to_leave(seen: Sequence[Seen]) -> ReleaseKey:
    """What is under way or astray, and otherwise what became live last.

    First of all it is what a try before this one has left, or a rollback that is over and did not record it.
    """
    begun = (each.lease.restore_point.left for each in seen if each.lease.restore_point)
    if left := next(filter(None, begun), None):
        return (left.image_digest, left.manifest_revision)
    in_flight = [each.lease.holder for each in seen if each.lease.holder and each.lease.holder.release]
    if not in_flight and (split := next((each for each in seen if each.astray), None)):
        return (str(split.astray), None)
    return release_to_leave([each.live for each in seen], in_flight)


def _restore_point(seen: Seen, leave: ReleaseKey, wish: Wish, history: Sequence[HistoryEntry]) -> RestorePoint:
    if seen.done:
        return seen.done
    live, deployed = seen.live, deployed_versions(history, seen.target_id)
    known = version_to_restore(live, leave, wish, deployed=deployed, astray=seen.astray is not None)
    version = known or _unknown_version(live, seen.function, wish)
    is_left = is_release(live.current, leave) and not seen.astray
    return RestorePoint(
        version=version.version,
        image_digest=version.image_digest,
        tag=version.tag,
        manifest_revision=version.manifest_revision,
        left=RolledBackRelease(*leave, version=live.current.version if is_left else None),
        before=seen.before,
        interrupted=_interrupted(seen.lease),
    )


def _interrupted(lease: Lease) -> str | None:
    """The deployment that has the lease, or from which a rollback took it that is over and may not have stopped it."""
    if lease.holder and lease.holder.release:
        return lease.holder.owner
    return lease.restore_point.interrupted if lease.restore_point else None


def _restore(seen: Seen, request: RestoreRequest, restore_point: RestorePoint) -> dict[str, Any]:
    """Take the lease from whoever has it, then move the alias: from then on the other one can change neither."""
    live = seen.live
    rollback = Contender(request.execution, live.service, live.environment, request.at, request.at)

    def take(lease: Lease) -> Lease:
        if lease.holder != seen.lease.holder:
            raise TargetConflictError(f"{seen.target_id}: the lease changed hands just now, so it is looked at again")
        return lease.taken_over(rollback, restore_point)

    lease = Leases.from_env().change(live.target, take)
    seen.alias.seize(
        while_holding(live.target, request.execution, lease.fence, lambda _: Routing(restore_point.version))
    )
    logger.warning("version restored", alias=seen.target_id, version=restore_point.version, before=restore_point.before)
    return {"target_id": seen.target_id, "fence": lease.fence, "restore_point": asdict(restore_point)}


def _unknown_version(live: Live, function: LambdaFunction, wish: Wish) -> LiveRevision:
    """A version that the ledger does not know is still one that Lambda may have."""
    if wish.version is None or not wish.version.isdigit() or function.configuration(wish.version) is None:
        raise InvalidRequestError(
            f"There is no version {wish.version} of {live.target.function}. A correct input looks like {EXAMPLE}"
        )
    return LiveRevision(wish.version, function.image_digest(wish.version), live.current.since)
