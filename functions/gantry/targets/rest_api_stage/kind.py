"""The kind `apigateway`, as the port asks for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gantry.artifacts.artifact_objects import ArtifactObjects
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import ArtifactTypeError, IncompatibleTargetError, TargetNotFoundError
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.findings import Inspection, Prepared
from gantry.targets.kind import Change, Token
from gantry.targets.readiness import Readiness, RevisionState
from gantry.targets.rest_api_stage.access_log import AccessLog
from gantry.targets.rest_api_stage.capabilities import CAPABILITIES
from gantry.targets.rest_api_stage.confirmation import confirmed, wanted_variables
from gantry.targets.rest_api_stage.document import ApiDocument
from gantry.targets.rest_api_stage.document_text import MOST_BYTES
from gantry.targets.rest_api_stage.evidence import StageEvidence
from gantry.targets.rest_api_stage.function_permissions import FunctionPermissions
from gantry.targets.rest_api_stage.other_apis import OtherApis
from gantry.targets.rest_api_stage.preparation import Preparation
from gantry.targets.rest_api_stage.prerequisites import require_compatible, why_no_stage
from gantry.targets.rest_api_stage.rest_api import ApiDeployment, RestApi
from gantry.targets.rest_api_stage.revision import StageRevision
from gantry.targets.rest_api_stage.stage import Stage
from gantry.targets.rest_api_stage.stage_target import StageTarget
from gantry.targets.still_kind import StillKind


class RestApiStageKind(StillKind):
    """One REST API and its stage in a workload account."""

    def __init__(  # noqa: PLR0913, PLR0917 -- each is another service
        self,
        stage: Callable[[Target], Stage],
        api: Callable[[Target], RestApi],
        other_apis: Callable[[Target], OtherApis],
        permissions: Callable[[Target], FunctionPermissions],
        log: Callable[[Target], AccessLog],
        evidence: Callable[[Target], StageEvidence],
        objects: Callable[[], ArtifactObjects],
    ) -> None:
        self._stage = stage
        self._api = api
        self._other_apis = other_apis
        self._permissions = permissions
        self._log = log
        self._evidence = evidence
        self._objects = objects

    @property
    def capabilities(self) -> Capabilities:
        """What this kind can do."""
        return CAPABILITIES

    def inspect(self, deployment: Deployment, masking: Masking) -> Inspection:
        """Look at the stage, at the document, and at what the document's integrations call."""
        del masking
        target, found = StageTarget.of(deployment.target), self._stage(deployment.target).state()
        if found is None:
            exists = self._api(deployment.target).exists()
            raise why_no_stage(target, exists=exists, protocol=self._other_apis(deployment.target).protocol)
        stable = StableRevision(found.primary.name, self._digest(deployment.target, found.primary.deployment))
        wanted = StageRevision(found.deployment, wanted_variables(deployment, stable))
        document = ApiDocument.read(self._content(deployment), f"s3://{deployment.release.artifact.location}")
        unpermitted = self._permissions(deployment.target).missing(document, wanted.variables)
        uncounted = self._log(deployment.target).uncounted(found) if deployment.plan else ()
        require_compatible(target, found, wanted, [*unpermitted, *uncounted])
        return Inspection(found.routing, stable)

    def draft(self, target: Target, configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
        """Return nothing: a release replaces all of the API that is edited."""
        del target, configuration, masking
        return {}

    def draft_to_lock(self, target: Target) -> str | None:
        """Return the API: a deployment is made of whatever its draft is, whoever has put it there."""
        parts = StageTarget.of(target)
        return f"{parts.account}/{parts.region}/{parts.rest_api_id}"

    def prepare(
        self, deployment: Deployment, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool
    ) -> Prepared:
        """Make a deployment of the API, or find it by its description. No try leaves anything that hinders the next."""
        del is_retry
        return self._preparation(deployment).advance(stable, hold)

    def is_settled(self, target: Target, change: Change) -> bool:
        """Look whether a deployment exists, and where the stage routes: both are so as soon as they are asked for.

        A try that died may have left a canary without traffic, which hinders whoever deploys next. It is removed here.
        """
        if change.revision is not None and self.state(target, change.revision) is None:
            raise TargetNotFoundError(f"{target.id}: there is no revision {change.revision}")
        if change.routing is None:
            return True
        stage = self._stage(target)
        found = stage.state()
        if found is None or found.routing != change.routing:
            return False
        stage.tidy(found)
        return True

    def confirm(
        self,
        deployment: Deployment,
        revision: str,
        stable: StableRevision | None,
        masking: Masking,
        *,
        is_new: bool = False,
    ) -> MaskedSettings:
        """Read a deployment back, and compare the variables that go with it."""
        del is_new  # a deployment can take traffic as soon as it exists
        return confirmed(self._api(deployment.target), deployment, revision, stable).masked(masking)

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        """Return where the stage routes, with a hash of all that it is."""
        found = self._stage(target).state()
        return (found.routing, found.token) if found else None

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        """Change the stage in one call, which has an effect when it returns."""
        del deployment, was_split_by_us
        if expected is None:
            raise TargetNotFoundError(f"{target.id}: there is no such stage, and Gantry creates none")
        return self._stage(target).route(wanted, expected) == wanted

    def state(self, target: Target, revision: str) -> RevisionState | None:
        """Return that a deployment that exists can take traffic."""
        digest = self.digest(target, revision)
        return None if digest is None else RevisionState(Readiness.READY, digest, "")

    def revision_arn(self, target: Target, revision: str) -> str:
        """Return the ARN of the deployment."""
        return f"{StageTarget.of(target).api_arn}/deployments/{StageRevision.named(revision).deployment}"

    def rehearse(self, target: Target, revision: str) -> None:
        """Ask for the right to change the stage."""
        del revision
        self._stage(target).may_be_updated()

    def can_be_revision(self, name: str) -> bool:
        """Return whether it is a deployment's id with stage variables.

        A bare id, as the console shows it, would remove all variables of the stage. Gantry's own deployments without
        variables are in the ledger.
        """
        return StageRevision.is_name(name) and bool(StageRevision.named(name).variables)

    def digest(self, target: Target, revision: str) -> str | None:
        """Return the digest of the document that a deployment was made of; `deployment:<id>` of somebody else's."""
        found = self._api(target).deployment(StageRevision.named(revision).deployment)
        return None if found is None else _digest_of(found)

    def settings(self, target: Target, revision: str, masking: Masking) -> MaskedSettings | None:
        """Return the stage variables that a revision's name has."""
        exists = self.digest(target, revision) is not None
        return StageRevision.named(revision).masked(masking) if exists else None

    def requests_per_second(self, target: Target, since: datetime, until: datetime) -> float | None:
        """Return what came to the stage, whichever deployment served it."""
        return self._evidence(target).requests_per_second(since, until)

    def evidence(self, target: Target, request: EvidenceRequest) -> TargetEvidence:
        """Return what the stage's access log says of its canary, and of all others."""
        return self._evidence(target).collect(request)

    def _digest(self, target: Target, deployment_id: str) -> str:
        found = self._api(target).deployment(deployment_id)
        return _digest_of(found or ApiDeployment(deployment_id, ""))

    def _content(self, deployment: Deployment) -> bytes:
        """Return the document's bytes. Too large a one is refused like any that API Gateway would not import."""
        try:
            return self._objects().content(deployment.release.artifact, MOST_BYTES)
        except ArtifactTypeError as error:
            raise IncompatibleTargetError(f"the OpenAPI document cannot be deployed: {error}") from error

    def _preparation(self, deployment: Deployment) -> Preparation:
        return Preparation(self._api(deployment.target), deployment, lambda: self._content(deployment))


def _digest_of(found: ApiDeployment) -> str:
    return found.digest or f"deployment:{found.id}"
