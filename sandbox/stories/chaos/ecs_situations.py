"""What a deployment meets at an ECS service: what ECS does by itself, and what others do in its console."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from sandbox.driver.load_balancer import add_error_alarms
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD
from sandbox.stand_in.faults import pauses, raises
from sandbox.stories.chaos.ecs_target import ServiceTarget
from sandbox.stories.chaos.kinds import SERVICES
from sandbox.stories.chaos.situations import Ended, Situation, wrong
from sandbox.stories.chaos.target import CASE_SECONDS

_BAKE = 10
_WATCHED_BAKE = 45
"""Longer than ECS' own bake, so that ECS pauses before all traffic while the canary is still watched."""
_LONG_BAKE = 1_200
"""So long that ECS, whose minutes are shorter here, does not go on before Gantry takes a late tag for a missing one."""
_REPAIR = "RepairTarget"

Trouble = Callable[[ServiceTarget], object]


def _before(trouble: Trouble, *reasons: str, bake_seconds: int = _BAKE) -> Callable[[ServiceTarget], Ended]:
    """Return the story of a deployment to a service that has this trouble already."""

    def story(target: ServiceTarget) -> Ended:
        target.release("1")
        trouble(target)
        execution = target.start_deployment("2", bake_seconds)
        return execution, _taken_back(target, execution, reasons)

    return story


def _meanwhile(trouble: Trouble, *reasons: str) -> Callable[[ServiceTarget], Ended]:
    """Return the story of a deployment that meets this trouble while its canary is watched."""

    def story(target: ServiceTarget) -> Ended:
        target.release("1")
        execution = _canary(target)
        trouble(target)
        return execution, _taken_back(target, execution, reasons)

    return story


def _ignore_pauses(target: ServiceTarget) -> None:
    target.troubles.ignore_pauses(target.in_cluster)


def _pause_once(target: ServiceTarget) -> None:
    target.troubles.pause_once(target.in_cluster)


def _never_start(target: ServiceTarget) -> None:
    target.troubles.never_start(target.in_cluster)


def _expire(target: ServiceTarget) -> None:
    eventually("a pause", lambda: target.troubles.expire(target.in_cluster) or None)


def _expire_and_stay(target: ServiceTarget) -> None:
    target.troubles.fail_to_go_back(target.in_cluster)
    _expire(target)
    eventually("a rollback that failed", lambda: target.status == "ROLLBACK_FAILED" or None)


def _answer(action: Literal["CONTINUE", "ROLLBACK"], target: ServiceTarget) -> None:
    """Answer the pause before all traffic, as somebody does in the console."""

    def pause() -> str | None:
        waiting = [each for each in target.newest["lifecycleHookDetails"] if each["status"] == "AWAITING_ACTION"]
        return str(waiting[0]["hookId"]) if waiting else None

    hook = eventually("a pause", pause)
    target.client.continue_service_deployment(  # type: ignore[attr-defined]  # the stubs are older
        serviceDeploymentArn=target.newest["serviceDeploymentArn"], hookId=hook, action=action
    )


def _deploy(target: ServiceTarget) -> None:
    """Begin another deployment, which stops at Gantry's pauses, as they are in the service."""
    target.client.update_service(cluster=target.ecs.cluster, service=target.name, taskDefinition=f"{target.name}:1")


def _own_alarm(target: ServiceTarget) -> Ended:
    """ECS goes back, and people are told of the alarm."""
    alarms = add_error_alarms(target.balancer, target.name)
    found = target.ecs.described["deploymentConfiguration"]
    watched = {"alarms": {"alarmNames": alarms, "enable": True, "rollback": True}}
    target.client.update_service(
        cluster=target.ecs.cluster, service=target.name, deploymentConfiguration=found | watched
    )

    def go_off(target: ServiceTarget) -> None:
        cloudwatch = target.pipeline.stand_in.client("cloudwatch", PROD)
        cloudwatch.set_alarm_state(AlarmName=alarms[0], StateValue="ALARM", StateReason="errors")

    return _meanwhile(go_off, "AlarmRaisedError", alarms[0])(target)


