"""How much CPU the functions take that somebody waits for, when they are cold and when they are warm.

The stand-in's functions import from what `sam build` made, like those on AWS, and write in their logs how much CPU they
took. Counted are the start, with the interpreter's own, and the first invocation after it.
"""

import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sandbox.driver.cowsay import APPROVER, GOOD
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD

_RUNS = 3
_FIRST = "1111111"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The CPU seconds that something takes of its functions together, in the median of several runs."""

    what: str
    cold: float
    warm: float


def cold_starts(pipeline: Pipeline) -> list[ColdStart]:
    """Measure an alarm's way to the stable version, a manual rollback and the approval page, cold and warm."""
    alarmed, restored, shown = "cowsay-cold-alarm", "cowsay-cold-rollback", "cowsay-cold-page"
    _add(
        pipeline, alarmed, "    traffic: [{weight: 50, bake: 10m}]\n    judge: observe\n    alarms: [cowsay-cold-alarm]"
    )
    _add(pipeline, restored, "    traffic: AllAtOnce")
    _add(pipeline, shown, f"    traffic: AllAtOnce\n    approval: {{approvers: [{APPROVER}], expires_after: 1h}}")
    _release(pipeline, alarmed, _FIRST)
    tags = [f"{tag:07}" for tag in range(1, 2 * _RUNS + 2)]
    for tag in tags:
        _release(pipeline, restored, tag)
    pipeline.push(shown, _FIRST, GOOD % shown)
    link = pipeline.mail_to(APPROVER, shown).links[0]
    left = iter(tags)
    return [
        _measured(
            pipeline, "alarm to alias back", ["OnAlarm", "RollBack"], lambda: _alarm(pipeline, alarmed, next(left))
        ),
        _measured(pipeline, "RestoreVersion", ["RestoreVersion"], partial(_roll_back, pipeline, restored)),
        _measured(pipeline, "the approval page", ["ShowApproval"], partial(pipeline.http, "GET", link)),
    ]


def _add(pipeline: Pipeline, service: str, environment: str) -> None:
    manifest = f"""\
repository: {service}
versioning: git-sha
architecture: {pipeline.architecture}
environments:
  - name: prod
    targets:
      - account: "{PROD}"
        region: us-east-1
        function: {service}
        alias: live
        role: arn:aws:iam::{PROD}:role/{service}
    configuration: {{environment: {{TO_SAY: hello}}}}
{environment}
"""
    pipeline.add_service(service, manifest, [service])


def _release(pipeline: Pipeline, service: str, tag: str) -> None:
    ended = pipeline.wait(pipeline.promotion_of(pipeline.push(service, tag, GOOD % f"{service} {tag}")))
    if ended["status"] != "SUCCEEDED":
        raise RuntimeError(f"{service} {tag} was not promoted: {ended.get('cause')}")


def _alarm(pipeline: Pipeline, service: str, tag: str) -> None:
    """Raise an alarm while a canary bakes, and wait for the promotion's end."""
    promotion = pipeline.promotion_of(pipeline.push(service, tag, GOOD % tag))
    eventually("a bake", lambda: pipeline.ledger(f"alarm#{PROD}/us-east-1/{service}") or None)
    pipeline.stand_in.client("cloudwatch", PROD).set_alarm_state(
        AlarmName=service, StateValue="ALARM", StateReason="to see how long it takes"
    )
    if pipeline.wait(promotion)["status"] != "FAILED":
        raise RuntimeError(f"{service} {tag} was promoted in spite of its alarm")


def _roll_back(pipeline: Pipeline, service: str) -> None:
    ended = pipeline.wait(pipeline.start("Rollback", {"service": service, "environment": "prod"}))
    if ended["status"] != "SUCCEEDED":
        raise RuntimeError(f"{service} was not rolled back: {ended.get('cause')}")


def _measured(pipeline: Pipeline, what: str, functions: list[str], use: Callable[[], object]) -> ColdStart:
    """Use the functions cold and warm in turn."""
    names = [pipeline.function_name(each) for each in functions]
    cold, warm = list[float](), list[float]()
    for _ in range(_RUNS):
        for name in names:
            _make_cold(pipeline, name)
        cold.append(_cpu(pipeline, names, use))
        warm.append(_cpu(pipeline, names, use))
    return ColdStart(what, statistics.median(cold), statistics.median(warm))


def _make_cold(pipeline: Pipeline, name: str) -> None:
    """Change the function's configuration, so that Lambda starts it anew."""
    client = pipeline.stand_in.client("lambda", ASSETS)
    memory = client.get_function_configuration(FunctionName=name)["MemorySize"]
    client.update_function_configuration(FunctionName=name, MemorySize=memory + 1)
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def _cpu(pipeline: Pipeline, names: list[str], use: Callable[[], object]) -> float:
    """Return the CPU seconds of the first invocation of each function that a use makes."""
    began = datetime.now(UTC)
    use()
    return sum(eventually(f"the log of {name}", partial(_first, pipeline, name, began)) for name in names)


def _first(pipeline: Pipeline, name: str, began: datetime) -> float | None:
    configuration = pipeline.stand_in.client("lambda", ASSETS).get_function_configuration(FunctionName=name)
    pages = pipeline.stand_in.client("logs", ASSETS).get_paginator("filter_log_events")
    for page in pages.paginate(
        logGroupName=configuration["LoggingConfig"]["LogGroup"], startTime=int(began.timestamp() * 1000)
    ):
        said = (event["message"] for event in page["events"] if event["message"].startswith('{"cpu_of"'))
        for cpu in map(json.loads, said):
            if cpu["cpu_of"] == name:
                return float(cpu["start"] + cpu["invocation"])
    return None
