"""Versions that sleep, and versions whose image is gone.

Restores: a version that nobody invoked for weeks is `Inactive`. Lambda refuses the invocation that finds it so, and
makes the version ready: it is `Pending`, then `Active`. If its image is gone, it is `Failed` instead: it cannot be
invoked, and no alias may route to it. An alias may route to a version that sleeps.
https://docs.aws.amazon.com/lambda/latest/dg/images-create.html, "Function lifecycle"
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html, CodeArtifactUserPendingException: 409
The answer's text is from https://github.com/boto/boto3/issues/3788, and that of a deleted image from
https://github.com/aws-actions/aws-lambda-deploy/issues/68. Users saw 40 to 106 seconds until a version was awake:
https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/issues/801
"""

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.functions.aliases import qualifier_of
from sandbox.stand_in.repairs.functions.image_source import has_image
from sandbox.stand_in.repairs.functions.states import activate, later
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_WAKES_AFTER_SECONDS = 60
_OWN_WAKING = "WakesAfterSeconds"


def apply(settings: Settings) -> None:
    """Refuse what needs a version that is not there at the moment, and wake those that sleep."""

    async def invoke(original: Original, name: str, event: object, headers: Json, *where: object) -> Response:
        _, config = lambda_svc._get_func_record_for_qualifier(name, qualifier_of(*where))
        if config is None or headers.get("x-amz-invocation-type") == "DryRun":
            return await original(name, event, headers, *where)
        if config.get("State") == "Inactive":
            _wake(config, _WAKES_AFTER_SECONDS * settings.time_scale)
        return _refusal(config) or await original(name, event, headers, *where)

    put_in_front(lambda_svc, "_invoke", invoke)
    put_in_front(lambda_svc, "_create_alias", _create_alias)
    put_in_front(lambda_svc, "_update_alias", _update_alias)


def put_to_sleep(config: Json, wakes_after: float | None) -> None:
    """Do what Lambda does when a function or version was idle for weeks. `wakes_after` is in seconds."""
    config.update(
        State="Inactive",
        StateReason="The function was idle, so Lambda has reclaimed its resources.",
        StateReasonCode="Idle",
    )
    config[_OWN_WAKING] = wakes_after


def look_for_image(config: Json) -> None:
    """Do what Lambda does from time to time: fetch the image, and give the version up if there is none."""
    if config.get("PackageType") == "Image" and not has_image(config["ResolvedImageUri"]):
        config.update(
            State="Failed",
            StateReason="The function is trying to use a deleted image.",
            StateReasonCode="ImageDeleted",
        )


def _wake(config: Json, seconds: float) -> None:
    own = config.pop(_OWN_WAKING, None)
    config.update(State="Pending", StateReason="The function is being restored.", StateReasonCode="Restoring")
    later(_awake, config, seconds if own is None else own)


def _awake(config: Json) -> None:
    activate(config)
    look_for_image(config)


def _refusal(config: Json) -> Response | None:
    if config.get("StateReasonCode") == "Restoring":
        message = "Lambda is initializing your function. It will be ready to invoke shortly."
        return error_response_json("CodeArtifactUserPendingException", message, 409)
    return _failed(config)


def _failed(config: Json) -> Response | None:
    if config.get("State") != "Failed":
        return None
    message = "The operation cannot be performed at this time. The function is currently in the following state: Failed"
    return error_response_json("ResourceConflictException", message, 409)


def _create_alias(original: Original, name: str, data: Json) -> Response:
    return _unusable(name, data) or original(name, data)


def _update_alias(original: Original, name: str, alias: str, data: Json) -> Response:
    current = ((lambda_svc._functions.get(name) or {}).get("aliases") or {}).get(alias) or {}
    return _unusable(name, {**current, **data}) or original(name, alias, data)


def _unusable(name: str, alias: Json) -> Response | None:
    """Return the refusal if the alias would route to a version that has failed."""
    versions = (lambda_svc._functions.get(name) or {}).get("versions") or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    routed = [versions[each]["config"] for each in (alias.get("FunctionVersion"), *weights) if each in versions]
    return next(filter(None, map(_failed, routed)), None)
