"""AWS' list prices in us-east-1, in dollars, without free tiers and without the discounts of large volumes.

As of November 2026. Prices change: look them up. Where `is_unverified`, AWS' own page was not read, but others'
accounts of it; its address is given all the same.
"""

from dataclasses import dataclass

AS_OF = "November 2026"


@dataclass(frozen=True, slots=True)
class Price:
    """What a number of units costs."""

    dollars: float
    units: float
    what: str
    source: str
    is_unverified: bool = False

    def of(self, number: float) -> float:
        """Return what so many units cost."""
        return self.dollars * number / self.units


MILLION = 1e6

TRANSITION = Price(0.025, 1_000, "state transitions, with retries", "https://aws.amazon.com/step-functions/pricing/")
LAMBDA_REQUEST = Price(0.20, MILLION, "requests", "https://aws.amazon.com/lambda/pricing/", is_unverified=True)
LAMBDA_DURATION = Price(
    0.0000133334, 1, "GB-seconds on arm64", "https://aws.amazon.com/lambda/pricing/", is_unverified=True
)
DYNAMODB_READ = Price(
    0.125, MILLION, "read request units", "https://aws.amazon.com/dynamodb/pricing/on-demand/", is_unverified=True
)
DYNAMODB_WRITE = Price(
    0.625, MILLION, "write request units", "https://aws.amazon.com/dynamodb/pricing/on-demand/", is_unverified=True
)
S3_READ = Price(0.0004, 1_000, "GET requests", "https://aws.amazon.com/s3/pricing/", is_unverified=True)
S3_LIST = Price(0.005, 1_000, "PUT, COPY and LIST requests", "https://aws.amazon.com/s3/pricing/", is_unverified=True)
METRIC_READ = Price(
    0.01, 1_000, "metrics by GetMetricData", "https://aws.amazon.com/cloudwatch/pricing/", is_unverified=True
)
METRIC = Price(0.30, 1, "metrics a month", "https://aws.amazon.com/cloudwatch/pricing/", is_unverified=True)
ALARM = Price(0.10, 1, "alarms a month", "https://aws.amazon.com/cloudwatch/pricing/", is_unverified=True)
LOG = Price(0.50, 1, "GB of logs", "https://aws.amazon.com/cloudwatch/pricing/", is_unverified=True)
TRACE = Price(5.00, MILLION, "traces", "https://aws.amazon.com/xray/pricing/")
EVENT = Price(1.00, MILLION, "events", "https://aws.amazon.com/eventbridge/pricing/", is_unverified=True)
MAIL = Price(0.10, 1_000, "mails by SES", "https://aws.amazon.com/ses/pricing/", is_unverified=True)
NOTIFICATION = Price(2.00, 100_000, "mails by SNS", "https://aws.amazon.com/sns/pricing/", is_unverified=True)
API_REQUEST = Price(
    1.00, MILLION, "requests of an HTTP API", "https://aws.amazon.com/api-gateway/pricing/", is_unverified=True
)
SECRET = Price(0.40, 1, "secrets a month", "https://aws.amazon.com/secrets-manager/pricing/", is_unverified=True)
SECRET_READ = Price(
    0.05, 10_000, "reads of a secret", "https://aws.amazon.com/secrets-manager/pricing/", is_unverified=True
)
