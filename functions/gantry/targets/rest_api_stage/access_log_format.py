"""Whether the lines of an access log are what metric filters can read: JSON with each field under its own name.

A number in quotes is a text, and no text is 500 or more:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_NUMBERS = {"status": "0.0625", "responseLatency": "0.03125"}
"""The fields that are compared or added up, each with a number that no format has by itself."""
FIELDS = ("apiId", "stage", "isCanaryRequest", *_NUMBERS)
"""What the two metric filters read: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
_BARE = _NUMBERS | {"requestTimeEpoch": "0", "responseLength": "0", "error.messageString": '"-"'}
"""What needs no quotes. All else is text, or `-` where there is nothing to say, and breaks its line without quotes."""
_VARIABLE = re.compile(r"\$context\.(\w+(?:\.\w+)*)", re.ASCII)


def as_logged(field: str) -> str:
    """Return how a format has to have a field: `"status":$context.status`."""
    return f'"{field}":$context.{field}' if field in _NUMBERS else f'"{field}":"$context.{field}"'


def missing_fields(log_format: str) -> list[str]:
    """Return the fields that a format lacks, or does not have as numbers and texts; all of them of what is no JSON."""
    try:
        line = json.loads(_VARIABLE.sub(lambda found: _BARE.get(found[1], f"<{found[1]}>"), log_format))
    except (ValueError, RecursionError):
        line = None
    return [each for each in FIELDS if not (isinstance(line, dict) and _has(line, each))]


def _has(line: Mapping[str, Any], field: str) -> bool:
    if field in _NUMBERS:
        return isinstance(line.get(field), float) and line[field] == float(_NUMBERS[field])
    return line.get(field) == f"<{field}>"