def _others_deploy(target: ServiceTarget) -> Ended:
    """What others have deployed in their own way stays live, and the deployment fails."""
    target.release("1")
    execution = _canary(target)
    found = target.ecs.described["deploymentConfiguration"]
    theirs = {"strategy": "BLUE_GREEN", "lifecycleHooks": [], "bakeTimeInMinutes": 0}
    kept = {name: value for name, value in found.items() if name != "canaryConfiguration"}
    target.client.update_service(
        cluster=target.ecs.cluster,
        service=target.name,
        taskDefinition=f"{target.name}:1",
        deploymentConfiguration=kept | theirs,  # type: ignore[arg-type]
    )
    failed = _failed(target, execution, ("TargetChangedError",))
    return execution, (*failed, *target.settled(execution, "0", is_notified=True))


def _nobody_is_left(begin: Callable[[ServiceTarget], str], target: ServiceTarget) -> Ended:
    """ECS itself goes back once nobody has answered in time. The repair finds that so, whenever it runs again."""
    target.release("1")
    target.faults.inject(target.pipeline.function_name(_REPAIR), raises("UnforeseenError"), target.name)
    execution = begin(target)
    sfn = target.pipeline.stand_in.client("stepfunctions", ASSETS)
    sfn.stop_execution(executionArn=execution, error="Operator", cause="somebody pressed Stop execution")
    _expire(target)
    eventually("a way back", lambda: target.status == "ROLLBACK_SUCCESSFUL" or None)
    alone = wrong({"ECS itself did not go back": target.routing() == "1", "the lease is free": not target.is_free()})
    target.faults.clear(target.name)
    target.pipeline.run(_REPAIR, {"target": target.id})
    return execution, (*alone, *target.settled(execution, "1", is_notified=True))


def _begun(target: ServiceTarget) -> str:
    """Start a deployment of version 2, and return it once ECS has begun one, of which the machine does not know yet."""
    target.faults.inject(target.functions["ShiftTraffic"], pauses(60), target.name)
    execution = target.start_deployment("2", _BAKE)
    eventually("a rollout that has begun", lambda: target.faults.held(target.name) or None, CASE_SECONDS)
    return execution


def _canary(target: ServiceTarget) -> str:
    """Start a deployment of version 2, and return it once the traffic is split."""
    execution = target.start_deployment("2", _WATCHED_BAKE)
    eventually("the canary", lambda: target.routing() == "1 and 2" or None)
    return execution


def _taken_back(target: ServiceTarget, execution: str, reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is wrong unless it failed for these reasons, and version 1 has all traffic again."""
    return (*_failed(target, execution, reasons), *target.settled(execution, "1", is_notified=True))


def _failed(target: ServiceTarget, execution: str, reasons: tuple[str, ...]) -> tuple[str, ...]:
    ended = target.pipeline.wait(execution, CASE_SECONDS)
    cause = str(ended.get("cause"))
    return wrong(
        {
            f"it ended as {ended['status']}": ended["status"] == "FAILED",
            f"it failed with {cause[:300]}": all(reason in cause for reason in reasons),
        }
    )


_TOOK_BACK = ("TargetFailedError", "ROLLBACK_")
SERVICE_SITUATIONS = tuple(
    Situation(what, story, SERVICES)
    for what, story in (
        (
            "ECS passes over the pauses",
            _before(_ignore_pauses, "TargetFailedError", "without waiting", bake_seconds=_LONG_BAKE),
        ),
        ("ECS pauses only before the first step", _before(_pause_once)),
        ("tasks never start", _before(_never_start, *_TOOK_BACK, "circuit breaker")),
        ("a pause times out", _meanwhile(_expire, *_TOOK_BACK)),
        ("a pause times out, and ECS cannot go back", _meanwhile(_expire_and_stay, "TargetFailedError")),
        ("somebody presses Continue in the console", _meanwhile(partial(_answer, "CONTINUE"), "TargetChangedError")),
        ("somebody presses Rollback in the console", _meanwhile(partial(_answer, "ROLLBACK"), *_TOOK_BACK)),
        ("somebody deploys in the middle, with our pauses", _meanwhile(_deploy, "TargetChangedError")),
        ("somebody deploys in the middle", _others_deploy),
        ("an alarm of ECS' own", _own_alarm),
        ("nobody is left to answer before the first task", partial(_nobody_is_left, _begun)),
        ("nobody is left to answer about a canary", partial(_nobody_is_left, _canary)),
    )
)
