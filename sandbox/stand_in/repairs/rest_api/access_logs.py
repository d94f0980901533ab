"""A stage's access log.

Restores: each request that a stage serves is a line in the stage's log group, in the stage's format. `$context`
variables without a value are `-`. Variables for authorizers, WAF and custom domains are not known here. A canary's
requests are also lines in a group of their own, whose name ends in `/Canary`. A stage accepts a log only if the account
has a role for logs. `isCanaryRequest` was recorded on stages with a canary only, so it is `-` on others.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html, and for the group's name
https://github.com/awsdocs/amazon-api-gateway-developer-guide/blob/main/doc_source/canary-release.md
https://github.com/aws-solutions/virtual-waiting-room-on-aws/issues/74 (the words of the refusal)
"""

import datetime
import hashlib
import logging
import re
import time
from collections.abc import Mapping
from http import HTTPStatus

from ministack.core.responses import get_account_id
from ministack.services import apigateway_v1, cloudwatch_logs

from sandbox.stand_in.repairs.replacing import Json, Response
from sandbox.stand_in.repairs.rest_api.refusals import BadRequestError
from sandbox.stand_in.repairs.rest_api.snapshots import Served, canary_mark

_log = logging.getLogger(__name__)
_VARIABLE = re.compile(r"\$context(?:\.[A-Za-z]\w*)+")
_NOTHING = "-"


def check_log_role() -> None:
    """Raise BadRequestError if the account has no role that writes logs."""
    account = apigateway_v1._account_settings.get("settings") or {}
    if not account.get("cloudwatchRoleArn"):
        raise BadRequestError("CloudWatch Logs role ARN must be set in account settings to enable logging")


def write_log(  # noqa: PLR0913, PLR0917 -- all that a line tells
    served: Served, method: str, path: str, headers: Mapping[str, object], response: Response, began: float
) -> None:
    """Write the line of one request, if the stage has a log group and a format."""
    settings = served.stage.get("accessLogSettings") or {}
    group, line = str(settings.get("destinationArn", "")).partition(":log-group:")[2], settings.get("format")
    if not group or not line:
        return
    known = {**_of_the_request(served, method, path, headers, began), **_of_the_answer(served, response, began)}
    message = _VARIABLE.sub(lambda found: known.get(found[0].removeprefix("$context."), _NOTHING), line)
    name, event = group.removesuffix(":*"), {"timestamp": int(began * 1000), "message": message}
    _write(name, served, event)
    if served.is_canary:
        cloudwatch_logs._create_log_group({"logGroupName": f"{name}/Canary"})
        _write(f"{name}/Canary", served, event)


def _write(group: str, served: Served, event: Json) -> None:
    stream = hashlib.md5(f"{served.api_id}/{served.stage['stageName']}".encode(), usedforsecurity=False).hexdigest()
    where = {"logGroupName": group, "logStreamName": stream}
    cloudwatch_logs._create_log_stream(where)  # it refuses a second one, which does no harm
    status, _, body = cloudwatch_logs._put_log_events({**where, "logEvents": [event]})
    if status != HTTPStatus.OK:
        _log.warning("the access log was not written: %s", body)


def _of_the_request(
    served: Served, method: str, path: str, headers: Mapping[str, object], began: float
) -> dict[str, str]:
    at, request_id = datetime.datetime.fromtimestamp(began, datetime.UTC), served.request.get("request_id", _NOTHING)
    return {
        "requestId": request_id,
        "extendedRequestId": request_id,
        "accountId": get_account_id(),
        "apiId": served.api_id,
        "stage": served.stage["stageName"],
        "deploymentId": served.stage["deploymentId"],
        "isCanaryRequest": canary_mark(served) or _NOTHING,
        "httpMethod": method,
        "path": f"/{served.stage['stageName']}{path}",
        "resourcePath": served.request.get("resource_path") or _NOTHING,
        "protocol": "HTTP/1.1",
        "requestTime": at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": str(int(began * 1000)),
        "identity.sourceIp": "127.0.0.1",
        "identity.userAgent": str(headers.get("user-agent", _NOTHING)),
    }


def _of_the_answer(served: Served, response: Response, began: float) -> dict[str, str]:
    status, _, body = response
    took = served.integration_milliseconds
    latency = _NOTHING if took is None else str(round(took))
    return {
        "status": str(status),
        "responseLength": str(len(body)),
        "responseLatency": str(round((time.time() - began) * 1000)),
        "integrationLatency": latency,
        "integration.latency": latency,
        "integrationErrorMessage": served.error or _NOTHING,
        "integration.error": served.error or _NOTHING,
    }
