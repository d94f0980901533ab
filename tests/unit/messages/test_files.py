"""Whatever somebody writes into a manifest or the policy file is taken or refused in words of YAML, not of Python."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.model import EnvironmentKeys, ManifestKeys
from gantry.promotion.manifest.reading import parse
from gantry.promotion.policy.model import PolicyKeys
from gantry.promotion.policy.reading import parse_policy
from tests.unit.manifest.documents import SCHEMAS, VALID
from tests.unit.messages.foreign_words import FOREIGN

Path = tuple[str, ...]
VALUES: list[object] = [None, True, 1.5, "x", date(2026, 11, 29), [None], [{}], {"x": None}]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.dates() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def models_in(annotation: object) -> Iterator[type[Keys]]:
    """Every mapping that a key may hold."""
    if isinstance(annotation, type) and issubclass(annotation, Keys):
        yield annotation
    for each in get_args(annotation):
        yield from models_in(each)


def keys_of(model: type[Keys], at: Path = ()) -> Iterator[Path]:
    """Every key of a model and of the mappings in it, by the way that leads there."""
    for name, field in model.model_fields.items():
        yield (*at, name)
        for inner in models_in(field.annotation):
            if model not in models_in(inner) and len(at) < 6:
                yield from keys_of(inner, (*at, name))


def by_holder(keys: Iterable[Path]) -> list[tuple[Path, list[str]]]:
    """The mappings that there are, each with its keys: one file tries all of them at once."""
    found: dict[Path, list[str]] = {}
    for key in sorted(set(keys)):
        found.setdefault(key[:-1], []).append(key[-1])
    return list(found.items())


def with_values(holder: Path, keys: list[str], value: object, *, in_list: bool) -> dict[str, Any]:
    """A mapping with a value at each of these keys; each mapping on the way alone, or the only item of a list."""
    made: Any = dict.fromkeys(keys, value)
    for part in reversed(holder):
        made = {part: [made] if in_list else made}
    return dict(made)


def targets_of(kind: str) -> dict[str, Any]:
    return {"kind": kind, "account": "222222222222", "region": "us-east-1"}


OF_MANIFEST = by_holder(keys_of(ManifestKeys))
OF_ENVIRONMENT = by_holder(keys_of(EnvironmentKeys))
OF_POLICY = by_holder(keys_of(PolicyKeys))
OF_TARGETS = {kind: by_holder(keys_of(schema.target_keys)) for kind, schema in SCHEMAS.items()}
OF_SETTINGS = {kind: by_holder(keys_of(schema.configuration_keys)) for kind, schema in SCHEMAS.items()}


def in_prod(**changed: object) -> dict[str, Any]:
    dev, prod = VALID["environments"]
    return VALID | {"configuration": {}, "environments": [dev, prod | changed]}


def manifests(value: object) -> Iterator[dict[str, Any]]:
    """Manifests that together have this value at each key that there is."""
    for in_list in (False, True):
        for place in OF_MANIFEST:
            yield VALID | with_values(*place, value, in_list=in_list)
        for place in OF_ENVIRONMENT:
            yield in_prod(**with_values(*place, value, in_list=in_list))
        for kind in SCHEMAS:
            for place in OF_TARGETS[kind]:
                yield in_prod(targets=[targets_of(kind) | with_values(*place, value, in_list=in_list)])
            for place in OF_SETTINGS[kind]:
                yield in_prod(targets=[targets_of(kind)], configuration=with_values(*place, value, in_list=in_list))


def policies(value: object) -> Iterator[dict[str, Any]]:
    """Policy files that together have this value at each key that there is."""
    for place in OF_POLICY:
        for in_list in (False, True):
            yield with_values(*place, value, in_list=in_list)


def said_of_manifest(document: object) -> str:
    """What people read of a manifest; nothing when it is taken."""
    try:
        parse(yaml.safe_dump(document, allow_unicode=True), SCHEMAS)
    except ManifestError as error:
        return str(error)
    return ""


def said_of_policy(document: object) -> str:
    """What people read of a policy file; nothing when it is taken."""
    try:
        parse_policy(yaml.safe_dump(document, allow_unicode=True), None, list(SCHEMAS), "lambda")
    except PolicyError as error:
        return str(error)
    return ""


def test_every_key_is_tried() -> None:
    of_kinds = [place for found in (*OF_TARGETS.values(), *OF_SETTINGS.values()) for place in found]
    ends = {key for _, keys in (*OF_MANIFEST, *OF_ENVIRONMENT, *of_kinds) for key in keys}
    assert {"repository", "bake", "approvers", "waves", "before_traffic", "memory_mb", "function", "ignore"} <= ends
    assert {key for _, keys in OF_POLICY for key in keys} >= {"rule", "minimum_quorum", "unverified_starts"}


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_wrong_value_is_refused_in_words_at_each_key_of_a_manifest(value: object) -> None:
    said = list(map(said_of_manifest, manifests(value)))
    assert any(said)
    assert not [each for each in said if FOREIGN.search(each)]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_wrong_value_is_refused_in_words_at_each_key_of_the_policy_file(value: object) -> None:
    said = list(map(said_of_policy, policies(value)))
    assert any(said)
    assert not [each for each in said if FOREIGN.search(each)]


@settings(deadline=None, max_examples=50)
@given(st.data(), ANY)
def test_whatever_is_written_is_taken_or_refused_in_words(data: st.DataObject, value: object) -> None:
    in_list = data.draw(st.booleans())
    changed = with_values(*data.draw(st.sampled_from(OF_ENVIRONMENT)), value, in_list=in_list)
    assert not FOREIGN.search(said_of_manifest(in_prod(**changed)))
    policy = with_values(*data.draw(st.sampled_from(OF_POLICY)), value, in_list=in_list)
    assert not FOREIGN.search(said_of_policy(policy))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("? {a: b}\n: c\n", "line 1, column 3: YAML cannot read it: a key is a mapping or a list; give text"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: YAML cannot read it: another document begins here; give one file"),
        ("\ta: 1\n", "line 1, column 1: YAML cannot read it: found character '\\t'"),
    ],
)
def test_what_yaml_refuses_is_said_in_words_too(written: str, said: str) -> None:
    with pytest.raises(ManifestError) as raised:
        parse(written, SCHEMAS)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_is_right_whatever_ends_lines_and_however_it_is_written(end: str) -> None:
    lines = [
        "\ufeff# first",
        "---",
        "repository: cowsay",
        "versioning: git-sha",
        "environments: [",
        "  {name: Dev,",
        "  targets: []}]",
    ]
    found = said_of_text(end.join(lines))
    assert "line 6: environments[0].name (environment Dev)" in found
    assert "line 7: environments[0].targets (environment Dev)" in found
    document = '{"repository": "Cow",' + end + '"versioning": "git-sha",' + end + '"environments": 5}'
    assert [each.partition(":")[0] for each in said_of_text(document).splitlines()] == ["line 1", "line 3"]


def said_of_text(text: str) -> str:
    with pytest.raises(ManifestError) as raised:
        parse(text, SCHEMAS)
    return str(raised.value)
