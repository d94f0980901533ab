"""The lease when not even the failure can be recorded."""

import pytest

from sandbox.accounts import ASSETS
from tests.sandbox.given import Json
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine, Raises, Stage, execution_arn
from tests.statemachine.stories import DEPLOYMENT

UNRECORDED: Json = {"RecordFailure": Raises("LedgerError"), "PublishVersion": Raises("UnforeseenError", "it broke")}
KEY: Json = {"pk": {"S": "target#444444444444/us-east-1/cowsay/live"}, "sk": {"S": "lease"}}


@pytest.fixture
def ledger(stage: Stage) -> str:
    """The ledger's table, without a lease on the target."""
    stage.aws.client("dynamodb", ASSETS).delete_item(TableName=stage.ledger, Key=KEY)
    return stage.ledger


def run_unrecorded(deployment: Machine, ledger: str, owner: str | None = None, **answers: object) -> Ended:
    """A deployment that cannot record its failure, while the lease is its own or another `owner`'s."""
    stage, name = deployment.stage, deployment.stage.next_name()
    owner = owner or execution_arn(deployment.arn, name)
    stage.aws.client("dynamodb", ASSETS).put_item(TableName=ledger, Item={**KEY, "owner": {"S": owner}})
    script = {**deployment.script, **UNRECORDED, **answers}
    return stage.start(deployment.arn, DEPLOYMENT, script, name).ended()


def lease(stage: Stage) -> Json | None:
    found: Json = stage.aws.client("dynamodb", ASSETS).get_item(TableName=stage.ledger, Key=KEY)
    return found.get("Item")


def test_its_own_lease_is_given_back(stage: Stage, deployment: Machine, ledger: str) -> None:
    ran = run_unrecorded(deployment, ledger)

    assert ran.entered[-4:] == ["RecordFailure", "ReleaseLease", "WasRolledBack", "DeploymentFailed"]
    assert ran.errors() == ["UnforeseenError", "LedgerError"], "the lease was given back without an error"
    assert lease(stage) is None


def test_another_deployments_lease_is_left_alone(stage: Stage, deployment: Machine, ledger: str) -> None:
    ran = run_unrecorded(deployment, ledger, owner="another execution")

    assert ran.errors()[-1] == "DynamoDB.ConditionalCheckFailedException"
    assert ran.entered[-1] == "DeploymentFailed"
    assert (lease(stage) or {})["owner"] == {"S": "another execution"}


def test_the_cause_has_both_errors(deployment: Machine, ledger: str) -> None:
    ran = run_unrecorded(deployment, ledger)

    assert ran.error == "DeploymentFailed"
    assert ran.cause.startswith("Not recorded: LedgerError. The deployment failed with UnforeseenError: ")
    assert "it broke" in ran.cause


def test_a_rollback_that_is_not_recorded_is_still_told_as_one(deployment: Machine, ledger: str) -> None:
    ran = run_unrecorded(
        deployment, ledger, PublishVersion=deployment.script["PublishVersion"], RecordRelease=Raises("LedgerError")
    )

    assert ran.entered[-5:] == ["RollBack", "RecordFailure", "ReleaseLease", "WasRolledBack", "DeploymentRolledBack"]
    assert ran.error == "DeploymentRolledBack"


def test_a_cause_that_is_too_long_for_a_failed_execution_is_cut(deployment: Machine, ledger: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html"""
    ran = run_unrecorded(deployment, ledger, PublishVersion=Raises("UnforeseenError", "x" * 40_000))

    assert ran.error == "DeploymentFailed"
    assert 20_000 < len(ran.cause) <= 32_768
