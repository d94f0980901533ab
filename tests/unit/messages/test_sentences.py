"""The rules that all messages keep: ends of sentences, cuts at words, names of versions, and what exists."""

import inspect

import pytest

from gantry.aws.accounts import _what_to_deploy
from gantry.command_line.errors import CommandError
from gantry.promotion import errors
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.live import LiveRevision
from gantry.promotion.live_now import LiveNow, version_name
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.target import Target
from gantry.promotion.visible_text import shortened

ERRORS = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, GantryError)] + [
    CommandError
]


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("it is gone", "it is gone"),
        ("It is gone. Upload it again", "It is gone. Upload it again."),
        ("It is gone. Upload it again.", "It is gone. Upload it again."),
        ('It is wrong. A correct one looks like {"a": 1}', 'It is wrong. A correct one looks like {"a": 1}.'),
        ("a: wrong. Give b\nc: wrong", "a: wrong. Give b\nc: wrong"),
        ("", ""),
    ],
)
def test_a_message_of_several_sentences_ends_in_a_full_stop(kind: type[Exception], given: str, said: str) -> None:
    error = kind(given)
    assert (error.message if isinstance(error, CommandError) else str(error)) == said


def test_a_cause_is_cut_at_a_word() -> None:
    assert shortened("the canary of dev was unhealthy", 22) == "the canary of dev was…"
    assert shortened("the canary of dev was unhealthy", 25) == "the canary of dev was…"
    assert shortened("the canary of dev was", 21) == "the canary of dev was"
    assert shortened("the canary of dev was unhealthy", 18) == "the canary of dev…"
    assert shortened("x" * 100, 10) == "x" * 9 + "…"
    assert all(len(shortened("so many words " * 50, longest)) <= longest for longest in range(1, 300))


def test_a_version_has_its_tag_beside_it() -> None:
    assert version_name("5", "4f0c2d1") == "version 5 (4f0c2d1)"
    assert version_name("5", None, "sha256:ab") == "version 5 (sha256:ab)"
    assert version_name("5", None) == "version 5"
    for kind in (LiveRevision, LiveNow):
        assert str(kind("5", "sha256:ab", "2026-11-29T00:00:00.000Z", "4f0c2d1")) == "version 5 (4f0c2d1)"


def test_names_that_exist_come_nearest_first_and_are_bounded() -> None:
    names = [f"service-{number:02}" for number in range(30)]
    said = nearest_names("cowsya", [*names, "cowsay"])
    assert said.startswith("cowsay, service-")
    assert said.endswith(" and 21 more")
    assert nearest_names("x", []) == ""


def test_an_account_that_refuses_the_pipeline_is_said_with_the_parameter_and_the_command() -> None:
    target = Target(
        "lambda", "999999999999", "us-east-1", "cowsay/live", "arn:aws:lambda:us-east-1:999999999999:function:cowsay"
    )
    said = _what_to_deploy(target, "arn:aws:iam::999999999999:role/gantry", "no")
    assert "999999999999 has to be in the parameter TargetAccounts of the pipeline's stack" in said
    assert 'sam deploy --parameter-overrides TargetAccounts="<the accounts so far>,999999999999"' in said
