"""`make bench`: figures of the pipeline, measured on the deployed stack, beside those of a peer.

The peer is aws-samples/aws-lambda-deploy. Its figures follow from its definition: for N steps, 5N+2 state transitions,
2N+2 invocations and N+1 calls of UpdateAlias. Counts are exact. Times depend on this machine, and vary; so do the waits
for a change that Lambda is making. Each of them is one more transition and one more invocation, and has its own row.
"""

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.driver.cowsay import ALARM, GOOD
from sandbox.driver.deploy import build
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.workspace import ROOT
from sandbox.stories.many_targets import TARGETS, roll_back_many

STEPS = (1, 3, 10)
BAKE_SECONDS = 5
IMPORT_BUDGET = 2.0
"""Seconds for a handler's imports on a busy machine. The table also has the time of boto3 alone."""
WAITS_BUDGET = 60
"""How often the definition looks whether one change has settled, at most."""
PACKAGE_BUDGET = 20
"""Megabytes of a function and its layer, unpacked. Lambda's own limit is 250."""
ROLLBACK_BUDGET = 2.0
"""Seconds from the alarm's change until the alias is back on the stable version, with warm functions."""

WIDE_BUDGET = 120
"""Seconds in which a rollback has to tell that a target does not answer. The budget of the others is the time that the
first try of the rollback's first function has."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, its budget, and the peer's figure if there is one."""

    what: str
    ours: float
    budget: float
    peer: str = ""
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure is within its budget."""
        return self.ours <= self.budget

    def cells(self) -> tuple[str, ...]:
        """Return the row's cells of the table."""
        return (
            self.what,
            f"{self.ours:.4g}{self.unit}",
            f"≤ {self.budget:g}{self.unit}",
            self.peer,
            "" if self.holds else "over budget",
        )


def manifest(service: str, steps: int, architecture: str) -> str:
    """Return a manifest with one environment, no approval, and a plan of so many steps."""
    plan = ", ".join(f"{{weight: {(index + 1) * 9}, bake: {BAKE_SECONDS}s}}" for index in range(steps))
    return f"""\
repository: {service}
versioning: git-sha
architecture: {architecture}
environments:
  - name: prod
    targets:
      - account: "{PROD}"
        region: us-east-1
        function: {service}
        alias: live
        role: arn:aws:iam::{PROD}:role/{service}
    traffic: [{plan}]
    judge: observe
    alarms: [{service}-{ALARM}]
    configuration: {{environment: {{TO_SAY: hello}}}}
"""


def deployments(pipeline: Pipeline) -> list[Row]:
    """Measure a deployment for each number of steps. They run one after the other, so that only its own calls count."""
    rows = []
    for steps in STEPS:
        service = f"cowsay-{steps}-steps"
        pipeline.add_service(service, manifest(service, steps, pipeline.architecture), [f"{service}-{ALARM}"])
        released(pipeline, service, "1111111")
        with traffic(pipeline, PROD, service):
            rows += taken(pipeline, steps, released(pipeline, service, "2222222"))
    return rows


def released(pipeline: Pipeline, service: str, tag: str) -> str:
    """Push, wait until the version is live, and return the deployment's execution."""
    promotion = pipeline.promotion_of(pipeline.push(service, tag, GOOD % f"{service} {tag}"))
    ended = pipeline.wait(promotion, seconds=300)
    if ended["status"] != "SUCCEEDED":
        raise RuntimeError(f"{service} {tag} was not promoted: {ended.get('cause')}")
    return pipeline.deployments_of(promotion)[0]


def taken(pipeline: Pipeline, steps: int, execution: str) -> list[Row]:
    """Count the transitions, the invocations and the changes of the alias of one deployment."""
    history, described = pipeline.history(execution), pipeline.describe(execution)
    scheduled = [event for event in history if event["type"] == "TaskScheduled"]
    invocations = [event for event in scheduled if event["taskScheduledEventDetails"]["resourceType"] == "lambda"]
    waits = [event for event in history if event.get("taskFailedEventDetails", {}).get("error") == "TargetPendingError"]
    calls = pipeline.calls_between(described["startDate"], described["stopDate"])
    n = f"{steps} step{'s' if steps > 1 else ''}: "
    return [
        Row(n + "state transitions", len(pipeline.states(execution)), 5 * steps + 12, f"{5 * steps + 2}"),
        Row(n + "invocations", len(invocations) - len(waits), 3 * steps + 12, f"{2 * steps + 2}"),
        Row(n + "waits for Lambda", len(waits), WAITS_BUDGET),
        Row(n + "UpdateAlias", calls["UpdateAlias"], steps + 1, f"{steps + 1}"),
    ]


