"""What a preview is asked for and answers, while nothing may be written."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from gantry.handlers.http_api import preview_promotion
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from tests.unit.handlers.payloads import ALARM, OLD_DIGEST, ROOT, TARGET, invoke
from tests.unit.handlers.records import record_live
from tests.unit.handlers.workloads import Workloads

RUNS = LambdaConfiguration(256, 10, 512, {"TO_SAY": "Hi"}, [], None, [], "")
READING = re.compile(r"(Get|List|Describe|BatchGet|TransactGet|Head|Query)\w*")


@contextmanager
def nothing_written() -> Iterator[list[str]]:
    """Fail on the first call of any client that could write; gives the names of all calls."""
    called: list[str] = []
    original: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

    def only_reads(client: BaseClient, operation: str, given: Any) -> Any:
        assert READING.fullmatch(operation), f"{operation} is no reading"
        called.append(operation)
        return original(client, operation, given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", only_reads)
        yield called


def answered(service: str = "cowsay", **query: str) -> tuple[int, Any]:
    """Ask the function, which must not write; the status, and the JSON."""
    event = json.loads((ROOT / "events" / "preview_promotion.json").read_text())
    event["rawPath"] = event["requestContext"]["http"]["path"] = f"/previews/{service}"
    event["queryStringParameters"] = query
    with nothing_written():
        answer = invoke(preview_promotion.handler, event)
    return answer["statusCode"], json.loads(answer["body"])


def previewed(service: str = "cowsay", **query: str) -> Any:
    """The preview."""
    status, body = answered(service, **query)
    assert status == 200, body
    return body


def is_live(
    workloads: Workloads, digest: str = OLD_DIGEST, environment: str = "prod", target: Target = TARGET, **known: Any
) -> None:
    """Let version 1 of a target run a digest, with what the ledger knows of it."""
    function = workloads.function(target)
    version = function.deployed(digest, known.pop("runs", RUNS))
    workloads.alias(target).current = Routing(version)
    workloads.alarms(target).now = {ALARM: "OK"}
    settings = {"memory_mb": "256", "timeout_seconds": "10", "environment.TO_SAY": "Hi", "infrastructure": "none"}
    revision = LiveRevision(
        version,
        digest,
        "2026-11-20T08:00:00.000Z",
        "before",
        "revision-1",
        configuration=known.pop("configuration", settings),
        sequence=1,
        **known,
    )
    record_live(Live("cowsay", environment, target, revision))


def rules(environment: Any) -> dict[str, bool]:
    """Whether each rule is met, by its name."""
    found: dict[str, bool] = {}
    for each in environment["rules"]:
        found[each["name"]] = found.get(each["name"], True) and each["is_met"]
    return found
