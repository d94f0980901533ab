"""`make demo`: a promotion from push to prod, rollbacks, a refusal by the policy file, and each other kind of target.

Everything that it prints comes from AWS' own APIs. The exit code is 0 only if every check passed.
"""

import json
import os
import shlex
import signal
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.driver.command_line import CommandLine
from sandbox.driver.cowsay import (
    ALARM,
    APPROVER,
    BAD,
    GOOD,
    INTRUDER,
    INTRUDERS_MANIFEST,
    MANIFEST,
    POLICY,
    SERVICE,
)
from sandbox.driver.deploy import DeployError
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.traffic import traffic
from sandbox.driver.waiting import NotSeenError, meanwhile
from sandbox.driver.wrapping import wrapped
from sandbox.stand_in.accounts import PROD, WORKLOAD_ACCOUNTS
from sandbox.stand_in.process import StandIn, StandInError, why_it_stopped
from sandbox.stand_in.settings import Limits
from sandbox.stories.demo_ecs import ecs
from sandbox.stories.demo_objects import objects
from sandbox.stories.demo_rest_api import rest_api
from sandbox.stories.story import Story
from sandbox.stories.watching import Watching, reader

INTERRUPTED = 130
"""As shells say it of a command that Ctrl-C has ended."""
NEXT = """
What to try next:

  make sandbox         the same pipeline, left running for a service of your own
  docs/manifest.md     how to say what is promoted, and how
  docs/operations.md   what to do when something is wrong
  README.md            the same on AWS: "Deploying on AWS"
"""
TIME_SCALE = 0.1
"""Shortens alarm periods, `Wait` states and retry intervals: an alarm's minute takes six seconds."""
LIMITS = Limits(ecs_minute=2)
"""ECS' own waiting is short: what is watched in the demo is Gantry's."""


def tell(pipeline: Pipeline, story: Story, watching: Watching) -> str:
    """Tell the whole story, and return the execution of its last promotion."""
    first_release(pipeline, story)
    with traffic(pipeline, PROD) as watching.answers:
        story.chapter("2. Version 2 has a bug that only shows in prod: the alarm restores version 1")
        bad = promote(pipeline, story, "2222222", BAD % "v2", wanted="FAILED")
        gantry(pipeline, story, "why", SERVICE, "prod", code=1)
        story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})
        story.expect("in quarantine", pipeline.quarantined(SERVICE), [bad])
        story.chapter("3. Version 3 fixes the bug, and the judge sees two minutes of its traffic")
        promote(pipeline, story, "3333333", GOOD % "v3")
        story.expect("prod says", pipeline.invoke(PROD, SERVICE)["payload"], {"said": "Hello from prod", "by": "v3"})
        last = pipeline.promotion_of("3333333")
        gantry(pipeline, story, "history", SERVICE, "--limit", "3")
        story.chapter("4. Someone still wants version 1, and types one command")
        roll_back(pipeline, story)
        story.chapter("5. Another team's manifest names the same function in prod, and asks nobody")
        refuse_intruder(pipeline, story)
    watching.answers = None
    story.chapter("6. A site of many objects goes to staging behind a pointer, and back by one write")
    objects(pipeline, story)
    story.chapter("7. An OpenAPI document goes to two stages of a REST API, by a canary, and back")
    rest_api(pipeline, story)
    story.chapter(
        "8. An image goes to an ECS service: a migration, a canary, and a bad release that goes back by itself"
    )
    ecs(pipeline, story)
    return last


def first_release(pipeline: Pipeline, story: Story) -> None:
    """Say what is allowed, add a new service, and promote its first version to prod."""
    pipeline.upload_policy(POLICY)
    pipeline.add_service(SERVICE, MANIFEST % {"architecture": pipeline.architecture}, alarms=[ALARM])
    story.chapter("1. Version 1 is pushed, and goes to prod after an approval")
    promote(pipeline, story, "1111111", GOOD % "v1")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})
    story.expect("prod says", pipeline.invoke(PROD, SERVICE)["payload"], {"said": "Hello from prod", "by": "v1"})


