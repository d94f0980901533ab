from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetChangedError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.alias import Alias, fractions, per_cents
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

ASKED = {"FunctionName": "cowsay", "Name": "live"}


def answer(version: str, revision_id: str, weights: dict[str, float] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"Name": "live", "FunctionVersion": version, "RevisionId": revision_id}
    return found if weights is None else found | {"RoutingConfig": {"AdditionalVersionWeights": weights}}


@pytest.fixture
def client() -> Any:
    return boto3.client("lambda")


@pytest.fixture
def alias(client: Any, target: LambdaTarget) -> Alias:
    return Alias(client, target)


@pytest.mark.parametrize("weights", [None, {}, {"8": 0.0}])
def test_an_alias_without_a_canary_routes_to_one_version(
    alias: Alias, answers: Stubber, weights: dict[str, float] | None
) -> None:
    answers.add_response("get_alias", answer("7", "r1", weights), ASKED)

    assert alias.routing() == (Routing("7"), "r1")


def test_weights_are_per_cents(alias: Alias, answers: Stubber) -> None:
    answers.add_response("get_alias", answer("7", "r1", {"8": 0.07}))

    assert alias.routing() == (Routing("7", {"8": 7.0}), "r1")


def test_an_alias_that_does_not_exist_routes_nowhere(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("get_alias", "ResourceNotFoundException")

    assert alias.routing() is None


def test_an_alias_is_created_on_a_version(alias: Alias, answers: Stubber) -> None:
    answers.add_response("create_alias", answer("1", "r1"), ASKED | {"FunctionVersion": "1"})

    alias.create("1")


def test_a_retry_finds_the_alias_that_it_created(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("create_alias", "ResourceConflictException", "Alias already exists")
    answers.add_response("get_alias", answer("1", "r1"))

    alias.create("1")


@pytest.mark.parametrize("found", [answer("3", "r1"), answer("1", "r1", {"2": 0.1})])
def test_an_alias_that_somebody_else_created_is_not_accepted(
    alias: Alias, answers: Stubber, found: dict[str, Any]
) -> None:
    answers.add_client_error("create_alias", "ResourceConflictException", "Alias already exists")
    answers.add_response("get_alias", found)

    with pytest.raises(TargetChangedError, match="should route to 1, but routes to"):
        alias.create("1")


def test_a_shift_sends_weights_as_fractions_with_the_revision_that_was_read(alias: Alias, answers: Stubber) -> None:
    answers.add_response(
        "update_alias",
        answer("7", "r2"),
        ASKED
        | {"FunctionVersion": "7", "RevisionId": "r1", "RoutingConfig": {"AdditionalVersionWeights": {"8": 0.07}}},
    )

    alias.update(Routing("7", {"8": 7.0}), "r1")


def test_taking_the_weight_away_is_said_explicitly(alias: Alias, answers: Stubber) -> None:
    answers.add_response(
        "update_alias",
        answer("8", "r3"),
        ASKED | {"FunctionVersion": "8", "RevisionId": "r2", "RoutingConfig": {"AdditionalVersionWeights": {}}},
    )

    alias.update(Routing("8"), "r2")


def test_a_change_of_somebody_else_is_noticed(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("update_alias", "PreconditionFailedException")
    answers.add_response("get_alias", answer("9", "r5"))

    with pytest.raises(TargetChangedError, match="should route to 7 with 10 % on 8, but routes to 9: somebody else"):
        alias.update(Routing("7", {"8": 10.0}), "r1")


def test_an_alias_that_somebody_else_deleted_is_noticed(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("update_alias", "PreconditionFailedException")
    answers.add_client_error("get_alias", "ResourceNotFoundException")

    with pytest.raises(TargetChangedError, match="is gone"):
        alias.update(Routing("8"), "r1")


def test_a_request_that_was_sent_twice_counts_when_the_alias_is_as_wanted(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("update_alias", "PreconditionFailedException")
    answers.add_response("get_alias", answer("7", "r2", {"8": 0.1}))

    alias.update(Routing("7", {"8": 10.0}), "r1")


def test_another_operation_under_way_is_worth_another_try(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("update_alias", "ResourceConflictException", "provisioned concurrency is being allocated")

    with pytest.raises(TargetConflictError, match="provisioned concurrency"):
        alias.update(Routing("8"), "r1")


def test_an_update_of_an_alias_that_does_not_exist_says_so(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("update_alias", "ResourceNotFoundException", "Cannot find alias")

    with pytest.raises(TargetNotFoundError, match="Cannot find alias"):
        alias.update(Routing("8"), "r1")


def test_two_versions_that_cannot_share_an_alias_are_refused(alias: Alias, answers: Stubber) -> None:
    answers.add_client_error("update_alias", "InvalidParameterValueException", "must have the same execution role")

    with pytest.raises(IncompatibleTargetError, match="same execution role"):
        alias.update(Routing("7", {"8": 10.0}), "r1")


@given(st.integers(min_value=1, max_value=99))
def test_whole_per_cents_are_exact_both_ways(weight: int) -> None:
    fraction = fractions({"8": float(weight)})

    assert fraction == {"8": float(f"0.{weight:02}")}
    assert per_cents(fraction) == {"8": float(weight)}


@given(st.floats(min_value=0.01, max_value=99.99))
def test_any_share_survives_the_way_to_the_api_and_back(weight: float) -> None:
    share = round(weight, 4)

    assert per_cents(fractions({"8": share})) == {"8": share}
