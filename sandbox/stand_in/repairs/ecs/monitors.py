"""What makes a deployment fail: its alarms, and tasks that do not start.

Restores: an alarm of the configuration that goes into ALARM fails the deployment; one that was in ALARM before it began
is ignored. The circuit breaker counts tasks that do not start, up to a threshold of at least 3. A deployment that fails
goes back only if the option that found it says so; otherwise it stops where it is.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://github.com/aws/copilot-cli/issues/4512
"""

from ministack.services import cloudwatch, ecs

from sandbox.stand_in.repairs.ecs.deployment_events import note
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout
from sandbox.stand_in.repairs.replacing import Json


class RollbackError(Exception):
    """The deployment goes back. The message is its status reason."""


class StoppedError(Exception):
    """The deployment ends as it is. The message is its status reason."""


def begin(rollout: Rollout) -> None:
    """Begin to watch, with the alarms that are quiet now."""
    alarms, breaker = _alarms(rollout), rollout.record["deploymentConfiguration"]["deploymentCircuitBreaker"]
    with LOCK:
        rollout.ignored_alarms = frozenset(filter(_is_firing, alarms["alarmNames"]))
        status = "MONITORING" if alarms["enable"] else "DISABLED"
        rollout.record["alarms"] = {"status": status, "alarmNames": alarms["alarmNames"], "triggeredAlarmNames": []}
        rollout.record["deploymentCircuitBreaker"] = {
            "status": "MONITORING" if breaker["enable"] else "DISABLED",
            "failureCount": 0,
            "threshold": ecs._circuit_breaker_threshold(rollout.service),
        }


def end(rollout: Rollout) -> None:
    """Say that nothing is watched any more."""
    for name in ("alarms", "deploymentCircuitBreaker"):
        watched = rollout.record.get(name) or {}
        if watched.get("status") == "MONITORING":
            watched["status"] = "MONITORING_COMPLETE"


def check_alarms(rollout: Rollout) -> None:
    """Raise RollbackError or StoppedError if an alarm has gone off."""
    alarms = _alarms(rollout)
    if not alarms["enable"] or rollout.record["status"] != "IN_PROGRESS":
        return
    firing = [name for name in alarms["alarmNames"] if name not in rollout.ignored_alarms and _is_firing(name)]
    if firing:
        with LOCK:
            rollout.record["alarms"] |= {"status": "TRIGGERED", "triggeredAlarmNames": firing}
        raise _failed(alarms, f"alarm(s) were detected: {', '.join(firing)}.")


def count_failure(rollout: Rollout, why: str) -> None:
    """Count a task that did not start. Raises RollbackError or StoppedError once the circuit breaker has enough."""
    breaker = rollout.record["deploymentCircuitBreaker"]
    with LOCK:
        breaker["failureCount"] += 1
        rollout.entry["failedTasks"] = breaker["failureCount"]
        note(rollout.service, f"was unable to start a task. Reason: {why}")
        if breaker["status"] != "MONITORING" or breaker["failureCount"] < breaker["threshold"]:
            return
        breaker["status"] = "TRIGGERED"
    configuration = rollout.record["deploymentConfiguration"]["deploymentCircuitBreaker"]
    raise _failed(configuration, "the circuit breaker threshold was exceeded.")


def _failed(option: Json, why: str) -> Exception:
    if option["rollback"]:
        return RollbackError(f"Service deployment rolled back because {why}")
    return StoppedError(f"Service deployment stopped because {why}")


def _alarms(rollout: Rollout) -> Json:
    alarms: Json = rollout.record["deploymentConfiguration"]["alarms"]
    return alarms


def _is_firing(name: str) -> bool:
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name) or {}
    return bool(alarm.get("StateValue") == "ALARM")
