"""API Gateway in memory, at the place of its boto3 clients, for one account and region.

It keeps the rules that Gantry relies on: deployments are snapshots, a patch is applied as a whole or not at all, and
refusals are botocore's own `ClientError`. `fake_stage` has the rules of UpdateStage.
"""
# ruff: noqa: N803 -- the arguments' names are those of AWS

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused
from tests.unit.targets.fake_stage import FakeStage, InvalidPatchError

Methods = Mapping[str, Mapping[str, Any]]
"""Methods by path, as `apiSummary` has them."""


@dataclass
class FakeRestApi:
    """One REST API."""

    draft: Methods = field(default_factory=dict)
    deployments: dict[str, Answer] = field(default_factory=dict)
    stages: dict[str, FakeStage] = field(default_factory=dict)


@dataclass
class FakeApiGateway(FakeClient):
    """The client, and what tests do with it besides calling it."""

    apis: dict[str, FakeRestApi] = field(default_factory=dict)
    http_apis: dict[str, str] = field(default_factory=dict)
    """The protocol of each API that is no REST API."""
    page: int = 2
    """How many deployments a page has, whatever limit is asked for."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1), init=False)

    def deploy(self, api: str, document: bytes, description: str = "") -> str:
        """Let somebody import a document and deploy it without a stage; return the deployment's id."""
        found = self.apis.setdefault(api, FakeRestApi())
        found.draft = _methods(document)
        return self._deployed(found, description)

    def describe_deployment(self, api: str, deployment: str, **changed: Any) -> None:
        """Let a deployment be something else."""
        self.apis[api].deployments[deployment] |= changed

    @counted
    def get_rest_api(self, *, restApiId: str) -> Answer:
        self._api("GetRestApi", restApiId)
        return {"id": restApiId}

    @counted
    def put_rest_api(self, *, restApiId: str, mode: str, failOnWarnings: bool, body: bytes) -> Answer:
        found = self._api("PutRestApi", restApiId)
        assert (mode, failOnWarnings) == ("overwrite", True)
        found.draft = _methods(body)
        return {"id": restApiId}

    @counted
    def create_deployment(self, *, restApiId: str, description: str = "") -> Answer:
        found = self._api("CreateDeployment", restApiId)
        return {"id": self._deployed(found, description)}

    @counted
    def get_deployment(self, *, restApiId: str, deploymentId: str, embed: tuple[str, ...] = ()) -> Answer:
        found = self._api("GetDeployment", restApiId).deployments
        if deploymentId not in found:
            raise refused("GetDeployment", "NotFoundException", "Invalid Deployment identifier specified")
        shown = dict(found[deploymentId])
        if "apisummary" not in embed:
            del shown["apiSummary"]
        return shown

    @counted
    def get_deployments(self, *, restApiId: str, limit: int, position: str = "0") -> Answer:
        items = [*self._api("GetDeployments", restApiId).deployments.values()]
        after = int(position) + min(limit, self.page)
        more = {"position": str(after)} if after < len(items) else {}
        shown = [{key: each[key] for key in ("id", "description")} for each in items[int(position) : after]]
        return {"items": shown} | more

    @counted
    def get_stage(self, *, restApiId: str, stageName: str) -> Answer:
        return self._stage("GetStage", restApiId, stageName).described

    @counted
    def update_stage(self, *, restApiId: str, stageName: str, patchOperations: list[Answer]) -> Answer:
        stage = self._stage("UpdateStage", restApiId, stageName)
        try:
            stage.patch(patchOperations, set(self.apis[restApiId].deployments))
        except InvalidPatchError as error:
            raise refused("UpdateStage", "BadRequestException", str(error)) from error
        return stage.described

    def _api(self, operation: str, api: str) -> FakeRestApi:
        if api not in self.apis:
            raise refused(operation, "NotFoundException", "Invalid API identifier specified 222222222222:" + api)
        return self.apis[api]

    def _stage(self, operation: str, api: str, name: str) -> FakeStage:
        stages = self._api(operation, api).stages
        if name not in stages:
            raise refused(operation, "NotFoundException", "Invalid stage identifier specified")
        return stages[name]

    def _deployed(self, api: FakeRestApi, description: str) -> str:
        made = f"d{next(self._numbers):05}"
        api.deployments[made] = {"id": made, "description": description, "apiSummary": dict(api.draft)}
        return made


@dataclass
class FakeHttpApis(FakeClient):
    """The client of `apigatewayv2`."""

    protocols: Mapping[str, str] = field(default_factory=dict)

    @counted
    def get_api(self, *, ApiId: str) -> Answer:
        if ApiId not in self.protocols:
            raise refused("GetApi", "NotFoundException", "Invalid API identifier specified")
        return {"ApiId": ApiId, "ProtocolType": self.protocols[ApiId]}


def _methods(document: bytes) -> Methods:
    """Return what a document in JSON says, as `apiSummary` has it."""
    paths = json.loads(document)["paths"]
    return {
        path: {"ANY" if name.startswith("x-") else name.upper(): {"authorizationType": "NONE"} for name in item}
        for path, item in paths.items()
    }
