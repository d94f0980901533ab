"""How a service deployment ends.

Restores: one that goes back moves the traffic first, and has ended once its tasks are gone. The deployment before it
becomes the service's PRIMARY again, with its task definition.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
https://github.com/aws/copilot-cli/issues/4838
Not documented: how the first deployment of a service ends that cannot go back. Here it is STOPPED.
"""

import time

from sandbox.stand_in.repairs.ecs import monitors, shares
from sandbox.stand_in.repairs.ecs.deployment_events import note, tell_of_deployment
from sandbox.stand_in.repairs.ecs.service_revisions import revision
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout
from sandbox.stand_in.repairs.ecs.waits import back_seconds, moment
from sandbox.stand_in.repairs.replacing import Json


def succeed(rollout: Rollout) -> None:
    """Stop the old tasks, and let the new revision be the live one. Raises what ends the deployment otherwise."""
    shares.show_stage(rollout, "CLEAN_UP")
    moment(rollout)
    with LOCK:
        rollout.state.live = rollout.target
        for arn in [arn for arn in rollout.state.shares if arn != rollout.target]:
            shares.scale(rollout, arn)
        _only_entry(rollout, rollout.entry)
        rollout.entry |= {"rolloutState": "COMPLETED", "rolloutStateReason": "ECS deployment completed."}
        note(rollout.service, "has reached a steady state.")
        _end(rollout, "SUCCESSFUL")
    tell_of_deployment(rollout, "SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment completed.")


def go_back(rollout: Rollout, reason: str) -> None:
    """Go back to the live revision, unless there is none."""
    live = rollout.state.live
    if live is None:
        stop(rollout, reason)
        return
    _begin_to_go_back(rollout, live, reason)
    time.sleep(back_seconds(rollout))
    if rollout.state.behaviour.cannot_go_back:
        _end(rollout, "ROLLBACK_FAILED")
        return
    shares.show_stage(rollout, "PRODUCTION_TRAFFIC_SHIFT")
    shares.scale(rollout, live, running=rollout.service["desiredCount"])
    shares.shift(rollout, 0.0)
    shares.show_stage(rollout, "CLEAN_UP")
    time.sleep(rollout.moment)
    shares.scale(rollout, rollout.target)
    with LOCK:
        _only_entry(rollout, next(each for each in rollout.service["deployments"] if each["_revision"] == live))
        _end(rollout, "ROLLBACK_SUCCESSFUL")
    tell_of_deployment(rollout, "SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment completed.")


def _begin_to_go_back(rollout: Rollout, live: str, reason: str) -> None:
    with LOCK:
        rollback = {"reason": reason, "startedAt": time.time(), "serviceRevisionArn": live}
        rollout.record |= {"status": "ROLLBACK_IN_PROGRESS", "statusReason": reason, "rollback": rollback}
        rollout.entry |= {"rolloutState": "FAILED", "rolloutStateReason": reason, "status": "ACTIVE"}
        for entry in rollout.service["deployments"]:
            entry["status"] = "PRIMARY" if entry["_revision"] == live else entry["status"]
        if rollout.service["currentServiceDeployment"] == rollout.arn:
            rollout.service["taskDefinition"] = revision(live)["taskDefinition"]
    tell_of_deployment(rollout, "SERVICE_DEPLOYMENT_FAILED", reason)
    tell_of_deployment(rollout, "SERVICE_DEPLOYMENT_IN_PROGRESS", f"ECS deployment rollback: {reason}")


def stop(rollout: Rollout, reason: str) -> None:
    """End the deployment as it is."""
    with LOCK:
        rollout.record |= {"status": "STOP_REQUESTED", "statusReason": reason}
        rollout.entry |= {"rolloutState": "FAILED", "rolloutStateReason": reason}
    time.sleep(rollout.moment)
    rollout.record["stoppedAt"] = time.time()
    _end(rollout, "STOPPED")
    tell_of_deployment(rollout, "SERVICE_DEPLOYMENT_FAILED", reason)


def _end(rollout: Rollout, status: str) -> None:
    with LOCK:
        monitors.end(rollout)
        rollout.record |= {"status": status, "finishedAt": time.time(), "lifecycleHookDetails": []}
        shares.show(rollout)


def _only_entry(rollout: Rollout, entry: Json) -> None:
    """Show no deployments but this one, and those that are newer than the rollout."""
    entries = rollout.service["deployments"]
    newer = entries[: entries.index(rollout.entry)]
    rollout.service["deployments"] = [*newer, *([] if entry in newer else [entry])]
