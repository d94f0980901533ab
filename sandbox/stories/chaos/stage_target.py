"""A stage of a REST API as the target of a case."""

import hashlib
import json
import threading
from dataclasses import dataclass, field

from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.rest_api import RestApi, add_rest_api, add_stage
from sandbox.driver.target_stack import let_deploy
from sandbox.stand_in.accounts import PROD
from sandbox.stories.chaos.target import Json, Pushed, Target

_APIS = 3
"""How many REST APIs all cases share. So some of them wait for the lock on an API's draft, too."""
_MAKING = threading.Lock()
_BEFORE = "0"
"""The version that was there before Gantry."""


def document(api: str, word: str) -> bytes:
    """Return an OpenAPI document with a path that answers with the word by itself; its title is the API's name."""
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": json.dumps(word)}}},
    }
    method = {"responses": {"200": {"description": word}}, "x-amazon-apigateway-integration": integration}
    info = {"title": api, "version": "1"}
    return json.dumps({"openapi": "3.0.1", "info": info, "paths": {"/say": {"get": method}}}).encode()


def _name(number: int) -> str:
    return f"chaos-{number}"


def _api_of(case: str) -> str:
    """Return the name of the API that has this case's stage."""
    return _name(int(case[-4:]) % _APIS)


def _new_stage(pipeline: Pipeline, name: str) -> RestApi:
    """Return a new stage of one of the APIs that all cases share; the first case makes them."""
    with _MAKING:
        names = [_name(number) for number in range(_APIS)]
        client = pipeline.stand_in.client("apigateway", PROD)
        ids = {each["name"]: each["id"] for each in client.get_rest_apis(limit=500)["items"]}
        if not ids.keys() >= set(names):
            made = [add_rest_api(pipeline.stand_in, PROD, each, document(each, "before")) for each in names]
            let_deploy(pipeline.stand_in, made)
            ids |= {each: api.api_id for each, api in zip(names, made, strict=True)}
    shared = _api_of(name)
    return add_stage(RestApi(pipeline.stand_in, PROD, ids[shared], f"/rest-apis/{shared}"), name)


@dataclass
class StageTarget(Target):
    """A stage of its own."""

    _versions: dict[str, str] = field(default_factory=dict)
    """By digest."""

    api: RestApi = field(init=False)

    @property
    def service(self) -> str:
        """The document's name."""
        return f"s3/{ARTIFACTS}/chaos/{self.name}.json"

    @property
    def target_name(self) -> str:
        """The API and its stage."""
        return f"apigateway/{self.api.api_id}/{self.name}"

    def make(self) -> None:
        """Make the stage: no deployment creates one."""
        self.api = _new_stage(self.pipeline, self.name)

    def push(self, version: str) -> Pushed:
        """Push a document."""
        body = document(_api_of(self.name), f"{self.name} {version}")
        version_id = ArtifactBucket(self.pipeline.stand_in).push(f"chaos/{self.name}.json", body)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self._versions[digest] = version
        arn = f"arn:aws:apigateway:{self.region}::/restapis/{self.api.api_id}/stages/{self.name}"
        target = {"kind": "apigateway", "account": PROD, "region": self.region, "name": self.target_name, "arn": arn}
        return Pushed(digest, target, {"configuration": {"variables": {"release": version}}}, version_id)

    def revisions(self) -> list[str]:
        """Return what the stage and its canary use. A canary without traffic counts too: it hinders the next one."""
        found = self.api.described
        variables = _without_marks(found.get("variables") or {})
        used = [_revision(found["deploymentId"], variables)]
        if canary := found.get("canarySettings"):
            overrides = _without_marks(canary.get("stageVariableOverrides") or {})
            used.append(_revision(canary["deploymentId"], variables | overrides))
        return used

    def version_of(self, revision: str) -> str:
        """Return the version whose digest the deployment's description has, if the variables are that version's."""
        deployment, _, variables = revision.partition("?")
        client = self.pipeline.stand_in.client("apigateway", PROD)
        found = client.get_deployment(restApiId=self.api.api_id, deploymentId=deployment).get("description", "")
        version = next((each for digest, each in self._versions.items() if digest in found), _BEFORE)
        wanted = "" if version == _BEFORE else f"release={version}"
        return version if variables == wanted else f"{version} with {variables!r}"

    def change_canary(self, percent: float) -> None:
        """Give the canary another share, as somebody else does."""
        self.pipeline.stand_in.client("apigateway", PROD).update_stage(
            restApiId=self.api.api_id,
            stageName=self.name,
            patchOperations=[{"op": "replace", "path": "/canarySettings/percentTraffic", "value": str(percent)}],
        )


def _without_marks(variables: Json) -> Json:
    return {name: value for name, value in variables.items() if not name.startswith("gantry_")}


def _revision(deployment: str, variables: Json) -> str:
    named = "&".join(f"{name}={value}" for name, value in sorted(variables.items()))
    return f"{deployment}?{named}" if named else deployment
