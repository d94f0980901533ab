"""The kind `lambda`, as the port asks for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.config import Config

from gantry.aws.clients import ONCE
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import (
    RevisionUnusableError,
    TargetConflictError,
    TargetFailedError,
    TargetPendingError,
)
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.findings import Inspection, Prepared
from gantry.targets.kind import Change, Token
from gantry.targets.lambda_alias.alias import Alias
from gantry.targets.lambda_alias.capabilities import CAPABILITIES
from gantry.targets.lambda_alias.compatibility import require_compatible, require_role, require_takes
from gantry.targets.lambda_alias.draft import left_in_draft, taken_by_release
from gantry.targets.lambda_alias.evidence import VersionEvidence
from gantry.targets.lambda_alias.found_versions import FoundVersions
from gantry.targets.lambda_alias.function import LambdaFunction, required_digest
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.numbered_versions import NumberedVersions
from gantry.targets.lambda_alias.package_types import IMAGE, ZIP
from gantry.targets.lambda_alias.packages import DeploymentPackage
from gantry.targets.lambda_alias.preparation import Preparation, is_settled
from gantry.targets.lambda_alias.read_versions import ReadVersions
from gantry.targets.readiness import Readiness, RevisionState


class LambdaAliasKind(ReadVersions, NumberedVersions):
    """One function and its alias in a workload account.

    `preparing` returns a function by a session that may also read what a version of it is made of.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- each is about something else
        self,
        alias: Callable[[Target], Alias],
        function: Callable[[Target], LambdaFunction],
        evidence: Callable[[Target], VersionEvidence],
        invoker: Callable[[Target, str, Config], LambdaFunction],
        package: Callable[[Deployment], DeploymentPackage],
        preparing: Callable[[Deployment], LambdaFunction],
    ) -> None:
        super().__init__(function, invoker)
        self._alias = alias
        self._evidence = evidence
        self._package = package
        self._preparing = preparing
        self._found = FoundVersions()

    @property
    def capabilities(self) -> Capabilities:
        """What this kind can do."""
        return CAPABILITIES

    def inspect(self, deployment: Deployment, masking: Masking) -> Inspection:
        """Look at the function and its alias."""
        target, function = LambdaTarget.of(deployment.target), self._function(deployment.target)
        latest = function.state()
        found = self.routing(deployment.target) if latest else None
        draft = taken_by_release(target, deployment.configuration, latest, masking, is_first=found is None)
        require_takes(target, deployment.configuration, self._package(deployment).package_type, latest)
        if latest is None or found is None:
            require_role(target, function_exists=latest is not None)
            return Inspection(None, None, draft=draft)
        routing, _ = found
        if routing.weights and self._is_on_its_way(deployment.target):
            raise TargetPendingError(f"{target.id}: Lambda is still moving the traffic to version {routing.revision}")
        stable = function.state(routing.revision)
        require_compatible(target, deployment.architecture, deployment.plan, latest, stable)
        left = left_in_draft(target, latest, stable, masking) if stable else ()
        digest = required_digest(target, routing.revision, stable.digest if stable else "")
        return Inspection(routing, StableRevision(routing.revision, digest), left, draft)

    def require_takes(self, target: Target, configuration: Mapping[str, Any], artifact: ArtifactKind) -> None:
        """Look at what the function is made of, and at what it would be created with."""
        package_type = IMAGE if artifact is ArtifactKind.CONTAINER_IMAGE else ZIP
        require_takes(LambdaTarget.of(target), configuration, package_type, self._function(target).state())

    def draft(self, target: Target, configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
        """Look at `$LATEST`."""
        latest = self._function(target).state()
        is_first = latest is None or self.routing(target) is None
        return taken_by_release(LambdaTarget.of(target), configuration, latest, masking, is_first=is_first)

    def prepare(
        self, deployment: Deployment, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool
    ) -> Prepared:
        """Publish a version of the function."""
        return self._preparation(self._preparing(deployment), deployment).advance(stable, hold, is_retry=is_retry)

    def is_settled(self, target: Target, change: Change) -> bool:
        """Look at a version, and at the alias: with provisioned concurrency, Lambda moves the traffic by and by."""
        if change.revision and not is_settled(self._function(target), LambdaTarget.of(target), change.revision):
            return False
        return change.routing is None or (self.routing(target) or [None])[0] == change.routing

    def confirm(
        self,
        deployment: Deployment,
        revision: str,
        stable: StableRevision | None,
        masking: Masking,
        *,
        is_new: bool = False,
    ) -> MaskedSettings:
        """Read a version back."""
        preparation = self._preparation(self._function(deployment.target), deployment)
        return preparation.confirm(revision, stable, is_new=is_new).masked(masking)

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        """Return where the alias routes, with its RevisionId."""
        return self._alias(target).routing()

    def is_moving(self, target: Target) -> bool:
        """Return whether Lambda itself still moves the traffic."""
        return self._alias(target).is_moving()

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        """Change the alias, or create it.

        Lambda moves the traffic by and by only where there is provisioned concurrency, and an alias has either that or
        weights that somebody asked for: https://github.com/hashicorp/terraform/issues/24957
        """
        del deployment
        try:
            if expected is None:
                self._alias(target).create(wanted.revision)
                return False
            is_at_once = was_split_by_us or bool(wanted.weights)
            return self._alias(target).update(wanted, expected) == wanted and is_at_once
        except TargetConflictError as error:
            self._require_usable(target, wanted, error)
            raise

    def state(self, target: Target, revision: str) -> RevisionState | None:
        """Return whether a version can take traffic."""
        return self._function(target).version(revision)

    def rehearse(self, target: Target, revision: str) -> None:
        """Ask for the rights to change the alias and to invoke the version."""
        self._alias(target).may_be_updated()
        if LambdaTarget.of(target).wake:
            self._invoker(target, revision, ONCE).may_be_invoked(revision)

    def _is_on_its_way(self, target: Target) -> bool:
        """Whether Lambda moves the traffic. Where it has given up half-way, the release may be the fix."""
        try:
            return self.is_moving(target)
        except TargetFailedError:
            return False

    def _require_usable(self, target: Target, wanted: Routing, error: TargetConflictError) -> None:
        """UpdateAlias answers a conflict, with nothing but its text to tell why, also when a version has failed."""
        for version in (wanted.revision, *wanted.weights):
            found = self.state(target, version)
            if found and found.readiness is Readiness.BROKEN:
                raise RevisionUnusableError(f"{target.id}: version {version}: {found.reason}") from error

    def requests_per_second(self, target: Target, since: datetime, until: datetime) -> float | None:
        """Return what came through the alias, whichever version served it."""
        return self._evidence(target).requests_per_second(since, until)

    def evidence(self, target: Target, request: EvidenceRequest) -> TargetEvidence:
        """Return what reached the two versions through the alias."""
        return self._evidence(target).collect(request)

    def _preparation(self, function: LambdaFunction, deployment: Deployment) -> Preparation:
        return Preparation(function, deployment, self._package(deployment), self._found)