def promote(pipeline: Pipeline, story: Story, tag: str, app: str, wanted: str = "SUCCEEDED") -> str:
    """Push, wait for the mail, open the page, approve, wait for the end; return the digest."""
    digest = pipeline.push(SERVICE, tag, app)
    story.say(f"pushed {SERVICE}:{tag} as {digest[:19]}…")
    execution = pipeline.promotion_of(digest)
    mail = pipeline.mail_to(APPROVER, digest, seconds=240)  # a busy machine takes its time
    story.say(f"mail to {APPROVER}: {mail.subject}")
    for environment in ("dev", "staging"):
        routing = pipeline.routing(WORKLOAD_ACCOUNTS[environment], SERVICE)
        story.say(f"{environment} is on version {routing['version']}")
    statuses = {method: pipeline.http(method, mail.links[0])[0] for method in ("HEAD", "GET", "OPTIONS")}
    story.expect("a mail scanner follows the link: status of GET", statuses["GET"], 200)
    story.expect(
        "the promotion still waits, after HEAD and OPTIONS too", pipeline.describe(execution)["status"], "RUNNING"
    )
    status, _ = pipeline.answer(mail.links[0], "approved", "the demo says so")
    story.expect("the approver presses Approve: status", status, 200)
    ended = pipeline.wait(execution, seconds=420)  # evidence about a canary comes by whole minutes
    story.expect("the promotion", ended["status"], wanted)
    for approval in json.loads(ended.get("output", "{}")).get("approvals", []):
        who = [f"{answer['decision']} by {answer['identity']}: {answer['reason']}" for answer in approval["answers"]]
        story.expect("its output says who approved and why", who, [f"approved by {APPROVER}: the demo says so"])
    return digest


def gantry(pipeline: Pipeline, story: Story, *arguments: str, code: int = 0) -> None:
    """Run a command as an operator does, and show what it prints."""
    ran = CommandLine.of_root(pipeline.stand_in).run(*arguments)
    story.say(f"$ gantry {shlex.join(arguments)}")
    story.show(ran.out + ran.err)
    story.expect("its exit code", ran.code, code)


def roll_back(pipeline: Pipeline, story: Story) -> None:
    """Roll back as the person on call does."""
    gantry(pipeline, story, "rollback", SERVICE, "prod", "--reason", "customers call", "--yes", "--wait")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE)["version"], "1")


def refuse_intruder(pipeline: Pipeline, story: Story) -> None:
    """Push another service, whose manifest the policy file does not allow."""
    pipeline.add_service(INTRUDER, INTRUDERS_MANIFEST % {"architecture": pipeline.architecture})
    ended = pipeline.wait(pipeline.promotion_of(pipeline.push(INTRUDER, "4444444", BAD % "an intruder")))
    story.expect("the promotion", ended["status"], "FAILED")
    error, *reasons = json.loads(ended["cause"])["errorMessage"].splitlines()
    story.expect("the error", error.partition(":")[0], "PolicyViolationError")
    for reason in [error.partition(": ")[2], *reasons]:
        story.say(f"the policy file says why: {reason}")
    story.expect("prod's alias", pipeline.routing(PROD, SERVICE), {"version": "1", "weights": {}})


def counts(pipeline: Pipeline, promotion: str) -> str:
    """Return the duration, the transitions and the calls of one promotion."""
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
    """Return the port in the variable GANTRY_PORT; without it 0, which takes a free one."""
    return int(os.environ.get("GANTRY_PORT", "0"))


def beginning(story: Story) -> None:
    """Say what comes first, which takes longest."""
    story.chapter("0. The pipeline is built and deployed into four accounts of a stand-in for AWS")


def deployed(stand_in: StandIn, story: Story) -> Pipeline:
    """Deploy the pipeline from its templates."""
    story.say(f"the stand-in answers at {stand_in.endpoint}")
    return Pipeline.deploy(stand_in, story.say)


def main() -> int:
    """Run the demo, and return the exit code."""
    story = Story()
    try:
        with story.screen:
            beginning(story)
            with StandIn(port=chosen_port(), time_scale=TIME_SCALE, limits=LIMITS) as stand_in:
                pipeline = deployed(stand_in, story)
                watching = Watching(story, reader(stand_in))
                with meanwhile(watching.look):
                    last = tell(pipeline, story, watching)
                story.chapter("What is live now")
                gantry(pipeline, story, "status")
                story.screen.line(f"\n{counts(pipeline, last)}\nthe demo: {time.monotonic() - story.started:.1f} s")
    except KeyboardInterrupt:
        return interrupted("The demo was stopped. Nothing of it is left running.")
    except (StandInError, DeployError, NotSeenError, OSError, BotoCoreError, ClientError) as error:
        print("", *wrapped(f"The demo stopped: {why_it_stopped(error)}"), sep="\n", file=sys.stderr)
        return 1
    for failure in story.failures:
        print(*wrapped(f"Check failed: {failure}"), sep="\n", file=sys.stderr)
    if not story.failures:
        print(NEXT, end="")
    return 1 if story.failures else 0


def interrupted(sentence: str) -> int:
    """Say in one line that Ctrl-C has ended it, and return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one says nothing new
    print(f"\n{sentence}", flush=True)
    return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
