import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.configuration import Configuration
from gantry.promotion.difference import Change, apply, changes, settings

ROLE = "arn:aws:iam::444444444444:role/cowsay"
KNOWN = {
    "memory_mb": "256",
    "environment.LOG_LEVEL": "DEBUG",
    "environment.TO_SAY": "Hello",
    "command": '["app.handler"]',
}

NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=2, max_size=12)
TEXTS = st.text(max_size=260)
CONFIGURATIONS = st.builds(
    Configuration,
    memory_mb=st.none() | st.integers(128, 10240),
    timeout_seconds=st.none() | st.integers(1, 900),
    ephemeral_storage_mb=st.none() | st.integers(512, 10240),
    environment=st.none() | st.dictionaries(NAMES, TEXTS, max_size=4),
    command=st.none() | st.lists(TEXTS, max_size=4),
    role=st.none() | st.just(ROLE),
)
SECRET_NAMES = st.sampled_from(["API_TOKEN", "db-password", "clientSecret", "SENTRY_DSN", "apikey"])
SECRETS = st.text(min_size=1).map("§{}".format)
"""Nothing else that is shown has this sign."""


def test_every_given_setting_is_shown_under_its_key() -> None:
    environment = {"LOG_LEVEL": "INFO", "API_TOKEN": "hunter2"}
    assert settings(Configuration(512, 10, 1024, environment, ["app.handler"], ROLE)) == {
        "memory_mb": "512",
        "timeout_seconds": "10",
        "ephemeral_storage_mb": "1024",
        "environment.LOG_LEVEL": "INFO",
        "environment.API_TOKEN": "•••••• #13f6",
        "command": '["app.handler"]',
        "role": ROLE,
    }


def test_settings_that_are_not_given_are_not_shown() -> None:
    assert settings(Configuration()) == {}


def test_that_there_shall_be_no_variables_and_no_command_is_shown() -> None:
    assert settings(Configuration(environment={}, command=[])) == {"environment": "none", "command": "[]"}


def test_every_setting_of_a_configuration_is_shown() -> None:
    given_all = Configuration(512, 10, 1024, {"A_NAME": "1"}, ["app.handler"], ROLE)
    assert {key.partition(".")[0] for key in settings(given_all)} == {each.name for each in fields(Configuration)}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Configuration(), KNOWN),
        (Configuration(memory_mb=512), KNOWN | {"memory_mb": "512"}),
        (Configuration(role=ROLE), KNOWN | {"role": ROLE}),
        (Configuration(command=[]), KNOWN | {"command": "[]"}),
        (
            Configuration(environment={"TO_SAY": "Bye"}),
            {"memory_mb": "256", "environment.TO_SAY": "Bye", "command": '["app.handler"]'},
        ),
        (
            Configuration(environment={}),
            {"memory_mb": "256", "environment": "none", "command": '["app.handler"]'},
        ),
    ],
)
def test_what_is_given_is_laid_over_what_is_known_and_variables_replace_all_others(
    wanted: Configuration, expected: dict[str, str]
) -> None:
    assert apply(KNOWN, settings(wanted)) == expected


def test_of_an_unknown_version_what_was_given_is_known_afterwards() -> None:
    assert apply(None, settings(Configuration(memory_mb=512))) == {"memory_mb": "512"}


def test_variables_take_the_place_of_none() -> None:
    given_one = settings(Configuration(environment={"A_NAME": "1"}))
    assert apply({"environment": "none"}, given_one) == {"environment.A_NAME": "1"}


def test_changes_are_told_by_key_with_what_was_and_what_will_be() -> None:
    after = KNOWN | {"memory_mb": "512", "timeout_seconds": "10"}
    del after["environment.TO_SAY"]
    assert changes(KNOWN, after) == (
        Change("environment.TO_SAY", "Hello", None),
        Change("memory_mb", "256", "512"),
        Change("timeout_seconds", None, "10"),
    )


def test_a_new_secret_is_a_change() -> None:
    (change,) = changes(*(settings(Configuration(environment={"API_TOKEN": each})) for each in ("hunter2", "hunter3")))
    assert change == Change("environment.API_TOKEN", "•••••• #13f6", "•••••• #fb60")


@given(CONFIGURATIONS)
def test_nothing_changes_by_the_same_again(configuration: Configuration) -> None:
    assert changes(settings(configuration), settings(configuration)) == ()
    assert apply(settings(configuration), settings(configuration)) == settings(configuration)


@given(CONFIGURATIONS, CONFIGURATIONS, CONFIGURATIONS)
def test_applying_twice_is_applying_once(known: Configuration, one: Configuration, other: Configuration) -> None:
    once = apply(apply(settings(known), settings(one)), settings(other))
    assert apply(once, settings(other)) == once


@given(CONFIGURATIONS, CONFIGURATIONS)
def test_a_changed_setting_is_told_unless_its_fingerprint_is_the_same(
    before: Configuration, after: Configuration
) -> None:
    one, other = settings(before), settings(after)
    told = {change.key.partition(".")[0] for change in changes(one, other)}
    for name in (each.name for each in fields(Configuration)):
        if getattr(before, name) != getattr(after, name):
            assert name in told or any("#" in value for key, value in one.items() if key.startswith(name))


@given(NAMES, TEXTS, TEXTS)
def test_a_changed_variable_is_told(name: str, before: str, after: str) -> None:
    one, other = (settings(Configuration(environment={name: value})) for value in (before, after))
    assert bool(changes(one, other)) == (before != after)


@given(st.dictionaries(SECRET_NAMES, SECRETS, min_size=1), st.lists(TEXTS.filter(lambda text: "§" not in text)))
def test_no_secret_is_ever_shown(secrets: dict[str, str], command: list[str]) -> None:
    options = [part for name, value in secrets.items() for part in (f"--{name}", value, f"--{name}={value}")]
    shown = settings(Configuration(environment=secrets, command=[*options, *command]))
    assert "§" not in "".join([*shown, *shown.values()])
    assert not any(value in json.dumps(shown, ensure_ascii=False) for value in secrets.values())


def test_it_does_not_matter_whether_a_command_came_as_a_list_or_a_tuple() -> None:
    listed = Configuration(command=["app.handler"])
    assert settings(listed) == settings(replace(listed, command=("app.handler",)))
