"""What the tests of manual rollbacks begin with, and what RestoreVersion returns."""

from collections.abc import Callable
from typing import Any

import pytest

from gantry.handlers.rollback_machine import restore_version
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from tests.unit.handlers.payloads import DEPLOYMENT, ENTERED_AT, PROMOTION, ROLLBACK, TARGET, invoke, payload
from tests.unit.handlers.records import digest_of, lease, record_lease, release_of
from tests.unit.handlers.workloads import Workloads

SPLIT = Routing("7", {"8": 10})
ANOTHER_ROLLBACK = f"{ROLLBACK}-another"


def restore(
    environment: str = "prod",
    service: str = "cowsay",
    execution: str = ROLLBACK,
    entered_at: str = ENTERED_AT,
    **wanted: Any,
) -> Any:
    is_last = wanted.pop("is_last", False)
    request = {"service": service, "environment": environment} | wanted
    event = payload("RestoreVersion", request=request, execution=execution, entered_at=entered_at, is_last=is_last)
    return invoke(restore_version.handler, event)


def promotion_to_roll_back(number: int) -> dict[str, str]:
    """What the promotion machine names when it takes the release with this number off an environment."""
    release = release_of(number)
    return {"execution": PROMOTION, "digest": release.digest, "manifest_revision": release.manifest_revision}


def routes(workloads: Workloads, to: int | Routing, target: Target = TARGET) -> None:
    """Let the alias route there; the versions up to its primary one exist."""
    wanted = to if isinstance(to, Routing) else Routing(str(to))
    workloads.alias(target).current, primary = wanted, wanted.revision
    if primary.isdecimal() and primary not in workloads.function(target).states:
        published(workloads, int(primary), target)


def published(workloads: Workloads, number: int, target: Target = TARGET) -> None:
    there = len(workloads.function(target).states)  # $LATEST and the versions
    for each in range(max(there, 1), number + 1):
        workloads.function(target).deployed(digest_of(each), LambdaConfiguration(128, 3, 512, {}, [], None, [], ""))


def in_flight(workloads: Workloads, number: int, target: Target = TARGET) -> None:
    """A deployment of the release with this number, which has given its revision some traffic already."""
    routes(workloads, Routing(str(number - 1), {str(number): 10}), target)
    published(workloads, number, target)
    record_lease(lease(target=target, release=release_of(number)))
    workloads.executions.running.add(DEPLOYMENT)


def restored(number: int, leave: int, was_live: bool, target: Target = TARGET, **changed: Any) -> dict[str, Any]:
    """What RestoreVersion returns for one target.

    Args:
        number: of the revision that is restored, and of its release.
        leave: the number of the release that is rolled back.
        was_live: whether that release was live on the target, and not only in flight.
        target: the target.
        changed: the `fence`, or a part of the restore point.
    """
    rolled_back = {
        "digest": digest_of(leave),
        "manifest_revision": f"revision-{leave}",
        "sequence": leave if was_live else None,
    }
    restore_point = {
        "revision": str(number),
        "digest": digest_of(number),
        "tag": f"tag{number}",
        "manifest_revision": f"revision-{number}",
        "sequence": number,
        "rolled_back": rolled_back,
        "previous_routing": "8",
        "interrupted": None,
        "started_by": None,
        "why": None,
        "promotion": None,
        "artifact_version": None,
        "source": None,
        "notes": [],
    }
    fence = changed.pop("fence", 1)
    return {"target_id": target.id, "fence": fence, "restore_point": restore_point | changed}


def when_a_digest_is_looked_up(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object], target: Target = TARGET
) -> None:
    """Let something happen, once, when a handler asks what a revision runs: it has read the lease by then."""
    function, still_to_do = workloads.function(target), [do]
    digest = function.digest

    def looked_up(version: str) -> str:
        while still_to_do:
            still_to_do.pop()()
        return digest(version)

    monkeypatch.setattr(function, "digest", looked_up)
