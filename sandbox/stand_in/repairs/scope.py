"""Calls a function in another account and region. The services read both from context variables."""

import contextvars
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ministack.core.responses import set_request_account_id, set_request_region

P = ParamSpec("P")
T = TypeVar("T")


def in_scope(account: str, region: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of `call` in `account` and `region`. The caller's own scope does not change."""

    def scoped() -> T:
        set_request_account_id(account)
        set_request_region(region)
        return call(*args, **kwargs)

    return contextvars.copy_context().run(scoped)
