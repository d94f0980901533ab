"""A target in another region than the pipeline gets its image by ECR's replication."""

from typing import Any

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD
from sandbox.stand_in.workspace import ROOT
from tests.end_to_end.question import ANN, Question
from tests.end_to_end.service import NewService, Service

ELSEWHERE = "eu-west-1"


def target(service: Service) -> dict[str, Any]:
    role = f"arn:aws:iam::{PROD}:role/{service.name}"
    return {"account": PROD, "region": ELSEWHERE, "function": service.name, "alias": "live", "role": role}


def replicate(pipeline: Pipeline, *repositories: str) -> None:
    """Have ECR bring these repositories' later images to the other region."""
    destinations = [{"region": ELSEWHERE, "registryId": ASSETS}]
    rules = [
        {"destinations": destinations, "repositoryFilters": [{"filter": each, "filterType": "PREFIX_MATCH"}]}
        for each in repositories
    ]
    registry = pipeline.stand_in.client("ecr", ASSETS)
    registry.put_replication_configuration(replicationConfiguration={"rules": rules})


def add_repository(pipeline: Pipeline, service: Service) -> None:
    """Deploy the example's repository in the other region too, because ECR does not replicate its policy."""
    cloudformation = pipeline.stand_in.client("cloudformation", ASSETS, ELSEWHERE)
    parameters = {"FunctionName": service.name, "AssetsAccount": ASSETS, "TargetAccounts": PROD, "CreateRoles": "false"}
    cloudformation.create_stack(
        StackName=f"{service.name}-repository",
        TemplateBody=(ROOT / "examples" / "service.template.yaml").read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )


@pytest.fixture
def service(new_service: NewService) -> Service:
    return new_service()


def test_an_image_is_waited_for_in_the_region_of_its_target(service: Service, pipeline: Pipeline) -> None:
    service.add(service.environment(targets=[target(service)]))
    add_repository(pipeline, service)
    replicate(pipeline, service.name)

    digest, promotion = service.promote()
    service.succeeds(promotion)

    assert pipeline.states(promotion).count("AwaitReplication") == 1
    functions = pipeline.stand_in.client("lambda", PROD, ELSEWHERE)
    alias = functions.get_alias(FunctionName=service.name, Name="live")
    found = functions.get_function(FunctionName=service.name, Qualifier=alias["FunctionVersion"])
    assert found["Code"]["ResolvedImageUri"].endswith(f"{ELSEWHERE}.amazonaws.com/{service.name}@{digest}")
    failed = [each.get("taskFailedEventDetails", {}).get("error") for each in pipeline.history(promotion)]
    assert "ReplicationPendingError" in failed, "the image was not there when the promotion came to it"


def test_nobody_is_asked_about_an_image_that_will_not_arrive(service: Service, pipeline: Pipeline) -> None:
    approval = {"approvers": [ANN], "expires_after": "1h"}
    service.add(service.environment(targets=[target(service)], approval=approval))
    replicate(pipeline, "another-service")

    question = Question(service, *service.promote())

    question.fails_with("EnvironmentsNotReadyError", f"no replication rule of the registry brings {service.name}")
    assert question.mails(ANN) == []


def test_a_function_in_the_other_region_needs_the_repositorys_policy_there(
    service: Service, pipeline: Pipeline
) -> None:
    service.add(service.environment(targets=[target(service)]))
    replicate(pipeline, service.name)
    _, promotion = service.promote()
    cause = service.fails(promotion)["cause"]
    assert "IncompatibleTargetError" in cause
    assert f"the repository's policy needs two statements in {ELSEWHERE}" in cause
