"""Functions from container images.

Restores: Lambda takes an image from ECR by tag or digest, and pins the digest (`CodeSha256`, `ResolvedImageUri`). It
refuses an image that does not exist, an image index, an artifact that is not an image, and a repository of another
account whose policy does not allow both that account and Lambda. It runs the code in the image. The stand-in has no
containers: its own Python runs the layers' files, which is enough for images whose function is plain Python.
https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/lambda.html
"""

import json
import sys
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.functions.image_source import ImageSourceError, SourceImage, read_image
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_DEFAULT_COMMAND = "app.handler"


def apply(settings: Settings) -> None:
    """Resolve, check and run images."""
    put_in_front(lambda_svc, "_create_function", _create)
    put_in_front(lambda_svc, "_update_code", _update)
    put_in_front(lambda_svc, "_get_function", _with_the_resolved_image)
    lambda_svc._execute_function_docker = _run
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create = handlers["create"]

    def create_by_template(logical_id: str, properties: Json, stack: str) -> Any:  # noqa: ANN401 -- the library's own
        image = _image_of(properties, properties.get("FunctionName", "*"))
        created = create(logical_id, properties, stack)
        if image:
            _stamp(lambda_svc._functions[created[0]], image)
        return created

    handlers["create"] = create_by_template


def _image_of(data: Json, function: str) -> SourceImage | None:
    uri = (data.get("Code") or data).get("ImageUri")
    return read_image(uri, lambda_svc._func_arn(function)) if uri else None


def _create(original: Original, data: Json) -> Response:
    try:
        image = _image_of(data, data["FunctionName"])
    except ImageSourceError as error:
        return _refuse(error)
    publish = data.pop("Publish", False) if image else False
    answer: Response = original(data)
    if image is None or answer[0] != HTTPStatus.CREATED:
        return answer
    function = lambda_svc._functions[data["FunctionName"]]
    _stamp(function, image)
    return _publish(data["FunctionName"]) if publish else json_response(function["config"], 201)


def _publish(name: str) -> Response:
    """Publish a version although the function is still being created, as CreateFunction with `Publish` does."""
    config = lambda_svc._functions[name]["config"]
    status = config["LastUpdateStatus"]
    config["LastUpdateStatus"] = "Successful"
    published: Response = lambda_svc._publish_version(name, {})
    config["LastUpdateStatus"] = status
    return published


def _update(original: Original, name: str, data: Json) -> Response:
    function = lambda_svc._functions.get(name)
    if function is None:
        return original(name, data)
    is_image = function["config"].get("PackageType") == "Image"
    if is_image != ("ImageUri" in data):
        wanted = "provide ImageUri" if is_image else "don't provide ImageUri"
        kind = "Image" if is_image else "Zip"
        message = f"Please {wanted} when updating a function with packageType {kind}."
        return _refuse(ImageSourceError(message))
    try:
        image = _image_of(data, name)
    except ImageSourceError as error:
        return _refuse(error)
    if image and data.get("DryRun"):
        return json_response({**function["config"], "CodeSha256": image.sha256})
    publish = data.pop("Publish", False) if image else False
    answer: Response = original(name, data)
    if image is None or answer[0] != HTTPStatus.OK:
        return answer
    _stamp(function, image)
    return _publish(name) if publish else json_response(function["config"])


def _stamp(function: Json, image: SourceImage) -> None:
    function["code_zip"] = image.code
    # Stored in the configuration, so that versions have them too. SDKs ignore keys that the API's model does not have.
    function["config"].update(
        CodeSha256=image.sha256, CodeSize=0, ResolvedImageUri=image.resolved_uri, ImageCommand=image.command
    )


def _with_the_resolved_image(original: Original, name: str, qualifier: str | None = None) -> Response:
    status, headers, body = original(name, qualifier)
    document = json.loads(body)
    if document.get("Code", {}).get("ImageUri"):
        document["Code"]["ResolvedImageUri"] = document["Configuration"]["ResolvedImageUri"]
    return status, headers, json.dumps(document).encode()


def _run(func: Json, event: object, request_id: str) -> Json:
    config = func.get("config") or func
    overridden = ((config.get("ImageConfigResponse") or {}).get("ImageConfig") or {}).get("Command")
    handler = (overridden or config.get("ImageCommand") or [_DEFAULT_COMMAND])[0]
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    as_zip = {**config, "Runtime": runtime, "Handler": handler, "PackageType": "Zip"}
    result: Json = lambda_svc._execute_function_warm({**func, "config": as_zip}, event, request_id)
    return result


def _refuse(error: ImageSourceError) -> Response:
    return error_response_json(error.code, str(error), error.status)
