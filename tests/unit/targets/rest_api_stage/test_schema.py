from typing import Any

import pytest
from pydantic import ValidationError

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.target_schema import SharedDraft
from gantry.targets.rest_api_stage.binding import bound_names
from gantry.targets.rest_api_stage.schema import SCHEMA
from gantry.targets.rest_api_stage.stage_target import NAMESPACE, StageTarget
from tests.unit.targets.rest_api_stage.api_targets import API, TARGET

KEYS = {"account": "222222222222", "region": "us-east-1", "rest_api_id": API, "stage": "live"}


def problems(**variables: str) -> list[tuple[Any, str]]:
    found = SCHEMA.configuration_problems({"variables": variables}, artifact=ArtifactKind.S3_OBJECT)
    return [(each.location, each.message) for each in found]


def test_a_target_is_an_api_and_its_stage() -> None:
    found = SCHEMA.target(KEYS)
    assert found == TARGET
    assert found.id == f"222222222222/us-east-1/apigateway/{API}/live"
    assert found.arn == f"arn:aws:apigateway:us-east-1::/restapis/{API}/stages/live"
    assert StageTarget.of(found).namespace == NAMESPACE


def test_the_metrics_may_be_in_another_namespace() -> None:
    found = SCHEMA.target({**KEYS, "evidence": {"namespace": "Shop/Api"}})
    assert (StageTarget.of(found).namespace, found.id) == ("Shop/Api", TARGET.id)


@pytest.mark.parametrize(
    ("key", "value"),
    [("rest_api_id", "arn:aws:x"), ("stage", "li/ve"), ("evidence", {"namespace": "AWS/ApiGateway"})],
)
def test_wrong_keys_are_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        SCHEMA.target({**KEYS, key: value})


@pytest.mark.parametrize("variables", [{"a-b": "1"}, {"gantry_1": "1"}, {"a": ""}, {"a": "b c"}, {"a": "x" * 513}])
def test_variables_that_api_gateway_refuses_are_refused(variables: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SCHEMA.configuration({"variables": variables})


def test_all_stages_of_an_api_share_one_draft() -> None:
    first, second = (SCHEMA.shared_draft({**KEYS, "stage": each}, {"variables": {each: "1"}}) for each in ("a", "b"))
    assert first == second == SharedDraft(f"the REST API {API} in 222222222222, us-east-1", frozenset())
    other = SCHEMA.shared_draft({**KEYS, "rest_api_id": "z9"}, {})
    assert other
    assert other.name != first.name


def test_a_variable_that_looks_like_a_secret_is_refused() -> None:
    ((location, message),) = problems(alias="live", api_key="hunter2-hunter2")
    assert location == ("variables", "api_key")
    assert "Secrets Manager" in message
    assert "hunter2" not in message


def test_variables_that_no_revision_can_be_named_by_are_refused() -> None:
    assert problems(text="x" * 480) == []
    ((location, message),) = problems(one="x." * 200, other="y." * 200)
    assert location == ("variables",)
    assert "give 512 at most" in message


def test_nobody_chooses_an_apis_id() -> None:
    assert bound_names(TARGET).name is None


def test_there_is_nothing_else_to_say_of_a_target() -> None:
    assert list(SCHEMA.target_problems(KEYS, artifact=None)) == []
    assert SCHEMA.longest_request_seconds({}) is None
