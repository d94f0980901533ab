from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.errors import (
    ArtifactNotFoundError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.targets.lambda_alias.lambda_errors import lambda_errors, pull_grants
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.targets.lambda_alias.lambda_responses import PULL_REFUSED

KEY_REFUSED = (
    "User: arn:aws:sts::2:assumed-role/x is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms"
)


@pytest.mark.parametrize(
    ("code", "message", "meaning"),
    [
        ("PreconditionFailedException", "The Revision Id provided does not match", TargetConflictError),
        ("ResourceConflictException", "The operation cannot be performed at this time", TargetConflictError),
        ("ResourceNotFoundException", "Function not found", TargetNotFoundError),
        ("AccessDeniedException", "is not authorized to perform: lambda:UpdateFunctionCode", TargetAccessError),
        ("AccessDeniedException", KEY_REFUSED, TargetAccessError),
        (
            "InvalidParameterValueException",
            "Lambda was unable to use it because the KMS access was denied",
            TargetAccessError,
        ),
        ("KMSAccessDeniedException", "the KMS access was denied", TargetAccessError),
        ("AccessDeniedException", PULL_REFUSED, IncompatibleTargetError),
        ("InvalidParameterValueException", PULL_REFUSED, IncompatibleTargetError),
        (
            "InvalidParameterValueException",
            "Source image 1.dkr.ecr.us-east-1.amazonaws.com/cowsay:1 does not exist. Provide a valid source image.",
            ArtifactNotFoundError,
        ),
        (
            "InvalidParameterValueException",
            "CodeSHA256 (b) is different from current CodeSHA256 in $LATEST (a). Please try again",
            TargetConflictError,
        ),
        ("InvalidParameterValueException", "MemorySize value failed to satisfy constraint", IncompatibleTargetError),
    ],
)
def test_a_refusal_of_lambda_becomes_what_the_machine_decides_on(
    target: LambdaTarget, code: str, message: str, meaning: type[GantryError]
) -> None:
    refusal = ClientError({"Error": {"Code": code, "Message": message}}, "UpdateFunctionCode")

    with pytest.raises(GantryError) as caught, lambda_errors(target):
        raise refusal

    assert type(caught.value) is meaning
    assert target.id in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.__cause__ is refusal


def test_an_error_that_nobody_decides_on_stays_what_it_is(target: LambdaTarget) -> None:
    error = ClientError({"Error": {"Code": "ServiceException", "Message": "try later"}}, "UpdateFunctionCode")

    with pytest.raises(ClientError) as caught, lambda_errors(target):
        raise error

    assert caught.value is error


def test_the_refusal_of_a_pull_names_both_grants_that_the_repository_needs(target: LambdaTarget) -> None:
    refusal = ClientError({"Error": {"Code": "AccessDeniedException", "Message": PULL_REFUSED}}, "CreateFunction")

    with pytest.raises(IncompatibleTargetError) as caught, lambda_errors(target):
        raise refusal

    assert pull_grants(target) in str(caught.value)
    for part in (
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "arn:aws:iam::222222222222:root",
        "lambda.amazonaws.com",
        "aws:sourceArn",
        "arn:aws:lambda:us-east-1:222222222222:function:*",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("role", "named"),
    [
        ("arn:aws:iam::222222222222:role/cowsay", "role arn:aws:iam::222222222222:role/cowsay,"),
        (None, "in the account 222222222222,"),
    ],
)
def test_a_role_that_lambda_cannot_assume_is_named_with_what_it_needs(
    target: LambdaTarget, role: str | None, named: str
) -> None:
    """https://github.com/danilop/LambdAuth/issues/49"""
    said = "The role defined for the function cannot be assumed by Lambda."
    refusal = ClientError({"Error": {"Code": "InvalidParameterValueException", "Message": said}}, "CreateFunction")

    with pytest.raises(IncompatibleTargetError) as caught, lambda_errors(replace(target, role=role)):
        raise refusal

    assert f"{said} Create the role " in str(caught.value)
    assert named in str(caught.value)
    assert str(caught.value).endswith("let its trust policy name lambda.amazonaws.com.")


@pytest.mark.parametrize(
    ("message", "remedy"),
    [(KEY_REFUSED, "KmsKeyArns"), ("is not authorized to perform: lambda:UpdateFunctionCode", "FunctionNamePatterns")],
)
def test_a_missing_right_names_the_parameter_of_the_target_stack_that_grants_it(
    target: LambdaTarget, message: str, remedy: str
) -> None:
    refusal = ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "UpdateFunctionCode")

    with pytest.raises(TargetAccessError, match=f"target stack's {remedy}"), lambda_errors(target):
        raise refusal
