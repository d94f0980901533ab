from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.errors import (
    IncompatibleTargetError,
    RevisionMismatchError,
    TargetAccessError,
    TargetConflictError,
    TargetPendingError,
)
from gantry.targets.findings import Prepared
from gantry.targets.rest_api_stage.confirmation import confirmed
from gantry.targets.rest_api_stage.preparation import Preparation
from tests.unit.targets.contract.harness import deployment_of
from tests.unit.targets.fake_api_gateway import FakeApiGateway
from tests.unit.targets.rest_api_stage.api_targets import API, DIGEST, TARGET, api_of, document, gateway

OTHER = f"sha256:{'b' * 64}"
STABLE = StableRevision("d00001?alias=live&table=old", "deployment:d00001")


def deployment(digest: str = OTHER, **variables: str) -> Deployment:
    made = deployment_of(TARGET, digest, {"variables": variables} if variables else {})
    artifact = Artifact(ArtifactKind.S3_OBJECT, digest, "artifacts/cows.json", "version")
    return replace(made, release=replace(made.release, artifact=artifact))


def preparation(made: FakeApiGateway, wanted: Deployment, body: bytes | None = None) -> Preparation:
    return Preparation(api_of(made), wanted, lambda: document("/new") if body is None else body)


def prepare(made: FakeApiGateway, wanted: Deployment, stable: StableRevision | None = STABLE) -> Prepared:
    return preparation(made, wanted).advance(stable, lambda: None)


def test_a_document_becomes_a_deployment_without_a_stage() -> None:
    made = gateway()
    assert prepare(made, deployment()).revision == "d00003?alias=live&table=old"
    assert made.apis[API].deployments["d00003"]["description"] == f"gantry {OTHER}"
    assert made.apis[API].stages["live"].content["deploymentId"] == "d00001"


def test_the_next_stage_of_the_same_api_gets_the_same_deployment() -> None:
    made = gateway()
    first = prepare(made, replace(deployment(), environment="staging"))
    other = replace(TARGET, name=f"apigateway/{API}/beta")
    next_one = replace(deployment(), environment="prod", target=other)
    assert prepare(made, next_one).revision == first.revision
    assert made.calls["create_deployment"] == 1


def test_a_deployment_is_found_on_a_later_page() -> None:
    made = gateway()
    for number in range(5):
        made.deploy(API, document(f"/{number}"))
    first = prepare(made, deployment())
    assert prepare(made, deployment()) == first
    assert made.calls["create_deployment"] == 1


def test_variables_that_the_manifest_does_not_give_stay() -> None:
    found = prepare(gateway(), deployment(table="new", added="1"))
    assert found.revision == "d00003?added=1&alias=live&table=new"


def test_other_variables_alone_make_another_revision_of_the_same_deployment() -> None:
    made = gateway()
    stable = StableRevision("d00002?alias=live", DIGEST)
    found = prepare(made, deployment(DIGEST, alias="beta"), stable)
    assert found == Prepared("d00002?alias=beta", PreparationOutcome.PUBLISHED)
    assert made.calls["put_rest_api"] == made.calls["create_deployment"] == 0


def test_a_deployment_whose_description_does_not_fit_its_content_is_not_used() -> None:
    made = gateway()
    made.describe_deployment(API, "d00001", description=f"gantry {OTHER}")
    assert prepare(made, deployment()).revision.startswith("d00003?")


def test_a_draft_that_somebody_changes_before_it_is_deployed_is_a_conflict() -> None:
    made = gateway()
    made.before("create_deployment", lambda: made.deploy(API, document("/foreign")))
    with pytest.raises(TargetConflictError, match="somebody else changed the API"):
        prepare(made, deployment())


def test_nothing_is_changed_by_a_document_that_cannot_be_used() -> None:
    made = gateway()
    with pytest.raises(IncompatibleTargetError):
        preparation(made, deployment(), b"{}").advance(STABLE, lambda: pytest.fail("the draft is not to be changed"))
    assert made.calls["put_rest_api"] == 0


@pytest.mark.parametrize("operation", ["put_rest_api", "create_deployment"])
def test_a_rate_that_is_used_up_is_waited_for(operation: str) -> None:
    made = gateway()
    made.refuse(operation, "TooManyRequestsException", "Too Many Requests")
    with pytest.raises(TargetPendingError, match="other deployments in this account come first"):
        prepare(made, deployment())
    assert prepare(made, deployment()).outcome is PreparationOutcome.PUBLISHED


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("BadRequestException", IncompatibleTargetError),
        ("AccessDeniedException", TargetAccessError),
        ("ConflictException", TargetConflictError),
    ],
)
def test_a_refusal_says_what_api_gateway_said(code: str, error: type[Exception]) -> None:
    made = gateway()
    made.refuse("put_rest_api", code, "Warnings found during import")
    with pytest.raises(error, match="Warnings found during import"):
        prepare(made, deployment())


@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("d00002?alias=live&table=old", {"table": "new"}, "variables: table"),
        ("d00001?alias=live&table=old", {}, "digest: none, not sha256:a"),
    ],
)
def test_what_is_not_as_it_was_asked_for_is_not_confirmed(name: str, wanted: Mapping[str, Any], said: str) -> None:
    with pytest.raises(RevisionMismatchError, match=said):
        confirmed(api_of(gateway()), deployment(DIGEST, **wanted), name, STABLE)


def test_a_refusal_that_no_machine_decides_on_stays_as_it_is() -> None:
    made = gateway()
    made.refuse("put_rest_api", "ServiceUnavailableException")
    with pytest.raises(ClientError):
        prepare(made, deployment())
