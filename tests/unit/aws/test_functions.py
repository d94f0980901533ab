from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws.functions import LambdaFunction
from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.target import Target
from tests.unit.aws.lambda_answers import IMAGE, PULL_REFUSED, described

WANTED = Configuration(memory_mb=512, timeout_seconds=20, environment={"TO_SAY": "Moo"})


@pytest.fixture
def client() -> Any:
    return boto3.client("lambda")


@pytest.fixture
def answers(client: Any, stubbed: Callable[[Any], Stubber]) -> Stubber:
    return stubbed(client)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def function(client: Any, target: Target, slept: list[float]) -> LambdaFunction:
    return LambdaFunction(client, target, settle_seconds=10, sleep=slept.append)


def test_a_function_is_what_lambda_says_it_is(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response(
        "get_function_configuration",
        described(
            Version="7",
            EphemeralStorage={"Size": 1024},
            Environment={"Variables": {"TO_SAY": "Moo"}},
            ImageConfigResponse={"ImageConfig": {"Command": ["app.handler"]}},
            DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:222222222222:dead"},
        ),
        {"FunctionName": "cowsay", "Qualifier": "7"},
    )

    state = function.configuration("7")

    assert state is not None
    assert state.configuration == Configuration(
        memory_mb=256,
        timeout_seconds=10,
        ephemeral_storage_mb=1024,
        environment={"TO_SAY": "Moo"},
        command=["app.handler"],
        role="arn:aws:iam::222222222222:role/cowsay",
    )
    assert (state.version, state.architecture, state.package_type) == ("7", "arm64", "Image")
    assert (state.code_sha256, state.revision_id) == ("a" * 64, "revision-1")
    assert state.role == "arn:aws:iam::222222222222:role/cowsay"
    assert state.dead_letter_arn == "arn:aws:sqs:us-east-1:222222222222:dead"
    assert (state.state, state.last_update_status, state.reason) == ("Active", "Successful", "")


def test_what_lambda_leaves_out_is_what_it_means_by_that(function: LambdaFunction, answers: Stubber) -> None:
    sparse = described()
    for name in ("PackageType", "Architectures", "State", "LastUpdateStatus"):
        del sparse[name]
    answers.add_response("get_function_configuration", sparse, {"FunctionName": "cowsay"})

    state = function.configuration()

    assert state is not None
    assert (state.package_type, state.architecture) == ("Zip", "x86_64")
    assert (state.state, state.last_update_status, state.dead_letter_arn) == ("Active", "Successful", None)


def test_a_function_that_does_not_exist_is_none(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("get_function_configuration", "ResourceNotFoundException")

    assert function.configuration() is None


def test_variables_that_cannot_be_read_are_not_taken_for_none(function: LambdaFunction, answers: Stubber) -> None:
    trouble = {"ErrorCode": "AccessDeniedException", "Message": "Lambda was unable to decrypt"}
    answers.add_response("get_function_configuration", described(Environment={"Error": trouble}))

    with pytest.raises(TargetAccessError, match="unable to decrypt"):
        function.configuration()


def test_creating_gives_everything_the_manifest_says(
    function: LambdaFunction, answers: Stubber, target: Target
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

    function.create(IMAGE, "arm64", WANTED)


def test_a_retry_finds_the_function_that_it_created(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("create_function", "ResourceConflictException", "Function already exist: cowsay")

    function.create(IMAGE, "arm64", WANTED)


def test_without_a_role_in_the_manifest_nothing_is_created(client: Any, target: Target, answers: Stubber) -> None:
    with pytest.raises(TargetNotFoundError, match="no role"):
        LambdaFunction(client, replace(target, role=None)).create(IMAGE, "arm64", WANTED)


def test_creating_from_an_image_that_may_not_be_pulled_names_the_grants(
    function: LambdaFunction, answers: Stubber
) -> None:
    answers.add_client_error("create_function", "AccessDeniedException", PULL_REFUSED)

    with pytest.raises(IncompatibleTargetError, match=r"lambda\.amazonaws\.com"):
        function.create(IMAGE, "arm64", WANTED)


def test_an_update_of_the_configuration_changes_what_is_given_and_nothing_else(
    function: LambdaFunction, answers: Stubber
) -> None:
    answers.add_response(
        "update_function_configuration",
        described(),
        {
            "FunctionName": "cowsay",
            "RevisionId": "revision-1",
            "MemorySize": 512,
            "Timeout": 20,
            "Environment": {"Variables": {"TO_SAY": "Moo"}},
        },
    )

    function.update_configuration(WANTED, "revision-1")


def test_an_update_of_the_image_is_by_digest_and_revision(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response(
        "update_function_code",
        described(),
        {"FunctionName": "cowsay", "ImageUri": IMAGE, "RevisionId": "revision-1"},
    )

    function.update_image(IMAGE, "revision-1")


def test_somebody_elses_change_is_a_conflict(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("update_function_configuration", "PreconditionFailedException")
    answers.add_client_error("update_function_code", "ResourceConflictException")

    with pytest.raises(TargetConflictError):
        function.update_configuration(WANTED, "revision-1")
    with pytest.raises(TargetConflictError):
        function.update_image(IMAGE, "revision-1")


def test_an_image_that_is_gone_is_told(function: LambdaFunction, answers: Stubber) -> None:
    message = f"Source image {IMAGE} does not exist. Provide a valid source image."
    answers.add_client_error("update_function_code", "InvalidParameterValueException", message)

    with pytest.raises(ArtifactNotFoundError, match="does not exist"):
        function.update_image(IMAGE, "revision-1")


def test_waiting_ends_when_the_update_is_settled_and_answers_the_new_revision(
    function: LambdaFunction, answers: Stubber, slept: list[float]
) -> None:
    for _ in range(3):
        answers.add_response("get_function_configuration", described(LastUpdateStatus="InProgress"))
    answers.add_response("get_function_configuration", described(RevisionId="revision-2"))

    assert function.wait_until_settled().revision_id == "revision-2"
    assert slept == [0.25, 0.5, 1.0]


def test_a_new_version_is_waited_for_until_it_is_active(
    function: LambdaFunction, answers: Stubber, slept: list[float]
) -> None:
    asked = {"FunctionName": "cowsay", "Qualifier": "8"}
    answers.add_response("get_function_configuration", described(Version="8", State="Pending"), asked)
    answers.add_response("get_function_configuration", described(Version="8"), asked)

    assert function.wait_until_settled("8").state == "Active"
    assert slept == [0.25]


def test_what_lambda_has_not_finished_in_the_time_it_was_given_is_pending(
    function: LambdaFunction, answers: Stubber, slept: list[float]
) -> None:
    for _ in range(7):
        answers.add_response(
            "get_function_configuration",
            described(State="Pending", StateReason="The function is being created.", StateReasonCode="Creating"),
        )

    with pytest.raises(TargetPendingError, match=r"is Pending .* Creating The function is being created"):
        function.wait_until_settled()

    assert slept == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0]


def test_without_time_to_settle_it_is_looked_at_once(
    client: Any, target: Target, answers: Stubber, slept: list[float]
) -> None:
    answers.add_response("get_function_configuration", described(LastUpdateStatus="InProgress"))

    with pytest.raises(TargetPendingError, match="after 0 s"):
        LambdaFunction(client, target, sleep=slept.append).wait_until_settled()

    assert slept == []


@pytest.mark.parametrize(
    "changes",
    [
        {"State": "Failed", "StateReasonCode": "InvalidImage", "StateReason": "Invalid entrypoint"},
        {
            "LastUpdateStatus": "Failed",
            "LastUpdateStatusReasonCode": "InvalidImage",
            "LastUpdateStatusReason": "Invalid entrypoint",
        },
    ],
)
def test_what_failed_is_not_waited_for(
    function: LambdaFunction, answers: Stubber, slept: list[float], changes: dict[str, str]
) -> None:
    answers.add_response("get_function_configuration", described(**changes))

    with pytest.raises(TargetFailedError, match="InvalidImage Invalid entrypoint"):
        function.wait_until_settled()

    assert slept == []


def test_a_failure_without_a_reason_says_so(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response("get_function_configuration", described(State="Failed"))

    with pytest.raises(TargetFailedError, match="gives no reason"):
        function.wait_until_settled()


def test_an_image_that_may_not_be_pulled_any_more_names_the_grants(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response(
        "get_function_configuration",
        described(LastUpdateStatus="Failed", LastUpdateStatusReasonCode="ImageAccessDenied"),
    )

    with pytest.raises(TargetFailedError, match="ecr:BatchGetImage"):
        function.wait_until_settled()


def test_an_earlier_failed_update_does_not_stop_the_next_one(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response("get_function_configuration", described(LastUpdateStatus="Failed"))

    assert function.wait_until_settled(after_update=False).last_update_status == "Failed"


def test_a_function_whose_creation_failed_stops_the_next_update(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response("get_function_configuration", described(State="Failed", LastUpdateStatus="Failed"))

    with pytest.raises(TargetFailedError):
        function.wait_until_settled(after_update=False)


def test_a_function_that_is_only_called_through_its_alias_may_be_inactive(
    function: LambdaFunction, answers: Stubber
) -> None:
    answers.add_response("get_function_configuration", described(State="Inactive", StateReasonCode="Idle"))

    assert function.wait_until_settled().state == "Inactive"


def test_an_inactive_version_is_to_be_woken_up_first(
    function: LambdaFunction, answers: Stubber, slept: list[float]
) -> None:
    answers.add_response("get_function_configuration", described(Version="3", State="Inactive", StateReasonCode="Idle"))

    with pytest.raises(TargetFailedError, match="invoke it once"):
        function.wait_until_settled("3")

    assert slept == []


def test_what_does_not_exist_is_not_waited_for(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("get_function_configuration", "ResourceNotFoundException")
    answers.add_client_error("get_function_configuration", "ResourceNotFoundException")

    with pytest.raises(TargetNotFoundError, match="the function does not exist"):
        function.wait_until_settled()
    with pytest.raises(TargetNotFoundError, match="9 does not exist"):
        function.wait_until_settled("9")


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
        {"Code": {"ImageUri": "somewhere/cowsay:4f0c2d1", "ResolvedImageUri": IMAGE}},
        {"FunctionName": "cowsay", "Qualifier": "7"},
    )

    assert function.image_digest("7") == "sha256:" + "a" * 64


def test_a_version_from_a_zip_file_has_no_digest(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_response("get_function", {"Code": {"RepositoryType": "S3"}})

    with pytest.raises(IncompatibleTargetError, match="no container image"):
        function.image_digest("7")


def test_an_unknown_error_escapes(function: LambdaFunction, answers: Stubber) -> None:
    answers.add_client_error("get_function", "ServiceException")

    with pytest.raises(ClientError, match="ServiceException"):
        function.image_digest("7")


def test_a_function_is_reached_with_the_targets_session_and_given_its_time(
    client: Any, target: Target, answers: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = boto3.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(session, "client", lambda *_, **__: client)
    answers.add_response("get_function_configuration", described(LastUpdateStatus="InProgress"))
    answers.add_response("get_function_configuration", described())

    assert LambdaFunction.of(target, session, settle_seconds=0.1).wait_until_settled().state == "Active"
