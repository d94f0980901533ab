"""How to come to the steps that deploy an image to an ECS service, one statement of a role taken away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.driver.ecs_service import CLUSTER, CONTAINER, add_ecs_service, image_uri
from sandbox.stand_in.accounts import DEV, REGION
from tests.end_to_end.busy import Busy
from tests.end_to_end.service import Json

_ECS = f"arn:aws:ecs:{REGION}:{DEV}"
_MIGRATION: Json = {"kind": "run_task", "within_seconds": 300, "command": ["python", "-V"]}


def add_tasks(world: Busy) -> None:
    """Add an ECS service in dev, called like the service at rest, so that nobody needs a policy file."""
    stand_in = world.pipeline.stand_in
    add_ecs_service(
        stand_in, DEV, world.resting.name, image_uri(stand_in, world.resting.name, world.digest), balanced=False
    )


def _inspect(world: Busy) -> str:
    with _deploying(world, "InspectTarget") as payload:
        return world.invoke("InspectTarget", payload)


def _prepare(world: Busy) -> str:
    with _deploying(world, "PrepareRevision") as payload:
        stable = {"revision": f"{world.resting.name}:1", "digest": world.digest}
        return world.invoke("PrepareRevision", payload | {"stable": stable})


def _run(world: Busy) -> str:
    with _deploying(world, "RunCheck") as payload:
        return world.invoke("RunCheck", payload | {"revision": f"{world.resting.name}:1", "check": _MIGRATION})


def _look(world: Busy) -> str:
    answer = {"status": "started", "reason": "it runs", "run": f"{_ECS}:task/{CLUSTER}/{'0' * 32}"}
    with _deploying(world, "AwaitCheck") as payload:
        return world.invoke("AwaitCheck", payload | {"check": _MIGRATION, "answer": answer})


@contextmanager
def _deploying(world: Busy, state: str) -> Iterator[Json]:
    """What a state's function is invoked with in a deployment to the ECS service, while that holds the lease."""
    payload = world.payloads[state]
    target: Json = {"kind": "ecs", "account": DEV, "region": REGION, "name": f"ecs/{CLUSTER}/{world.resting.name}"}
    target |= {"arn": f"{_ECS}:service/{CLUSTER}/{world.resting.name}", "settings": {"container": CONTAINER}}
    release = payload["deployment"]["release"] | {"service": world.resting.name}
    own: Json = {
        "release": release,
        "target": target,
        "configuration": {"environment": {"TO_SAY": "moo"}},
        "plan": [],
        "alarms": [],
    }
    own |= {"approved": None, "draft": {}}
    with world.left(payload["execution"], target, release=release):
        yield payload | {"deployment": payload["deployment"] | own, "fence": 1}


STEPS: dict[str, Callable[[Busy], str]] = {
    "Target:DeployEcsServices.DeployServices": _inspect,
    "Target:DeployEcsServices.RegisterTaskDefinitions": _prepare,
    "Target:DeployEcsServices.ReadTaskDefinitionsAndListeners": _inspect,
    "Target:DeployEcsServices.GiveTasksTheirRoles": _prepare,
    "Target:DeployEcsServices.RunTasksOfNewRevisions": _run,
    "Target:DeployEcsServices.SeeHowTasksEnd": _look,
}
"""By statement."""