def rollbacks(pipeline: Pipeline) -> list[Row]:
    """Measure a rollback by an alarm, and a manual one."""
    service = "cowsay-3-steps"
    alarmed(pipeline, service, "3333333")  # the first time, the rollback's functions are cold
    seconds = alarmed(pipeline, service, "4444444")
    rollback = pipeline.start("Rollback", {"service": service, "environment": "prod"})
    pipeline.wait(rollback)
    states = pipeline.states(rollback)
    return [
        Row("from the alarm to the stable version", seconds, ROLLBACK_BUDGET, unit=" s"),
        Row("manual rollback: state transitions", len(states), 4),
        Row("manual rollback: transitions until the alias is moved", 1 + states.index("RestoreVersion"), 1),
    ]


def wide_rollback(pipeline: Pipeline) -> list[Row]:
    """Measure a rollback of many targets, one of which is in a region that hangs."""
    measured = roll_back_many(pipeline)
    what = f"rollback of {TARGETS} targets, one of them hangs: "
    return [
        Row(f"{what}the others are back", measured.back_after, measured.deadline, unit=" s"),
        Row(f"{what}it has ended", measured.ended_after, WIDE_BUDGET, unit=" s"),
    ]


def alarmed(pipeline: Pipeline, service: str, tag: str) -> float:
    """Raise an alarm while a canary bakes; return the seconds until the alias is back on the stable version."""
    stable = {"version": pipeline.routing(PROD, service)["version"], "weights": {}}
    promotion = pipeline.promotion_of(pipeline.push(service, tag, GOOD % tag))
    eventually("a canary", lambda: pipeline.routing(PROD, service)["weights"] or None)
    eventually("a bake", lambda: pipeline.ledger(f"alarm#{PROD}/us-east-1/{service}-{ALARM}") or None)
    began = time.monotonic()
    pipeline.stand_in.client("cloudwatch", PROD).set_alarm_state(
        AlarmName=f"{service}-{ALARM}", StateValue="ALARM", StateReason="the bench says so"
    )
    eventually("the stable version", lambda: pipeline.routing(PROD, service) == stable or None)
    seconds = time.monotonic() - began
    pipeline.wait(promotion)
    return seconds


def packages() -> list[Row]:
    """Measure the size of the code and its layer, and each handler's import time."""
    built = build(ROOT / "template.yaml").parent
    code = [megabytes(folder) for folder in built.glob("*Function")]
    size = max(code) + megabytes(built / "Packages")
    rows = [Row(f"{len(code)} functions, the largest with the layer", size, PACKAGE_BUDGET, unit=" MB")]
    alone = f"boto3 alone: {statistics.median(import_seconds('boto3') for _ in range(3)):.2f} s"
    functions = ROOT / "functions"
    for handler in sorted((functions / "gantry" / "handlers").rglob("*.py")):
        if "def handler(" in handler.read_text():
            module = ".".join(handler.relative_to(functions).with_suffix("").parts)
            seconds = statistics.median(import_seconds(module) for _ in range(3))
            rows.append(Row(f"{handler.stem}: import", seconds, IMPORT_BUDGET, alone, " s"))
    return rows


def megabytes(folder: Path) -> float:
    """Return the size of what is in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def import_seconds(module: str) -> float:
    """Return the seconds that a fresh interpreter needs to import a module."""
    clock = "time.perf_counter()"
    code = f"import time; began = {clock}; import {module}; print({clock} - began)"
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-c", code], cwd=ROOT / "functions", capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def print_table(rows: list[Row]) -> None:
    """Print each figure with its budget and the peer's figure."""
    lines = [("", "ours", "budget", "aws-lambda-deploy", ""), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print("\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines))


def main() -> int:
    """Measure everything; return 1 if a figure is over its budget."""
    rows: list[Row] = []
    with StandIn(time_scale=0.02) as stand_in:
        pipeline = Pipeline.deploy(stand_in, lambda what: print(what, file=sys.stderr))
        rows += deployments(pipeline)
        rows += rollbacks(pipeline)
        rows += wide_rollback(pipeline)
    rows += packages()
    print_table(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
