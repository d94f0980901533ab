"""REST APIs from OpenAPI documents: stages in two accounts, canaries that requests judge, and the way back."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from sandbox.driver.artifact_bucket import ArtifactBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.rest_api import RestApi, add_rest_api, add_stage
from sandbox.driver.target_stack import let_deploy
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, DEV, PROD, REGION
from tests.end_to_end.question import text_of
from tests.end_to_end.service import APPROVAL, APPROVER, Json, NewService, Service

ONE_MB = 1_000_000
TEN_PERCENT = [{"weight": 10, "bake": "35s"}]
"""A minute is counted half a minute after its end. So it is by the second look, 55 s later."""
FAILS, ANSWERS = 500, 200


def document(word: str, *paths: str, status: int = ANSWERS, padding: int = 0) -> bytes:
    """An OpenAPI document whose paths answer by themselves with a word and a stage variable."""
    template = json.dumps({"said": word, "table": "$stageVariables.table"})
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": json.dumps({"statusCode": status})},
        "responses": {"default": {"statusCode": str(status), "responseTemplates": {"application/json": template}}},
    }
    method = {"responses": {str(status): {"description": word}}, "x-amazon-apigateway-integration": integration}
    info = {"title": "cows", "version": word, "description": "x" * padding}
    paths_ = {path: {"get": method} for path in ("/say", *paths)}
    return json.dumps({"openapi": "3.0.1", "info": info, "paths": paths_}).encode()


@dataclass(frozen=True)
class Documents:
    """A service whose artifact is a document."""

    service: Service
    bucket: ArtifactBucket

    @property
    def key(self) -> str:
        return f"apis/{self.service.name}.json"

    @property
    def name(self) -> str:
        """What the ledger and people call it."""
        return f"s3/{self.bucket.name}/{self.key}"

    def says(self, *environments: Json) -> None:
        """Upload its manifest."""
        manifest = {"artifact": {"bucket": self.bucket.name, "key": self.key}, "environments": list(environments)}
        self.service.pipeline.upload_manifest(self.name, yaml.safe_dump(manifest | {"judge": "observe"}))

    def push(self, body: bytes) -> tuple[str, str]:
        """Push a version; its digest, and the promotion that this started."""
        version = self.bucket.push(self.key, body, tag=self.service.tag())
        return f"sha256:{hashlib.sha256(body).hexdigest()}", self.service.pipeline.promotion_of(version)

    def verdicts(self) -> list[Any]:
        items = self.service.pipeline.ledger(f"service#{self.name}")
        return [each["facts"] for each in items if each.get("kind") == "canary_judged"]


def environment(name: str, api: RestApi, **own: Any) -> Json:
    target = {"kind": "apigateway", "account": api.account, "region": REGION}
    variables = {"table": f"{name}-2" if own.pop("moves", False) else name}
    return {
        "name": name,
        "targets": [target | {"rest_api_id": api.api_id, "stage": api.stage}],
        "configuration": {"variables": variables},
        "traffic": "AllAtOnce",
        **own,
    }


@dataclass(frozen=True)
class World:
    """Two services: one with three stages in two accounts, and one with a stage alone."""

    good: Documents
    bad: Documents
    dev: RestApi
    preview: RestApi
    prod: RestApi
    other: RestApi


def deployed_on(api: RestApi) -> str:
    return str(api.described["deploymentId"])


def said(api: RestApi, path: str = "/say") -> Json:
    reply = api.request(path)
    assert reply.status == ANSWERS, reply
    answer: Json = json.loads(reply.body)
    return answer


def canary_of(api: RestApi) -> Json:
    """The canary's settings, as soon as it has traffic."""

    def has_traffic() -> Json | None:
        canary: Json = api.described.get("canarySettings") or {}
        return canary if canary.get("percentTraffic") else None

    return eventually("a canary", has_traffic)


POLICY = """
bindings:
  - rule: documents
    services: [s3/*]
    accounts: ["{dev}", "{prod}"]
    regions: [{region}]
    kind: apigateway
    targets: [apigateway/*]
"""


@pytest.fixture(scope="module")
def world(pipeline: Pipeline, new_service: NewService) -> Iterator[World]:
    stand_in, bucket = pipeline.stand_in, ArtifactBucket(pipeline.stand_in)
    good, bad = (Documents(new_service(), bucket) for _ in range(2))
    first = document("before Gantry")
    dev = add_rest_api(stand_in, DEV, good.service.name, first)
    preview = add_rest_api(stand_in, PROD, good.service.name, first, stage="preview")
    other = add_rest_api(stand_in, PROD, bad.service.name, first)
    made = World(good, bad, dev, preview, add_stage(preview, "live"), other)
    let_deploy(stand_in, [dev, preview, other])
    pipeline.upload_policy(POLICY.format(dev=DEV, prod=PROD, region=REGION))
    made.good.says(environment("dev", made.dev), environment("preview", made.preview), environment("prod", made.prod))
    made.bad.says(environment("prod", made.other))
    yield made
    stand_in.client("s3", ASSETS).delete_object(Bucket=pipeline.outputs["ManifestBucketName"], Key="policy/policy.yaml")


