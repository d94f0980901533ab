"""The tasks and the traffic of a service's revisions, as all answers show them, and as listeners get them."""

import time
from collections.abc import Callable

from sandbox.stand_in.repairs.ecs.configurations import ROLLING, hooks_at
from sandbox.stand_in.repairs.ecs.service_revisions import revision, target_groups
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout, ServiceState, Share
from sandbox.stand_in.repairs.replacing import Json

_listening: list[Callable[[str, dict[str, float]], None]] = []


def on_shift(listener: Callable[[str, dict[str, float]], None]) -> None:
    """Call `listener` with a rule's ARN and the weight of each target group, whenever ECS moves traffic there."""
    _listening.append(listener)


def scale(rollout: Rollout, arn: str, *, running: int = 0, pending: int = 0) -> None:
    """Let a revision have so many tasks."""
    with LOCK:
        share = rollout.state.share(arn)
        share.running, share.pending = running, pending
        show(rollout)


def shift(rollout: Rollout, weight: float) -> None:
    """Give the new revision this share of the traffic, and the live one the rest."""
    state = rollout.state
    with LOCK:
        for share in state.shares.values():
            share.weight = 0.0
        if state.live is not None:
            state.share(state.live).weight = 100.0 - weight
        state.share(rollout.target).weight = weight
        show(rollout)
    if rollout.record["deploymentConfiguration"]["strategy"] == ROLLING:
        return
    for rule, weights in rules(state, rollout.target).items():
        for listener in _listening:
            listener(rule, weights)


def rules(state: ServiceState, target: str) -> dict[str, dict[str, float]]:
    """Return, for each rule that leads to the live and the new revision, the weight of each target group."""
    found: dict[str, dict[str, float]] = {}
    for arn in filter(None, (state.live, target)):
        for rule, group in target_groups(revision(arn)).items():
            found.setdefault(rule, {})[group] = state.share(arn).weight
    return found


def show_stage(rollout: Rollout, stage: str) -> None:
    """Let the deployment be in a stage."""
    configuration = rollout.record["deploymentConfiguration"]
    with LOCK:
        rollout.stage = stage
        rollout.record["lifecycleHookDetails"] = []
        if configuration["strategy"] != ROLLING or hooks_at(configuration, stage):
            rollout.record["lifecycleStage"] = stage
        else:
            rollout.record.pop("lifecycleStage", None)
        show(rollout)


def show(rollout: Rollout) -> None:
    """Bring everything that answers show up to date."""
    record, service, shares = rollout.record, rollout.service, rollout.state.shares
    shifts = record["deploymentConfiguration"]["strategy"] != ROLLING
    desired = service["desiredCount"]
    for summary in (*record["sourceServiceRevisions"], record["targetServiceRevision"]):
        share = shares.get(summary["arn"], Share())
        summary.update(_summary(summary["arn"], share, desired, shifts=shifts))
    record["updatedAt"] = time.time()
    service["currentServiceRevisions"] = [
        _summary(arn, share, desired, shifts=False) for arn, share in shares.items() if share.running or share.pending
    ]
    service["runningCount"] = sum(share.running for share in shares.values())
    service["pendingCount"] = sum(share.pending for share in shares.values())
    for entry in service["deployments"]:
        share = shares.get(entry["_revision"], Share())
        entry.update(runningCount=share.running, pendingCount=share.pending, desiredCount=desired)


def _summary(arn: str, share: Share, desired: int, *, shifts: bool) -> Json:
    wanted = desired if share.running or share.pending else 0
    counts = {"requestedTaskCount": wanted, "runningTaskCount": share.running, "pendingTaskCount": share.pending}
    # A rolling deployment shows no weights.
    weights = {"requestedTestTrafficWeight": 0.0, "requestedProductionTrafficWeight": share.weight}
    return {"arn": arn, **counts, **(weights if shifts else {})}
