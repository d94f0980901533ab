"""What CloudWatch answers to several queries at once, or why it does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.cloudwatch_errors import ASK_AGAIN, to_grant, why_unknown
from gantry.promotion.target import Target
from gantry.promotion.visible_text import foreign

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef

_ACTION = "cloudwatch:GetMetricData"
_LOST = f"its answer is lost: {ASK_AGAIN}"
_INVALID = frozenset(
    {
        "ValidationError",
        "ValidationException",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "InvalidParameterCombination",
        "InvalidParameterCombinationException",
        "MissingParameter",
        "MissingRequiredParameterException",
    }
)
_STATUSES = {
    "Forbidden": f"CloudWatch does not let the pipeline read this: {to_grant(_ACTION)}",
    "PartialData": f"CloudWatch returned only a part of it: {ASK_AGAIN}",
    "InternalError": f"CloudWatch could not read it: {ASK_AGAIN}",
}
_SEVERAL = "it gives more than one series: let its expression return one"


class MetricsUnknownError(Exception):
    """CloudWatch did not answer. Its message says why, and what to do."""


class InvalidQueriesError(MetricsUnknownError):
    """CloudWatch calls one of the queries invalid, and answers none of them."""


@dataclass(slots=True)
class Series:
    """The values of one query, by the time at which their period begins."""

    values: dict[datetime, float] = field(default_factory=dict)
    trouble: str | None = None
    """Why the values cannot be relied on."""


class MetricData:
    """The metrics of a target's account and region."""

    def __init__(self, cloudwatch: "CloudWatchClient", target: Target) -> None:
        self._cloudwatch = cloudwatch
        self._place = f"{target.account}/{target.region}"

    def look_up(
        self, queries: "Sequence[MetricDataQueryTypeDef]", since: datetime, until: datetime
    ) -> Mapping[str, Series]:
        """Return the series of each query that returns data, by its id. A metric without data has no values.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html

        Raises:
            InvalidQueriesError: CloudWatch refuses a query, and with it all of them.
            MetricsUnknownError: CloudWatch does not answer.
        """
        found = {each["Id"]: Series(trouble=_LOST) for each in queries if each.get("ReturnData", True)}
        try:
            for page in self._pages(queries, since, until):
                _add(page["MetricDataResults"], found)
                self._require_all(page)
        except (BotoCoreError, ClientError) as error:
            raise self._meaning(error) from error
        return found

    def _pages(self, queries: "Sequence[MetricDataQueryTypeDef]", since: datetime, until: datetime) -> Iterator[Any]:
        pages = self._cloudwatch.get_paginator("get_metric_data")
        return iter(pages.paginate(MetricDataQueries=queries, StartTime=since, EndTime=until))

    def _require_all(self, page: Mapping[str, Any]) -> None:
        """Such a message is about the call as a whole, for example that it has too many metrics."""
        if said := [f"{each.get('Code', '')}: {each.get('Value', '')}" for each in page.get("Messages") or ()]:
            message = f"CloudWatch in {self._place} answered only a part: {foreign('; '.join(said))}"
            raise MetricsUnknownError(message)

    def _meaning(self, error: BotoCoreError | ClientError) -> MetricsUnknownError:
        if isinstance(error, ClientError) and (code := code_of(error)) in _INVALID:
            said = f"({code}: {foreign(message_of(error))})"
            return InvalidQueriesError(f"CloudWatch in {self._place} refuses it {said}")
        return MetricsUnknownError(why_unknown(error, self._place, "metrics", _ACTION))


def _add(results: "Sequence[MetricDataResultTypeDef]", found: Mapping[str, Series]) -> None:
    """Add one page. A series goes on in the next one, and how the last one ended is how the series did."""
    on_this_page = [result["Id"] for result in results]
    for result in results:
        series, name = found[result["Id"]], result["Id"]
        series.values.update(zip(result["Timestamps"], result["Values"], strict=True))
        if series.trouble != _SEVERAL:
            series.trouble = _SEVERAL if on_this_page.count(name) > 1 else _trouble(result)


def _trouble(result: "MetricDataResultTypeDef") -> str | None:
    if result["StatusCode"] == "Complete":
        return None
    said = "; ".join(f"{each.get('Code', '')}: {each.get('Value', '')}" for each in result.get("Messages") or ())
    words = _STATUSES.get(result["StatusCode"], f"CloudWatch calls it {result['StatusCode']}: {ASK_AGAIN}")
    return f"{words} ({foreign(said)})" if said else words
