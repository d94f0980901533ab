"""REST APIs and their stages in CloudFormation.

Restores: a changed `Body` changes the API in place. A stage has its access log and its canary, and an invalid body or
stage fails the stack. Any change of a stage's properties applies all of them: the template's deployment is back then.
Variables and a canary that are not in the template any more stay. `BodyS3Location` and a deployment's canary settings
are not known here.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html
https://github.com/aws/serverless-application-model/issues/3703 (the deployment)
https://github.com/aws/aws-cdk/issues/23438 and https://github.com/aws/aws-cdk/issues/33901 (what stays)
"""

import copy
import json
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.rest_api.documents import read
from sandbox.stand_in.repairs.rest_api.imports import put_document
from sandbox.stand_in.repairs.rest_api.stages import check_stage, tidy
from sandbox.stand_in.settings import Settings

Created = tuple[str, Json]
_CREATE_ONLY = ("RestApiId", "StageName")


def apply(settings: Settings) -> None:
    """Replace what creates and changes them."""
    _repair_apis(provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"])
    _repair_stages(provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::Stage"])


def _repair_apis(handlers: Json) -> None:
    create, update = handlers["create"], handlers["update"]

    def created(logical_id: str, properties: Json, stack_name: str) -> Created:
        body = properties.get("Body")
        named = {"Name": (body.get("info") or {}).get("title")} if body and not properties.get("Name") else {}
        api_id, _ = create(logical_id, {**properties, **named, "Body": None}, stack_name)
        _put_body(api_id, properties)
        return api_id, provisioners._apigw_rest_api_attrs(api_id)

    def updated(api_id: str, old: Json, new: Json, *rest: Any, **options: Any) -> Created:  # noqa: ANN401 -- the library's own
        if new.get("Body") != old.get("Body"):
            _put_body(api_id, new)
        done: Created = update(api_id, {**old, "Body": None}, {**new, "Body": None}, *rest, **options)
        return done

    handlers["create"], handlers["update"] = created, updated


def _put_body(api_id: str, properties: Json) -> None:
    if properties.get("Body"):
        document = read(json.dumps(properties["Body"]).encode())
        put_document(api_id, document, overwrite=properties.get("Mode") != "merge")
        if properties.get("Name"):
            apigateway_v1._rest_apis[api_id]["name"] = properties["Name"]


def _repair_stages(handlers: Json) -> None:
    def created(_logical_id: str, properties: Json, _stack_name: str) -> Created:
        data = {"stageName": properties["StageName"], **_settings(properties)}
        status, _, body = apigateway_v1._create_stage(properties["RestApiId"], data)
        if status != HTTPStatus.CREATED:
            raise ValueError(f"AWS::ApiGateway::Stage create failed: {body!r}")
        return data["stageName"], {"StageName": data["stageName"]}

    def updated(name: str, old: Json, new: Json, _stack_name: str) -> Created:
        if any(new.get(key) != old.get(key) for key in _CREATE_ONLY):
            replaced = created("", new, "")
            handlers["delete"](name, old)
            return replaced
        stage = apigateway_v1._stages_v1[new["RestApiId"]][name]
        given = {key: value for key, value in _settings(new).items() if value}
        variables = {**stage.get("variables", {}), **given.get("variables", {})}
        wanted = copy.deepcopy({**stage, **given, "variables": variables})
        check_stage(new["RestApiId"], wanted)
        tidy(wanted)
        stage.clear()
        stage.update(wanted)
        return name, {"StageName": name}

    handlers["create"], handlers["update"] = created, updated


def _settings(properties: Json) -> Json:
    """Return what a stage's properties say, with the API's names."""
    log, canary = properties.get("AccessLogSetting") or {}, properties.get("CanarySetting") or {}
    return {
        "deploymentId": properties.get("DeploymentId", ""),
        "description": properties.get("Description", ""),
        "variables": properties.get("Variables") or {},
        "methodSettings": provisioners._apigw_method_settings(properties.get("MethodSettings")),
        "tracingEnabled": properties.get("TracingEnabled", False),
        "accessLogSettings": _with_small_initials(log),
        "canarySettings": {**_with_small_initials(canary), **_percent_of(canary)},
        "tags": {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []},
    }


def _with_small_initials(settings: Json) -> Json:
    return {name[0].lower() + name[1:]: value for name, value in settings.items()}


def _percent_of(canary: Json) -> Json:
    return {"percentTraffic": float(canary["PercentTraffic"])} if "PercentTraffic" in canary else {}
