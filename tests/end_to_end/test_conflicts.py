"""What becomes of a deployment when others change the function or the image under its hands."""

import time
from contextlib import suppress

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD
from tests.end_to_end.service import STABLE, NewService


def test_whatever_somebody_else_changes_meanwhile_what_was_asked_for_is_published(
    new_service: NewService, pipeline: Pipeline
) -> None:
    """Each change takes Lambda a moment, in which it refuses others, and gives the function another RevisionId."""
    service = new_service()
    service.add()
    service.release()
    client = pipeline.stand_in.client("lambda", PROD)
    with service.held_up("InspectTarget") as until:
        digest, promotion = service.promote()
        until()
        client.update_function_configuration(FunctionName=service.name, MemorySize=512)
    for megabytes in (1024, 2048, 512):
        with suppress(client.exceptions.ResourceConflictException):
            client.update_function_configuration(FunctionName=service.name, MemorySize=megabytes)
        time.sleep(0.3)
    service.succeeds(promotion)
    version = service.routing()["version"]
    assert service.running(version) == digest
    published = client.get_function_configuration(FunctionName=service.name, Qualifier=version)
    assert published["MemorySize"] == 256
    assert service.lease() is None


def test_an_image_that_is_deleted_before_it_is_published_fails_the_deployment_and_changes_nothing(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service = new_service()
    service.add()
    service.release()
    with service.held_up("InspectTarget") as until:
        digest, promotion = service.promote()
        until()
        pipeline.stand_in.client("ecr", ASSETS).batch_delete_image(
            repositoryName=service.name, imageIds=[{"imageDigest": digest}]
        )
    cause = service.fails(promotion)["cause"]
    assert "ArtifactNotFoundError" in cause
    assert "The traffic was not touched" in cause
    assert service.routing() == STABLE
    assert service.versions() == ["1"]
    assert service.lease() is None
