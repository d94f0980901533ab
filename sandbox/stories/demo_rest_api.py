"""A chapter of `make demo`: an OpenAPI document goes to two stages of a REST API, by a canary, and back."""

import json
from typing import Any

from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.driver.cowsay import POLICY
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.rest_api import RestApi, add_rest_api, add_stage
from sandbox.driver.target_stack import let_deploy
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import REGION, STAGING
from sandbox.stories.story import Story

KEY = "cowsay/openapi.json"
SERVICE = f"s3/{ARTIFACTS}/{KEY}"
BINDING = f"""\
  - rule: the API in front of it
    services: [{SERVICE}]
    accounts: ["{STAGING}"]
    regions: [{REGION}]
    kind: apigateway
    targets: [apigateway/*]
"""
MANIFEST = f"""\
artifact: {{bucket: {ARTIFACTS}, key: {KEY}}}
judge: observe
environments:
  - name: preview
    targets: [{{kind: apigateway, account: "{STAGING}", region: {REGION}, rest_api_id: %(api)s, stage: preview}}]
    configuration: {{variables: {{greeting: hello}}}}
    traffic: AllAtOnce
  - name: live
    targets: [{{kind: apigateway, account: "{STAGING}", region: {REGION}, rest_api_id: %(api)s, stage: live}}]
    configuration: {{variables: {{greeting: welcome}}}}
    traffic: [{{weight: 50, bake: 5s}}]
"""


def rest_api(pipeline: Pipeline, story: Story) -> None:
    """Promote a second version of a document through both stages, and roll it back in the second one."""
    preview, live = stages(pipeline)
    promote(pipeline, story, "v1")
    execution = push(pipeline, story, "v2", "/moo")
    story.say(f"half of the requests go to the canary: {both(live)}")
    story.expect("the promotion", pipeline.wait(execution)["status"], "SUCCEEDED")
    story.expect("live's stage says", said(live), ("v2", "welcome"))
    story.expect("its new path answers", live.request("/moo").status, 200)
    same = live.described["deploymentId"] == preview.described["deploymentId"]
    story.expect("both stages have the same deployment", same, wanted=True)
    rollback = pipeline.start("Rollback", {"service": SERVICE, "environment": "live"})
    story.expect("the rollback", pipeline.wait(rollback)["status"], "SUCCEEDED")
    story.expect("live's stage says", said(live), ("v1", "welcome"))
    story.expect("preview's stage still says", said(preview), ("v2", "hello"))


def stages(pipeline: Pipeline) -> tuple[RestApi, RestApi]:
    """Add the API with its two stages, and say who may deploy there."""
    preview = add_rest_api(pipeline.stand_in, STAGING, "cowsay", document("v0"), stage="preview")
    live = add_stage(preview, "live")
    let_deploy(pipeline.stand_in, [preview])
    pipeline.upload_policy(POLICY.replace("floors:\n", f"{BINDING}floors:\n"))
    pipeline.upload_manifest(SERVICE, MANIFEST % {"api": preview.api_id})
    return preview, live


def promote(pipeline: Pipeline, story: Story, word: str) -> None:
    """Push a document and wait for the end of the promotion that this starts."""
    story.expect("the promotion", pipeline.wait(push(pipeline, story, word))["status"], "SUCCEEDED")


def push(pipeline: Pipeline, story: Story, word: str, *paths: str) -> str:
    """Push a document, and return the promotion that this starts."""
    version = ArtifactBucket(pipeline.stand_in).push(KEY, document(word, *paths), tag=word)
    story.say(f"pushed {word} of {KEY} to the bucket {ARTIFACTS}")
    return pipeline.promotion_of(version)


def both(api: RestApi) -> str:
    """Send requests until both versions have answered, and return their answers."""
    answers: set[str] = set()

    def are_known() -> str | None:
        answers.add(" ".join(said(api)))
        return " and ".join(sorted(answers)) if len(answers) > 1 else None

    return eventually("answers of two versions", are_known)


def said(api: RestApi) -> tuple[str, str]:
    """Return what a stage answers: the document's word, and the stage's greeting."""
    answer = json.loads(api.request("/say").body)
    return answer["by"], answer["greeting"]


def document(word: str, *paths: str) -> bytes:
    """Return a document whose paths answer by themselves."""
    template = json.dumps({"by": word, "greeting": "$stageVariables.greeting"})
    integration: dict[str, Any] = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": template}}},
    }
    method = {"responses": {"200": {"description": word}}, "x-amazon-apigateway-integration": integration}
    described = {path: {"get": method} for path in ("/say", *paths)}
    return json.dumps({"openapi": "3.0.1", "info": {"title": "cows", "version": word}, "paths": described}).encode()
