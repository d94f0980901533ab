"""What the tests of rollbacks by hand begin with, and what RestoreVersion answers."""

from collections.abc import Callable
from typing import Any

import pytest

from gantry.handlers import restore_version
from gantry.promotion.configuration import Configuration
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, ENTERED_AT, ROLLBACK, TARGET, invoke, payload
from tests.unit.handlers.records import digest_of, lease, record_lease
from tests.unit.handlers.workloads import Workloads

SPLIT = Routing("7", {"8": 10})
ANOTHER_ROLLBACK = f"{ROLLBACK}-another"


def restore(
    environment: str = "prod",
    service: str = "cowsay",
    execution: str = ROLLBACK,
    entered_at: str = ENTERED_AT,
    **wish: Any,
) -> Any:
    request = {"service": service, "environment": environment} | wish
    event = payload("RestoreVersion", request=request, execution=execution, entered_at=entered_at)
    return invoke(restore_version.handler, event)


def routes(workloads: Workloads, version: int | Routing, target: Target = TARGET) -> None:
    workloads.alias(target).current = version if isinstance(version, Routing) else Routing(str(version))


def published(workloads: Workloads, number: int, target: Target = TARGET) -> None:
    for each in range(1, number + 1):
        workloads.function(target).deployed(digest_of(each), Configuration(128, 3, 512, {}, [], None))


def in_flight(workloads: Workloads, number: int, target: Target = TARGET) -> None:
    """A deployment of the release with this number, which has given its version some traffic already."""
    routes(workloads, Routing(str(number - 1), {str(number): 10}), target)
    published(workloads, number, target)
    release = Release("cowsay", digest_of(number), f"revision-{number}", f"tag{number}")
    record_lease(lease(target=target, release=release))
    workloads.executions.running.add(DEPLOYMENT)


def restored(number: int, leave: int, left: int | None, target: Target = TARGET, **changed: Any) -> dict[str, Any]:
    """What RestoreVersion answers of one target: `left` is the version that was live with the release it leaves.

    What is `changed` is the `fence`, or part of the way back.
    """
    left_behind = {
        "image_digest": digest_of(leave),
        "manifest_revision": f"revision-{leave}",
        "version": str(left) if left else None,
    }
    restore_point = {
        "version": str(number),
        "image_digest": digest_of(number),
        "tag": f"tag{number}",
        "manifest_revision": f"revision-{number}",
        "left": left_behind,
        "before": "8",
        "interrupted": None,
    }
    fence = changed.pop("fence", 1)
    return {"target_id": target.id, "fence": fence, "restore_point": restore_point | changed}


def when_an_image_is_looked_up(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object], target: Target = TARGET
) -> None:
    """Let something happen, once, when a handler asks which image a version runs: it knows the lease by then."""
    function, still_to_do = workloads.function(target), [do]
    image_digest = function.image_digest

    def looked_up(version: str) -> str:
        while still_to_do:
            still_to_do.pop()()
        return image_digest(version)

    monkeypatch.setattr(function, "image_digest", looked_up)
