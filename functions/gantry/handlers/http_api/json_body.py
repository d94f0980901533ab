"""The JSON in the body of a signed call. Anybody whom IAM lets through may send anything."""

import json
from base64 import b64decode
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.promotion.errors import InvalidRequestError

MAXIMUM_BODY = 16_384
"""Bytes."""


def json_object(event: APIGatewayProxyEventV2, example: str) -> dict[str, Any]:
    """Return the JSON object in a call's body.

    Raises:
        InvalidRequestError: there is none; the message has an example.
    """
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    if len(body) > MAXIMUM_BODY:
        raise InvalidRequestError(f"The body is longer than {MAXIMUM_BODY} bytes.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidRequestError(f"The body is not a JSON object. A correct one looks like {example}")
    return found
