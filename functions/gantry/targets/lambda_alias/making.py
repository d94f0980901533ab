"""Makes the kind `lambda`."""

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
    accounts = parts.accounts

    def function(target: Target) -> LambdaFunction:
        return LambdaFunction(accounts.client("lambda", target), LambdaTarget.of(target))

    def preparing(service: str, deployment: Deployment) -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
        target = deployment.target
        rights = preparing_rights(target, deployment.release.artifact, parts.region)
        return accounts.client(service, target, rights=rights)

    def copies(deployment: Deployment) -> ZipCopies:
        return ZipCopies(preparing("s3", deployment), LambdaTarget.of(deployment.target))

    def package(deployment: Deployment) -> DeploymentPackage:
        artifact, target = deployment.release.artifact, deployment.target
        if artifact.kind is ArtifactKind.S3_OBJECT:
            return ZipPackage(artifact, LambdaTarget.of(target), parts.region, lambda: copies(deployment))
        return ImagePackage(artifact, parts.registry_account, target.region)

    timeouts = Timeouts(function)
    return LambdaAliasKind(
        alias=lambda target: Alias(accounts.client("lambda", target), LambdaTarget.of(target)),
        function=function,
        evidence=lambda target: VersionEvidence(
            MetricData(accounts.client("cloudwatch", target), target),
            target,
            timeouts,
            parts.metrics_delay,
        ),
        invoker=lambda target, version, config: LambdaFunction(
            accounts.client("lambda", target, rights=invoking_rights(target, version), config=config),
            LambdaTarget.of(target),
        ),
        package=package,
        preparing=lambda deployment: LambdaFunction(
            preparing("lambda", deployment), LambdaTarget.of(deployment.target)
        ),
    )
