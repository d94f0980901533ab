"""What a session for one target of this kind may do. The role in the account may do the same with other APIs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from gantry.aws.session_policy import Right
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target
from gantry.targets.rest_api_stage.stage_target import StageTarget


def rights(target: Target) -> tuple[Right, ...]:
    """Return the API with its deployments, and the one stage."""
    parts = StageTarget.of(target)
    api, partition = parts.api_arn, partition_of(parts.region).name
    http_api = f"arn:{partition}:apigateway:{parts.region}::/apis/{parts.rest_api_id}"
    # Which functions the document names, and where the stage logs to, is known only once they are read.
    functions = f"arn:{partition}:lambda:{parts.region}:{parts.account}:function:*"
    groups = f"arn:{partition}:logs:{parts.region}:{parts.account}:log-group:*"
    return (
        Right(("apigateway:GET",), (api, f"{api}/deployments", f"{api}/deployments/*", parts.stage_arn, http_api)),
        Right(("apigateway:PUT",), (api,)),
        Right(("apigateway:POST",), (f"{api}/deployments",)),
        Right(("apigateway:PATCH",), (parts.stage_arn,)),
        Right(("lambda:GetPolicy",), (functions,)),
        Right(("logs:DescribeMetricFilters",), (groups,)),
        Right(("cloudwatch:GetMetricData",), ("*",)),
    )