@dataclass(frozen=True)
class Story:
    """A second release of each service: its page for approvers, and what its canary was."""

    world: World
    first: dict[str, str]
    """The deployment of the first release, by stage."""
    digest: str
    promotion: str
    page: str
    canary: Json
    answers: frozenset[tuple[str, str]]
    bad: tuple[str, str]


@pytest.fixture(scope="module")
def story(world: World, pipeline: Pipeline) -> Story:
    firsts = [world.good.push(document("first", "/old"))[1], world.bad.push(document("first"))[1]]
    for each in firsts:
        world.good.service.succeeds(each)
    first = {api.stage if api is not world.dev else "dev": deployed_on(api) for api in stages(world)}
    judged = {"traffic": TEN_PERCENT, "judge": "decide", "moves": True}
    world.bad.says(environment("prod", world.other, **judged))
    world.good.says(
        environment("dev", world.dev),
        environment("preview", world.preview),
        environment("prod", world.prod, approval=APPROVAL, **judged),
    )
    bad = world.bad.push(document("bad", status=FAILS))
    digest, promotion = world.good.push(document("second", "/new", padding=ONE_MB))
    link = pipeline.mail_to(APPROVER, digest).links[0]
    page = text_of(pipeline.http("GET", link)[1])
    assert pipeline.answer(link, "approved", "it is good")[0] == 200
    canary = canary_of(world.prod)
    canary_of(world.other)
    answers = frozenset((each["said"], each["table"]) for each in (said(world.prod) for _ in range(60)))
    now = datetime.now(UTC)
    for api, failed in ((world.prod, 60), (world.other, 6_000)):
        api.record_requests(now, canary=False, requests=54_000, failed=540)
        api.record_requests(now, canary=True, requests=6_000, failed=failed)
    return Story(world, first, digest, promotion, page, canary, answers, bad)


def stages(world: World) -> list[RestApi]:
    return [world.dev, world.preview, world.prod]


def test_the_next_stage_gets_the_same_deployment_and_another_account_its_own(story: Story) -> None:
    assert story.first["preview"] == story.first["live"] != story.first["dev"]
    assert story.canary["deploymentId"] == deployed_on(story.world.preview) != story.first["live"]
    client = story.world.dev.stand_in.client("apigateway", DEV)
    own = client.get_deployment(restApiId=story.world.dev.api_id, deploymentId=deployed_on(story.world.dev))
    assert story.digest in own["description"]


def test_approvers_see_which_paths_and_methods_change(story: Story) -> None:
    for words in ("GET “/new” added", "GET “/old” removed", "GET “/say” changed, responses"):
        assert words in story.page


def test_both_deployments_answer_with_their_own_variables_while_there_is_a_canary(story: Story) -> None:
    assert story.answers == {("first", "prod"), ("second", "prod-2")}


def test_a_canary_is_promoted_by_what_the_access_log_counts_and_goes_back_by_one_call(
    story: Story, pipeline: Pipeline
) -> None:
    good, prod = story.world.good, story.world.prod
    pipeline.wait(story.promotion, seconds=240)
    good.service.succeeds(story.promotion)
    (verdict,) = good.verdicts()
    assert verdict["verdict"] == "healthy"
    assert verdict["evidence"]["failed"]["canary"]["requests"] >= 6_000
    assert "canarySettings" not in prod.described
    assert said(prod) == {"said": "second", "table": "prod-2"}
    assert prod.request("/new").status == ANSWERS

    since = datetime.now(UTC)
    good.service.succeeds(pipeline.start("Rollback", {"service": good.name, "environment": "prod"}))
    assert pipeline.calls_between(since, datetime.now(UTC))["UpdateStage"] == 1
    assert (said(prod), deployed_on(prod)) == ({"said": "first", "table": "prod"}, story.first["live"])
    assert pipeline.quarantined(good.name) == [story.digest]


def test_a_canary_whose_requests_fail_is_rolled_back_by_itself(story: Story, pipeline: Pipeline) -> None:
    digest, promotion = story.bad
    pipeline.wait(promotion, seconds=240)
    ended = story.world.bad.service.fails(promotion)
    assert "CanaryUnhealthyError" in ended["cause"]
    assert "canarySettings" not in story.world.other.described
    assert said(story.world.other) == {"said": "first", "table": "prod"}
    assert pipeline.quarantined(story.world.bad.name) == [digest]
