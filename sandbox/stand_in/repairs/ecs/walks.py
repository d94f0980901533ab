"""A service deployment, from its first stage to its end.

Restores: the stages in their order, and the statuses that lead from one to another. A linear or canary deployment does
PRE_PRODUCTION_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT at every step, and rests after each. A new deployment ends the
one before it, and begins by bringing the traffic back to the last one that succeeded. Tasks that do not start for a day
take it back.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
Not documented: which stages a rolling deployment has. It waits here at those around its start, and shows no others
(https://github.com/kayac/ecspresso has seen none). The service model has no PRE_PRODUCTION_TRAFFIC_SHIFT in
`lifecycleStage`, so that shows the stage before it there.
"""

import contextvars
import logging
import threading
import time

from sandbox.stand_in.repairs.ecs import monitors, shares, tasks
from sandbox.stand_in.repairs.ecs.configurations import ALL, SHIFTING, bake_between, weights
from sandbox.stand_in.repairs.ecs.deployment_events import note, tell_of_deployment
from sandbox.stand_in.repairs.ecs.endings import go_back, stop, succeed
from sandbox.stand_in.repairs.ecs.monitors import RollbackError, StoppedError
from sandbox.stand_in.repairs.ecs.pauses import hold
from sandbox.stand_in.repairs.ecs.service_revisions import revision
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout
from sandbox.stand_in.repairs.ecs.waits import LOOK_AGAIN_SECONDS, DeletedError, check, moment, rest, shift_seconds

_log = logging.getLogger(__name__)
_STAGE_MINUTES = 1440


def begin(rollout: Rollout) -> None:
    """Let the deployment take place in a thread of its own."""
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_walk, rollout), daemon=True).start()


def _walk(rollout: Rollout) -> None:
    try:
        try:
            _start(rollout)
            _go_forward(rollout)
        except RollbackError as error:
            go_back(rollout, str(error))
        except StoppedError as error:
            stop(rollout, str(error))
    except DeletedError:
        return
    except Exception:
        _log.exception("%s broke off", rollout.arn)


def _start(rollout: Rollout) -> None:
    while rollout.before is not None and rollout.before.in_flight:
        rest(rollout, LOOK_AGAIN_SECONDS)
    moment(rollout)
    monitors.begin(rollout)
    with LOCK:
        check(rollout)
        rollout.record |= {"status": "IN_PROGRESS", "startedAt": time.time()}
        shares.show(rollout)
    tell_of_deployment(rollout, "SERVICE_DEPLOYMENT_IN_PROGRESS", f"ECS deployment {rollout.entry['id']} in progress.")


def _go_forward(rollout: Rollout) -> None:
    configuration, first = rollout.record["deploymentConfiguration"], rollout.state.live is None
    _reconcile(rollout)
    _enter(rollout, "PRE_SCALE_UP")
    _scale_up(rollout)
    _enter(rollout, "POST_SCALE_UP")
    if configuration["strategy"] in SHIFTING:
        _enter(rollout, "TEST_TRAFFIC_SHIFT")
        _enter(rollout, "POST_TEST_TRAFFIC_SHIFT")
        for weight in weights(configuration, first=first):
            _step(rollout, weight, bake_between(configuration))
        _enter(rollout, "POST_PRODUCTION_TRAFFIC_SHIFT")
        shares.show_stage(rollout, "BAKE_TIME")
        rest(rollout, configuration["bakeTimeInMinutes"] * rollout.minute)
    else:
        shares.shift(rollout, ALL)
    succeed(rollout)


def _reconcile(rollout: Rollout) -> None:
    """Give up what a deployment has left that was stopped in the middle."""
    state = rollout.state
    left = [arn for arn, share in state.shares.items() if arn != state.live and (share.running or share.weight)]
    if not left:
        return
    _enter(rollout, "RECONCILE_SERVICE")
    moment(rollout)
    shares.shift(rollout, 0.0)
    for arn in left:
        shares.scale(rollout, arn)


def _scale_up(rollout: Rollout) -> None:
    shares.show_stage(rollout, "SCALE_UP")
    shares.scale(rollout, rollout.target, pending=rollout.service["desiredCount"])
    end = time.monotonic() + _STAGE_MINUTES * rollout.minute
    while why := _cannot_start(rollout):
        moment(rollout)
        monitors.count_failure(rollout, why)
        if time.monotonic() > end:
            raise RollbackError("Service deployment rolled back because the stage SCALE_UP took longer than 24 hours.")
    moment(rollout)
    shares.scale(rollout, rollout.target, running=rollout.service["desiredCount"])
    note(rollout.service, f"has started {rollout.service['desiredCount']} tasks.")


def _cannot_start(rollout: Rollout) -> str | None:
    if rollout.state.behaviour.never_starts:
        return "Essential container in task exited"
    return tasks.start(revision(rollout.target))


def _step(rollout: Rollout, weight: float, minutes: float) -> None:
    _enter(rollout, "PRE_PRODUCTION_TRAFFIC_SHIFT")
    _enter(rollout, "PRODUCTION_TRAFFIC_SHIFT")
    rest(rollout, shift_seconds(rollout))
    shares.shift(rollout, weight)
    if weight < ALL:
        rest(rollout, minutes * rollout.minute)


def _enter(rollout: Rollout, stage: str) -> None:
    """Show the stage, and wait for its hooks."""
    if stage != "PRE_PRODUCTION_TRAFFIC_SHIFT":
        shares.show_stage(rollout, stage)
    rollout.stage = stage
    hold(rollout, stage)
    rest(rollout, 0)
