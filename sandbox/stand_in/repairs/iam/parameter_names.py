"""Several parameters in one call.

Restores: each name that GetParameters gets is authorised by itself, and one that is refused refuses the call. The
library authorises the call once.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://github.com/github-aws-runners/terraform-aws-github-runner/pull/5017 (a whole batch is refused)
"""

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import ssm

from sandbox.stand_in.repairs.iam.decisions import caller_may
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_ACTION = "ssm:GetParameters"


def apply(settings: Settings) -> None:
    """Ask for each name before they are read."""
    put_in_front(ssm, "_get_parameters", _get_parameters)


def _get_parameters(original: Original, data: Json) -> Response:
    for name in data.get("Names", ()):
        arn = f"arn:aws:ssm:{get_region()}:{get_account_id()}:parameter/{name.lstrip('/')}"
        if not caller_may(_ACTION, "ssm", arn):
            message = f"User: {iam_evaluator.caller_arn()} is not authorized to perform: {_ACTION} on resource: {arn}"
            return error_response_json("AccessDeniedException", message, 400)
    answer: Response = original(data)
    return answer
