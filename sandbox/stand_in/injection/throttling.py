"""Throttles every request under a prefix, with the error of the service that is called.

JSON services and query services answer with status 400, the REST services that are called here (Lambda, SES) with
`TooManyRequestsException`, and S3 with `SlowDown`. The SDK retries all of them.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import json
import uuid
from dataclasses import dataclass

PREFIX = "/_throttled"
_MESSAGE = "Rate exceeded"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP response."""

    status: int
    content_type: str
    body: str
    error_type: str = ""


def refusal(headers: dict[str, str]) -> Refusal:
    """Return the throttling error of the service that the request is for."""
    request = uuid.uuid4()
    if "x-amz-target" in headers:
        body = {"__type": "ThrottlingException", "message": _MESSAGE}
        return Refusal(400, headers.get("content-type", "application/x-amz-json-1.0"), json.dumps(body))
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        error = f"<Error><Type>Sender</Type><Code>Throttling</Code><Message>{_MESSAGE}</Message></Error>"
        return Refusal(400, "text/xml", f"<ErrorResponse>{error}<RequestId>{request}</RequestId></ErrorResponse>")
    if "/s3/aws4_request" in headers.get("authorization", ""):
        error = "<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"
        return Refusal(503, "application/xml", f"<Error>{error}<RequestId>{request}</RequestId></Error>")
    body = {"message": _MESSAGE, "Reason": "CallerRateLimitExceeded"}
    return Refusal(429, "application/json", json.dumps(body), "TooManyRequestsException")
