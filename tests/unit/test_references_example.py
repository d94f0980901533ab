"""The example that reads references, against what Gantry puts into variables."""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from examples.references import value_of
from gantry.promotion.references.reference import Reference

URL, PASSWORD, WHOLE = (
    Reference("parameter", "/cowsay/prod/url"),
    Reference("secret", "cowsay/db", "password"),
    Reference("secret", "cowsay/key"),
)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def value(text: str) -> str:
        monkeypatch.setenv("VARIABLE", text)
        return value_of("VARIABLE")

    with mock_aws():
        ssm, secrets = boto3.client("ssm", "us-east-1"), boto3.client("secretsmanager", "us-east-1")
        for each in ("https://old", "https://new"):
            ssm.put_parameter(Name=URL.name, Value=each, Type="SecureString", Overwrite=True)
        secrets.create_secret(Name="cowsay/db", SecretString=json.dumps({"password": "moo"}))
        secrets.create_secret(Name="cowsay/key", SecretString="whole")
        yield value


def test_it_reads_the_promoted_version_of_a_parameter(read: Callable[[str], str]) -> None:
    assert (read(URL.text("1")), read(URL.text("2"))) == ("https://old", "https://new")


def test_it_reads_the_current_value_of_a_secret(read: Callable[[str], str]) -> None:
    assert (read(PASSWORD.text("some-version")), read(WHOLE.text("some-version"))) == ("moo", "whole")


def test_it_returns_any_other_text(read: Callable[[str], str]) -> None:
    assert read("http://plain:80") == "http://plain:80"
