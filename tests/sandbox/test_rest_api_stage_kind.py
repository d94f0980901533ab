"""The kind `apigateway` with a service that answers over HTTP: what the unit tests' fake only assumes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, PreparationOutcome
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.targets.rest_api_stage.making import make_kind
from gantry.targets.rest_api_stage.stage_target import StageTarget
from gantry.use_cases.traffic_changes import change_traffic
from sandbox.driver.rest_api import RestApi
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import Limits
from tests.sandbox.given import LEFT_OUT, Json
from tests.sandbox.rest_apis import ACCOUNT, an_api, patch, said, saying, stage_of
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import prepare
from tests.unit.targets.contract.harness import deployment_of
from tests.unit.targets.fake_objects import FakeObjects
from tests.unit.targets.kind_parts import parts

NEW = saying("new")
DIGEST = f"sha256:{sha256(NEW).hexdigest()}"


class DirectAccounts:
    """The way into the workload accounts without roles, which other tests are about."""

    def __init__(self, aws: StandIn) -> None:
        self._aws = aws

    def client(self, service: str, target: Any, **_: Any) -> Any:
        return self._aws.client(service, target.account)


@pytest.fixture(params=["one patch", "two patches"])
def service(request: pytest.FixtureRequest, aws: StandIn) -> Iterator[StandIn]:
    """Whether AWS removes a canary together with anything else is unverified: Gantry gets by with both."""
    if request.param == "one patch":
        yield aws
        return
    with StandIn(without=LEFT_OUT, limits=Limits(canaries_alone=True)) as running:
        _require_two_patches(running)
        yield running


def _require_two_patches(aws: StandIn) -> None:
    """Nothing is documented: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html"""
    api = an_api(aws, saying("first"))
    patch(aws, api, ("replace", "/canarySettings/percentTraffic", "5.0"))
    with pytest.raises(ClientError, match="cannot be removed together with other operations"):
        patch(aws, api, ("replace", "/variables/a", "b"), ("remove", "/canarySettings"))


def _first_of_the_canary(api: RestApi) -> Json:
    """Its first answer. With 99 % it is sure to come within a few requests."""
    return next(each for each in (said(api) for _ in range(50)) if each["message"] == "new")


def _always(wanted: Routing) -> Callable[[Routing], Routing]:
    return lambda _: wanted


def test_a_release_goes_to_a_stage_by_a_canary_and_back_again(service: StandIn) -> None:
    api = an_api(service, saying("old"), {"testVar": "old", "defaultVar": "stays"})
    target = StageTarget(ACCOUNT, "us-east-1", api.api_id, api.stage).as_target()
    kind = make_kind(parts(DirectAccounts(service), "111111111111", timedelta(), FakeObjects({DIGEST: NEW})))
    made = deployment_of(target, DIGEST, {"variables": {"testVar": "new"}})
    artifact = Artifact(ArtifactKind.S3_OBJECT, DIGEST, "artifacts/cows.json", "version")
    deployment: Deployment = replace(made, plan=(), release=replace(made.release, artifact=artifact))

    found = kind.inspect(deployment, MASKING)
    prepared = prepare(kind, deployment, found.stable)
    assert prepared.outcome is PreparationOutcome.PUBLISHED
    assert "new" in kind.confirm(deployment, prepared.revision, found.stable, MASKING).values()
    assert kind.prepare(deployment, found.stable, lambda: pytest.fail("it is there"), is_retry=False) == prepared

    assert found.stable
    stable, canary = found.stable.revision, prepared.revision
    for wanted in (Routing(stable, {canary: 10.0}), Routing(stable, {canary: 99.0})):
        change_traffic(kind, target, _always(wanted))
        assert kind.is_settled(target, Change(routing=wanted))
    assert {"message": "new", "variable": "new", "nonOverridden": "stays"}.items() <= _first_of_the_canary(api).items()

    kind.rehearse(target, stable)
    change_traffic(kind, target, lambda _: Routing(canary))
    assert "canarySettings" not in stage_of(service, api)
    assert said(api)["variable"] == "new"

    change_traffic(kind, target, lambda _: Routing(stable))
    assert (said(api)["message"], said(api)["variable"]) == ("old", "old")
    assert len([each for each in stage_of(service, api)["variables"] if each.startswith("gantry_")]) == 1
