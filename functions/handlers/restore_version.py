"""RestoreVersion: puts an older version back on the alias of each target of an environment, before anything else."""

from typing import Annotated, Any

from aws.leases import Leases
from aws.ledger import Ledger
from pydantic import BeforeValidator

from aws.accounts import Accounts
from aws.aliases import Alias
from aws.executions import Executions
from aws.functions import LambdaFunction
from handlers.observability import logger
from handlers.requests import LambdaContext, PersonsInput, StateRequest, from_person
from promotion.errors import InvalidRequestError
from promotion.lease import Lease
from promotion.ledger import Live, LiveVersion
from promotion.rollback import ReleaseKey, Wish, release_to_leave, version_to_restore
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
    lives = _lives(wanted)
    leave = release_to_leave(lives, _in_flight(lives))
    restored, errors = [], []
    for live in lives:
        try:
            restored.append(_restore(live, leave, Wish(wanted.version, wanted.digest)))
        except Exception as error:
            logger.exception("not restored", target=live.target.id)
            errors.append((live, error))
    if not restored:
        raise errors[0][1]
    return {
        "restored": restored,
        "problems": [f"{live.target.id}: {type(error).__name__}: {error}" for live, error in errors],
    }


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


def _in_flight(lives: tuple[Live, ...]) -> list[Lease]:
    leases, executions = Leases.from_env(), Executions.from_env()
    held = [lease for live in lives if (lease := leases.held(live.target.id))]
    return [lease for lease in held if executions.is_running(lease.owner)]


def _restore(live: Live, leave: ReleaseKey, wish: Wish) -> dict[str, Any]:
    session = Accounts.from_env().session(live.target)
    version = version_to_restore(live, leave, wish) or _unknown_version(
        live, LambdaFunction.of(live.target, session), wish
    )
    wanted = Routing(version.version)
    before = Alias.of(live.target, session).change(lambda current: None if current == wanted else wanted)
    logger.warning("version restored", alias=live.target.id, version=version.version, before=str(before))
    left = live.current if live.current.release == leave else None
    return {
        "target_id": live.target.id,
        "before": str(before),
        "version": version.version,
        "image_digest": version.image_digest,
        "tag": version.tag,
        "manifest_revision": version.manifest_revision,
        "leave": {"image_digest": leave[0], "version": left.version if left else None},
    }


def _unknown_version(live: Live, function: LambdaFunction, wish: Wish) -> LiveVersion:
    """A version that the ledger does not know is still one that Lambda may have."""
    if wish.version is None or not wish.version.isdigit() or function.configuration(wish.version) is None:
        raise InvalidRequestError(
            f"There is no version {wish.version} of {live.target.function}. A correct input looks like {EXAMPLE}"
        )
    return LiveVersion(wish.version, function.image_digest(wish.version), live.current.since)
