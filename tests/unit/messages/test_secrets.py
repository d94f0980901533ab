"""A secret in a manifest is warned of, with its place and its remedy, and never shown."""

import re
from itertools import chain
from pathlib import Path

import pytest

from gantry.command_line.manifest_reading import read_manifest
from gantry.promotion.manifest.secret_warnings import secret_kind
from tests.unit.command_line.running import run
from tests.unit.manifest.documents import VALID, changed, text

ROOT = Path(__file__).parents[3]
HEX = "4f0c2d1e9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d"
# Put together here, so that no scanner takes this file for one that holds secrets.
SECRETS = {
    "a secret key of Stripe": ["sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "rk_" + "test_4eC39HqLyjWDarjt"],
    "a token of GitHub": ["gh" + "p_" + "a1B2" * 9, "github" + "_pat_" + "11ABCDE0" * 4],
    "an access key of AWS": ["AK" + "IAIOSFODNN7EXAMPLE"],
    "a private key": ["-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE", "-----BEGIN " + "PRIVATE KEY-----"],
    "a token of Slack": ["xo" + "xb-123456789012-abcdefgh"],
    "a JSON Web Token": ["eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"],
    "an address with a password": ["postgres://cow:" + "moo4ever@db.example.com/cows"],
    "a key of OpenAI or Anthropic": ["sk-" + "proj-abc123DEF456ghi789jkl0", "sk-" + "ant-api03-abcDEF123ghi456jkl"],
    "a token of Hugging Face": ["hf_" + "abcdefghijklmnopqrstuvwxyzABCDEF"],
    "a token of PyPI": ["pypi-" + "AgEIcHlwaS5vcmcCJDEyMzQ1Njc4"],
    "a token of Docker": ["dckr" + "_pat_abcdefghijklmnopqrstuvwxyz1"],
    "a text with a password or token": [
        "jdbc:postgresql://db/cows?user=cow&" + "password=moo4ever",
        "Server=db;User Id=cow;" + "Password=M00!ever;",
        "Bearer " + "abcdef0123456789XYZ",
    ],
}
BY_NAME = [
    ("DB_PASSWORD", "S3cr3t!pass"),
    ("DB_PASSWORD", "hunter2"),
    ("CLIENT_SECRET", "kX9vQ2mZ7pL4wR8t"),
    ("API_TOKEN", "9f86d081884c7d659a2f"),
    ("API_KEY", HEX),
    ("API_KEY", "a1" * 32),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/" + "K7MDENG/bPxRfiCYEXAMPLEKEY"),
]
HARMLESS = [
    ("DB_SECRET", "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf"),
    ("DB_PASSWORD", "/prod/cowsay/db-password"),
    ("DB_SECRET", "cowsay-prod-db-password"),
    ("SECRET_NAME", "cowsay/prod/db"),
    ("TOKEN_URL", "https://auth.example.com/oauth2/token?x=1"),
    ("API_TOKEN", "123e4567-e89b-12d3-a456-426614174000"),
    ("TOKEN_DIGEST", f"sha256:{'a1' * 32}"),
    ("AUTH_COMMIT", HEX),
    ("AUTH_DOMAIN", "dev-1a2b3c.us.auth0.com"),
    ("TOKEN_TTL", "3600"),
    ("DATABASE", "postgres://cow:${PASSWORD}@db.example.com/cows"),
    ("DATABASE", "postgres://cow@db.example.com/cows"),
    ("BUCKET", "cowsay-1a2b3c4d5e6f7a8b"),
    ("LOG_LEVEL", "INFO"),
    ("STRIPE_PUBLIC", "pk_live_abcdefgh1234"),
    ("API_KEY_HEADER", "X-Api-Key"),
    ("DB_PASSWORD", "cowsay/prod/db-password-2"),
    ("DB_PASSWORD", "${DB_PASSWORD_1}"),
    ("PASSWORD_POLICY", "strict2"),
    ("JDBC_URL", "jdbc:postgresql://db/cows?user=cow&password=${DB_PASSWORD}"),
    ("HELP", "give your password=... to nobody"),
    ("GREETING", "Bearer of good news and more"),
    ("AUTH_QUEUE", "orders-Q2-eu-central-1"),
    ("TOKEN_ISSUER", "CognitoUserPoolOfOrders2"),
]


@pytest.mark.parametrize(("kind", "value"), [(kind, each) for kind, values in SECRETS.items() for each in values])
def test_what_its_issuer_gives_a_form_is_a_secret_whatever_its_name(kind: str, value: str) -> None:
    read = read_manifest(text(changed("configuration.environment.VALUE", value)).encode(), "cowsay.yaml", "cowsay.yaml")
    (warning,) = read.warnings
    assert read.problems == ()
    assert warning.text.startswith(f"configuration.environment.VALUE: this looks like {kind}. ")
    assert "Secrets Manager or Parameter Store" in warning.text
    assert warning.line
    assert value.splitlines()[0] not in warning.text


@pytest.mark.parametrize(("name", "value"), BY_NAME)
def test_random_characters_under_the_name_of_a_secret_are_one(name: str, value: str) -> None:
    assert secret_kind(name, value) == "a secret, by its name and its random characters"
    assert secret_kind("SOMETHING", value) is None


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_names_addresses_and_digests_are_no_secrets(name: str, value: str) -> None:
    assert secret_kind(name, value) is None


def test_the_valid_manifest_has_no_secret() -> None:
    assert read_manifest(text(VALID).encode(), "cowsay.yaml", "cowsay.yaml").warnings == ()


PAGES = [*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("docs/*.md"), ROOT / "README.md", *ROOT.glob("tests/**/*.yaml")]


@pytest.mark.parametrize("file", PAGES, ids=str)
def test_nothing_that_the_project_shows_is_taken_for_a_secret(file: Path) -> None:
    written = file.read_text()
    blocks = [written] if file.suffix == ".yaml" else re.findall(r"```ya?ml\n(.*?)```", written, re.DOTALL)
    for each in blocks:
        assert read_manifest(each.encode(), "cowsay.yaml", "cowsay.yaml").warnings == ()


@pytest.mark.parametrize("output", ["table", "json", "markdown"])
def test_no_output_has_the_value(output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cowsay.yaml"
    secrets = {f"VALUE_{number}": each for number, each in enumerate(chain(*SECRETS.values()))} | dict(BY_NAME)
    file.write_text(text(changed("configuration.environment", secrets)))
    run("manifest", "check", str(file), "--output", output)
    printed = capsys.readouterr()
    assert printed.out.count("this looks like") >= (0 if output == "markdown" else len(secrets))
    for each in secrets.values():
        assert each not in printed.out + printed.err
