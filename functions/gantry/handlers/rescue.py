"""What the repair does about one target whose holder is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.aliases import Alias
from gantry.aws.executions import ROLLED_BACK_MANUALLY, Ended, Executions
from gantry.aws.functions import LambdaFunction
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.handlers.leasing import while_holding
from gantry.handlers.observability import logger
from gantry.promotion.failure import Failure
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.ledger import HistoryEntry, Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.repair import Moved, Rescue
from gantry.promotion.rollback import recorded
from gantry.promotion.target import Target


@dataclass(frozen=True, slots=True)
class Rescued:
    """A target whose alias is home again, and whose lease is still to be given back."""

    lease: Lease
    """With the fencing number of this repair."""
    holder: Contender
    """Whose lease it is."""
    facts: Mapping[str, Any]
    """For automation."""
    summary: str
    """For people."""
    entry: HistoryEntry
    live: Live | None
    """What is live, if the ledger does not say so yet."""
    quarantine: Quarantine | None

    @property
    def target(self) -> Target:
        """Which target."""
        return self.lease.target

    @property
    def notice(self) -> str:
        """Under what it is noted that people were told of this repair."""
        return f"{self.holder.owner}/{self.target.id}"

    def record(self) -> Lease:
        """Write down what is live and what happened, and give the lease back.

        Raises:
            LeaseLostError: somebody else has it by now.
        """
        return Ledger.from_env().end(
            self.entry, self.target, self.lease.fence, live=self.live, quarantine=self.quarantine
        )


def rescue(target: Target, dead: Contender, ended: Ended) -> Rescued:
    """Fence the dead holder off, bring the alias home, and stop what a rollback has interrupted.

    Raises:
        LeaseLostError: somebody else has the lease by now.
    """
    lease = Leases.from_env().change(target, lambda now: now.fenced(dead.owner))
    live = Ledger.from_env().live_on(dead.service, dead.environment, target)
    known = Rescue(target, dead, lease.restore_point, live)
    session = Accounts.from_env().session(target)
    digest = cache(LambdaFunction.of(target, session).image_digest)
    moved = _bring_home(known, Alias.of(target, session), digest, lease.fence)
    if known.restore_point and known.restore_point.interrupted:
        executions = Executions.from_env()
        executions.stop(known.restore_point.interrupted, ROLLED_BACK_MANUALLY, f"{ended.arn} rolled {target.id} back")
    now_live = _live_version(known, ended, moved.version, digest(moved.version)) if moved.version else None
    new_live, entry, quarantine = _recorded(known, ended, moved, now_live)
    logger.warning("alias brought home", target=target.id, execution=dead.owner, alias=str(moved))
    summary = f"{target.id} {moved}. Its lease is given back."
    if quarantine:
        summary += f" {quarantine.explain()}"
    return Rescued(lease, dead, _facts(known, moved), summary, entry, new_live, quarantine)


def _bring_home(known: Rescue, alias: Alias, digest: Callable[[str], str], fence: int) -> Moved:
    release = known.holder.release

    def is_its_own(version: str) -> bool:
        return release is not None and digest(version) == release.image_digest

    if not alias.routing():
        return Moved(None, None)
    before = alias.seize(
        while_holding(known.target, known.holder.owner, fence, lambda found: known.routing(found, is_its_own))
    )
    return Moved(before, known.routing(before, is_its_own).version)


def _facts(known: Rescue, moved: Moved) -> dict[str, Any]:
    """Of a rollback, the digest that it left; its alias was restored, whether by itself or by this."""
    holder, release = known.holder, known.holder.release
    left = known.restore_point.left if known.restore_point else None
    return {
        "service": holder.service,
        "environment": holder.environment,
        "target": known.target.id,
        "version": moved.version,
        "alias": "restored" if moved.is_touched or release is None else "untouched",
        "image_digest": release.image_digest if release else left and left.image_digest,
        "tag": release and release.tag,
    }


def _live_version(known: Rescue, ended: Ended, version: str, digest: str) -> LiveRevision:
    """Of a first deployment its release; what there was before it is none, also when it runs the same image."""
    holder, release = known.holder, known.holder.release
    if release is None or known.live or known.home or digest != release.image_digest:
        return LiveRevision(version, digest, ended.at)
    return LiveRevision(version, digest, ended.at, release.tag, release.manifest_revision, ended.arn, holder.started_at)


def _recorded(
    known: Rescue, ended: Ended, moved: Moved, after: LiveRevision | None
) -> tuple[Live | None, HistoryEntry, Quarantine | None]:
    """What the ledger says: of a rollback, what it would have said itself; of a deployment, that it was repaired."""
    holder, release = known.holder, known.holder.release
    why = ended.failure
    facts = {"error": why.error, "reason": why.message, "repaired": True}
    if release is None and known.live and known.restore_point:
        return recorded(known.live, known.restore_point, ended.arn, ended.at, **facts)
    told = {
        **facts,
        "status": ended.status,
        "before": str(moved.before),
        "version": after and after.version,
        "image_digest": release and release.image_digest,
        "tag": release and release.tag,
    }
    entry = HistoryEntry(
        holder.service, ended.at, "deployment_repaired", ended.arn, holder.environment, known.target.id, told
    )
    live = known.live_after(after) if after else None
    return live, entry, _quarantine(known, ended, after)


def _quarantine(known: Rescue, ended: Ended, after: LiveRevision | None) -> Quarantine | None:
    """A verdict counts although the deployment ended before it could write it down. The history still tells it."""
    release = known.holder.release
    if release is None or after is None or after.image_digest == release.image_digest:
        return None
    verdicts = (failure for failure in map(Failure.of, Executions.from_env().errors(ended.arn)) if failure.is_verdict)
    verdict = next(verdicts, None)
    if verdict is None:
        return None
    reason = f"rolled back in {known.holder.environment}: {verdict.message}"
    return Quarantine(release.service, release.image_digest, ended.at, reason, ended.arn)
