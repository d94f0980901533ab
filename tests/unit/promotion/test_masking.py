import json
import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.masking import LONGEST, Masking, hidden_command, is_comparable, shown
from tests.unit.masked import MASKING

MASKED = re.compile(r"•••••• #[0-9a-f]{4}")
DIGEST = "a585ea1a4ef65893507e08064d21625c91d6703c23e588d67f79cda761984a97"
UUID = "0ece1e1f-f89f-407e-9494-9498ec4321f4"
RANDOM = "q7Xk2Lm9Zt4Rw8Yb3Nc6"

SECRET_NAMES = [
    *("SECRET", "CLIENT_SECRET", "clientSecret", "CLIENTSECRET", "SECRET_KEY", "STRIPE_SECRET"),
    *("PASSWORD", "DB_PASSWORD", "dbPassword", "DBPASSWD", "PASSWD", "DB_PASS", "PGPASS", "DB_PWD", "PASSPHRASE"),
    *("TOKEN", "API_TOKEN", "GITHUB_TOKEN", "accessToken", "TOKENS", "REFRESH-TOKEN", "BEARER", "SESSION_JWT"),
    *("CREDENTIAL", "CREDENTIALS", "AWS_CREDS", "API_KEY", "API-KEY", "api.key", "apiKey", "APIKEY", "API_KEYS"),
    *("ACCESS_KEY", "AWS_ACCESS_KEY_ID", "ACCESSKEY", "PRIVATE_KEY", "privateKey", "SIGNING_KEY", "SIGNATURE_KEY"),
    *("ENCRYPTION_KEY", "MASTERKEY", "AUTH", "BASIC_AUTH", "OAUTH", "AUTHORIZATION", "AUTHENTICATION", "AUTHKEY"),
    *("DSN", "SENTRY_DSN", "CONNECTION_STRING", "ConnectionString", "CONN_STR", "CERT", "TLS_CERT", "TLSCERT"),
    *("CERTIFICATE", "CLIENT_CERTIFICATES", "CERTBUNDLE", "GITHUB_PAT", "PIN", "SALT", "SESSION_COOKIE"),
]
PLAIN_NAMES = [
    *("AUTHOR", "AUTHORS", "AUTHORITY", "COAUTHOR", "KEYBOARD", "MONKEY", "SORT_KEY", "PARTITION_KEY", "KEY_PREFIX"),
    *("CONCERT", "CONCERTS_TABLE", "CERTAINTY", "COMPASS", "BYPASS", "PASSENGERS", "SPIN", "SALTED", "PATH", "PATTERN"),
    *("KMS_KEY_ID", "USER_NAME", "TABLE_NAME", "LOG_LEVEL", "AWS_REGION", "DESIGN", "PUBLIC_KEYS", "WEDNESDAY"),
]
SECRET_VALUES = [
    "https://user:hunter2@example.com/path",
    "postgres://app:hunter2@db.example.com:5432/orders",
    "redis://:hunter2@cache.example.com:6379",
    "mongodb+srv://app:p%40ss@cluster0.example.net/?retryWrites=true",
    "jdbc:postgresql://db.example.com/orders?user=app&password=hunter2",
    "Server=tcp:db.example.com,1433;User ID=app;Password=hunter2;",
    "https://example.com/hook?token=hunter2",
    "https://example.com/blob?sv=2022&sig=x&api_key=hunter2",
    "https://hooks.example.com/services/T00000000/B00000000/aB3dE5fG7hI9jK1lM3nO5pQ7",
    "https://4f2d8a6c9e1b4f2d8a6c9e1b4f2d8a6c@errors.example.com/42",
    "//registry.npmjs.org/:_authToken=hunter2",
    '{"user": "app", "password": "hunter2"}',
    "Authorization: Basic x",
    "Bearer abcdefgh",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----\nMIIE",
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP",
    "ghp_" + "a1" * 18,
    "github_pat_11ABCDEFG0abcdefgh",
    "glpat-abcdefghij1234567890",
    "xoxb-1234567890-abcdef",
    "sk_live_abcdefgh",
    "sk-proj-abc123def456",
    "whsec_abcdefgh",
    "AIza" + "Sy" * 17 + "A",
    "SG.abcdefghijklmnop.qrstuvwxyz",
    RANDOM,
    f"key id {RANDOM} of 2026",
    "4f2d8a6c9e1b4f2d8a6c9e1b4f2d8a6c",
    "k3j9x0q2m8v7c5z1b6n4l2p0",
    "2tL9-fQx_7Rb-Zk4Wm_Vy8H-cT1",
    "P@s5w0rd!xK9#mN2$qL5%vB7",
    "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==",
]
PLAIN_VALUES = [
    "",
    "INFO",
    "true",
    "512",
    "us-east-1",
    "Hello from prod, and welcome to all 25 of you",
    "arn:aws:secretsmanager:us-east-1:444444444444:secret:prod/db-AbCdEf",
    f"arn:aws:kms:us-east-1:444444444444:key/{UUID}",
    "arn:aws:dynamodb:us-east-1:444444444444:table/Orders/stream/2026-01-01T00:00:00.000",
    "arn:aws:states:us-east-1:111111111111:execution:gantry:q7Xk2Lm9Zt4Rw8Yb3Nc6",
    "https://example.com",
    "https://example.com:8443/orders/v2?limit=25&sort=name#top",
    "https://sqs.us-east-1.amazonaws.com/444444444444/Gantry-Prod-OrdersQueue-1A2B3C4D5E6F7",
    "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod",
    "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEf123",
    "redis://cache.example.com:6379/0",
    "s3://orders-prod-444444444444-us-east-1/exports/2026",
    UUID,
    f"sha256:{DIGEST}",
    f"444444444444.dkr.ecr.us-east-1.amazonaws.com/cowsay@sha256:{DIGEST}",
    "/var/task/handlers/Python3.12/bootstrap",
    "./node_modules/.bin/serverless-http2",
    "/aws/lambda/orders-prod-eu-west-1",
    "gantry-prod-OrdersTable-1A2B3C4D5E6F7",
    "orders-prod-queue-2024.fifo",
    "OrdersProcessingQueueProd2024V2",
    "production_orders_table_2024_v2",
    "db.cluster-c1a2b3d4e5f6.us-east-1.rds.amazonaws.com:5432",
    "subnet-0123456789abcdef0,subnet-0fedcba9876543210",
    "vpc-0123456789abcdef0",
    "us-east-1_AbCdEf123",
    "2026-11-22T09:30:00.123Z",
    "v1.22.333-rc.1",
    "ops+prod2024@example.com",
    "cron(0 12 * * ? *)",
    "Content-Type,Authorization,X-Api-Key",
    '{"level": "INFO", "retries": 3}',
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "sk-table-of-orders",
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
]


