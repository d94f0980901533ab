"""What a deployment or a rollback meets on AWS without any fault of Gantry's own.

A version sleeps after weeks without requests, and fails when its image is gone. With provisioned concurrency, Lambda
moves the traffic itself, by and by. It shows new versions late, and a region can hang. Each situation has a known end.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.faults import raises
from sandbox.stories.chaos.kinds import IMAGES, Kind
from sandbox.stories.chaos.lambda_targets import LambdaTarget
from sandbox.stories.chaos.target import CASE_SECONDS, ELSEWHERE

_NEVER_SECONDS = 3600.0
_LATE_SECONDS = 0.3
"""Seen from the retries, which are fifty times as fast as on AWS, 20 seconds."""
Ended = tuple[str, tuple[str, ...]]
"""The execution, and what is wrong; empty when it ended as it has to."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that a deployment or a rollback meets."""

    what: str
    story: Callable[[Any], Ended]
    """Takes a target of the kind."""
    kind: Kind = IMAGES

    def __str__(self) -> str:
        """For people."""
        return self.what


def _older_version_sleeps(target: LambdaTarget) -> Ended:
    """It is woken first, and takes the traffic once it is awake."""
    target.release("1", "2")
    target.put_to_sleep("1")
    execution, broken = _rolled_back(target, "SUCCEEDED", to="1")
    return execution, (*broken, *wrong({"version 1 is not awake": target.state("1") == "Active"}))


def _older_version_does_not_wake(target: LambdaTarget) -> Ended:
    """It is restored all the same, and people are told that it was still not ready."""
    target.release("1", "2")
    target.put_to_sleep("1", wakes_after=_NEVER_SECONDS)
    return _rolled_back(target, "SUCCEEDED", to="1", tells="not ready")


def _older_version_failed(target: LambdaTarget) -> Ended:
    """It is passed over, the next older one is restored, and people are told why."""
    target.release("1", "2", "3")
    target.fail("2")
    return _rolled_back(target, "SUCCEEDED", to="1", tells="ImageDeleted")


def _older_version_sleeps_without_image(target: LambdaTarget) -> Ended:
    """Nothing can wake it, so the next older one is restored."""
    target.release("1", "2", "3")
    target.put_to_sleep("2")
    target.pipeline.delete_image(PROD, target.name, "2")
    return _rolled_back(target, "SUCCEEDED", to="1", tells="version 2")


def _no_older_version_can_run(target: LambdaTarget) -> Ended:
    """What runs keeps the traffic, and people are told the reason."""
    target.release("1", "2")
    target.fail("1")
    return _rolled_back(target, "FAILED", to="2", tells="ImageDeleted")


def _stable_version_of_a_deployment_failed(target: LambdaTarget) -> Ended:
    """Lambda refuses to route to it again, so the next older one is restored, and people are told why."""
    target.release("1", "2")
    execution = _unhealthy_canary(target, "3")
    target.fail("2")
    status = target.pipeline.wait(execution, CASE_SECONDS)["status"]
    broken = target.settled(execution, "1", is_notified=True)
    return execution, (*broken, *wrong({f"it ended as {status}": status == "FAILED", **_told(target, execution)}))


def _only_version_before_a_deployment_failed(target: LambdaTarget) -> Ended:
    """No machine can bring it back. People are told so at once, and nobody else gets the target."""
    target.release("1")
    execution = _unhealthy_canary(target, "2")
    target.fail("1")
    status = target.pipeline.wait(execution, CASE_SECONDS)["status"]
    eventually("a notification", lambda: target.notifications(execution) or None, CASE_SECONDS)
    return execution, wrong({f"it ended as {status}": status == "FAILED", **_told(target, execution)})


def _unhealthy_canary(target: LambdaTarget, version: str) -> str:
    """Start a deployment whose canary will be found unhealthy, and return it once the traffic is split."""
    target.faults.inject(target.functions["JudgeCanary"], raises("CanaryUnhealthyError"), f'"{target.name}"')
    execution = target.start_deployment(version, bake_seconds=10)
    eventually("the canary", lambda: version in target.routing() or None)
    return execution


