"""What a stage's access log has to say, and what has to read it, before a canary's requests can be counted."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import TargetAccessError
from gantry.targets.rest_api_stage.access_log_format import FIELDS, as_logged, missing_fields
from gantry.targets.rest_api_stage.stage_state import StageState
from gantry.targets.rest_api_stage.stage_target import StageTarget

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

METRICS: Mapping[str, tuple[frozenset[str], str]] = {
    "Latency": (frozenset({"$.responseLatency = *", "$.responseLatency >= 0"}), "$.responseLatency"),
    "ServerErrors": (frozenset({"$.status >= 500"}), "1"),
}
"""Each with what its filter may ask for, beside fields that all lines have, and with the value that it counts."""
DIMENSIONS = {"ApiId": "$.apiId", "Stage": "$.stage", "isCanary": "$.isCanaryRequest"}
_OPERATOR = re.compile(r"\s*(>=|=)\s*")
_EXAMPLE = "examples/rest-api.template.yaml has all of it"


class AccessLog:
    """The access log of a target's stage."""

    def __init__(self, client: "CloudWatchLogsClient", target: StageTarget) -> None:
        self._client = client
        self._target = target

    def uncounted(self, found: StageState) -> Iterator[str]:
        """Yield why a canary's requests could not be counted. Without the filters, no errors would look like none.

        Raises:
            TargetAccessError: the account does not let the pipeline read the metric filters.
        """
        group = found.log_destination.partition(":log-group:")[2].removesuffix(":*")
        if missing := missing_fields(found.log_format):
            yield (
                "its access log does not say what its canary is judged by: let its format be one JSON object that has "
                f"{','.join(map(as_logged, missing))}, and all other variables in quotes. {_EXAMPLE}"
            )
        elif not group:
            yield f"its access log goes to {found.log_destination}; send it to a log group, which metrics are made of"
        elif lacking := [each for each in METRICS if each not in self._metrics(group)]:
            yield (
                f"the log group {group} has no metric filter for {' and '.join(lacking)} in the namespace "
                f"{self._target.namespace} with the dimensions {', '.join(DIMENSIONS)} that counts them as Gantry "
                f"reads them. {_EXAMPLE}"
            )

    def _metrics(self, group: str) -> set[str]:
        """Return the names of the metrics that filters on a log group make, of those that could be the evidence."""
        try:
            return {
                str(each["metricName"])
                for described in self._filters(group)
                for each in described["metricTransformations"]
                if each["metricNamespace"] == self._target.namespace
                and each.get("dimensions") == DIMENSIONS
                and self._counts(described.get("filterPattern", ""), each)
            }
        except ClientError as error:
            match code_of(error):
                case "ResourceNotFoundException":
                    return set()
                case "AccessDeniedException":
                    said = f"{self._target.id}: {message_of(error)}"
                    raise TargetAccessError(f"{said}: update the target stack, whose RestApiIds grant this") from error
                case _:
                    raise

    def _counts(self, pattern: str, made: Mapping[str, Any]) -> bool:
        """Whether a filter counts all that its metric should and nothing else: one more condition hides errors."""
        conditions, value = METRICS.get(made["metricName"], (frozenset[str](), ""))
        terms = [" ".join(_OPERATOR.sub(r" \1 ", each).split()) for each in pattern.strip().strip("{}").split("&&")]
        always = {f"$.{each} = *" for each in FIELDS}
        always |= {f'$.apiId = "{self._target.rest_api_id}"', f'$.stage = "{self._target.stage}"'}
        return made["metricValue"] == value and bool(conditions & {*terms}) and {*terms} <= conditions | always

    def _filters(self, group: str) -> Iterator[Mapping[str, Any]]:
        """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html"""
        more: dict[str, Any] = {}
        while True:
            page = self._client.describe_metric_filters(logGroupName=group, **more)
            yield from page["metricFilters"]
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}
