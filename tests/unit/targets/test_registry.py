from typing import cast

import pytest

from gantry.promotion.errors import UnknownTargetKindError
from gantry.promotion.target import Target
from gantry.targets.kind import TargetKind
from gantry.targets.registry import DEFAULT_KIND, KINDS, RegisteredKinds, all_schemas, rights_of, schema_of

TARGET = Target("page", "222222222222", "us-east-1", "home", "page/home")


def test_a_kind_is_made_once_and_only_when_a_target_has_it() -> None:
    made: list[TargetKind] = []

    def make() -> TargetKind:
        made.append(cast("TargetKind", object()))
        return made[-1]

    kinds = RegisteredKinds({"page": make})
    assert made == []
    assert kinds.of(TARGET) is kinds.of(TARGET) is made[0]
    assert len(made) == 1


def test_a_target_of_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    kinds = RegisteredKinds(dict.fromkeys(["b", "a"], lambda: pytest.fail("no kind is to be made")))
    with pytest.raises(UnknownTargetKindError, match=r"us-east-1/home has the unknown kind page\. Known kinds: a, b"):
        kinds.of(TARGET)


def test_the_schema_of_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownTargetKindError, match=r"page is unknown\. Known kinds: apigateway, ecs, lambda"):
        schema_of("page")


def test_the_rights_of_an_unknown_kind_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownTargetKindError, match=r"page is unknown\. Known kinds: apigateway, ecs, lambda"):
        rights_of(TARGET)


def test_every_kind_has_a_schema_by_its_own_name() -> None:
    assert KINDS.keys() == all_schemas().keys()
    assert all(schema_of(name) is schema and schema.kind == name for name, schema in all_schemas().items())


def test_one_kind_is_that_of_targets_that_name_none() -> None:
    assert [name for name, schema in all_schemas().items() if schema.is_default] == [DEFAULT_KIND] == ["lambda"]
