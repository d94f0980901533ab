"""How to come to what WriteBack does, one statement of its role taken away."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.driver.git_host import REPOSITORY
from tests.end_to_end.busy import Busy
from tests.end_to_end.service import APPROVAL


def write_back_keys(service: str, environment: str = "prod", mode: str = "commit", **own: Any) -> dict[str, Any]:
    """What a manifest says of a file that only Gantry writes, with a key of the service's own."""
    path = own.pop("path", f"{environment}/{service}.auto.tfvars.json")
    file = {"environment": environment, "path": path, "format": "tfvars.json", "set": {"app_version": "tag"}}
    return {"repository": REPOSITORY, "mode": mode, "files": [file | own]}


def message_of(service: str, environment: str, execution: str) -> dict[str, Any]:
    """What Lambda hands over of the queue."""
    detail = {"service": service, "environment": environment, "execution": execution, "digest": None, "source": None}
    return {"Records": [{"body": json.dumps({"source": "promotion.pipeline", "detail": detail})}]}


def _write(world: Busy) -> str:
    """Of what is live there and Git does not say yet: each step gives another file."""
    service = world.resting
    environments = [service.environment("dev"), service.environment("staging", approval=APPROVAL)]
    keys = write_back_keys(service.name, "dev", path=f"steps/{service.tag()}.auto.tfvars.json")
    service.change(*environments, write_back=keys)
    try:
        return world.invoke("WriteBack", message_of(service.name, "dev", world.other("RecordRelease")))
    finally:
        service.change(*environments)


_ROLE = "WriteBackFunctionRole"
STEPS: dict[str, Callable[[Busy], str]] = {
    f"{_ROLE}.{sid}": _write
    for sid in (
        "ReadWhatIsLiveAndWhoApprovedIt",
        "ReadManifests",
        "SeeWhetherThereIsAManifest",
        "SignForTheGitHubApp",
    )
}
