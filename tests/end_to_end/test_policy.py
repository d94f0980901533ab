"""Whose target it is, in the deployed pipeline: by names alone, and by the administrators' file."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD
from tests.end_to_end.service import STABLE, NewService, Service

TAKE_OVER = """
bindings:
  - rule: an inherited function
    services: [{intruder}]
    accounts: ["{account}"]
    regions: [us-east-1]
    targets: [{function}]
    takes_over_from: [{owner}]
floors:
  - rule: production
    accounts: ["{account}"]
    services: [{owner}]
    minimum_quorum: 1
"""


@pytest.fixture
def policy(pipeline: Pipeline) -> Iterator[None]:
    """No policy file holds for the tests after this one."""
    yield
    pipeline.stand_in.client("s3", ASSETS).delete_object(
        Bucket=pipeline.outputs["ManifestBucketName"], Key="policy/policy.yaml"
    )


def names_the_same_function(intruder: Service, owner: Service) -> None:
    environment = intruder.environment()
    target: Any = {key: value for key, value in environment["targets"][0].items() if key != "role"}
    intruder.add(environment | {"targets": [target | {"function": owner.name}]})


@pytest.mark.usefixtures("policy")
def test_no_service_replaces_another_ones_function_until_the_file_lets_it_take_over(
    new_service: NewService, pipeline: Pipeline
) -> None:
    owner, intruder = new_service(), new_service()
    owner.add()
    _, first = owner.promote()
    owner.succeeds(first)
    names_the_same_function(intruder, owner)

    digest, promotion = intruder.promote()
    assert "without bindings" in intruder.fails(promotion)["cause"]
    stolen = json.loads(pipeline.describe(owner.deployment(first))["input"])
    stolen["release"] |= {"service": intruder.name}
    ended = intruder.fails(pipeline.start("Deployment", stolen))
    assert "PolicyViolationError" in ended["cause"]
    assert pipeline.routing(PROD, owner.name) == STABLE

    pipeline.upload_policy(
        TAKE_OVER.format(intruder=intruder.name, owner=owner.name, function=owner.name, account=PROD)
    )
    assert "asks nobody (rule production of the policy file)" in owner.fails(owner.promote()[1])["cause"]
    intruder.succeeds(intruder.start(digest=digest))
    assert pipeline.live(owner.name) == {}
    assert set(pipeline.live(intruder.name)) == {"prod"}
    owner.fails(owner.roll_back())
    assert pipeline.routing(PROD, owner.name)["version"] == "2"
