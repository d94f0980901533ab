"""`make bench`: what the pipeline takes, measured on the deployed stack, beside what a peer takes.

The peer is aws-samples/aws-lambda-deploy, with the figures that follow from its definition: for N steps 5N+2 state
transitions, 2N+2 invocations and N+1 UpdateAlias. Counts are exact; times are this machine's, and noisy.
"""

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from sandbox.driver.deploy import THIS_MACHINE, build
from sandbox.driver.pipeline import Pipeline, eventually
from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.process import ROOT, StandIn
from sandbox.stories.demo import ALARM, GOOD, traffic

STEPS = (1, 3, 10)
BAKE_SECONDS = 5
IMPORT_BUDGET = 2.0
"""Seconds for a handler's imports, on a busy machine; beside it stands what boto3 alone takes there."""
PACKAGE_BUDGET = 20
"""Megabytes of one function's package, unpacked. Lambda's own limit is 250."""
ROLLBACK_BUDGET = 2.0
"""Seconds from the alarm's change to the alias back on the stable version, with warm functions."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, what it may be, and the peer's where there is one."""

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
        """As a line of the table."""
        return (
            self.what,
            f"{self.ours:.4g}{self.unit}",
            f"≤ {self.budget:g}{self.unit}",
            self.peer,
            "" if self.holds else "over budget",
        )


def manifest(service: str, steps: int, architecture: str) -> str:
    """One environment, no approval, and a plan of so many steps."""
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
    alarms: [{service}-{ALARM}]
    configuration: {{environment: {{TO_SAY: hello}}}}
"""


def deployments(pipeline: Pipeline) -> list[Row]:
    """What a deployment of N steps takes, one N after the other, so that every call counted is its own."""
    rows = []
    for steps in STEPS:
        service = f"cowsay-{steps}-steps"
        pipeline.add_service(service, manifest(service, steps, pipeline.architecture), [f"{service}-{ALARM}"])
        released(pipeline, service, "1111111")
        with traffic(pipeline, PROD, service):
            rows += taken(pipeline, steps, released(pipeline, service, "2222222"))
    return rows


def released(pipeline: Pipeline, service: str, tag: str) -> str:
    """Push, and wait until it is live; the deployment's execution."""
    promotion = pipeline.promotion_of(pipeline.push(service, tag, GOOD % f"{service} {tag}"))
    ended = pipeline.wait(promotion, seconds=300)
    if ended["status"] != "SUCCEEDED":
        raise RuntimeError(f"{service} {tag} was not promoted: {ended.get('cause')}")
    return pipeline.deployments_of(promotion)[0]


def taken(pipeline: Pipeline, steps: int, execution: str) -> list[Row]:
    """Transitions, invocations and changes of the alias of one deployment."""
    history, described = pipeline.history(execution), pipeline.describe(execution)
    scheduled = [event for event in history if event["type"] == "TaskScheduled"]
    invocations = [event for event in scheduled if event["taskScheduledEventDetails"]["resourceType"] == "lambda"]
    calls = pipeline.calls_between(described["startDate"], described["stopDate"])
    n = f"{steps} step{'s' if steps > 1 else ''}: "
    return [
        Row(n + "state transitions", len(pipeline.states(execution)), 3 * steps + 12, f"{5 * steps + 2}"),
        Row(n + "invocations", len(invocations), 3 * steps + 12, f"{2 * steps + 2}"),
        Row(n + "UpdateAlias", calls["UpdateAlias"], steps + 1, f"{steps + 1}"),
    ]


def rollbacks(pipeline: Pipeline) -> list[Row]:
    """From an alarm to the stable version, and by hand."""
    service = "cowsay-3-steps"
    alarmed(pipeline, service, "3333333")  # the first time, the functions on the way back are cold
    seconds = alarmed(pipeline, service, "4444444")
    by_hand = pipeline.start("Rollback", {"service": service, "environment": "prod"})
    pipeline.wait(by_hand)
    states = pipeline.states(by_hand)
    return [
        Row("from the alarm to the stable version", seconds, ROLLBACK_BUDGET, unit=" s"),
        Row("rollback by hand: state transitions", len(states), 4),
        Row("rollback by hand: transitions until the alias is moved", 1 + states.index("RestoreVersion"), 1),
    ]


def alarmed(pipeline: Pipeline, service: str, tag: str) -> float:
    """Seconds between an alarm, while a canary bakes, and the alias back on the stable version."""
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
    """How large the packages are, and how long each handler imports."""
    rows = []
    built = build(ROOT / "template.yaml", THIS_MACHINE).parent
    sizes = {
        package.name: sum(file.stat().st_size for file in package.rglob("*") if file.is_file()) / 1e6
        for package in built.glob("*Function")
    }
    largest = max(sizes, key=lambda name: sizes[name])
    rows.append(Row(f"{len(sizes)} packages, the largest", sizes[largest], PACKAGE_BUDGET, unit=" MB"))
    alone = f"boto3 alone: {statistics.median(import_seconds('boto3') for _ in range(3)):.2f} s"
    for handler in sorted((ROOT / "functions" / "gantry" / "handlers").glob("*.py")):
        if "def handler(" in handler.read_text():
            seconds = statistics.median(import_seconds(f"gantry.handlers.{handler.stem}") for _ in range(3))
            rows.append(Row(f"{handler.stem}: import", seconds, IMPORT_BUDGET, alone, " s"))
    return rows


def import_seconds(module: str) -> float:
    """The time a fresh interpreter spends importing a module, with all that it imports."""
    clock = "time.perf_counter()"
    code = f"import time; began = {clock}; import {module}; print({clock} - began)"
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-c", code], cwd=ROOT / "functions", capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def print_table(rows: list[Row]) -> None:
    """Each figure beside its budget and the peer's."""
    lines = [("", "ours", "budget", "aws-lambda-deploy", ""), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print("\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines))


def main() -> int:
    """Measure everything; 1 when a figure is over its budget."""
    rows: list[Row] = []
    with StandIn(time_scale=0.02) as stand_in:
        pipeline = Pipeline.deploy(stand_in, lambda what: print(what, file=sys.stderr))
        rows += deployments(pipeline)
        rows += rollbacks(pipeline)
    rows += packages()
    print_table(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