def mask(name: str, value: str) -> str:
    """What people see of a value."""
    return shown(MASKING.value(name, value))


def mask_command(arguments: list[str]) -> str:
    """What people see of a command."""
    return shown(MASKING.command(arguments))


def is_masked(name: str, value: str) -> bool:
    return MASKED.fullmatch(mask(name, value)) is not None


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_says_that_a_value_is_secret(name: str) -> None:
    assert is_masked(name, "hunter2")
    assert is_masked(name.lower(), UUID)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_a_name_that_only_sounds_secret_masks_nothing(name: str) -> None:
    assert mask(name, "hunter2") == "hunter2"


@pytest.mark.parametrize("value", SECRET_VALUES)
def test_a_value_looks_like_a_secret_whatever_it_is_called(value: str) -> None:
    assert is_masked("TO_SAY", value)


@pytest.mark.parametrize("value", PLAIN_VALUES)
def test_other_values_are_not_masked(value: str) -> None:
    assert mask("TO_SAY", value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:444444444444:secret:prod/db-AbCdEf"),
        ("DB_SECRET", "arn:aws:secretsmanager:us-east-1:444444444444:secret:prod/db-AbCdEf"),
        ("SECRET_NAME", "prod/db"),
        ("PASSWORD_FILE", "/run/secrets/password"),
        ("TOKEN_URL", "https://login.example.com/oauth2/token"),
        ("TOKENS_TABLE", "tokens-prod"),
        ("AUTH_TYPE", "iam"),
        ("AUTH_ENABLED", "true"),
        ("PASSWORD", ""),
        ("MAX_TOKENS", "4096"),
        ("TOKEN_TTL_SECONDS", "3600"),
        ("GIT_COMMIT", DIGEST[:40]),
        ("BUILD_SHA256", DIGEST),
    ],
)
def test_a_setting_about_a_secret_that_is_not_one_is_not_masked(name: str, value: str) -> None:
    assert mask(name, value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD", "1234"),
        ("MAX_TOKEN", "hunter2"),
        ("DB_SECRET_ARN", f"prod {RANDOM}"),
        ("TOKEN_URL", "https://user:hunter2@example.com"),
        ("CERT_FILE", "-----BEGIN CERTIFICATE-----"),
        ("GIT_COMMIT", RANDOM),
        ("PASSWORD_HASH", DIGEST),
        ("CLIENT_ID", DIGEST),
    ],
)
def test_a_secret_value_is_masked_although_its_name_is_only_about_one(name: str, value: str) -> None:
    assert is_masked(name, value)


