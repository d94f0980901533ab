"""What kinds of target are made of in tests."""

from datetime import timedelta
from typing import Any

import pytest

from gantry.targets.kind_parts import KindParts


def parts(
    accounts: object, registry_account: str, metrics_delay: timedelta, objects: object | None = None
) -> KindParts:
    """Return the parts of a kind; without `objects`, it must not read any artifact."""
    as_adapter: Any = accounts
    readable: Any = objects
    return KindParts(
        as_adapter,
        registry_account,
        "us-east-1",
        metrics_delay,
        lambda: readable or pytest.fail("this kind should read no artifact"),
    )
