from dataclasses import dataclass, replace

import pytest

from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.suitability import require_suitable
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan, Step

ROLE = "arn:aws:iam::444444444444:role/cowsay"
TARGET = Target("444444444444", "us-east-1", "cowsay", "live")
CANARY: Plan = (Step(10, 300),)
ALL_AT_ONCE: Plan = ()


@dataclass(frozen=True)
class Facts:
    version: str = "$LATEST"
    architecture: str = "x86_64"
    package_type: str = "Image"
    role: str = ROLE
    dead_letter_arn: str | None = None


LATEST, STABLE = Facts(), Facts(version="7")


def problem(latest: Facts, stable: Facts | None, plan: Plan = CANARY, target: Target = TARGET) -> str:
    with pytest.raises(IncompatibleTargetError) as raised:
        require_suitable(target, "x86_64", plan, latest, stable)
    return str(raised.value)


@pytest.mark.parametrize("stable", [STABLE, None])
@pytest.mark.parametrize("plan", [CANARY, ALL_AT_ONCE])
def test_a_function_like_the_one_before_is_suitable(stable: Facts | None, plan: Plan) -> None:
    require_suitable(TARGET, "x86_64", plan, LATEST, stable)


def test_a_function_from_a_zip_file_cannot_take_an_image() -> None:
    told = problem(replace(LATEST, package_type="Zip"), STABLE)
    assert told.startswith(
        "The function cowsay in 444444444444 cannot take this release: it is deployed from a zip file"
    )


def test_a_function_of_another_architecture_is_refused() -> None:
    assert "it runs on arm64, and the manifest says architecture: x86_64" in problem(
        replace(LATEST, architecture="arm64"), STABLE
    )


def test_an_alias_on_the_unpublished_code_is_refused_because_uploading_would_already_be_going_live() -> None:
    for plan in (CANARY, ALL_AT_ONCE):
        assert "its alias live routes to $LATEST" in problem(LATEST, LATEST, plan)


def test_an_alias_is_not_split_between_two_execution_roles() -> None:
    told = problem(replace(LATEST, role=f"{ROLE}-2"), STABLE)
    assert f"its execution role changes from {ROLE} to {ROLE}-2" in told
    assert "promote this once with traffic: AllAtOnce" in told


def test_the_role_that_the_manifest_gives_is_the_one_that_counts() -> None:
    asked = replace(TARGET, role=f"{ROLE}-2")
    assert f"changes from {ROLE} to {ROLE}-2" in problem(LATEST, STABLE, target=asked)
    require_suitable(asked, "x86_64", CANARY, LATEST, replace(STABLE, role=f"{ROLE}-2"))


def test_an_alias_is_not_split_between_two_dead_letter_queues() -> None:
    told = problem(replace(LATEST, dead_letter_arn="arn:aws:sqs:us-east-1:444444444444:dead"), STABLE)
    assert "its dead-letter queue changes from None to arn:aws:sqs:us-east-1:444444444444:dead" in told


def test_what_only_matters_to_a_split_does_not_matter_all_at_once() -> None:
    changed = replace(LATEST, role=f"{ROLE}-2", dead_letter_arn="arn:aws:sqs:us-east-1:444444444444:dead")
    require_suitable(TARGET, "x86_64", ALL_AT_ONCE, changed, STABLE)


def test_every_problem_is_told_at_once() -> None:
    told = problem(
        Facts(architecture="arm64", package_type="Zip", role=f"{ROLE}-2", dead_letter_arn="arn:dead"), STABLE
    )
    assert told.count(";") == 4
    assert all(word in told for word in ("zip file", "arm64", "execution role", "dead-letter queue"))
