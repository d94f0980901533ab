from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.packages import ImagePackage
from tests.unit.targets.lambda_alias.lambda_responses import IMAGE, PULL_REFUSED, described, found

PACKAGE = ImagePackage(
    Artifact(ArtifactKind.CONTAINER_IMAGE, "sha256:" + "a" * 64, "cowsay"), "111111111111", "us-east-1"
)
WANTED = LambdaConfiguration(memory_mb=512, timeout_seconds=20, environment={"TO_SAY": "Moo"})


@pytest.fixture
def client() -> Any:
    return boto3.client("lambda")


@pytest.fixture
def function(client: Any, target: LambdaTarget) -> LambdaFunction:
    return LambdaFunction(client, target)


def test_a_function_is_what_lambda_says_it_is(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response(
        "get_function",
        found(
            Version="7",
            EphemeralStorage={"Size": 1024},
            Environment={"Variables": {"TO_SAY": "Moo"}},
            ImageConfigResponse={"ImageConfig": {"Command": ["app.handler"]}},
            DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:222222222222:dead"},
        ),
        {"FunctionName": "cowsay", "Qualifier": "7"},
    )

    state = function.state("7")

    assert state is not None
    assert state.configuration == LambdaConfiguration(
        memory_mb=256,
        timeout_seconds=10,
        ephemeral_storage_mb=1024,
        environment={"TO_SAY": "Moo"},
        command=["app.handler"],
        role="arn:aws:iam::222222222222:role/cowsay",
        entry_point=[],
        working_directory="",
    )
    assert state.infrastructure == Infrastructure({"dead_letter_queue": "arn:aws:sqs:us-east-1:222222222222:dead"})
    assert (state.version, state.architecture, state.package_type) == ("7", "arm64", "Image")
    assert (state.code_sha256, state.revision_id) == ("a" * 64, "revision-1")
    assert state.role == "arn:aws:iam::222222222222:role/cowsay"
    assert state.digest == "sha256:" + "a" * 64
    assert state.dead_letter_arn == "arn:aws:sqs:us-east-1:222222222222:dead"
    assert (state.state, state.last_update_status, state.reason) == ("Active", "Successful", "")


def test_what_lambda_leaves_out_is_what_it_means_by_that(function: LambdaFunction, answers: Stubber) -> None:
    sparse = found()
    for name in ("PackageType", "Architectures", "State", "LastUpdateStatus"):
        del sparse["Configuration"][name]
    answers.add_response("get_function", sparse, {"FunctionName": "cowsay"})

    state = function.state()

    assert state is not None
    assert (state.package_type, state.architecture) == ("Zip", "x86_64")
    assert (state.state, state.last_update_status, state.dead_letter_arn) == ("Active", "Successful", None)


def test_a_function_that_does_not_exist_is_none(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("get_function", "ResourceNotFoundException")

    assert function.state() is None


def test_variables_that_cannot_be_read_are_not_taken_for_none(function: LambdaFunction, answers: Stubber) -> None:
    trouble = {"ErrorCode": "AccessDeniedException", "Message": "Lambda was unable to decrypt"}
    answers.add_response("get_function", found(Environment={"Error": trouble}))

    with pytest.raises(TargetAccessError, match=r"unable to decrypt: .*KmsKeyArns"):
        function.state()


def test_creating_gives_everything_the_manifest_says(
    function: LambdaFunction, answers: Stubber, target: LambdaTarget
) -> None:
    answers.add_response(
        "create_function",
        described(),
        {
            "FunctionName": "cowsay",
            "PackageType": "Image",
            "Code": {"ImageUri": IMAGE},
            "Architectures": ["arm64"],
            "Role": target.role,
            "MemorySize": 512,
            "Timeout": 20,
            "Environment": {"Variables": {"TO_SAY": "Moo"}},
        },
    )

    function.create(PACKAGE, "arm64", WANTED)


def test_a_retry_finds_the_function_that_it_created(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("create_function", "ResourceConflictException", "Function already exist: cowsay")

    function.create(PACKAGE, "arm64", WANTED)


def test_without_a_role_in_the_manifest_nothing_is_created(client: Any, target: LambdaTarget, answers: Stubber) -> None:
    with pytest.raises(TargetNotFoundError, match="no role"):
        LambdaFunction(client, replace(target, role=None)).create(PACKAGE, "arm64", WANTED)


def test_creating_from_an_image_that_may_not_be_pulled_names_the_grants(
    function: LambdaFunction, answers: Stubber
) -> None:
    answers.add_client_error("create_function", "AccessDeniedException", PULL_REFUSED)

    with pytest.raises(IncompatibleTargetError, match=r"lambda\.amazonaws\.com"):
        function.create(PACKAGE, "arm64", WANTED)


def test_an_update_of_the_configuration_changes_what_is_given_and_nothing_else(
    function: LambdaFunction, answers: Stubber
) -> None:
    answers.add_response(
        "update_function_configuration",
        described(LastUpdateStatus="InProgress"),
        {
            "FunctionName": "cowsay",
            "RevisionId": "revision-1",
            "MemorySize": 512,
            "Timeout": 20,
            "Environment": {"Variables": {"TO_SAY": "Moo"}},
        },
    )

    assert function.update_configuration(WANTED, "revision-1").last_update_status == "InProgress"


def test_an_update_of_the_image_is_by_digest_and_revision(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response(
        "update_function_code",
        described(LastUpdateStatus="InProgress"),
        {"FunctionName": "cowsay", "ImageUri": IMAGE, "RevisionId": "revision-1"},
    )

    assert function.update_code(PACKAGE, "revision-1").last_update_status == "InProgress"


def test_somebody_elses_change_is_a_conflict(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("update_function_configuration", "PreconditionFailedException")
    answers.add_client_error("update_function_code", "ResourceConflictException")

    with pytest.raises(TargetConflictError):
        function.update_configuration(WANTED, "revision-1")
    with pytest.raises(TargetConflictError):
        function.update_code(PACKAGE, "revision-1")


def test_an_image_that_is_gone_is_named(function: LambdaFunction, answers: Stubber) -> None:
    message = f"Source image {IMAGE} does not exist. Provide a valid source image."
    answers.add_client_error("update_function_code", "InvalidParameterValueException", message)

    with pytest.raises(ArtifactNotFoundError, match="does not exist"):
        function.update_code(PACKAGE, "revision-1")


def test_publishing_is_bound_to_the_code_and_the_revision_that_were_read(
    function: LambdaFunction, answers: Stubber
) -> None:
    answers.add_response(
        "publish_version",
        described(Version="8"),
        {
            "FunctionName": "cowsay",
            "CodeSha256": "a" * 64,
            "RevisionId": "revision-2",
            "Description": "x" * 256,
        },
    )

    assert function.publish("a" * 64, "revision-2", "x" * 300) == "8"


def test_publishing_something_else_than_was_read_is_a_conflict(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("publish_version", "PreconditionFailedException")

    with pytest.raises(TargetConflictError):
        function.publish("a" * 64, "revision-2", "cowsay 4f0c2d1")


def test_a_versions_digest_is_that_of_the_image_lambda_resolved(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response(
        "get_function",
        found(),
        {"FunctionName": "cowsay", "Qualifier": "7"},
    )

    assert function.digest("7") == "sha256:" + "a" * 64


def test_a_versions_digest_is_the_sha256_of_its_zip(function: LambdaFunction, answers: Stubber) -> None:
    # Of nothing at all. Terraform compares it with filebase64sha256 of the zip:
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function
    zipped = {"PackageType": "Zip", "CodeSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}
    answers.add_response("get_function", {"Configuration": described(**zipped), "Code": {"RepositoryType": "S3"}})

    assert function.digest("7") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_version_whose_image_lambda_does_not_say_has_no_digest(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response("get_function", {"Configuration": described(), "Code": {"RepositoryType": "ECR"}})

    with pytest.raises(IncompatibleTargetError, match="which image version 7 runs"):
        function.digest("7")


def test_an_unknown_error_escapes(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("get_function", "ServiceException")

    with pytest.raises(ClientError, match="ServiceException"):
        function.digest("7")
