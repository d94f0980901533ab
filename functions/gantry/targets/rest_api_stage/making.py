"""Makes the kind `apigateway`."""

from secrets import token_hex

from gantry.aws.clients import ONCE, waiting
from gantry.aws.metric_data import MetricData
from gantry.promotion.target import Target
from gantry.targets.kind_parts import KindParts
from gantry.targets.rest_api_stage.access_log import AccessLog
from gantry.targets.rest_api_stage.evidence import StageEvidence, StageMetrics
from gantry.targets.rest_api_stage.function_permissions import FunctionPermissions
from gantry.targets.rest_api_stage.kind import RestApiStageKind
from gantry.targets.rest_api_stage.other_apis import OtherApis
from gantry.targets.rest_api_stage.rest_api import RestApi
from gantry.targets.rest_api_stage.stage import Stage
from gantry.targets.rest_api_stage.stage_target import StageTarget

_LONGEST_IMPORT = 60
"""Seconds, for a document of several megabytes."""


def make_kind(parts: KindParts) -> RestApiStageKind:
    """Make the kind with the pipeline's way into the workload accounts."""
    accounts = parts.accounts

    def evidence(target: Target) -> StageEvidence:
        stage = StageTarget.of(target)
        metrics = StageMetrics(stage.namespace, stage.rest_api_id, stage.stage)
        return StageEvidence(MetricData(accounts.client("cloudwatch", target), target), metrics, parts.metrics_delay)

    def stage(target: Target) -> Stage:
        once = accounts.client("apigateway", target, config=ONCE)
        return Stage(accounts.client("apigateway", target), once, StageTarget.of(target), lambda: token_hex(4))

    def api(target: Target) -> RestApi:
        patient = accounts.client("apigateway", target, config=waiting(_LONGEST_IMPORT))
        return RestApi(accounts.client("apigateway", target), patient, StageTarget.of(target))

    return RestApiStageKind(
        stage=stage,
        api=api,
        other_apis=lambda target: OtherApis(accounts.client("apigatewayv2", target), StageTarget.of(target)),
        permissions=lambda target: FunctionPermissions(accounts.client("lambda", target), StageTarget.of(target)),
        log=lambda target: AccessLog(accounts.client("logs", target), StageTarget.of(target)),
        evidence=evidence,
        objects=parts.objects,
    )
