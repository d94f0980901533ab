"""What changes between two OpenAPI documents."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.content_changes import ContentChange
from gantry.promotion.errors import ArtifactTypeError
from gantry.targets.rest_api_stage.content import document_changes
from gantry.targets.rest_api_stage.document_bounds import DEEPEST
from gantry.targets.rest_api_stage.document_text import read_document
from gantry.targets.rest_api_stage.document_yaml import MOST_BYTES_OF_YAML

COW = {"$ref": "#/components/schemas/Cow"}
OPERATIONS = st.dictionaries(st.sampled_from(["operationId", "security"]), st.integers(0, 2))
PATHS = st.dictionaries(
    st.sampled_from(["/", "/cows", "/cows/{id}"]),
    st.dictionaries(st.sampled_from(["get", "post", "x-amazon-apigateway-any-method"]), OPERATIONS, min_size=1),
)


def document(**schemas: Any) -> dict[str, Any]:
    schema = {"content": {"application/json": {"schema": COW}}}
    paths = {
        "/cows": {"get": {"responses": {"200": schema}}, "post": {"x-amazon-apigateway-integration": {"type": "mock"}}}
    }
    return {"openapi": "3.0.1", "info": {"version": "1"}, "paths": paths, "components": {"schemas": schemas}}


def said(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(each.kind, each.name, each.what, each.detail) for each in document_changes(before, after)]


def test_paths_and_methods_are_added_removed_and_changed_with_what_is_different() -> None:
    after = document()
    after["paths"]["/cows"] = {
        "post": {"x-amazon-apigateway-integration": {"type": "aws_proxy"}},
        "x-amazon-apigateway-any-method": {},
    }
    assert said(document(), after) == [
        ("ANY", "/cows", "added", ""),
        ("GET", "/cows", "removed", ""),
        ("POST", "/cows", "changed", "x-amazon-apigateway-integration"),
    ]


def test_a_method_has_changed_with_a_schema_that_it_reaches_through_others_even_in_circles() -> None:
    def herd(age: str) -> dict[str, Any]:
        return document(Cow={"properties": {"calf": {"$ref": "#/components/schemas/Calf"}}}, Calf={"a": age, "m": COW})

    assert said(herd("old"), herd("new")) == [
        ("components", "schemas", "changed", "Calf"),
        ("GET", "/cows", "changed", "responses"),
    ]


@pytest.mark.parametrize("reference", ["#/components/schemas/My%20Cow", "#/x-list/0", "#/x-a~1b"])
def test_references_are_found_however_they_are_spelled(reference: str) -> None:
    def spelled(value: int) -> dict[str, Any]:
        whole = document(**{"My Cow": {"v": value}}) | {"x-list": [{"v": value}], "x-a/b": {"v": value}}
        whole["paths"] = {"/cows": {"get": {"schema": {"$ref": reference}}}}
        return whole

    assert ("GET", "/cows", "changed", "schema") in said(spelled(1), spelled(2))


def test_a_path_whose_methods_are_all_elsewhere_changes_with_what_it_refers_to() -> None:
    def elsewhere(value: int) -> dict[str, Any]:
        return {"paths": {"/cows": {"$ref": "#/x-cows"}}, "x-cows": {"get": {"v": value}}}

    assert said(elsewhere(1), elsewhere(2))[-1] == ("path", "/cows", "changed", "$ref")


def test_what_a_path_sets_for_all_its_methods_changes_each_of_them() -> None:
    after = document()
    after["paths"]["/cows"]["parameters"] = [{"name": "id"}]
    assert said(document(), after) == [(each, "/cows", "changed", "what its path sets") for each in ("GET", "POST")]


def test_what_stands_beside_the_paths_is_compared_too() -> None:
    after = document() | {"info": {"version": "2"}, "security": [{"key": []}]}
    after["components"]["securitySchemes"] = {"key": {}}
    assert said(document(), after) == [
        ("", "info", "changed", "version"),
        ("", "security", "added", ""),
        ("components", "securitySchemes", "added", ""),
    ]


def test_true_and_one_are_different() -> None:
    assert said({"x": True}, {"x": 1}) == [("", "x", "changed", "all of it")]


@given(PATHS, PATHS)
def test_the_changes_lead_from_one_document_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    def methods(paths: dict[str, Any]) -> dict[tuple[str, str], str]:
        kinds = {"get": "GET", "post": "POST", "x-amazon-apigateway-any-method": "ANY"}
        return {
            (kinds[k], path): json.dumps(v, sort_keys=True) for path, item in paths.items() for k, v in item.items()
        }

    def of(what: str, found: list[ContentChange]) -> set[tuple[str, str]]:
        return {(each.kind, each.name) for each in found if each.what == what}

    found = document_changes({"paths": before}, {"paths": after})
    old, new = methods(before), methods(after)
    assert (old.keys() - of("removed", found)) | of("added", found) == new.keys()
    assert of("changed", found) == {part for part in old.keys() & new.keys() if old[part] != new[part]}
    assert bool(found) == (old != new)


@given(PATHS)
def test_the_same_document_as_yaml_and_as_json_has_no_changes(paths: dict[str, Any]) -> None:
    whole = document() | {"paths": paths, "x": [None, True, 1, -2.5, "1", "true", "", "2017-01-01", "yes"]}
    as_yaml, as_json = yaml.safe_dump(whole).encode(), json.dumps(whole).encode()
    assert document_changes(read_document(as_yaml), read_document(as_json)) == []


def test_yaml_that_names_statuses_without_quotes_has_keys_of_text() -> None:
    assert read_document(b"responses: {200: ok, 1.0: x, true: y}\nday: 2017-01-01") == {
        "responses": {"200": "ok", "1.0": "x", "true": "y"},
        "day": "2017-01-01",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"a: &a [1]\nb: *a", "aliases or tags"),
        (b"a: !!binary aGk=", "aliases or tags"),
        (b'{"a": 1, "a": 2}', "a key twice"),
        (b"a: 1\na: 2", "a key twice"),
        (b"a: 1\n---\nb: 2", "2 YAML documents"),
        (b"", "0 YAML documents"),
        (b"- a", "no mapping"),
        (b"a: [", "neither JSON nor YAML"),
        (b"{", "neither JSON nor YAML"),
        (b"\xff", "neither JSON nor YAML"),
        (b'"\\U00110000": 1', "neither JSON nor YAML"),
        (b"? [a]\n: b", "nested too deeply, or has a key that is no text"),
        (b"a: " + b"[" * DEEPEST + b"]" * DEEPEST, "nested too deeply"),
        (b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "nested too deeply"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b"a: " + b"x" * MOST_BYTES_OF_YAML, "YAML of more than 1,048,576 characters"),
    ],
)
def test_what_cannot_be_compared_safely_is_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(ArtifactTypeError, match=why):
        read_document(text)
