"""A function that somebody has made by hand: its manifest as `gantry adopt` prints it, and its first promotion."""

from typing import Any

import pytest

from sandbox.driver.command_line import CommandLine, Ran
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD, REGION, ROOT_SECRET
from tests.end_to_end.service import STABLE, NewService, Service
from tests.sandbox.given import settled
from tests.unit.command_line.printed import require_documented

Json = dict[str, Any]
VARIABLES = {"TO_SAY": "Hello: it's #1", "LOG_LEVEL": "INFO"}


@pytest.fixture
def by_hand(new_service: NewService, pipeline: Pipeline) -> Service:
    """A function from an image, with its role, without any alias. Only a repository is Gantry's."""
    service = new_service()
    pipeline.add_repository(service.name)
    pipeline.add_role(service.name, PROD)
    tag = service.tag()
    service.push(tag)  # there is no manifest, so it starts nothing
    client = pipeline.stand_in.client("lambda", PROD)
    client.create_function(
        FunctionName=service.name,
        PackageType="Image",
        Code={"ImageUri": f"{ASSETS}.dkr.ecr.{REGION}.amazonaws.com/{service.name}:{tag}"},
        Role=f"arn:aws:iam::{PROD}:role/{service.name}",
        Architectures=[pipeline.architecture],
        MemorySize=320,
        Timeout=11,
        Environment={"Variables": VARIABLES},
    )
    settled(pipeline.stand_in, service.name, PROD)
    return service


def adopted(service: Service, *arguments: str) -> tuple[Ran, Json]:
    line = CommandLine(service.pipeline.stand_in, PROD, ROOT_SECRET)
    ran = line.run("adopt", service.name, "--output", "json", *arguments)
    assert ran.out, ran.err
    require_documented("adopt", ran.json)
    return ran, {each["name"]: each for each in ran.json["findings"] if each["level"] == "blocks"}


def test_a_function_made_by_hand_is_promoted_by_the_manifest_that_is_printed(
    by_hand: Service, pipeline: Pipeline
) -> None:
    client, service = pipeline.stand_in.client("lambda", PROD), by_hand
    _, blocking = adopted(service)
    assert blocking == {}
    ran, _ = adopted(service)
    pipeline.upload_manifest(service.name, ran.json["manifest"])

    _, promotion = service.promote()
    service.succeeds(promotion)
    assert service.routing() == STABLE
    assert pipeline.invoke(PROD, service.name)["payload"]["said"] == VARIABLES["TO_SAY"]
    live = client.get_function_configuration(FunctionName=service.name, Qualifier="1")
    assert (live["MemorySize"], live["Timeout"], live["Environment"]["Variables"]) == (320, 11, VARIABLES)

    again, _ = adopted(service)
    assert "role:" not in again.json["manifest"], "the alias is there by now"


def test_what_invokes_the_function_itself_is_found_and_a_secret_lives_on_unseen(
    by_hand: Service, pipeline: Pipeline
) -> None:
    client, service = pipeline.stand_in.client("lambda", PROD), by_hand
    secret = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
    client.update_function_configuration(
        FunctionName=service.name, Environment={"Variables": VARIABLES | {"STRIPE_KEY": secret}}
    )
    settled(pipeline.stand_in, service.name, PROD)
    client.add_permission(
        FunctionName=service.name,
        StatementId="shop",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{PROD}:abc123/*",
    )
    client.create_function_url_config(FunctionName=service.name, AuthType="AWS_IAM")
    ran, blocking = adopted(service)
    assert (ran.code, set(blocking)) == (1, {"permission", "function_url"})
    assert secret not in ran.out + ran.err

    pipeline.upload_manifest(service.name, ran.json["manifest"])
    _, promotion = service.promote()
    service.succeeds(promotion)
    live = client.get_function_configuration(FunctionName=service.name, Qualifier="1")
    assert live["Environment"]["Variables"] == VARIABLES | {"STRIPE_KEY": secret}


def test_it_needs_rights_in_the_functions_account_only(by_hand: Service, pipeline: Pipeline) -> None:
    stranger = CommandLine.of_root(pipeline.stand_in).run("adopt", by_hand.name)
    assert (stranger.code, stranger.out) == (2, "")
    assert f"There is no function {by_hand.name} in {REGION}" in stranger.err