def test_masks_differ_by_value_and_by_name() -> None:
    masks = {mask("TOKEN", "one"), mask("TOKEN", "two"), mask("OTHER_TOKEN", "one")}
    assert len(masks) == 3
    assert mask("TOKEN", "one") == mask("TOKEN", "one")


def test_a_change_behind_the_cut_of_a_long_value_is_seen() -> None:
    start = "many words, " * 20
    one, other = mask("TO_SAY", start + "one"), mask("TO_SAY", start + "two")
    assert one != other
    assert one[:LONGEST] == other[:LONGEST] == start[:LONGEST]
    assert re.fullmatch(r"… #[0-9a-f]{4}", one[LONGEST:])


def test_the_longest_value_is_not_shortened() -> None:
    assert mask("TO_SAY", "." * LONGEST) == "." * LONGEST


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ([], []),
        (["app.handler"], ["app.handler"]),
        (["--password=hunter2", "--port=80"], ["--password=MASK", "--port=80"]),
        (["--password", "hunter2", "x"], ["--password", "MASK", "x"]),
        (["--api-key", "-x"], ["--api-key", "MASK"]),
        (["API_TOKEN=hunter2", "./run"], ["API_TOKEN=MASK", "./run"]),
        (["--log-level", "INFO", "--level=DEBUG"], ["--log-level", "INFO", "--level=DEBUG"]),
        (["--password-file", "/run/secrets/x"], ["--password-file", "/run/secrets/x"]),
        (["--url=https://u:p@example.com"], ["--url=MASK"]),
        (["-v", RANDOM], ["-v", "MASK"]),
        (["sh", "-c", "run --verbose --password hunter2"], ["sh", "-c", "MASK"]),
        (["sh", "-c", "TOKEN=hunter2 run"], ["sh", "-c", "TOKEN=MASK"]),
        (["sh", "-c", "run; TOKEN=hunter2 run"], ["sh", "-c", "MASK"]),
        (["Authorization: Bearer hunter2"], ["MASK"]),
        (["password", "reset"], ["password", "reset"]),
        (["größe"], ["größe"]),
    ],
)
def test_of_a_command_only_the_secrets_are_masked(command: list[str], expected: list[str]) -> None:
    masked = mask_command(command).partition("] #")[0].removesuffix("]") + "]"
    assert json.loads(MASKED.sub("MASK", masked)) == expected
    assert "ö" in masked or "ö" not in "".join(command)


def test_a_change_behind_the_cut_of_a_long_command_is_seen() -> None:
    one, other = (mask_command(["word"] * 100 + [last]) for last in ("--verbose", "--quiet"))
    assert one != other
    assert len(one) == LONGEST + len("… #a94f")


def same_digits() -> tuple[str, str]:
    """Two secrets with the same four digits; of about 300, two have them."""
    seen: dict[str, str] = {}
    for number in range(10_000):
        value = f"hunter{number}"
        if (other := seen.setdefault(mask("TOKEN", value), value)) != value:
            return other, value
    raise AssertionError("no two of 10,000 have the same digits")


