"""The errors of API Gateway's control plane."""

from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Response


class BadRequestError(Exception):
    """A request is refused with status 400; the message is what API Gateway says."""


def bad_request(message: object) -> Response:
    """Return a refusal as a BadRequestException."""
    answer: Response = apigateway_v1._v1_error("BadRequestException", str(message), 400)
    return answer


def not_found(kind: str) -> Response:
    """Return the refusal of an identifier that does not exist; `kind` is what it identifies."""
    answer: Response = apigateway_v1._v1_error("NotFoundException", f"Invalid {kind} identifier specified", 404)
    return answer
