"""How large the events of one call may be.

Restores: PutEvents refuses entries of 1 MB or more together. The library takes any size. The text is what users report.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb
"""

from ministack.core.responses import error_response_json
from ministack.services import eventbridge

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_BYTES = 1024 * 1024
_TIME_BYTES = 14


def apply(settings: Settings) -> None:
    """Measure before any event is put."""
    put_in_front(eventbridge, "_put_events", _measured)


def _measured(original: Original, data: Json, *details: object, **named: object) -> Response:
    if sum(_size(entry) for entry in data.get("Entries", [])) >= _BYTES:
        message = "Total size of the entries in the request is over the limit."
        return error_response_json("ValidationException", message, 400)
    answer: Response = original(data, *details, **named)
    return answer


def _size(entry: Json) -> int:
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *entry.get("Resources", [])]
    return _TIME_BYTES * ("Time" in entry) + sum(len(text.encode()) for text in texts if text)
