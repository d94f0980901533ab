"""What a person types when Gantry does not go back: the commands of docs/operations.md, on a service in memory."""

import json
import re
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]  # boto3's own dependency, which has no types
import pytest

from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared

PAGE = (Path(__file__).parents[4] / "docs/operations.md").read_text()
SECTION = PAGE.partition("### Moving the traffic of an ECS service\n")[2].partition("\n### ")[0]
BLOCKS = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
LAMBDA = {"hookTargetArn": "arn:aws:lambda:us-east-1:222222222222:function:t", "lifecycleStages": ["POST_SCALE_UP"]}
_MANY = 20


def left_behind() -> EcsRollout:
    """A release that has ended, of a Gantry that died before it could take out its pauses."""
    made = prepared()
    made.service.content["deploymentConfiguration"] |= {"lifecycleHooks": [LAMBDA]}
    made.take(0)
    left = dict(made.settings)
    made.take(1, 2)
    made.finish()
    made.service.content["deploymentConfiguration"] = left
    return made


def ended(made: EcsRollout) -> bool:
    """Whether the newest deployment ends by itself, with nobody who answers anything."""
    for _ in range(_MANY):
        made.harness.ecs.describe_service_deployments(serviceDeploymentArns=[made.flight.arn])
    return made.flight.status == "SUCCESSFUL"


def go_back(made: EcsRollout, **given: Any) -> None:
    cluster, service = "main", "cowsay"
    made.harness.ecs.update_service(cluster=cluster, service=service, taskDefinition=made.rollout.stable, **given)


def configuration() -> dict[str, Any]:
    """What the page says to give."""
    (text,) = re.findall(r"--deployment-configuration '(.*)'", SECTION)
    return dict(json.loads(text))


def test_the_command_of_the_page_goes_back_at_once_whatever_gantry_has_left_behind() -> None:
    made = left_behind()
    go_back(made, deploymentConfiguration=configuration())
    assert ended(made)
    assert made.service.live == made.rollout.stable


def test_without_the_configuration_it_waits_at_the_pause_before_its_first_task() -> None:
    """Otherwise the test above would show nothing."""
    made = left_behind()
    go_back(made)
    assert not ended(made)
    assert (made.flight.weight, made.service.live) == (0, made.rollout.canary)


def test_the_page_shows_the_hooks_that_have_to_stay() -> None:
    made = left_behind()
    (query,) = [each for each in re.findall(r"--query '(.*?)'", SECTION) if "lifecycleHooks" in each]
    live, (strategy, hooks) = jmespath.search(query, {"services": [made.service.described()]})
    assert live.endswith(f"/{made.rollout.canary}")
    assert (strategy, hooks) == ("LINEAR", [LAMBDA])


@pytest.mark.parametrize("block", BLOCKS)
def test_no_block_both_stops_a_deployment_and_begins_one(block: str) -> None:
    assert not {"stop-service-deployment", "update-service"} <= set(block.split())
