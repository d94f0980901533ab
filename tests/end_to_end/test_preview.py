"""What `gantry preview` says is what happens then, for each kind of target; and saying it changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from gantry.promotion.difference import changes
from gantry.promotion.preview.estimate import Estimate
from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.driver.inbox import Inbox
from sandbox.driver.live_bucket import LiveBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.rest_api import add_rest_api
from sandbox.driver.target_stack import let_deploy
from sandbox.stand_in.accounts import ASSETS, DEV, PROD, REGION
from tests.end_to_end.ecs_steps import SLOW, add_tasks
from tests.end_to_end.question import text_of
from tests.end_to_end.service import APPROVAL, APPROVER, Json, NewService
from tests.end_to_end.test_command_line import APPROVE, PROMOTE, READ, ROLL_BACK, Operator
from tests.end_to_end.test_rest_api import Documents, document, environment

STEPS = [{"weight": 25, "bake": "5s"}, {"weight": 50, "bake": "5s"}]
POLICY = f"""
bindings:
  - rule: objects
    services: [s3/*]
    kind: s3
    accounts: ["{DEV}", "{PROD}"]
    regions: [{REGION}]
    targets: [s3/*]
  - rule: documents
    services: [s3/*]
    kind: apigateway
    accounts: ["{DEV}", "{PROD}"]
    regions: [{REGION}]
    targets: [apigateway/*]
"""


@pytest.fixture(scope="module")
def reader(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ)


@pytest.fixture(scope="module")
def promoter(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, PROMOTE)


@pytest.fixture
def bound(pipeline: Pipeline) -> Iterator[None]:
    """While a test runs, a policy file holds that lets services of objects deploy."""
    pipeline.upload_policy(POLICY)
    yield
    bucket = pipeline.outputs["ManifestBucketName"]
    pipeline.stand_in.client("s3", ASSETS).delete_object(Bucket=bucket, Key="policy/policy.yaml")


@dataclass(frozen=True)
class Place:
    """An environment with one target."""

    pipeline: Pipeline
    service: str
    environment: str

    def settings(self) -> Json:
        """What the ledger knows of what is live, as people may see it."""
        items = self.pipeline.ledger(f"service#{self.service}")
        (live,) = [each for each in items if each["sk"].startswith(f"live#{self.environment}#")]
        found: Json = live["current"]
        return found

    def happened(self, before: Json) -> set[tuple[str, str | None, str | None]]:
        """Which settings have changed since."""
        found = changes(before["configuration"], self.settings()["configuration"])
        return {(each.key, each.before, each.after) for each in (change.for_people() for change in found)}


def previewed(preview: Json) -> set[tuple[str, str | None, str | None]]:
    """Which settings it says will change."""
    (target,) = preview["environments"][0]["targets"]
    return {(each["key"], each["before"], each["after"]) for each in target["changes"]}


def everything(pipeline: Pipeline, service: str) -> Json:
    """All that is kept of a service, and of everything at once."""
    partitions = (f"service#{service}", f"approvals#{service}", f"gate#{service}", "lease", "board", "asked")
    return {each: pipeline.ledger(each) for each in (*partitions, "promotion", "question")}


def test_what_was_previewed_is_what_happens(
    new_service: NewService, pipeline: Pipeline, reader: Operator, promoter: Operator, automation: Inbox
) -> None:
    service = new_service()
    service.add(service.environment("dev"), configuration={"environment": {"TO_SAY": "moo"}})
    service.release()
    place = Place(pipeline, service.name, "dev")
    service.change(
        service.environment("dev", traffic=STEPS),
        configuration={"memory_mb": 512, "environment": {"TO_SAY": "MOO", "API_KEY": "hunter2-hunter2"}},
    )
    tag = f"wip-{service.tag()}"
    digest = service.push(tag)  # such a tag starts nothing by itself
    before, kept = place.settings(), everything(pipeline, service.name)

    said = reader("preview", service.name, "dev", tag, "--output", "json")
    assert said.code == 0, said.err
    assert everything(pipeline, service.name) == kept, "a preview writes nothing"
    assert service.routing(DEV) == {"version": "1", "weights": {}}
    assert service.versions(DEV) == ["1"]
    assert "hunter2" not in said.out
    dry = promoter("promote", service.name, tag, "--to", "dev", "--dry-run", "--output", "json")
    assert (dry.code, _without_times(dry.json)) == (0, _without_times(said.json))
    drawn = reader("preview", service.name, "dev", tag)
    assert (drawn.code, max(map(len, drawn.out.splitlines())) <= 80) == (0, True), drawn.out
    assert "25 % for 5s, then 50 % for 5s, then all" in drawn.out

    ran = promoter("promote", service.name, tag, "--to", "dev")
    assert ran.code == 0, ran.err
    service.succeeds(ran.out.strip())
    (environment_,) = said.json["environments"]
    (target,) = environment_["targets"]
    assert said.json["release"]["digest"] == digest == place.settings()["digest"]
    assert previewed(said.json) == place.happened(before) != set()
    shifted = automation.all(
        lambda event: event["detail-type"] == "Promotion Traffic Shifted" and event["detail"]["service"] == service.name
    )
    weights = [each["detail"]["weight"] for each in shifted if each["detail"]["digest"] == digest]
    assert [each["weight"] for each in target["steps"]] == [*weights, 100]
    assert environment_["estimate"]["bake_seconds"] == 10


def _without_times(preview: Json) -> Json:
    environments = [
        {name: value for name, value in each.items() if name not in {"begins_at", "ends_at"}}
        for each in preview["environments"]
    ]
    return {**preview, "at": None, "environments": environments}


def test_who_is_asked_and_what_would_stop_it(new_service: NewService, reader: Operator) -> None:
    service = new_service()
    service.add(service.environment("dev"), service.environment("prod", approval=APPROVAL, alarms=["no-such-alarm"]))
    tag = f"wip-{service.tag()}"
    service.push(tag)
    assert reader("preview", service.name, "dev", tag).code == 0
    stopped = reader("preview", service.name, "prod", tag, "--output", "json")
    broken = [each["name"] for each in stopped.json["environments"][0]["rules"] if not each["is_met"]]
    assert (stopped.code, broken) == (1, ["alarms_exist"])
    service.change(service.environment("dev"), service.environment("prod", approval=APPROVAL))
    waits = reader("preview", service.name, "prod", tag, "--output", "json")
    (prod,) = waits.json["environments"]
    assert (waits.code, prod["asks"]["approvers"], prod["ends_at"]) == (4, [APPROVER], None)
    assert service.decisions == []
    for arguments in (("nobody", "prod"), (service.name, "production", tag), (service.name, "prod", "never-pushed")):
        wrong = reader("preview", *arguments)
        assert (wrong.code, wrong.out, "Traceback" in wrong.err) == (2, "", False), wrong.err


@pytest.mark.parametrize("policy", [ROLL_BACK, APPROVE])
def test_who_may_neither_read_nor_promote_sees_no_preview(policy: str, pipeline: Pipeline) -> None:
    refused = Operator(pipeline, policy)("preview", "cowsay", "prod", "4f0c2d1")
    assert (refused.code, refused.out) == (5, "")
    assert "IAM does not allow" in refused.err


def answered_as_previewed(
    reader: Operator, place: Place, release: str, promotion: str, seconds: float = 60
) -> tuple[Any, str]:
    """Preview what waits for people, and approve it; the preview's target, and the page for approvers.

    What has happened afterwards has to be what the preview and the page have said.
    """
    pipeline, before = place.pipeline, place.settings()
    link = pipeline.mail_to(APPROVER, promotion).links[0]
    page = text_of(pipeline.http("GET", link)[1])
    said = reader("preview", place.service, place.environment, release, "--output", "json")
    assert said.code == 4, (said.err, said.out)
    (there,) = said.json["environments"]
    assert len(there["asks"]["replaces"]) == 1, "the newer promotion would end the question that is open"
    assert all(each["is_met"] for each in there["rules"]), there["rules"]
    assert f"It takes {Estimate(**there['estimate'])}" in page
    assert pipeline.answer(link, "approved")[0] == 200
    ended = pipeline.wait(promotion, seconds)
    assert ended["status"] == "SUCCEEDED", ended
    assert previewed(said.json) == place.happened(before)
    assert place.settings()["digest"] == said.json["release"]["digest"]
    return there["targets"][0], page


def test_an_object_is_previewed_as_it_is_approved(bound: None, pipeline: Pipeline, reader: Operator) -> None:
    bucket, live, key = ArtifactBucket(pipeline.stand_in), LiveBucket(pipeline.stand_in, PROD), "previewed/etl.py"
    live.make()
    name = f"s3/{ARTIFACTS}/{key}"

    def says(**own: Any) -> None:
        there = {"name": "prod", "targets": [live.target(key=key)], **own}
        manifest = {"artifact": {"bucket": ARTIFACTS, "key": key}, "environments": [there]}
        pipeline.upload_manifest(name, yaml.safe_dump(manifest))

    says(configuration={"metadata": {"content-type": "text/plain", "cache-control": "no-cache"}})
    assert pipeline.wait(pipeline.promotion_of(bucket.push(key, b"one")))["status"] == "SUCCEEDED"
    says(configuration={"metadata": {"content-type": "text/plain", "cache-control": "max-age=60"}}, approval=APPROVAL)
    version = bucket.push(key, b"two")
    place, promotion = Place(pipeline, name, "prod"), pipeline.promotion_of(version)
    target, page = answered_as_previewed(reader, place, version, promotion)
    assert [each["weight"] for each in target["steps"]] == [100]
    assert target["content"]
    assert "max-age=60" in page
    assert live.read(key) == b"two"


def test_a_stage_of_a_rest_api_is_previewed_as_it_is_approved(
    bound: None, pipeline: Pipeline, new_service: NewService, reader: Operator
) -> None:
    documents = Documents(new_service(), ArtifactBucket(pipeline.stand_in))
    api = add_rest_api(pipeline.stand_in, DEV, documents.service.name, document("before Gantry"))
    let_deploy(pipeline.stand_in, [api])
    documents.says(environment("dev", api))
    _, first = documents.push(document("first", "/old"))
    documents.service.succeeds(first)
    documents.says(environment("dev", api, approval=APPROVAL, traffic=STEPS, moves=True))
    version = documents.bucket.push(documents.key, document("second", "/new"))
    place, promotion = Place(pipeline, documents.name, "dev"), pipeline.promotion_of(version)
    target, page = answered_as_previewed(reader, place, version, promotion, 120)
    assert [each["weight"] for each in target["steps"]] == [25, 50, 100]
    assert any("/new" in label for label, _ in target["content"])
    assert "/new" in page


def test_a_service_of_ecs_is_previewed_as_it_is_approved(
    pipeline: Pipeline, new_service: NewService, reader: Operator
) -> None:
    tasks = add_tasks(new_service())
    tasks.says(tasks.environment())
    tasks.release()
    tasks.says(tasks.environment(approval=APPROVAL, configuration={"environment": {"TO_SAY": "MOO"}}))
    digest, promotion = tasks.push()
    place = Place(pipeline, tasks.name, "prod")
    target, _ = answered_as_previewed(reader, place, digest, promotion, SLOW)
    assert [each["weight"] for each in target["steps"]] == [100]
    assert target["routing"] == f"{tasks.name}:2"
