"""Hooks at a stage: pauses wait for an answer, functions are invoked.

Restores: a stage goes on once all its hooks have succeeded, and each pause has an id of its own. If nobody answers, the
hook's action follows. One hook that fails takes the whole deployment back.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
Different here: a function is invoked once, synchronously, and IN_PROGRESS counts as SUCCEEDED.
"""

import secrets
import time

from ministack.core.responses import get_region
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.ecs.configurations import PAUSE, hooks_at
from sandbox.stand_in.repairs.ecs.deployment_events import tell_of_hook
from sandbox.stand_in.repairs.ecs.monitors import RollbackError
from sandbox.stand_in.repairs.ecs.refusals import invalid
from sandbox.stand_in.repairs.ecs.state import LOCK, Rollout
from sandbox.stand_in.repairs.ecs.waits import LOOK_AGAIN_SECONDS, rest
from sandbox.stand_in.repairs.iam.decisions import role_may
from sandbox.stand_in.repairs.replacing import Json

_AWAITED = "AWAITING_ACTION"


def hold(rollout: Rollout, stage: str) -> None:
    """Do what the hooks of a stage say, and return once it may go on. Raises what ends the deployment."""
    hooks = [
        each for each in hooks_at(rollout.record["deploymentConfiguration"], stage) if _holds(rollout, each, stage)
    ]
    with LOCK:
        details = rollout.record["lifecycleHookDetails"] = [_begun(rollout, hook) for hook in hooks]
        rollout.paused_at.add(stage)
    for hook, detail in zip(hooks, details, strict=True):
        tell_of_hook(rollout, detail, stage)
        if hook["targetType"] != PAUSE:
            detail["status"] = "SUCCEEDED" if _succeeds(rollout, hook, stage) else "FAILED"
            tell_of_hook(rollout, detail, stage)
    while any(detail["status"] == _AWAITED for detail in details):
        rest(rollout, LOOK_AGAIN_SECONDS)
        _time_out(rollout, details, stage)
    for detail in details:
        if detail["status"] == "FAILED" or (detail["status"], detail["timeoutAction"]) == ("TIMED_OUT", "ROLLBACK"):
            raise RollbackError(f"Service deployment rolled back because of hook failure(s) at {stage}.")


def answer(rollout: Rollout, hook_id: str, action: str) -> None:
    """Continue a pause, or let the deployment go back. Raises RefusedError if it does not wait."""
    with LOCK:
        if rollout.record["status"] != "IN_PROGRESS":
            raise invalid("The service deployment is not in progress.")
        details, stage = rollout.record["lifecycleHookDetails"], rollout.stage
        awaited = [each for each in details if each["hookId"] == hook_id and each["status"] == _AWAITED]
        if not awaited:
            raise invalid("The hook is not awaiting action.")
        awaited[0]["status"] = "SUCCEEDED" if action == "CONTINUE" else "FAILED"
    tell_of_hook(rollout, awaited[0], stage)


def expire(rollout: Rollout) -> int:
    """Let the pauses that wait time out now; return how many there are."""
    waiting = [each for each in rollout.record["lifecycleHookDetails"] if each["status"] == _AWAITED]
    for detail in waiting:
        detail["expiresAt"] = time.time()
    return len(waiting)


def _holds(rollout: Rollout, hook: Json, stage: str) -> bool:
    behaviour = rollout.state.behaviour
    passed_over = behaviour.ignores_pauses or (behaviour.pauses_once and stage in rollout.paused_at)
    return not (hook["targetType"] == PAUSE and passed_over)


def _begun(rollout: Rollout, hook: Json) -> Json:
    is_pause, timeout = hook["targetType"] == PAUSE, hook["timeoutConfiguration"]
    target = {} if is_pause else {"targetArn": hook["hookTargetArn"]}
    return {
        "hookId": f"ecs-{'pause' if is_pause else 'lambda'}-{secrets.token_urlsafe(32)}",
        "targetType": hook["targetType"],
        **target,
        "status": _AWAITED if is_pause else "IN_PROGRESS",
        "expiresAt": time.time() + timeout["timeoutInMinutes"] * rollout.minute,
        "timeoutAction": timeout["action"],
    }


def _time_out(rollout: Rollout, details: list[Json], stage: str) -> None:
    with LOCK:
        late = [each for each in details if each["status"] == _AWAITED and each["expiresAt"] <= time.time()]
        for detail in late:
            detail["status"] = "TIMED_OUT"
    for detail in late:
        tell_of_hook(rollout, detail, stage)


def _succeeds(rollout: Rollout, hook: Json, stage: str) -> bool:
    function, config, _ = lambda_svc._get_func_record_for_ref(hook["hookTargetArn"])
    if function is None or not role_may(hook["roleArn"], "lambda:InvokeFunction", hook["hookTargetArn"], get_region()):
        return False
    event = {
        "executionDetails": {"serviceArn": rollout.service["serviceArn"], "targetServiceRevisionArn": rollout.target},
        "lifecycleStage": stage,
        "resourceArn": rollout.arn,
        **({"hookDetails": hook["hookDetails"]} if hook.get("hookDetails") else {}),
    }
    invoked = lambda_svc._execute_function(lambda_svc._execution_record_for_config(function, config), event)
    body = invoked.get("body")
    return isinstance(body, dict) and body.get("hookStatus") in {"SUCCEEDED", "IN_PROGRESS"}
