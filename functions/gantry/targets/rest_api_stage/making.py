"""Makes the kind `apigateway`."""

from secrets import token_hex

from gantry.targets.kind_parts import KindParts
from gantry.targets.rest_api_stage.evidence import StageEvidence
from gantry.targets.rest_api_stage.kind import RestApiStageKind
from gantry.targets.rest_api_stage.rest_api import RestApi
from gantry.targets.rest_api_stage.stage import Stage
from gantry.targets.rest_api_stage.stage_target import StageTarget


def make_kind(parts: KindParts) -> RestApiStageKind:
    """Make the kind with the pipeline's way into the workload accounts."""
    accounts = parts.accounts
    return RestApiStageKind(
        stage=lambda target: Stage(accounts.client("apigateway", target), StageTarget.of(target), lambda: token_hex(4)),
        api=lambda target: RestApi(accounts.client("apigateway", target), StageTarget.of(target)),
        other_apis=lambda target: accounts.client("apigatewayv2", target),
        functions=lambda target: accounts.client("lambda", target),
        logs=lambda target: accounts.client("logs", target),
        evidence=lambda target: StageEvidence(accounts.client("cloudwatch", target), target, parts.metrics_delay),
        objects=parts.objects,
    )
