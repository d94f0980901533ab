"""References as text: nothing is lost, no other text is one, and people read words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.masking import hidden_value, shown
from gantry.promotion.references.pins import with_versions
from gantry.promotion.references.reference import Reference, pinned, read, references_in
from tests.unit.handlers.payloads import TARGET
from tests.unit.masked import MASKING

NAMES = st.text("abcXYZ019/_.-", min_size=1, max_size=40)
KEYS = st.text("abcXYZ019 _.-", max_size=20)
URL, PASSWORD = Reference("parameter", "/cowsay/url"), Reference("secret", "cowsay/db", "password")
REFERENCES = st.one_of(
    st.builds(Reference, st.just("parameter"), NAMES), st.builds(Reference, st.just("secret"), NAMES, KEYS)
)


@given(REFERENCES, st.one_of(st.just(""), st.integers(1, 10**9).map(str)))
def test_a_text_is_read_as_what_it_was_made_of(reference: Reference, version: str) -> None:
    text = read(reference.text(version))
    assert text is not None
    assert (text.reference, text.version) == (reference, version)


@pytest.mark.parametrize("text", ["", "Moo", "/cowsay/url:7", "resolve:ssm:", "resolve:s3:/x", "a resolve:ssm:/x"])
def test_no_other_text_is_one(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("resolve:ssm:/cowsay/url", "parameter /cowsay/url"),
        ("resolve:ssm:/cowsay/url:12345678901", "parameter /cowsay/url, version 12345678901"),
        ("resolve:secretsmanager:cowsay/db:SecretString:", "secret cowsay/db"),
        (
            "resolve:secretsmanager:cowsay/db:SecretString:password::1f9c2e07-aaaa",
            "secret cowsay/db, key password, version 1f9c2e07",
        ),
    ],
)
def test_people_read_words_and_never_a_mask_whatever_the_variable_is_called(text: str, words: str) -> None:
    stored = MASKING.value("DB_PASSWORD", text)
    assert stored == text
    assert (shown(stored), hidden_value("DB_PASSWORD", text)) == (words, words)


def test_versions_come_into_the_configuration_and_nothing_else_changes() -> None:
    configuration = {
        "memory_mb": 512,
        "command": [URL.text()],
        "environment": {"URL": URL.text(), "DB": PASSWORD.text(), "WORD": "Moo"},
    }
    assert references_in(configuration) == (URL, PASSWORD)
    versions = {URL.text(): URL.text("7")}
    once = pinned(configuration, versions)
    assert once == configuration | {
        "environment": {"URL": "resolve:ssm:/cowsay/url:7", "DB": PASSWORD.text(), "WORD": "Moo"}
    }
    assert pinned(once, versions) == once


def test_a_target_shows_the_version_at_the_setting_that_refers_to_it() -> None:
    target = with_versions(TARGET, {URL: "7"}, {"environment.URL": URL.text(), "environment.WORD": "Moo"})
    assert target.settings == {"environment.URL": URL.text("7")}
    assert (target.id, target.references) == (TARGET.id, {URL.text(): URL.text("7")})
