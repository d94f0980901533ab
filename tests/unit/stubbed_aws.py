"""An AWS that is not there: fake credentials, and clients that only know given responses. Imported by conftests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.stub import Stubber

__all__ = ["REGION", "answers", "no_real_aws", "stubbed"]

REGION = "us-east-1"


@pytest.fixture(autouse=True)
def no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def stubbed() -> Iterator[Callable[[Any], Stubber]]:
    """Give a client responses instead of AWS; a test fails when it has not asked for each of them at its end."""
    with ExitStack() as stack:
        stubbers: list[Stubber] = []

        def stub(client: Any) -> Stubber:
            stubbers.append(stack.enter_context(Stubber(client)))
            return stubbers[-1]

        yield stub
        for stubber in stubbers:
            stubber.assert_no_pending_responses()


@pytest.fixture
def answers(client: Any, stubbed: Callable[[Any], Stubber]) -> Stubber:
    """What AWS answers the `client` of the test's module; one call more or less than that fails the test."""
    return stubbed(client)
