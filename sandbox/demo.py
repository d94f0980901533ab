"""The demo: an image's way from its push to prod, a bad one's way back, and a rollback by hand.

`make demo`. Everything that is told has been looked up in AWS' own APIs; the exit code is 0 only if all of it held.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.accounts import PROD
from sandbox.deploy import DeployError
from sandbox.pipeline import WORKLOAD_ACCOUNTS, NotSeenError, Pipeline
from sandbox.stand_in import StandIn, StandInError

TIME_SCALE = 0.1
"""Alarms look at six seconds instead of a minute; nothing else of the demo is faster than it would be on AWS."""
SERVICE = "cowsay"
APPROVER = "ops@example.com"
ALARM = "cowsay-errors"

MANIFEST = f"""\
repository: {SERVICE}
versioning: git-sha
architecture: %(architecture)s
configuration: {{memory_mb: 256, timeout_seconds: 10}}
environments:
  - name: dev
    targets: [{{account: "222222222222", region: us-east-1, function: {SERVICE}, alias: live, role: "arn:aws:iam::222222222222:role/{SERVICE}"}}]
    traffic: AllAtOnce
    configuration: {{environment: {{TO_SAY: "Hello from dev"}}}}
  - name: staging
    targets: [{{account: "333333333333", region: us-east-1, function: {SERVICE}, alias: live, role: "arn:aws:iam::333333333333:role/{SERVICE}"}}]
    traffic: AllAtOnce
    configuration: {{environment: {{TO_SAY: "Hello from staging"}}}}
  - name: prod
    targets: [{{account: "444444444444", region: us-east-1, function: {SERVICE}, alias: live, role: "arn:aws:iam::444444444444:role/{SERVICE}"}}]
    approval: {{approvers: [{APPROVER}], expires_after: 72h}}
    traffic: [{{weight: 20, bake: 8s}}, {{weight: 50, bake: 8s}}]
    alarms: [{ALARM}]
    configuration: {{memory_mb: 512, environment: {{TO_SAY: "Hello from prod"}}}}
"""  # noqa: E501 -- a manifest as people write it

GOOD = """\
import os

def handler(event, context):
    return {"said": os.environ["TO_SAY"], "by": "%s"}
"""
BAD = """\
import os

def handler(event, context):
    if "prod" in os.environ["TO_SAY"]:
        raise RuntimeError("only prod has the data that this version cannot read")
    return {"said": os.environ["TO_SAY"], "by": "%s"}
