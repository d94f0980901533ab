"""The demo: an image's way from its push to prod, a bad one's way back, and a rollback by hand.

`make demo`. Everything that is told has been looked up in AWS' own APIs; the exit code is 0 only if all of it held.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.driver.deploy import DeployError
from sandbox.driver.pipeline import WORKLOAD_ACCOUNTS, NotSeenError, Pipeline
from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.process import StandIn, StandInError

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
def traffic(pipeline: Pipeline, account: str, function: str = SERVICE) -> Iterator[None]:
    """People who use a function through its alias, about ten times a second, while the block lasts."""
    enough = threading.Event()

    def use() -> None:
        while not enough.wait(0.1):
            pipeline.invoke(account, function)

    user = threading.Thread(target=use, daemon=True)
    user.start()
    try:
        yield
    finally:
        enough.set()
        user.join()


def tell(pipeline: Pipeline, story: Story) -> str:
    """The whole story; the execution of its last promotion."""
    first_release(pipeline, story)
    with traffic(pipeline, PROD):
        story.chapter("2. Version 2 has a bug that only prod's traffic meets: the alarm brings version 1 back")
        bad, ended = promote(pipeline, story, "2222222", BAD % "v2", wanted="FAILED")
        story.say(f"the promotion says why: {json.loads(ended['cause'])['errorMessage'][:300]}")
        story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})
        story.expect("in quarantine", pipeline.quarantined(SERVICE), [bad])
        story.chapter("3. Version 3 mends it")
        promote(pipeline, story, "3333333", GOOD % "v3")
        story.expect("prod says", pipeline.invoke(PROD, SERVICE)["payload"], {"said": "Hello from prod", "by": "v3"})
        last = pipeline.promotion_of("3333333")
        story.chapter("4. Somebody wants version 1 back all the same, and starts the rollback machine")
        roll_back(pipeline, story)
    return last


def first_release(pipeline: Pipeline, story: Story) -> None:
    """A new service, and its first version's way to prod."""
    pipeline.add_service(SERVICE, MANIFEST % {"architecture": pipeline.architecture}, alarms=[ALARM])
    story.chapter("1. Version 1 is pushed, and goes to prod once somebody approves it")
    promote(pipeline, story, "1111111", GOOD % "v1")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})
    story.expect("prod says", pipeline.invoke(PROD, SERVICE)["payload"], {"said": "Hello from prod", "by": "v1"})


def promote(
    pipeline: Pipeline, story: Story, tag: str, app: str, wanted: str = "SUCCEEDED"
) -> tuple[str, dict[str, Any]]:
    """Push, wait for the question, look at the page, press the button, wait for the end; the digest and the end."""
    digest = pipeline.push(SERVICE, tag, app)
    story.say(f"pushed {SERVICE}:{tag} as {digest[:19]}…")
    execution = pipeline.promotion_of(digest)
    mail = pipeline.mail_to(APPROVER, digest)
    story.say(f"mail to {APPROVER}: {mail.subject}")
    for environment in ("dev", "staging"):
        routing = pipeline.routing(WORKLOAD_ACCOUNTS[environment], SERVICE)
        story.say(f"{environment} is on version {routing['version']} by now")
    statuses = {method: pipeline.http(method, mail.links[0])[0] for method in ("HEAD", "GET", "OPTIONS")}
    story.expect("a mail scanner follows the link: status of GET", statuses["GET"], 200)
    story.expect(
        "the promotion still waits, after HEAD and OPTIONS too", pipeline.describe(execution)["status"], "RUNNING"
    )
    status, _ = pipeline.answer(mail.links[0], "approved", "the demo says so")
    story.expect("the approver presses Approve: status", status, 200)
    ended = pipeline.wait(execution)
    story.expect("the promotion", ended["status"], wanted)
    for approval in json.loads(ended.get("output", "{}")).get("approvals", []):
        who = [f"{answer['decision']} by {answer['identity']}: {answer['reason']}" for answer in approval["answers"]]
        story.expect("its output tells who approved and why", who, [f"approved by {APPROVER}: the demo says so"])
    return digest, ended


def roll_back(pipeline: Pipeline, story: Story) -> None:
    """What a person types into the console."""
    typed = {"service": SERVICE, "environment": "prod"}
    story.say(f"the rollback machine is started with {typed}")
    execution = pipeline.start("Rollback", typed)
    story.expect("the rollback", pipeline.wait(execution)["status"], "SUCCEEDED")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE)["version"], "1")


def table(pipeline: Pipeline) -> str:
    """What is live where, as the ledger says, and whether the alias routes to just that."""
    rows = [("environment", "version", "digest", "tag", "state")]
    for environment, live in pipeline.live(SERVICE).items():
        routing = pipeline.routing(WORKLOAD_ACCOUNTS[environment], SERVICE)
        agrees = routing == {"version": live["version"], "weights": {}}
        state = "live" if agrees else f"DRIFT: the alias routes to {routing}"
        rows.append((environment, live["version"], live["image_digest"][:19] + "…", live.get("tag", ""), state))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def counts(pipeline: Pipeline, promotion: str) -> str:
    """What one promotion took."""
    deployments = pipeline.deployments_of(promotion)
    transitions = sum(len(pipeline.states(execution)) for execution in [promotion, *deployments])
    ended = pipeline.describe(promotion)
    seconds = (ended["stopDate"] - ended["startDate"]).total_seconds()
    calls = pipeline.calls_between(ended["startDate"], ended["stopDate"])
    most = ", ".join(f"{count} {name}" for name, count in calls.most_common(4))
    return (
        f"the last promotion: {seconds:.1f} s, {transitions} state transitions in 1 + {len(deployments)} executions, "
        f"{calls.total()} AWS calls by the pipeline's roles ({most}, …)"
    )


def chosen_port() -> int:
    """What the variable GANTRY_PORT says; a free port without it."""
    return int(os.environ.get("GANTRY_PORT", "0"))


def deployed(stand_in: StandIn, story: Story) -> Pipeline:
    """The pipeline, from its templates."""
    story.chapter("0. The pipeline is built and deployed into four accounts of a local stand-in for AWS")
    story.say(f"the stand-in answers at {stand_in.endpoint}")
    return Pipeline.deploy(stand_in, story.say)


def main() -> int:
    """Run the demo; the exit code."""
    story = Story()
    try:
        with StandIn(port=chosen_port(), time_scale=TIME_SCALE) as stand_in:
            pipeline = deployed(stand_in, story)
            last = tell(pipeline, story)
            story.chapter("What is live now")
            print(table(pipeline))
            print(f"\n  {counts(pipeline, last)}\n  the demo: {time.monotonic() - story.started:.1f} s", flush=True)
    except (StandInError, DeployError, NotSeenError) as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    for disappointment in story.disappointments:
        print(f"Not as it should be: {disappointment}", file=sys.stderr)
    return 1 if story.disappointments else 0


if __name__ == "__main__":
    sys.exit(main())