def test_two_secrets_with_the_same_four_digits_are_different_values() -> None:
    one, other = same_digits()
    assert mask("TOKEN", one) == mask("TOKEN", other)
    assert MASKING.value("TOKEN", one) != MASKING.value("TOKEN", other)
    commands = [[f"TOKEN={each}", "./run"] for each in (one, other)]
    assert len({MASKING.command(each) for each in commands}) == 2


def test_without_the_key_nobody_can_say_what_stands_for_a_guess() -> None:
    other = Masking(lambda: b"another key")
    assert MASKING.value("TOKEN", "hunter2") != other.value("TOKEN", "hunter2")
    assert len(MASKING.value("TOKEN", "hunter2").partition("#")[2]) * 6 >= 128


def test_the_key_is_asked_for_only_when_a_value_is_hidden() -> None:
    masking = Masking(lambda: pytest.fail("nothing is hidden"))
    assert masking.value("TO_SAY", "moo") == "moo"
    assert masking.command(["app.handler"]) == '["app.handler"]'


@pytest.mark.parametrize("hidden", [MASKING.value("TOKEN", "x"), MASKING.value("TO_SAY", "moo " * 100)])
def test_no_value_passes_for_another_one_that_is_hidden(hidden: str) -> None:
    for copy in (hidden, shown(hidden)):
        assert MASKING.value("TO_SAY", copy) != hidden
        assert not is_comparable(copy) or MASKING.value("TO_SAY", copy) != copy


def test_what_earlier_versions_kept_cannot_be_compared() -> None:
    kept = ["•••••• #a94f", "moo… #a94f", '["--password=•••••• #a94f"]', "moo #a94f", MASKING.value("TOKEN", "x")]
    assert [is_comparable(each) for each in kept] == [False, False, False, True, True]


def test_errors_name_no_digits() -> None:
    assert hidden_command(["--password=hunter2", "-v"]) == '["--password=••••••", "-v"]'
    assert len(hidden_command(["word"] * 100)) == LONGEST + 1


@given(st.sampled_from(SECRET_NAMES), st.text(min_size=1).map("§{}".format))
def test_no_part_of_a_value_with_a_secret_name_is_left(name: str, value: str) -> None:
    assert is_masked(name, value)
    assert "§" not in mask_command([f"--{name}={value}", f"--{name}", value])


@given(st.sampled_from(SECRET_VALUES), st.text(" ,;\n", min_size=1), st.sampled_from(PLAIN_VALUES))
def test_a_secret_is_found_among_other_text(secret: str, between: str, plain: str) -> None:
    assert is_masked("TO_SAY", f"{plain}{between}{secret}")


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=40, max_size=60))
def test_every_value_is_short(value: str) -> None:
    assert len(mask("TO_SAY", value * 20)) <= LONGEST + len("… #a94f")


def seconds(unit: str, length: int) -> float:
    """The processor's time for masking a text of one unit over and over, as a value, a name and an argument."""

    def once() -> float:
        text, begin = (unit * length)[:length], process_time()
        mask("TO_SAY", text)
        mask(text, "x")
        mask_command([text])
        return process_time() - begin

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "a=",
            "a: ",
            "1=",
            "a= ",
            "-a=",
            "--a ",
            "://:a",
            "://a:b ",
            "://a:b@",
            "sk-",
            "-sk-a",
            "arn:aws:",
            "arn:aws-",
        ),
        *("sha1", "SG.a", "eyJ", "a.b-", "Aa1", " ", "basic ", '"=', "xoxb-", "token"),
    ],
)
def test_a_text_that_is_four_times_as_long_takes_about_four_times_as_long(unit: str) -> None:
    """It would be sixteen times if an expression read the text once for each place where it could begin."""
    assert seconds(unit, 24_000) < 8 * seconds(unit, 6_000)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("x" * 3000 + " https://u:" + "p" * 3000 + "@example.com", True),
        ("https://example.com " * 100 + "ops@example.com", False),
        ("https://example.com:8080 ops@example.com", False),
        ("ops@example.com https://u:p@example.com", True),
        ("https://a:b://c@d", True),
        ("PASSWORD=" + "x" * 3000, True),
        ("sk-" + "a" * 50 + "1", True),
    ],
)
def test_a_secret_is_found_however_long_the_text_is(value: str, masked: bool) -> None:
    assert bool(MASKED.fullmatch(mask("TO_SAY", value))) is masked