"""


@dataclass
class Story:
    """Tells what happens, and remembers what should have happened and did not."""

    started: float = field(default_factory=time.monotonic)
    disappointments: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        """What comes next."""
        print(f"\n{title}", flush=True)

    def say(self, what: str) -> None:
        """One thing that happened, with the seconds since the beginning."""
        print(f"  {time.monotonic() - self.started:6.1f} s  {what}", flush=True)

    def expect(self, what: str, actual: object, wanted: object) -> None:
        """Tell whether something is as it should be."""
        if actual == wanted:
            self.say(f"✔ {what}: {actual}")
            return
        self.disappointments.append(f"{what} should be {wanted}, but is {actual}")
        self.say(f"✘ {self.disappointments[-1]}")


@contextmanager
def traffic(pipeline: Pipeline, account: str) -> Iterator[None]:
    """People who use the function through its alias, about ten times a second, while the block lasts."""
    enough = threading.Event()

    def use() -> None:
        while not enough.wait(0.1):
            pipeline.invoke(account, SERVICE)

    user = threading.Thread(target=use, daemon=True)
    user.start()
    try:
        yield
    finally:
        enough.set()
        user.join()


def tell(pipeline: Pipeline, story: Story, architecture: str) -> str:
    """The whole story; the execution of its last promotion."""
    pipeline.add_service(SERVICE, MANIFEST % {"architecture": architecture}, alarms=[ALARM])
    story.chapter("1. Version 1 is pushed, and goes to prod once somebody approves it")
    promote(pipeline, story, "1111111", GOOD % "v1")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})
    story.expect("prod says", pipeline.invoke(PROD, SERVICE)["payload"], {"said": "Hello from prod", "by": "v1"})
    with traffic(pipeline, PROD):
        story.chapter("2. Version 2 has a bug that only prod's traffic meets: the alarm brings version 1 back")
        bad, ended = promote(pipeline, story, "2222222", BAD % "v2", wanted="FAILED")
        story.say(f"the promotion says why: {ended['cause'][:300]}")
        story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})
        quarantined = [
            item["image_digest"]["S"] for item in pipeline.ledger("service#") if "quarantine#" in item["sk"]["S"]
        ]
        story.expect("in quarantine", quarantined, [bad])
        story.chapter("3. Version 3 mends it")
        promote(pipeline, story, "3333333", GOOD % "v3")
        story.expect("prod says", pipeline.invoke(PROD, SERVICE)["payload"], {"said": "Hello from prod", "by": "v3"})
        last = pipeline.promotion_of("3333333")
        story.chapter("4. Somebody wants version 1 back all the same, and starts the rollback machine")
        roll_back(pipeline, story)
    return last


def promote(
    pipeline: Pipeline, story: Story, tag: str, app: str, wanted: str = "SUCCEEDED"
) -> tuple[str, dict[str, Any]]:
    """Push, wait for the question, look at the page, press the button, wait for the end; the digest and the end."""
    digest = pipeline.push(SERVICE, tag, app)
    story.say(f"pushed {SERVICE}:{tag} as {digest[:19]}…")
    execution = pipeline.promotion_of(digest)
    mail = pipeline.mail_to(APPROVER, tag)
    story.say(f"mail to {APPROVER}: {mail.subject}")
    for environment in ("dev", "staging"):
        routing = pipeline.routing(WORKLOAD_ACCOUNTS[environment], SERVICE)
        story.say(f"{environment} is on version {routing['version']} by now")
    status, _ = pipeline.http("GET", mail.links[0])
    story.expect("a mail scanner follows the link: status", status, 200)
    story.expect("the promotion still waits", pipeline.describe(execution)["status"], "RUNNING")
    status, _ = pipeline.answer(mail.links[0], "approved", "the demo says so")
    story.expect("the approver presses Approve: status", status, 200)
    ended = pipeline.wait(execution)
    story.expect("the promotion", ended["status"], wanted)
    return digest, ended


def roll_back(pipeline: Pipeline, story: Story) -> None:
    """What a person types into the console."""
    typed = {"service": SERVICE, "environment": "prod"}
    story.say(f"the rollback machine is started with {typed}")
    execution = pipeline.start("Rollback", typed)
    story.expect("the rollback", pipeline.wait(execution)["status"], "SUCCEEDED")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE)["version"], "1")


def table(pipeline: Pipeline) -> str:
    """What is live where, as the ledger says, beside what the alias routes to."""
    rows = [("environment", "version", "digest", "tag", "state")]
    for item in sorted(
        pipeline.ledger("service#"),
        key=lambda each: (
            list(WORKLOAD_ACCOUNTS).index(each["environment"]["S"]) if each["sk"]["S"].startswith("live#") else -1
        ),
    ):
        if not item["sk"]["S"].startswith("live#"):
            continue
        environment, live = item["environment"]["S"], item["current"]["M"]
        routing = pipeline.routing(WORKLOAD_ACCOUNTS[environment], SERVICE)
        agrees = routing == {"version": live["version"]["S"], "weights": {}}
        state = "live" if agrees else f"DRIFT: the alias routes to {routing}"
        rows.append((environment, live["version"]["S"], live["image_digest"]["S"][:19] + "…", live["tag"]["S"], state))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def main() -> int:
    """Run the demo; the exit code."""
    story = Story()
    try:
        with StandIn(port=int(os.environ.get("GANTRY_PORT", "0")), time_scale=TIME_SCALE) as stand_in:
            story.chapter("0. The pipeline is built and deployed into four accounts of a local stand-in for AWS")
            story.say(f"the stand-in answers at {stand_in.endpoint}")
            pipeline = Pipeline.deploy(stand_in, story.say)
            last = tell(pipeline, story, pipeline.architecture)
            story.chapter("What is live now")
            print(table(pipeline))
            print_counts(pipeline, story, last)
    except (StandInError, DeployError, NotSeenError) as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    for disappointment in story.disappointments:
        print(f"Not as it should be: {disappointment}", file=sys.stderr)
    return 1 if story.disappointments else 0


def print_counts(pipeline: Pipeline, story: Story, promotion: str) -> None:
    """What the last promotion cost."""
    deployments = pipeline.deployments_of(promotion)
    transitions = sum(len(pipeline.states(execution)) for execution in [promotion, *deployments])
    described = pipeline.describe(promotion)
    seconds = (described["stopDate"] - described["startDate"]).total_seconds()
    print(
        f"\n  the last promotion: {seconds:.1f} s, {transitions} state transitions in 1 + {len(deployments)} executions"
    )
    print(f"  the demo: {time.monotonic() - story.started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
