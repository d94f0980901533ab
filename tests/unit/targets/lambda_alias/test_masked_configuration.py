"""What people see of a version's configuration."""

import json
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.difference import Change, apply, changes
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from tests.unit.masked import MASKING

ROLE = "arn:aws:iam::444444444444:role/cowsay"
LAYER = "arn:aws:lambda:us-east-1:444444444444:layer:common:7"
FULL = LambdaConfiguration(
    512, 10, 1024, {"LOG_LEVEL": "INFO", "API_TOKEN": "hunter2"}, ["app.handler"], ROLE, ["sh"], "/srv"
)

NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=2, max_size=12)
TEXTS = st.text(max_size=260)
CONFIGURATIONS = st.builds(
    LambdaConfiguration,
    memory_mb=st.none() | st.integers(128, 10240),
    timeout_seconds=st.none() | st.integers(1, 900),
    ephemeral_storage_mb=st.none() | st.integers(512, 10240),
    environment=st.none() | st.dictionaries(NAMES, TEXTS, max_size=4),
    command=st.none() | st.lists(TEXTS, max_size=4),
    role=st.none() | st.just(ROLE),
    entry_point=st.none() | st.lists(TEXTS, max_size=4),
    working_directory=st.none() | TEXTS,
    runtime=st.none() | st.sampled_from(["python3.13", "nodejs24.x"]),
    handler=st.none() | st.sampled_from(["app.handler", "app.other"]),
    layers=st.none() | st.lists(st.sampled_from([LAYER, f"{LAYER}1"]), max_size=2),
)
SECRET_NAMES = st.sampled_from(["API_TOKEN", "db-password", "clientSecret", "SENTRY_DSN", "apikey"])
SECRETS = st.text(min_size=1).map("§{}".format)
"""Nothing else that people see has this sign."""


def test_every_given_setting_has_its_key() -> None:
    assert FULL.masked(MASKING) == {
        "memory_mb": "512",
        "timeout_seconds": "10",
        "ephemeral_storage_mb": "1024",
        "environment.LOG_LEVEL": "INFO",
        "environment.API_TOKEN": MASKING.value("API_TOKEN", "hunter2"),
        "command": '["app.handler"]',
        "role": ROLE,
        "entry_point": '["sh"]',
        "working_directory": "/srv",
    }


def test_every_setting_of_a_configuration_is_visible() -> None:
    everything = replace(FULL, runtime="python3.13", handler="app.handler", layers=[LAYER]).masked(MASKING)
    assert {key.partition(".")[0] for key in everything} == {each.name for each in fields(LambdaConfiguration)}


def test_layers_are_shown_with_their_versions_and_no_layers_too() -> None:
    assert LambdaConfiguration(layers=[LAYER, f"{LAYER}1"]).masked(MASKING) == {"layers": f"{LAYER} {LAYER}1"}
    assert LambdaConfiguration(layers=[]).masked(MASKING) == {"layers": "none"}


def test_settings_that_are_not_given_are_left_out() -> None:
    assert LambdaConfiguration().masked(MASKING) == {}


def test_a_manifest_that_wants_no_variables_and_the_images_own_says_so() -> None:
    assert LambdaConfiguration(environment={}, command=[], entry_point=[], working_directory="").masked(MASKING) == {
        "environment": "none",
        "command": "[]",
        "entry_point": "[]",
        "working_directory": "the image's own",
    }


def test_a_manifest_gives_the_settings_and_the_target_its_role() -> None:
    keys = {"memory_mb": 512, "environment": {"LOG_LEVEL": "INFO"}}
    wanted = LambdaConfiguration.of_manifest(keys, ROLE)
    assert wanted == LambdaConfiguration(memory_mb=512, environment={"LOG_LEVEL": "INFO"}, role=ROLE)


def test_a_new_secret_is_a_change() -> None:
    one, other = (
        LambdaConfiguration(environment={"API_TOKEN": each}).masked(MASKING) for each in ("hunter2", "hunter3")
    )
    (change,) = changes(one, other)
    assert change == Change("environment.API_TOKEN", one["environment.API_TOKEN"], other["environment.API_TOKEN"])


def test_given_variables_replace_all_others_and_none() -> None:
    one = LambdaConfiguration(environment={"A_NAME": "1"}).masked(MASKING)
    none = LambdaConfiguration(environment={}).masked(MASKING)
    assert apply({"environment.OTHER": "2"}, one) == apply(none, one) == {"environment.A_NAME": "1"}
    assert apply(one, none) == {"environment": "none"}


def test_it_does_not_matter_whether_a_command_came_as_a_list_or_a_tuple() -> None:
    assert FULL.masked(MASKING) == replace(FULL, command=("app.handler",)).masked(MASKING)


@given(CONFIGURATIONS, CONFIGURATIONS)
def test_a_changed_setting_is_always_a_change(before: LambdaConfiguration, after: LambdaConfiguration) -> None:
    one, other = before.masked(MASKING), after.masked(MASKING)
    changed = {change.key.partition(".")[0] for change in changes(one, other)}
    for name in (each.name for each in fields(LambdaConfiguration)):
        if getattr(before, name) != getattr(after, name):
            assert name in changed


@given(NAMES, TEXTS, TEXTS)
def test_a_changed_variable_is_a_change(name: str, before: str, after: str) -> None:
    one, other = (LambdaConfiguration(environment={name: value}).masked(MASKING) for value in (before, after))
    assert bool(changes(one, other)) == (before != after)


@given(st.dictionaries(SECRET_NAMES, SECRETS, min_size=1), st.lists(TEXTS.filter(lambda text: "§" not in text)))
def test_no_secret_is_ever_visible(secrets: dict[str, str], command: list[str]) -> None:
    options = [part for name, value in secrets.items() for part in (f"--{name}", value, f"--{name}={value}")]
    arguments = [*options, *command]
    masked = LambdaConfiguration(environment=secrets, command=arguments, entry_point=arguments).masked(MASKING)
    assert "§" not in "".join([*masked, *masked.values()])
    assert not any(value in json.dumps(masked, ensure_ascii=False) for value in secrets.values())
