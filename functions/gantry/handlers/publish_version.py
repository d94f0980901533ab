"""PublishVersion: makes configuration and code one immutable version that holds exactly what was asked for."""

from dataclasses import replace
from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.aliases import Alias
from gantry.aws.functions import LambdaFunction
from gantry.handlers.leasing import require_lease
from gantry.handlers.observability import logger
from gantry.handlers.requests import Deployment, HolderRequest, LambdaContext
from gantry.handlers.settings import registry_account
from gantry.promotion.configuration import Configuration
from gantry.promotion.difference import settings
from gantry.promotion.errors import RevisionMismatchError, TargetConflictError, TargetNotFoundError


class PublishRequest(HolderRequest):
    """Adds what InspectTarget found: the stable version and its digest, or None on a first deployment."""

    stable: dict[str, str] | None
    settle_seconds: int
    """How long Lambda may take to finish each change."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `version`, its `configuration` as people may see it, and an `outcome`.

    `published`: a new version, which no traffic reaches yet. `unchanged`: the stable version already is this release.
    `created`: the first version, with the alias on it.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetConflictError: somebody else changed the function at the same moment.
        TargetPendingError: Lambda has not finished a change in time. Worth another try, like the one before.
    """
    request = PublishRequest.model_validate(event)
    deployment, target = request.deployment, request.deployment.target
    require_lease(*request.holder)
    session = Accounts.from_env().session(target)
    function = LambdaFunction.of(target, session, request.settle_seconds)
    if request.stable and (running := _runs_already(deployment, function, request.stable)):
        logger.info("nothing to publish: the stable version is this release already", version=request.stable["version"])
        return {"version": request.stable["version"], "outcome": "unchanged", "configuration": settings(running)}
    version = _publish(deployment, function)
    published = _read_back(deployment, function, version)
    logger.info("version published", target=target.id, version=version, image_digest=deployment.release.image_digest)
    if not request.stable:
        require_lease(*request.holder)
        Alias.of(target, session).create(version)
    outcome = "published" if request.stable else "created"
    return {"version": version, "outcome": outcome, "configuration": settings(published)}


def _wanted(deployment: Deployment) -> Configuration:
    return replace(deployment.configuration, role=deployment.target.role)


def _runs_already(deployment: Deployment, function: LambdaFunction, stable: dict[str, str]) -> Configuration | None:
    """What the stable version is configured with, if it is this release already."""
    if stable["image_digest"] != deployment.release.image_digest:
        return None
    actual = function.configuration(stable["version"])
    return actual.configuration if actual and not _wanted(deployment).differences(actual.configuration) else None


def _publish(deployment: Deployment, function: LambdaFunction) -> str:
    """Each call waits for the one before: Lambda refuses a change while another one is in progress, and the
    RevisionId changes once more when a change has settled.
    """
    release, wanted = deployment.release, _wanted(deployment)
    image_uri = release.image_uri(registry_account(), deployment.target.region)
    if function.configuration() is None:
        function.create(image_uri, deployment.architecture, wanted)
    # An update that failed in an earlier attempt must not keep the function from ever being updated again.
    latest = function.wait_until_settled(after_update=False)
    if wanted.differences(latest.configuration):
        function.update_configuration(wanted, latest.revision_id)
        latest = function.wait_until_settled()
    if function.image_digest("$LATEST") != release.image_digest:
        function.update_image(image_uri, latest.revision_id)
        latest = function.wait_until_settled()
    if wanted.differences(latest.configuration) or function.image_digest("$LATEST") != release.image_digest:
        message = f"{deployment.target.id}: somebody else changed the function right after it was updated"
        raise TargetConflictError(message)
    described = f"{release}, manifest revision {release.manifest_revision}"
    version = function.publish(latest.code_sha256, latest.revision_id, described)
    function.wait_until_settled(version)
    return version


def _read_back(deployment: Deployment, function: LambdaFunction, version: str) -> Configuration:
    """What the version has been published with, once it is compared with what was asked for."""
    digest, wanted = function.image_digest(version), deployment.release.image_digest
    published = function.configuration(version)
    if published is None:
        raise TargetNotFoundError(
            f"Version {version} of {deployment.target.function} was deleted right after it was published"
        )
    differences = _wanted(deployment).differences(published.configuration)
    if digest != wanted:
        differences.append(f"image_digest: {digest}, not {wanted}")
    if differences:
        raise RevisionMismatchError(
            f"Version {version} of {deployment.target.function} is not what was asked for: " + "; ".join(differences)
        )
    return published.configuration
