"""The keys of a manifest's own queries, as they are written."""

from typing import Annotated

from pydantic import Field

from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.promotion.manifest.collection_fields import MappingField
from gantry.promotion.manifest.field_types import IntegerField, StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.number_fields import NumberField

LONGEST_EXPRESSION = 512
"""Characters."""
LONGEST_ASKED = 2_048
"""Characters that CloudWatch takes, once each metric has the name by which it is asked about.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
LONGEST_PREFIX = len("own0_canary_")
"""Characters that are put before a metric's name, because all queries are asked in one request."""
SINGLE = "metric"
"""What a query's only metric is called in the expression, where the manifest gives none."""
_LARGEST_NUMBER = 1e15

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Metric.html and API_Dimension.html
_PRINTABLE = r"(?=.*[!-~])[ -~]"
_NAME_REMEDY = "give printable ASCII characters, 255 at most, without a colon before them"
Namespace = Annotated[str, StringField("a namespace", _NAME_REMEDY, pattern=rf"^(?!:){_PRINTABLE}{{1,255}}$")]
MetricName = Annotated[
    str, StringField("a metric's name", "give printable ASCII characters, 255 at most", rf"^{_PRINTABLE}{{1,255}}$")
]
_DIMENSION_NAME = StringField("a dimension's name", _NAME_REMEDY, pattern=rf"^(?!:){_PRINTABLE}{{1,255}}$")
DimensionName = Annotated[str, _DIMENSION_NAME]
DimensionValue = Annotated[
    str,
    StringField("a dimension's value", "give printable ASCII characters, 1024 at most", rf"^{_PRINTABLE}{{1,1024}}$"),
]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
_PERCENT = r"(100|[0-9]{1,2}(\.[0-9]{1,10})?)"
_VALUE = r"[0-9]{1,15}(\.[0-9]{1,10})?"
_RANGES = "|".join(rf"({each}:{each}|{each}:|:{each})" for each in (rf"{_PERCENT}%", _VALUE))
_ONE_RANGE = rf"({_VALUE}:{_VALUE}|{_VALUE}:|:{_VALUE})"
StatisticName = Annotated[
    str,
    StringField(
        "a statistic",
        "give one like Sum, Average, Minimum, Maximum, SampleCount, p99, tm95 or TC(500:)",
        pattern=rf"^(Sum|Average|Minimum|Maximum|SampleCount|IQM|(p|tm|wm|tc|ts){_PERCENT}"
        rf"|(TM|WM|TC|TS)\(({_RANGES})\)|PR\({_ONE_RANGE}\))$",
    ),
]
METRIC_ID = r"^[a-z][A-Za-z0-9_]{0,63}$"
"""CloudWatch takes 255 characters, and these get something before them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
_METRIC_ID = StringField(
    "a metric's name in an expression",
    "give a lower-case letter, then letters, digits and _, 64 at most",
    pattern=METRIC_ID,
)
MetricId = Annotated[str, _METRIC_ID]
QueryName = Annotated[
    str,
    StringField(
        "a query's name",
        "give letters, digits, spaces, - and _, 64 at most",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9 _-]{0,63}$",
    ),
]
Threshold = Annotated[float, NumberField(-_LARGEST_NUMBER, _LARGEST_NUMBER)]


class QueriedMetricKeys(Keys):
    """One CloudWatch metric in the target's account and region."""

    namespace: Namespace = Field(description="The metric's namespace, like AWS/ApiGateway or a team's own.")
    metric: MetricName = Field(description="The metric's name.")
    statistic: StatisticName = Field(description="What is made of a minute: Sum, Average, p99 and the like.")
    dimensions: Annotated[dict[DimensionName, DimensionValue], MappingField(_DIMENSION_NAME, maximum=30)] = Field(
        default_factory=dict,
        description="The metric's dimensions. {revision} in a value is the version that is asked about.",
    )

    def queried(self) -> QueriedMetric:
        """Return the metric."""
        return QueriedMetric(self.namespace, self.metric, self.statistic, dict(self.dimensions))


class QueryKeys(Keys):
    """One value a minute that shows harm: a metric, or metric math over several, and what it may be."""

    name: QueryName = Field(description="The query's name, for people.")
    metric: QueriedMetricKeys | None = Field(None, description="The metric. Give this, or metrics and an expression.")
    metrics: (
        Annotated[
            dict[MetricId, QueriedMetricKeys],
            MappingField(_METRIC_ID, minimum=1, maximum=10, pairs="name: metric pairs"),
        ]
        | None
    ) = Field(None, description="Metrics by the names that the expression has for them, at most 10.")
    expression: (
        Annotated[
            str,
            StringField(
                "an expression",
                f"give CloudWatch metric math like errors / requests, {LONGEST_EXPRESSION} characters at most",
                pattern=rf"^[\s\S]{{1,{LONGEST_EXPRESSION}}}$",
            ),
        ]
        | None
    ) = Field(None, description="CloudWatch metric math over the metrics, which gives one value a minute.")
    at_most: Threshold | None = Field(None, description="The value may not be above this.")
    at_least: Threshold | None = Field(None, description="The value may not be below this.")
    above_stable: Annotated[float, NumberField(0, _LARGEST_NUMBER)] | None = Field(
        None, description="The new version's value may not be above the stable version's by more than this."
    )
    minutes: Annotated[int, IntegerField(1, 60)] = Field(
        3, description="How many such minutes in a row roll the release back, 1 to 60; 3 when not given."
    )

    def query(self) -> MetricQuery:
        """Return the query."""
        metrics = {SINGLE: self.metric} if self.metric else self.metrics or {}
        return MetricQuery(
            name=self.name,
            metrics={name: each.queried() for name, each in metrics.items()},
            expression=self.expression or SINGLE,
            at_most=self.at_most,
            at_least=self.at_least,
            above_stable=self.above_stable,
            minutes=self.minutes,
        )
