import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.targets.rest_api_stage.revision import LARGEST, StageRevision
from tests.unit.masked import MASKING

NAMES = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8).map(lambda name: f"v{name}")
VALUES = st.text(string.ascii_letters + string.digits + "-._~:/?#&=,", min_size=1, max_size=20)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_revision_is_found_again_by_its_name(variables: dict[str, str]) -> None:
    revision = StageRevision.of("d1e2f3", variables)
    assert StageRevision.named(revision.name) == revision
    assert StageRevision.is_name(revision.name)
    assert StageRevision.marked(revision.mark) == revision
    assert not set(revision.mark) - set(string.ascii_letters + string.digits + "-._~:/?#&=,")


def test_a_name_can_be_read_and_does_not_depend_on_the_order() -> None:
    one, other = {"table": "cowsay-prod", "alias": "live"}, {"alias": "live", "table": "cowsay-prod"}
    assert StageRevision("d1e2f3", one).name == StageRevision("d1e2f3", other).name
    assert StageRevision("d1e2f3", one).name == "d1e2f3?alias=live&table=cowsay-prod"
    assert StageRevision("d1e2f3").name == "d1e2f3"


def test_the_mark_of_a_write_belongs_to_no_revision() -> None:
    assert StageRevision.of("d1", {"alias": "live", "gantry_1a2b": "1"}).name == "d1?alias=live"


@pytest.mark.parametrize("name", ["", "$LATEST", "d1?", "d1?alias", "d1?a b=1", "d1 ", "d1?a=1&", "d" * (LARGEST + 1)])
def test_what_is_no_name_is_none(name: str) -> None:
    assert not StageRevision.is_name(name)


def test_people_see_the_variables() -> None:
    assert StageRevision("d1", {"alias": "live"}).masked(MASKING) == {"stage variable alias": "live"}
    assert StageRevision("d1").masked(MASKING) == {}