def _told(target: LambdaTarget, execution: str) -> Mapping[str, bool]:
    messages = [each["Message"] for each in target.notifications(execution)]
    return {
        f"the team was notified {len(messages)} times": len(messages) == 1,
        "the team was not told why": all("ImageDeleted" in message for message in messages),
    }


def _one_of_two_regions_hangs(target: LambdaTarget) -> Ended:
    """The other one is back, and people are told which one is not. A second rollback brings it back afterwards."""
    target.pipeline.add_repository(target.name, ELSEWHERE)
    other = dataclasses.replace(target, region=ELSEWHERE)
    for each in (target, other):
        each.release("1")
    for each in (target, other):
        each.release("2")
    with target.pipeline.hanging(PROD, ELSEWHERE):
        execution, broken = _rolled_back(target, "FAILED", to="1", tells=other.id)
    left = other.routing() == "2"
    _, still = _rolled_back(other, "SUCCEEDED", to="1", region=ELSEWHERE)
    return execution, (*broken, *wrong({"the hanging target was changed": left}), *still)


def _provisioned(target: LambdaTarget) -> Ended:
    """The deployment and the rollback wait until Lambda has moved the traffic."""
    target.release("1")
    target.pipeline.provision(PROD, target.name)
    target.release("2")
    unsettled = target.routing()
    execution, broken = _rolled_back(target, "SUCCEEDED", to="1")
    return execution, (*broken, *wrong({f"the deployment left {unsettled}": unsettled == "2"}))


def _lambda_moves_the_traffic(target: LambdaTarget) -> Ended:
    """Going back does not wait for the way there."""
    target.release("1")
    target.pipeline.provision(PROD, target.name)
    target.start_deployment("2")
    eventually("Lambda's own weight", lambda: target.routing() == "2 and 1" or None)
    return _rolled_back(target, "SUCCEEDED", to="1")


def _new_versions_are_seen_late(target: LambdaTarget) -> Ended:
    """The deployment looks again."""
    target.pipeline.show_new_late(PROD, target.name, _LATE_SECONDS)
    target.release("1")
    execution = target.start_deployment("2")
    ended = target.pipeline.wait(execution, CASE_SECONDS)
    broken = target.settled(execution, "2", is_notified=False)
    return execution, (
        *broken,
        *wrong({f"it ended as {ended['status']}: {str(ended.get('cause'))[:400]}": ended["status"] == "SUCCEEDED"}),
    )


SITUATIONS = (
    Situation("the older version sleeps", _older_version_sleeps),
    Situation("the older version sleeps and does not wake", _older_version_does_not_wake),
    Situation("the older version has failed", _older_version_failed),
    Situation("the older version sleeps, and its image is gone", _older_version_sleeps_without_image),
    Situation("no older version can run", _no_older_version_can_run),
    Situation("the stable version of a deployment has failed", _stable_version_of_a_deployment_failed),
    Situation("the only version before a deployment has failed", _only_version_before_a_deployment_failed),
    Situation("one of two regions hangs", _one_of_two_regions_hangs),
    Situation("the alias has provisioned concurrency", _provisioned),
    Situation("Lambda itself still moves the traffic", _lambda_moves_the_traffic),
    Situation("Lambda shows new versions and aliases late", _new_versions_are_seen_late),
)


def _rolled_back(target: LambdaTarget, status: str, *, to: str, tells: str = "", **wish: str) -> Ended:
    """Roll back, and return what is wrong then."""
    request = {"service": target.name, "environment": "prod", **wish}
    execution = target.starter.start("Rollback", request)
    ended = target.pipeline.wait(execution, CASE_SECONDS)
    broken = target.settled(execution, to, is_notified=True)
    messages = [each["Message"] for each in target.notifications(execution)]
    return execution, (
        *broken,
        *wrong(
            {
                f"it ended as {ended['status']}: {str(ended.get('cause'))[:200]}": ended["status"] == status,
                f"the team was not told {tells!r}": any(tells in message for message in messages),
            }
        ),
    )


def wrong(checks: Mapping[str, bool]) -> tuple[str, ...]:
    """Return what does not hold."""
    return tuple(what for what, holds in checks.items() if not holds)
