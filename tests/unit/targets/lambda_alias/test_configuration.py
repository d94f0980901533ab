from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.targets.lambda_alias.configuration import LambdaConfiguration

ROLE = "arn:aws:iam::222222222222:role/cowsay"
FULL = LambdaConfiguration(256, 10, 1024, {"TO_SAY": "moo", "TOKEN": "s3cret"}, ["app.handler"], ROLE, ["sh"], "/srv")
RESPONSE: dict[str, Any] = {
    "FunctionName": "cowsay",
    "PackageType": "Image",
    "MemorySize": 256,
    "Timeout": 10,
    "EphemeralStorage": {"Size": 1024},
    "Environment": {"Variables": {"TO_SAY": "moo", "TOKEN": "s3cret"}},
    "ImageConfigResponse": {
        "ImageConfig": {"Command": ["app.handler"], "EntryPoint": ["sh"], "WorkingDirectory": "/srv"}
    },
    "Role": ROLE,
}
LAYERS = ["arn:aws:lambda:us-east-1:222222222222:layer:common:7", "arn:aws:lambda:us-east-1:222222222222:layer:otel:2"]
OF_A_ZIP = LambdaConfiguration(
    256, 10, 1024, {"TO_SAY": "moo"}, role=ROLE, runtime="python3.13", handler="app.handler", layers=LAYERS
)
ZIP_RESPONSE: dict[str, Any] = {
    "PackageType": "Zip",
    "MemorySize": 256,
    "Timeout": 10,
    "EphemeralStorage": {"Size": 1024},
    "Environment": {"Variables": {"TO_SAY": "moo"}},
    "Role": ROLE,
    "Runtime": "python3.13",
    "Handler": "app.handler",
    "Layers": [{"Arn": arn, "CodeSize": 1} for arn in LAYERS],
}

names = st.text("ABC_", min_size=2, max_size=4)
given_or_not = st.builds(
    LambdaConfiguration,
    memory_mb=st.none() | st.integers(128, 10_240),
    timeout_seconds=st.none() | st.integers(1, 900),
    ephemeral_storage_mb=st.none() | st.integers(512, 10_240),
    environment=st.none() | st.dictionaries(names, st.text(max_size=3), max_size=3),
    command=st.lists(st.text(max_size=3), max_size=2),
    role=st.none() | st.just(ROLE),
    entry_point=st.lists(st.text(max_size=3), max_size=2),
    working_directory=st.text(max_size=3),
)


def test_a_request_has_lambdas_names_for_what_is_given() -> None:
    assert FULL.request() == {
        "MemorySize": 256,
        "Timeout": 10,
        "EphemeralStorage": {"Size": 1024},
        "Environment": {"Variables": {"TO_SAY": "moo", "TOKEN": "s3cret"}},
        "ImageConfig": {"Command": ["app.handler"], "EntryPoint": ["sh"], "WorkingDirectory": "/srv"},
        "Role": ROLE,
    }


def test_what_is_not_given_is_not_requested() -> None:
    assert LambdaConfiguration().request() == {}


def test_empty_variables_and_nothing_that_overrides_the_image_are_requested_for_they_clear_what_is_there() -> None:
    request = LambdaConfiguration(environment={}, command=[]).request()
    assert request == {"Environment": {"Variables": {}}, "ImageConfig": {}}


def test_what_overrides_the_image_is_requested_together_for_lambda_replaces_it_as_a_whole() -> None:
    given = LambdaConfiguration(command=["other.handler"], working_directory="")
    assert given.completed_by(FULL).request()["ImageConfig"] == {"Command": ["other.handler"], "EntryPoint": ["sh"]}


def test_a_configuration_is_completed_where_nothing_is_given_and_the_role_never_is() -> None:
    given = LambdaConfiguration(memory_mb=512, environment={})
    wanted = LambdaConfiguration(512, 10, 1024, {}, ["app.handler"], None, ["sh"], "/srv")
    assert given.completed_by(FULL) == wanted
    assert wanted.completed_by(LambdaConfiguration()) == wanted


def test_a_configuration_is_read_from_what_lambda_answers() -> None:
    assert LambdaConfiguration.of(RESPONSE) == FULL


def test_what_lambda_leaves_out_is_not_set() -> None:
    bare = {key: RESPONSE[key] for key in ("PackageType", "MemorySize", "Timeout", "Role")}
    assert LambdaConfiguration.of(bare) == LambdaConfiguration(256, 10, 512, {}, [], ROLE, [], "")


def test_a_function_of_a_zip_has_a_runtime_and_layers_and_nothing_that_overrides_an_image() -> None:
    assert LambdaConfiguration.of(ZIP_RESPONSE) == OF_A_ZIP
    assert LambdaConfiguration.of({**ZIP_RESPONSE, "Layers": []}).layers == []
    assert LambdaConfiguration.of({key: value for key, value in ZIP_RESPONSE.items() if key != "Layers"}).layers == []


def test_settings_of_a_zip_are_never_sent_for_an_image_and_the_other_way_round() -> None:
    """Lambda refuses both: https://github.com/aws/aws-cdk/issues/13037."""
    of_image = LambdaConfiguration(memory_mb=512).completed_by(LambdaConfiguration.of(RESPONSE)).request()
    of_zip = LambdaConfiguration(memory_mb=512).completed_by(LambdaConfiguration.of(ZIP_RESPONSE)).request()
    assert not {"Runtime", "Handler", "Layers"} & of_image.keys()
    assert "ImageConfig" not in of_zip
    assert (of_zip["Runtime"], of_zip["Handler"], of_zip["Layers"]) == ("python3.13", "app.handler", LAYERS)


