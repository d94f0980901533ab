"""What API Gateway counts of the requests to a stage.

Restores: `AWS/ApiGateway` has Count, 4XXError, 5XXError, Latency and IntegrationLatency of each request, by `ApiName`,
and by `ApiName` and `Stage`. An error counts 1, and any other request 0. What AWS counts of a canary apart is not
documented, so a canary's requests count as the stage's only.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

import time

from ministack.services import apigateway_v1, cloudwatch

from sandbox.stand_in.repairs.rest_api.snapshots import Served

_CLIENT_ERRORS, _SERVER_ERRORS = range(400, 500), range(500, 600)


def count(served: Served, status: int, began: float) -> None:
    """Record one request that has just been answered; it began at `began`, in seconds since the epoch."""
    values = {
        "Count": 1.0,
        "4XXError": float(status in _CLIENT_ERRORS),
        "5XXError": float(status in _SERVER_ERRORS),
        "Latency": (time.time() - began) * 1000,
    }
    if served.integration_milliseconds is not None:
        values["IntegrationLatency"] = served.integration_milliseconds
    name = {"ApiName": apigateway_v1._rest_apis[served.api_id]["name"]}
    for dimensions in (name, {**name, "Stage": served.stage["stageName"]}):
        for metric, value in values.items():
            unit = "Milliseconds" if metric.endswith("Latency") else "Count"
            bucket = cloudwatch._metric_bucket(("AWS/ApiGateway", metric, cloudwatch._dims_key(dimensions)))
            bucket.append({"Timestamp": began, "Value": value, "Unit": unit, "Dimensions": dimensions})
