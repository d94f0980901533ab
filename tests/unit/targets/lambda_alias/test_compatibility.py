from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.traffic import Plan, Step
from gantry.targets.lambda_alias.compatibility import require_compatible, require_package_type
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

ROLE = "arn:aws:iam::444444444444:role/cowsay"
TARGET = LambdaTarget("444444444444", "us-east-1", "cowsay", "live")
CANARY: Plan = (Step(10, 300),)
ALL_AT_ONCE: Plan = ()


def described(**facts: str | None) -> FunctionState:
    known: dict[str, Any] = {
        "version": "$LATEST",
        "architecture": "x86_64",
        "package_type": "Image",
        "role": ROLE,
        "infrastructure": Infrastructure(),
    }
    unimportant = {"code_sha256": "", "revision_id": "", "state": "Active", "last_update_status": "", "reason": ""}
    return FunctionState(configuration=LambdaConfiguration(), **(known | unimportant | facts))


def with_queue(state: FunctionState, arn: str) -> FunctionState:
    return replace(state, infrastructure=Infrastructure.of({"DeadLetterConfig": {"TargetArn": arn}}))


LATEST, STABLE = described(), described(version="7")


def problem(
    latest: FunctionState, stable: FunctionState | None, plan: Plan = CANARY, target: LambdaTarget = TARGET
) -> str:
    with pytest.raises(IncompatibleTargetError) as raised:
        require_compatible(target, "x86_64", plan, latest, stable)
    return str(raised.value)


@pytest.mark.parametrize("stable", [STABLE, None])
@pytest.mark.parametrize("plan", [CANARY, ALL_AT_ONCE])
def test_a_function_like_the_one_before_is_compatible(stable: FunctionState | None, plan: Plan) -> None:
    require_compatible(TARGET, "x86_64", plan, LATEST, stable)


@pytest.mark.parametrize(
    ("function", "release", "said"),
    [
        ("Zip", "Image", "is made of a zip, and the release is a container image"),
        ("Image", "Zip", "is made of a container image, and the release is a zip"),
    ],
)
def test_what_a_function_is_made_of_never_changes(function: str, release: str, said: str) -> None:
    with pytest.raises(IncompatibleTargetError, match=f"The function cowsay in 444444444444 {said}.*another name"):
        require_package_type(TARGET, release, replace(LATEST, package_type=function))
    require_package_type(TARGET, function, replace(LATEST, package_type=function))


def test_a_zip_that_a_customers_key_encrypts_in_lambda_is_refused_because_an_update_takes_the_key_away() -> None:
    encrypted = replace(LATEST, package_type="Zip", package_key="arn:aws:kms:us-east-1:444444444444:key/1234")
    with pytest.raises(
        IncompatibleTargetError, match=r"encrypted with arn:aws:kms\S+key/1234.*without SourceKMSKeyArn"
    ):
        require_package_type(TARGET, "Zip", encrypted)


def test_a_function_of_another_architecture_is_refused() -> None:
    assert "it runs on arm64, and the manifest says architecture: x86_64" in problem(
        replace(LATEST, architecture="arm64"), STABLE
    )


def test_an_alias_on_the_unpublished_code_is_refused_because_uploading_would_already_be_going_live() -> None:
    for plan in (CANARY, ALL_AT_ONCE):
        assert "its alias live routes to $LATEST" in problem(LATEST, LATEST, plan)


def test_an_alias_is_not_split_between_two_execution_roles() -> None:
    message = problem(replace(LATEST, role=f"{ROLE}-2"), STABLE)
    assert f"its execution role changes from {ROLE} to {ROLE}-2" in message
    assert "promote this once with traffic: AllAtOnce" in message


def test_the_role_that_the_manifest_gives_is_the_one_that_counts() -> None:
    asked = replace(TARGET, role=f"{ROLE}-2")
    assert f"changes from {ROLE} to {ROLE}-2" in problem(LATEST, STABLE, target=asked)
    require_compatible(asked, "x86_64", CANARY, LATEST, replace(STABLE, role=f"{ROLE}-2"))


def test_an_alias_is_not_split_between_two_dead_letter_queues() -> None:
    message = problem(with_queue(LATEST, "arn:aws:sqs:us-east-1:444444444444:dead"), STABLE)
    assert "its dead-letter queue changes from None to arn:aws:sqs:us-east-1:444444444444:dead" in message


def test_what_only_matters_to_a_split_does_not_matter_all_at_once() -> None:
    changed = with_queue(replace(LATEST, role=f"{ROLE}-2"), "arn:aws:sqs:us-east-1:444444444444:dead")
    require_compatible(TARGET, "x86_64", ALL_AT_ONCE, changed, STABLE)


def test_every_problem_is_in_the_message() -> None:
    message = problem(with_queue(described(architecture="arm64", role=f"{ROLE}-2"), "arn:dead"), STABLE)
    assert message.count(";") == 2
    assert all(part in message for part in ("arm64", "execution role", "dead-letter queue"))
