"""Who a mail is from, as a policy sees it.

Restores: `ses:FromAddress` is the address in the From header of the mail that is to be sent; here no policy that asks
for it ever applied.
https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
"""

import re
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from sandbox.repairs.replacing import Original, put_in_front
from sandbox.settings import Settings

_FROM = re.compile(r'"FromEmailAddress"\s*:\s*"(?:[^"<]*<)?([^">]+)')
_sender: ContextVar[str | None] = ContextVar("sender", default=None)


def apply(settings: Settings) -> None:
    """Read it from the request when its resource is looked for, which is before the policies are."""
    put_in_front(iam_actions, "extract_resource_arn", _noting_the_sender)
    put_in_front(iam_evaluator, "_resolve_condition_key", _from_address)


def _noting_the_sender(original: Original, service: str, *request: Any) -> object:  # noqa: ANN401  as it is passed on
    *_, body, _query, _region, _account = request
    found = _FROM.search((body or b"").decode(errors="replace")) if service == "ses" else None
    _sender.set(found[1] if found else None)
    return original(service, *request)


def _from_address(original: Original, key: str, ctx: iam_evaluator.EvalContext) -> object:
    return _sender.get() if key.lower() == "ses:fromaddress" else original(key, ctx)
