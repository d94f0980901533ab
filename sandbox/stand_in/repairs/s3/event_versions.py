"""An event of S3 names the version.

Restores: `detail.object` has `version-id` where the bucket keeps versions. The library says it to queues, but not to
EventBridge.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import json
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, s3

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_version: ContextVar[str | None] = ContextVar("version", default=None)
"""The version that the event is about, while it is sent."""


def apply(settings: Settings) -> None:
    """Remember the version, and add it."""
    del settings
    put_in_front(s3, "_fire_s3_event", _fire)
    put_in_front(eventbridge, "_dispatch_event", _dispatch)


def _fire(original: Original, *arguments: object, **options: Any) -> Any:  # noqa: ANN401 -- the library's own
    token = _version.set(options.get("version_id"))
    try:
        return original(*arguments, **options)
    finally:
        _version.reset(token)


def _dispatch(original: Original, event: Json, *arguments: object) -> Any:  # noqa: ANN401 -- the library's own
    version = _version.get()
    if event.get("Source") == "aws.s3" and version:
        detail = json.loads(event["Detail"])
        named = {**detail, "object": {**detail["object"], "version-id": version}}
        event = {**event, "Detail": json.dumps(named)}
    return original(event, *arguments)
