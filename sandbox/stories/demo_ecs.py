"""A chapter of `make demo`: an image goes to an ECS service by a canary, and a bad one goes back by itself."""

import json
from collections import Counter
from typing import Any

from sandbox.driver.cowsay import POLICY
from sandbox.driver.ecs_service import CLUSTER, CONTAINER, EcsService, add_ecs_service, image_uri
from sandbox.driver.load_balancer import LoadBalancer, add_error_alarms
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import REGION, STAGING
from sandbox.stories.story import Story

SERVICE = "cowsay-web"
BINDING = f"""\
  - rule: the cow on the web
    services: [{SERVICE}]
    kind: ecs
    accounts: ["{STAGING}"]
    regions: [{REGION}]
    targets: [ecs/{CLUSTER}/{SERVICE}]
"""
MANIFEST = f"""\
repository: {SERVICE}
versioning: git-sha
architecture: %(architecture)s
judge: observe
environments:
  - name: staging
    targets: [{{kind: ecs, account: "{STAGING}", region: {REGION}, cluster: {CLUSTER}, service: {SERVICE}, container: {CONTAINER}}}]
    before_traffic: [{{run_task: {{command: [python, app.py]}}}}]
    traffic: [{{weight: 50, bake: 12s}}]
    alarms: [{SERVICE}-blue-errors, {SERVICE}-green-errors]
    configuration: {{environment: {{TO_SAY: "Hello from a task"}}}}
"""  # noqa: E501 -- a manifest as people write it

GOOD = """\
import os

def handler(event, context):
    return {"said": os.environ.get("TO_SAY"), "by": "%s"}

if __name__ == "__main__":
    print("the tables are as this version needs them")
"""
BAD = """\
def handler(event, context):
    raise RuntimeError("version %s cannot read its tables")
"""


def ecs(pipeline: Pipeline, story: Story) -> None:
    """Promote a good release to a service by a canary, and then a bad one, which goes back."""
    service = add_service(pipeline)
    good = push(pipeline, story, "5555555", GOOD % "v1")
    story.expect("the old and the new tasks answer", len(split(service, story)), 2)
    story.expect("the promotion", pipeline.wait(pipeline.promotion_of(good))["status"], "SUCCEEDED")
    second = service.revision
    story.expect("its migration ran as a task of its own, and ended with", migration(service), (second, 0))
    story.expect("the service says", said(service), {"said": "Hello from a task", "by": "v1"})
    bad = push(pipeline, story, "6666666", BAD % "v2")
    ended = ended_under_traffic(pipeline, service, pipeline.promotion_of(bad))
    story.expect("the promotion", ended["status"], "FAILED")
    story.say(f"the promotion says why: {json.loads(ended['cause'])['errorMessage'][:200]}")
    story.expect("ECS says of its deployment", last_status(service), "ROLLBACK_SUCCESSFUL")
    story.expect("in quarantine", pipeline.quarantined(SERVICE), [bad])
    story.expect("20 requests go to", dict(answers(service, 20)), {second: 20})


def add_service(pipeline: Pipeline) -> EcsService:
    """Add what a team's own stacks bring: the repository, the service with its first image, and its alarms."""
    stand_in = pipeline.stand_in
    pipeline.add_repository(SERVICE)
    pipeline.upload_policy(POLICY.replace("floors:\n", f"{BINDING}floors:\n"))
    pipeline.upload_manifest(SERVICE, MANIFEST % {"architecture": pipeline.architecture})
    digest = pipeline.push(SERVICE, "first", GOOD % "v0")  # no commit's hash, so no release
    service = add_ecs_service(stand_in, STAGING, SERVICE, image_uri(stand_in, SERVICE, digest))
    add_error_alarms(entrance(service), SERVICE)
    waiter = stand_in.client("ecs", STAGING).get_waiter("services_stable")
    waiter.wait(cluster=CLUSTER, services=[SERVICE], WaiterConfig={"Delay": 1})
    return service


def push(pipeline: Pipeline, story: Story, tag: str, app: str) -> str:
    """Push an image, and return its digest."""
    digest = pipeline.push(SERVICE, tag, app)
    story.say(f"pushed {SERVICE}:{tag} as {digest[:19]}…")
    return digest


def split(service: EcsService, story: Story) -> Counter[str]:
    """Wait until two task definitions answer, and count how many requests each of them gets."""
    eventually("answers of two task definitions", lambda: len(answers(service, 10)) > 1 or None)
    counted = answers(service, 40)
    story.say(f"of 40 requests, {' and '.join(f'{count} go to {name}' for name, count in sorted(counted.items()))}")
    return counted


def answers(service: EcsService, requests: int) -> Counter[str]:
    """Send requests, and count the task definitions that answer them."""
    return Counter(str(entrance(service).request().revision) for _ in range(requests))


def entrance(service: EcsService) -> LoadBalancer:
    """Return the load balancer, which this service has."""
    if service.balancer is None:
        raise ValueError(service.name)
    return service.balancer


def said(service: EcsService) -> Any:  # noqa: ANN401 -- what the image answers
    """Return what the service answers."""
    return json.loads(entrance(service).request().body)


def migration(service: EcsService) -> tuple[str, int]:
    """Return the task definition and the exit code of the one task that has run by itself."""
    client = service.stand_in.client("ecs", service.account)
    arns = client.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
    (task,) = client.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    return task["taskDefinitionArn"].rsplit("/", 1)[-1], task["containers"][0]["exitCode"]


def last_status(service: EcsService) -> str:
    """Return how the service's newest deployment has ended."""
    client = service.stand_in.client("ecs", service.account)
    listed = client.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
    return str(listed[0]["status"])


def ended_under_traffic(pipeline: Pipeline, service: EcsService, execution: str) -> dict[str, Any]:
    """Send requests until a promotion has ended, and return it."""

    def ended() -> dict[str, Any] | None:
        answers(service, 1)
        found = pipeline.describe(execution)
        return None if found["status"] == "RUNNING" else found

    return eventually(f"the end of {execution}", ended, seconds=90)