def test_layers_that_the_function_has_are_not_sent_for_lambda_asks_for_a_right_to_each() -> None:
    actual = LambdaConfiguration.of(ZIP_RESPONSE)
    assert "Layers" not in OF_A_ZIP.without_unchanged_layers(actual).request()
    others: tuple[list[str], ...] = (LAYERS[:1], LAYERS[::-1], [])
    for layers in others:
        changed = replace(OF_A_ZIP, layers=layers)
        assert changed.without_unchanged_layers(actual).request()["Layers"] == layers
    assert "Layers" not in FULL.without_unchanged_layers(LambdaConfiguration.of(RESPONSE)).request()


def test_the_order_of_layers_is_a_difference_because_later_ones_win() -> None:
    (difference,) = replace(OF_A_ZIP, layers=LAYERS[::-1]).differences(OF_A_ZIP)
    assert difference.startswith("layers: ")


def test_the_same_configuration_has_no_differences() -> None:
    assert FULL.differences(LambdaConfiguration.of(RESPONSE)) == []
    assert OF_A_ZIP.differences(LambdaConfiguration.of(ZIP_RESPONSE)) == []


def test_a_difference_names_the_setting_and_both_values() -> None:
    wanted = LambdaConfiguration(memory_mb=512, timeout_seconds=10, command=["other.handler"])
    assert wanted.differences(FULL) == ["memory_mb: 256, not 512", 'command: ["app.handler"], not ["other.handler"]']


def test_a_difference_of_variables_names_them_and_never_their_values() -> None:
    wanted = LambdaConfiguration(environment={"TO_SAY": "moo", "TOKEN": "another", "LOG_LEVEL": "INFO"})
    actual = LambdaConfiguration(environment={"TO_SAY": "moo", "TOKEN": "s3cret", "DEBUG": "1"})
    (difference,) = wanted.differences(actual)
    assert difference == "environment: LOG_LEVEL missing; DEBUG not asked for; TOKEN with another value"


def test_all_variables_are_missing_where_none_are_known() -> None:
    bare = LambdaConfiguration.of(RESPONSE | {"Environment": {}})
    assert FULL.differences(bare) == ["environment: TOKEN TO_SAY missing"]
    wanted = LambdaConfiguration(environment={"TO_SAY": "moo"})
    assert wanted.differences(LambdaConfiguration()) == ["environment: TO_SAY missing"]


def test_a_command_is_the_same_as_a_list_and_as_a_tuple() -> None:
    wanted = LambdaConfiguration(command=("app.handler",))
    assert wanted.differences(FULL) == []
    assert wanted.differences(LambdaConfiguration()) == ['command: None, not ["app.handler"]']


def test_a_secret_in_a_command_is_masked() -> None:
    wanted = LambdaConfiguration(command=["serve", "--password=hunter2"])
    (difference,) = wanted.differences(LambdaConfiguration(command=["serve"]))
    assert difference.startswith('command: ["serve"], not ["serve", "--password=')
    assert "hunter2" not in difference


def test_of_a_secret_in_another_setting_a_difference_shows_no_digit() -> None:
    wanted = LambdaConfiguration(working_directory="ghp_0123456789abcdefghijABCDEFGHIJ456789")
    assert wanted.differences(LambdaConfiguration(working_directory="")) == [
        "working_directory: the image's own, not ••••••"
    ]
    assert LambdaConfiguration(working_directory="/srv").differences(wanted) == ["working_directory: ••••••, not /srv"]


def test_variables_are_not_in_the_representation_which_ends_up_in_logs() -> None:
    assert "s3cret" not in repr(FULL)


def as_lambda_answers(request: dict[str, Any]) -> dict[str, Any]:
    """What GetFunctionConfiguration has after UpdateFunctionConfiguration of a new function."""
    answer = {
        "PackageType": "Image",
        "MemorySize": 128,
        "Timeout": 3,
        "Role": "arn:aws:iam::222222222222:role/other",
    } | request
    if "ImageConfig" in answer:
        answer["ImageConfigResponse"] = {"ImageConfig": answer.pop("ImageConfig")}
    return answer


@given(given_or_not)
def test_what_was_requested_and_carried_out_has_no_differences(wanted: LambdaConfiguration) -> None:
    assert wanted.differences(LambdaConfiguration.of(as_lambda_answers(wanted.request()))) == []


@given(given_or_not, given_or_not)
def test_there_is_one_difference_for_each_given_setting_that_is_otherwise(
    wanted: LambdaConfiguration, actual: LambdaConfiguration
) -> None:
    settings = [
        "memory_mb",
        "timeout_seconds",
        "ephemeral_storage_mb",
        "command",
        "role",
        "entry_point",
        "working_directory",
    ]
    expected = [name for name in settings if getattr(wanted, name) not in (None, getattr(actual, name))]
    if wanted.environment is not None and wanted.environment != (actual.environment or {}):
        expected.append("environment")
    assert [difference.partition(":")[0] for difference in wanted.differences(actual)] == expected


@pytest.mark.parametrize("secret", ["s3cret", "moo"])
def test_no_difference_ever_holds_a_variables_value(secret: str) -> None:
    assert secret not in str(LambdaConfiguration(environment={"TOKEN": "x"}).differences(FULL))
