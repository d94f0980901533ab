"""The stage that the tests of this kind deploy to."""

import json
from typing import Any, cast

from gantry.promotion.target import Target
from gantry.targets.rest_api_stage.rest_api import RestApi
from gantry.targets.rest_api_stage.stage import Stage
from gantry.targets.rest_api_stage.stage_target import StageTarget
from tests.unit.targets.fake_api_gateway import FakeApiGateway, FakeRestApi
from tests.unit.targets.fake_stage import FakeStage

API, NAME = "a1b2c3d4e5", "live"
STAGE = StageTarget("222222222222", "us-east-1", API, NAME)
TARGET: Target = STAGE.as_target()
DIGEST = f"sha256:{'a' * 64}"


def document(*paths: str, **more: object) -> bytes:
    """Return a document in JSON with one method for each path."""
    return json.dumps({"openapi": "3.0.3", "paths": {each: {"get": {}} for each in paths or ("/",)}, **more}).encode()


def gateway(**variables: str) -> FakeApiGateway:
    """Return an API Gateway with two deployments, `d00001` and `d00002`, and the stage on the first one."""
    made = FakeApiGateway(apis={API: FakeRestApi()})
    first = made.deploy(API, document("/old"))
    made.deploy(API, document("/new"), f"gantry {DIGEST}")
    made.apis[API].stages[NAME] = FakeStage.on(NAME, first)
    if variables:
        made.apis[API].stages[NAME].set(variables=variables)
    return made


def stage_of(made: FakeApiGateway, mark: str = "mark") -> Stage:
    marks = iter(f"{mark}{number}" for number in range(99))
    return Stage(cast("Any", made), cast("Any", made), STAGE, lambda: next(marks))


def api_of(made: FakeApiGateway) -> RestApi:
    return RestApi(cast("Any", made), cast("Any", made), STAGE)
