"""RestoreVersion: puts an older version back on the alias of each target of an environment, before anything else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BeforeValidator

from aws.accounts import Accounts
from aws.aliases import Alias
from aws.functions import LambdaFunction
from aws.leases import Leases
from aws.ledger import Ledger
from handlers.observability import logger
from handlers.requests import LambdaContext, PersonsInput, StateRequest, from_person
from promotion.errors import AliasNotFoundError, InvalidRequestError
from promotion.lease import Lease
from promotion.ledger import HistoryEntry, Live, LiveVersion
from promotion.rollback import (
    ReleaseKey,
    Wish,
    deployed_versions,
    is_release,
    release_to_leave,
    strayed_to,
    version_to_restore,
)
from promotion.traffic import Routing

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
        NoPreviousVersionError: there is nothing to go back to on any target.
    """
    request = RestoreRequest.model_validate(event)
    wanted = from_person(RollbackInput, request.request, EXAMPLE)
    wish = Wish(wanted.version, wanted.digest)
    history = Ledger.from_env().history(wanted.service) if wish != Wish() else []
    seen, errors = _each(_lives(wanted), lambda live: _look(live, wish))
    restored: list[dict[str, Any]] = []
    if seen:
        leave = _release_to_leave(seen)
        restored, more = _each(seen, lambda target: _restore(target, leave, wish, history))
        errors += more
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
    lease: Lease | None
    """Of the deployment that is under way, or that was stopped half-way and left its lease behind."""

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


def _look(live: Live, wish: Wish) -> Seen:
    session = Accounts.from_env().session(live.target)
    alias = Alias.of(live.target, session)
    found = alias.routing()
    if found is None:
        raise AliasNotFoundError(f"{live.target.id}: there is no such alias")
    function = LambdaFunction.of(live.target, session)
    version = strayed_to(live, found[0])
    # What was asked for is not astray: it is there already, and this is a retry.
    astray = function.image_digest(version) if version and version != wish.version else None
    return Seen(live, alias, function, astray, Leases.from_env().held(live.target.id))


def _release_to_leave(seen: Sequence[Seen]) -> ReleaseKey:
    """What is under way or astray, and otherwise what became live last."""
    leases = [each.lease for each in seen if each.lease]
    if not leases and (split := next((each for each in seen if each.astray), None)):
        return (str(split.astray), None)
    return release_to_leave([each.live for each in seen], leases)


def _restore(seen: Seen, leave: ReleaseKey, wish: Wish, history: Sequence[HistoryEntry]) -> dict[str, Any]:
    live, deployed = seen.live, deployed_versions(history, seen.target_id)
    known = version_to_restore(live, leave, wish, deployed=deployed, astray=seen.astray is not None)
    version = known or _unknown_version(live, seen.function, wish)
    wanted = Routing(version.version)
    before = seen.alias.change(lambda current: None if current == wanted else wanted)
    logger.warning("version restored", alias=seen.target_id, version=version.version, before=str(before))
    is_left = is_release(live.current, leave) and not seen.astray
    return {
        "target_id": seen.target_id,
        "before": str(before),
        "version": version.version,
        "image_digest": version.image_digest,
        "tag": version.tag,
        "manifest_revision": version.manifest_revision,
        "leave": {"image_digest": leave[0], "version": live.current.version if is_left else None},
    }


def _unknown_version(live: Live, function: LambdaFunction, wish: Wish) -> LiveVersion:
    """A version that the ledger does not know is still one that Lambda may have."""
    if wish.version is None or not wish.version.isdigit() or function.configuration(wish.version) is None:
        raise InvalidRequestError(
            f"There is no version {wish.version} of {live.target.function}. A correct input looks like {EXAMPLE}"
        )
    return LiveVersion(wish.version, function.image_digest(wish.version), live.current.since)
