"""Makes the kind `lambda`."""

from dataclasses import dataclass
from typing import Any

from gantry.aws.metric_data import MetricData
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import Deployment
from gantry.promotion.target import Target
from gantry.targets.kind_parts import KindParts
from gantry.targets.lambda_alias.alias import Alias
from gantry.targets.lambda_alias.evidence import VersionEvidence
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.packages import DeploymentPackage, ImagePackage, ZipPackage
from gantry.targets.lambda_alias.rights import invoking_rights, preparing_rights
from gantry.targets.lambda_alias.timeouts import Timeouts
from gantry.targets.lambda_alias.zip_copies import ZipCopies


def make_kind(parts: KindParts) -> LambdaAliasKind:
    """Make the kind with the pipeline's way into the workload accounts."""
    accounts, preparing = parts.accounts, _Preparing(parts)

    def function(target: Target) -> LambdaFunction:
        return LambdaFunction(accounts.client("lambda", target), LambdaTarget.of(target))

    timeouts = Timeouts(function)
    return LambdaAliasKind(
        alias=lambda target: Alias(accounts.client("lambda", target), LambdaTarget.of(target)),
        function=function,
        evidence=lambda target: VersionEvidence(
            MetricData(accounts.client("cloudwatch", target), target), target, timeouts, parts.metrics_delay
        ),
        invoker=lambda target, version, config: LambdaFunction(
            accounts.client("lambda", target, rights=invoking_rights(target, version), config=config),
            LambdaTarget.of(target),
        ),
        package=preparing.package,
        preparing=preparing.function,
    )


@dataclass(frozen=True, slots=True)
class _Preparing:
    """What prepares a version, in sessions that may read its artifact too."""

    parts: KindParts

    def function(self, deployment: Deployment) -> LambdaFunction:
        """Return the function."""
        return LambdaFunction(self._client("lambda", deployment), LambdaTarget.of(deployment.target))

    def package(self, deployment: Deployment) -> DeploymentPackage:
        """Return what the function gets."""
        artifact, target = deployment.release.artifact, LambdaTarget.of(deployment.target)
        if artifact.kind is not ArtifactKind.S3_OBJECT:
            return ImagePackage(artifact, self.parts.registry_account, target.region)
        return ZipPackage(
            artifact, target, self.parts.region, lambda: ZipCopies(self._client("s3", deployment), target)
        )

    def _client(self, service: str, deployment: Deployment) -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
        rights = preparing_rights(deployment.target, deployment.release.artifact, self.parts.region)
        return self.parts.accounts.client(service, deployment.target, rights=rights)
