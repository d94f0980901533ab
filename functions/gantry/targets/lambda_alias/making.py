"""Makes the kind `lambda`."""

from gantry.aws.metric_data import MetricData
from gantry.promotion.target import Target
from gantry.targets.kind_parts import KindParts
from gantry.targets.lambda_alias.alias import Alias
from gantry.targets.lambda_alias.evidence import VersionEvidence
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.rights import invoking_rights
from gantry.targets.lambda_alias.timeouts import Timeouts


def make_kind(parts: KindParts) -> LambdaAliasKind:
    """Make the kind with the pipeline's way into the workload accounts."""
    accounts = parts.accounts

    def function(target: Target) -> LambdaFunction:
        return LambdaFunction(accounts.client("lambda", target), LambdaTarget.of(target))

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
        registry_account=parts.registry_account,
    )
