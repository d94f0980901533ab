"""How large an invocation's request and answer may be.

Restores: Lambda refuses a request of more than 6 MB, or 1 MB if it is asynchronous, with
`RequestEntityTooLargeException`. A function whose answer has more than 6 MB (and 100 bytes) fails with
`Function.ResponseSizeTooLarge`. The library takes any size.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
The exact numbers and texts are from https://zaccharles.medium.com/deep-dive-lambdas-request-payload-size-limit-2-2-6350c1ae5577
"""

import json
from http import HTTPStatus

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_MB = 1024 * 1024
_SYNCHRONOUS_BYTES = 6 * _MB
_ASYNCHRONOUS_BYTES = _MB
_ANSWER_BYTES = _SYNCHRONOUS_BYTES + 100


def apply(settings: Settings) -> None:
    """Measure the body of the call, and what the function answers."""
    put_in_front(lambda_svc, "handle_request", _refuse_a_large_request)
    put_in_front(lambda_svc, "_execute_function_warm", _fail_with_a_large_answer)


async def _refuse_a_large_request(
    original: Original, method: str, path: str, headers: dict[str, str], body: bytes, *rest: object
) -> Response:
    most = _ASYNCHRONOUS_BYTES if headers.get("x-amz-invocation-type") == "Event" else _SYNCHRONOUS_BYTES
    if path.endswith("/invocations") and len(body) > most:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        refusal: Response = error_response_json(
            "RequestEntityTooLargeException", message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        )
        return refusal
    answer: Response = await original(method, path, headers, body, *rest)
    return answer


def _fail_with_a_large_answer(original: Original, func: Json, event: object, request_id: str) -> Json:
    result: Json = original(func, event, request_id)
    if len(json.dumps(result.get("body"), ensure_ascii=False).encode()) <= _ANSWER_BYTES:
        return result
    message = f"Response payload size exceeded maximum allowed payload size ({_ANSWER_BYTES} bytes)."
    body = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
    return {**result, "body": body, "error": True, "function_error": "Unhandled"}
