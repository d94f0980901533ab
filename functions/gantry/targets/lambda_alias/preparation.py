"""How configuration and code become one immutable version that holds exactly what was asked for.

Lambda finishes each change in its own time, and refuses the next one until then. So a preparation takes one change
after the other and never waits: TargetPendingError says that one has begun, and the next try goes on from there.
"""

from collections.abc import Callable

from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.errors import (
    RevisionMismatchError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.targets.findings import Prepared
from gantry.targets.lambda_alias.compatibility import require_package_type
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.found_versions import FoundVersions
from gantry.targets.lambda_alias.function import LambdaFunction, required_digest
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.lambda_errors import pull_grants
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.packages import DeploymentPackage

LATEST = "$LATEST"


class Preparation:
    """The preparation of one version for one deployment."""

    def __init__(
        self, function: LambdaFunction, deployment: Deployment, package: DeploymentPackage, found: FoundVersions
    ) -> None:
        self._function = function
        self._found = found
        self._deployment = deployment
        self._target = LambdaTarget.of(deployment.target)
        self._wanted = LambdaConfiguration.of_manifest(deployment.configuration, self._target.role)
        self._package = package

    def advance(self, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool) -> Prepared:
        """Take the next changes and return the version; raises as `TargetKind.prepare` says.

        What neither the manifest nor the version that has the traffic sets is the draft's to say.
        The code comes first: Lambda may refuse every other change of a function whose image was deleted
        (https://github.com/aws-actions/aws-lambda-deploy/issues/68).
        """
        latest = self._latest_or_created(hold)
        if is_retry and not latest.is_updatable:
            self._changed(latest)  # what this deployment has begun is still under way, or was in vain
        before = self._found.of(self._function, self._target, stable, is_retry=is_retry) if stable else None
        wanted = self._wanted.completed_by((before or latest).configuration)
        if stable and before and self._holds_the_release(stable, before, wanted, latest):
            return Prepared(stable.revision, PreparationOutcome.UNCHANGED)
        latest = self._settled(latest, is_retry=is_retry)
        require_package_type(self._target, self._package.package_type, latest)
        if required_digest(self._target, LATEST, latest.digest) != self._package.digest:
            hold()
            latest = self._changed(self._function.update_code(self._package, latest.revision_id))
        if wanted.differences(latest.configuration):
            hold()
            # A retry looks at both once more: only a function that holds all of the release is published.
            change = wanted.without_unchanged_layers(latest.configuration)
            latest = self._changed(self._function.update_configuration(change, latest.revision_id))
        return self._published(latest, before, is_first=stable is None)

    def confirm(self, version: str, stable: StableRevision | None, *, is_new: bool = False) -> FunctionState:
        """Return what was published as a version, once it is compared with what was asked for; one look at it."""
        published = self._function.state(version)
        if published is None:
            raise TargetNotFoundError(f"{self._target.id}: version {version} does not exist")
        if is_new and not _is_ready(self._target, published):
            raise TargetPendingError(_why(self._target, published))
        digest, wanted = published.digest, self._deployment.release.digest
        before = self._function.state(stable.revision) if stable else None
        settings = self._wanted.completed_by(before.configuration) if before else self._wanted
        differences = settings.differences(published.configuration)
        if digest != wanted:
            differences.append(f"digest: {digest or 'none'}, not {wanted}")
        if differences:
            message = f"{self._target.id}: version {version} is not what was asked for: {'; '.join(differences)}"
            raise RevisionMismatchError(message)
        return published

    def _holds_the_release(
        self, stable: StableRevision, before: FunctionState, wanted: LambdaConfiguration, latest: FunctionState
    ) -> bool:
        """Whether nothing would be new in another version: neither the release, nor what only infrastructure sets."""
        return (
            stable.digest == self._deployment.release.digest
            and not wanted.differences(before.configuration)
            and before.infrastructure == latest.infrastructure
            and before.role == (self._target.role or latest.role)
        )

    def _published(self, latest: FunctionState, before: FunctionState | None, *, is_first: bool) -> Prepared:
        release = self._deployment.release
        described = f"{release}, manifest revision {release.manifest_revision}"
        version = self._function.publish(latest.code_sha256, latest.revision_id, described)
        if before and version == before.version:  # nothing that belongs to a version has changed
            return Prepared(version, PreparationOutcome.UNCHANGED)
        return Prepared(version, PreparationOutcome.CREATED if is_first else PreparationOutcome.PUBLISHED)

    def _latest_or_created(self, hold: Callable[[], object]) -> FunctionState:
        latest = self._function.state()
        if latest is None:
            hold()
            self._function.create(self._package, self._deployment.architecture, self._wanted)
            raise TargetPendingError(f"{self._target.id}: the function is being created")
        return latest

    def _settled(self, latest: FunctionState, *, is_retry: bool) -> FunctionState:
        """Whether the next change may begin.

        On a retry, an update that failed counts as this deployment's own. It is not when somebody else's had failed
        before and the first try ended before its own update began: Lambda does not say whose it was.
        """
        if latest.is_settled or (latest.is_updatable and not is_retry):
            return latest
        if latest.is_updatable:
            older = "If that failed before this deployment began, start the promotion again"
            raise TargetFailedError(f"{_why(self._target, latest)}. {older}")
        return self._changed(latest)

    def _changed(self, latest: FunctionState) -> FunctionState:
        """The function once a change has settled. The RevisionId changes once more with that."""
        if latest.is_settled:
            return latest
        if latest.is_final:
            raise TargetFailedError(_why(self._target, latest))
        raise TargetPendingError(_why(self._target, latest))


def is_settled(function: LambdaFunction, target: LambdaTarget, version: str) -> bool:
    """Look once whether a version can take traffic.

    Raises:
        TargetFailedError: it never will by itself.
        TargetNotFoundError: there is no such version.
    """
    found = function.state(version)
    if found is None:
        raise TargetNotFoundError(f"{target.id}: version {version} does not exist")
    return _is_ready(target, found)


def _is_ready(target: LambdaTarget, found: FunctionState) -> bool:
    if found.is_settled:
        return True
    if found.is_final:
        raise TargetFailedError(_why(target, found))
    return False


def _why(target: LambdaTarget, found: FunctionState) -> str:
    hint = ""
    if found.state == "Inactive":
        hint = "; it was idle for so long that Lambda took its resources away: invoke it once to wake it up"
    elif "ImageAccessDenied" in found.reason:
        hint = f"; {pull_grants(target)}"
    return f"{target.id}: {found.explain()}{hint}"
