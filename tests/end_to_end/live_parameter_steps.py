"""How to come to what WriteLiveParameters does, one statement of its role taken away, and to what it does there."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD, REGION
from tests.end_to_end.busy import Busy
from tests.end_to_end.drift_steps import without_manifest
from tests.end_to_end.service import Service


def message_of(service: str, environment: str) -> dict[str, Any]:
    """What Lambda hands over of the queue."""
    detail = {"service": service, "environment": environment}
    return {"Records": [{"body": json.dumps({"source": "promotion.pipeline", "detail": detail})}]}


def parameter(
    service: Service, name: str = "live", account: str = PROD, environment: str = "prod"
) -> dict[str, Any] | None:
    """What a parameter of the service in an environment says; None where there is none."""
    ssm = service.pipeline.stand_in.client("ssm", account, REGION)
    try:
        found = ssm.get_parameter(Name=f"/gantry/{service.name}/{environment}/{name}")["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        return None
    said: dict[str, Any] = json.loads(found["Value"])
    return said


def told_by_parameters(service: Service) -> dict[str, Any]:
    """Wait until both parameters say what is live in prod; what they say."""

    def says() -> dict[str, Any] | None:
        (live,) = [
            each
            for each in service.pipeline.ledger(f"service#{service.name}")
            if each["sk"].startswith("live#prod#") and "current" in each
        ]
        found = [parameter(service), parameter(service, f"targets/{service.name}.live/live")]
        revision, digest = live["current"]["revision"], live["current"]["digest"]
        agrees = all(each and (each["revision"], each["digest"]) == (revision, digest) for each in found)
        return found[0] if agrees else None

    return eventually("what the parameters say", says)


def _write(world: Busy) -> str:
    return world.invoke("WriteLiveParameters", message_of(world.resting.name, "dev"))


def _write_without_manifest(world: Busy) -> str:
    with without_manifest(world):
        return _write(world)


_ROLE = "WriteLiveParametersFunctionRole"
STEPS: dict[str, Callable[[Busy], str]] = {
    f"{_ROLE}.EnterTargetAccounts": _write,
    f"{_ROLE}.ReadWhatIsLive": _write,
    f"{_ROLE}.ReadManifests": _write,
    f"{_ROLE}.SeeWhetherThereIsAManifest": _write_without_manifest,
    "Target:InvokeVersions.SayWhatIsLive": _write,
}
