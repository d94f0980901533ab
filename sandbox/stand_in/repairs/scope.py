"""Runs something as if it had been asked for in another account: the services read both from context variables."""

import contextvars
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ministack.core.responses import set_request_account_id, set_request_region

P = ParamSpec("P")
T = TypeVar("T")


def in_scope(account: str, region: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `call`, made in `account` and `region`; the caller's own scope is left as it was."""

    def scoped() -> T:
        set_request_account_id(account)
        set_request_region(region)
        return call(*args, **kwargs)

    return contextvars.copy_context().run(scoped)
