"""A registry that is not there."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.unit.artifacts.a_registry import Downloads, Registry, serving
from tests.unit.stubbed_aws import no_real_aws, stubbed

__all__ = ["no_real_aws", "stubbed"]


@pytest.fixture
def downloads() -> Iterator[Downloads]:
    with serving() as there:
        yield there


@pytest.fixture
def registry(stubbed: Callable[[Any], Stubber], downloads: Downloads) -> Registry:
    ecr = boto3.client("ecr", endpoint_url="http://127.0.0.1:1")
    return Registry(ecr, stubbed(ecr), downloads)
