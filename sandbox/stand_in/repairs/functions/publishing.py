"""PublishVersion.

Restores: `CodeSha256` and `RevisionId` must be those of `$LATEST`, so that only the expected code is published. If code
and configuration equal those of the latest version, the call returns that version.
https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
"""

from ministack.core.responses import error_response_json, json_response
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

# A change of one of these makes a new version. A description in PublishVersion belongs to the version alone.
_VERSIONED = (
    "CodeSha256",
    "DeadLetterConfig",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfigResponse",
    "KMSKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)


def apply(settings: Settings) -> None:
    """Check before a version is published."""
    put_in_front(lambda_svc, "_publish_version", _publish)


def _publish(original: Original, name: str, data: Json) -> Response:
    function = lambda_svc._functions.get(name)
    if function is None:
        return original(name, data)
    refusal = _precondition(function["config"], data)
    if refusal:
        return refusal
    latest = max(function["versions"], key=int, default=None)
    if latest and _same(function["versions"][latest]["config"], function["config"]):
        return json_response(function["versions"][latest]["config"], 201)
    # The library publishes a new version only if no version has this revision.
    for version in function["versions"].values():
        version["function_revision"] = ""
    return original(name, data)


def _precondition(config: Json, data: Json) -> Response | None:
    sha, revision = data.get("CodeSha256"), data.get("RevisionId")
    if sha and sha != config["CodeSha256"]:
        message = (
            f"CodeSHA256 ({sha}) is different from current CodeSHA256 in $LATEST ({config['CodeSha256']}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
        return error_response_json("InvalidParameterValueException", message, 400)
    if revision and revision != config["RevisionId"]:
        message = (
            "The RevisionId provided does not match the latest RevisionId for the Lambda function or alias. "
            "Call the GetFunction or the GetAlias API to retrieve the latest RevisionId for your resource."
        )
        return error_response_json("PreconditionFailedException", message, 412)
    return None


def _same(one: Json, other: Json) -> bool:
    return all(one.get(key) == other.get(key) for key in _VERSIONED)
