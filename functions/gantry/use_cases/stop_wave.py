"""Stop what is left of a wave in which one deployment has failed, and find what an environment's rollback is for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gantry.aws.executions import WAVE_FAILED
from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.promotion.failure import LONGEST_CAUSE, Failure
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import OnFailure
from gantry.promotion.release import Release
from gantry.promotion.restore_point import ENVIRONMENT_ROLLED_BACK, ROLLED_BACK_MANUALLY
from gantry.promotion.target import Target
from gantry.promotion.timestamps import moment
from gantry.promotion.visible_text import shortened
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side

_NOT_ROLLED_BACK = {"ApprovalOutdated", "DeploymentSuperseded", ROLLED_BACK_MANUALLY, ENVIRONMENT_ROLLED_BACK}
"""People are asked again; a newer release is on its way to all of the targets; or somebody rolls them back already."""
_LOST = "LeaseLostError"
"""A deployment noticed that somebody rolls its target back, before it was stopped."""
_SECONDS = 20
"""In which the ledger has to answer."""


@dataclass(frozen=True, slots=True)
class FailedWave(StateEntry):
    """A promotion's environment in which a deployment has failed."""

    release: Release
    environment: str
    targets: tuple[Target, ...]
    """All of the environment's."""
    on_failure: OnFailure
    started_at: str
    """When the promotion was started; ISO 8601, UTC."""
    failed: Mapping[str, Any]
    """The error as Step Functions gives it."""


@dataclass(frozen=True, slots=True)
class StoppedWave:
    """What failed, and what is left to do."""

    error: str
    message: str
    stopped: tuple[str, ...]
    """The ARNs of the deployments that were stopped. One that has ended by now is among them."""
    roll_back: tuple[str, ...]
    """The ids of the targets that the environment's rollback is for; empty when it is not to be rolled back."""


@dataclass(frozen=True, slots=True)
class _LeasedTarget:
    lease: Lease

    @property
    def target_id(self) -> str:
        return self.lease.target.id


def stop_wave(wave: FailedWave, services: Services) -> StoppedWave:
    """Stop the promotion's other deployments in the environment, and return what failed.

    Step Functions stops them itself, but does only its best:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
    """
    failure = Failure.of(wave.failed)
    leases = _leases(wave.targets, services)
    own = {lease.target.id: tuple(_deployments_of(wave, lease)) for lease in leases}
    stopped = tuple(execution for executions in own.values() for execution in executions)
    for execution in stopped:
        cause = f"{wave.execution} stopped the wave, because another deployment of it has failed: {failure}"
        services.executions.stop(execution, WAVE_FAILED, cause)
    roll_back: tuple[str, ...] = ()
    if wave.on_failure == "roll_back_environment" and _is_to_blame(failure):
        lives = services.ledger.live(wave.release.service, wave.environment)
        holding = {lease.target.id for lease in leases if lease.holder and lease.holder.owner in own[lease.target.id]}
        roll_back = tuple(live.target_id for live in lives if live.target_id in holding or _was_brought_by(wave, live))
    logger.warning("wave stopped", failure=str(failure), stopped=stopped, roll_back=roll_back)
    return StoppedWave(failure.error, shortened(failure.message, LONGEST_CAUSE), stopped, roll_back)


def _is_to_blame(failure: Failure) -> bool:
    """Whether the environment goes back for this failure."""
    return failure.error not in _NOT_ROLLED_BACK and not failure.message.startswith(_LOST)


def _leases(targets: Sequence[Target], services: Services) -> tuple[Lease, ...]:
    looked = side_by_side(
        [_LeasedTarget(Lease(target)) for target in targets],
        lambda each, _: services.leases.get(each.lease.target),
        within=_SECONDS,
    )
    for _, error in looked.errors:
        raise error
    return tuple(looked.done)


def _deployments_of(wave: FailedWave, lease: Lease) -> Iterator[str]:
    """Yield the promotion's deployment on a target, whether it holds the lease or waits for it."""
    contenders: list[Contender] = [*lease.waiting, *lease.to_notify, *([lease.holder] if lease.holder else [])]
    for each in contenders:
        if each.release == wave.release and each.started_at == wave.started_at:
            yield each.owner


def _was_brought_by(wave: FailedWave, live: Live) -> bool:
    """Whether this promotion made the release live on a target. One that had it before keeps it."""
    current = live.current
    release = (wave.release.digest, wave.release.manifest_revision)
    return current.release == release and moment(current.since) > moment(wave.started_at)
