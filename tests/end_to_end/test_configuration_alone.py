"""A configuration that goes from Git to its environments alone, each of which keeps its artifact."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD, STAGING
from tests.end_to_end.service import STABLE, NewService, Service
from tests.end_to_end.test_command_line import APPROVE, PROMOTE, READ, ROLL_BACK, WHY, Operator
from tests.unit.command_line.a_repository import Repository

SYNC = "OperatorSyncPolicyArn"
CHANGED = {"environment": {"TO_SAY": "moo"}}
SECOND = {**STABLE, "version": "2"}


@pytest.fixture(scope="module")
def ci(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, SYNC, PROMOTE)


@pytest.fixture(scope="module")
def people(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ, APPROVE, ROLL_BACK)


def version(service: Service, account: str, number: str) -> tuple[str, Any]:
    """The digest that a version runs, and its variables."""
    found = service.pipeline.stand_in.client("lambda", account).get_function(
        FunctionName=service.name, Qualifier=number
    )
    variables = found["Configuration"].get("Environment", {}).get("Variables")
    return found["Code"]["ResolvedImageUri"].rpartition("@")[2], variables


def succeeds(service: Service, promotion: str) -> None:
    """Wait for as long as three environments take."""
    assert service.pipeline.wait(promotion, 300)["status"] == "SUCCEEDED"


def approve(people: Operator, service: Service, environment: str) -> None:
    def asked() -> Any:
        found = people("approvals", service.name, "--output", "json").json
        return next((each for each in found if each["environment"] == environment), None)

    answered = people("approve", eventually(f"a question about {environment}", asked, 200)["id"], "--reason", WHY)
    assert answered.code == 0, answered.err


def test_a_synced_variable_reaches_staging_and_prod_and_no_artifact_changes(
    new_service: NewService, ci: Operator, people: Operator, tmp_path: Path
) -> None:
    service = new_service()
    service.add(*map(service.environment, ("dev", "staging", "prod")))
    digest, promotion = service.promote()
    succeeds(service, promotion)
    asked = {"approval": {"approvers": [people.role], "expires_after": "1h"}, "configuration": CHANGED}
    repository = Repository.make(tmp_path / service.name, f"git@github.com:acme/{service.name}.git")
    environments = [service.environment("dev"), *(service.environment(each, **asked) for each in ("staging", "prod"))]
    commit = repository.commit(**{service.name: service.manifest(*environments)})

    synced = ci("manifest", "sync", str(repository.path), "--promote", "--output", "json")
    assert synced.code == 0, synced.err
    (change,) = synced.json["configurations"]
    assert (change["status"], change["environments"]) == ("RUNNING", ["staging", "prod"])
    assert change["left_out"] == {"dev": "its configuration is what is live"}
    refused = ci("promote", service.name, "--configuration", "--output", "json")
    assert (refused.code, refused.json["status"]) == (1, "REFUSED")
    assert f"{change['execution']}" in refused.json["reason"]

    for environment in ("staging", "prod"):
        approve(people, service, environment)
    succeeds(service, change["execution"])
    assert service.pipeline.routing(DEV, service.name) == STABLE
    for account in (STAGING, PROD):
        assert service.pipeline.routing(account, service.name) == SECOND
        assert version(service, account, "1") == (digest, None)
        assert version(service, account, "2") == (digest, CHANGED["environment"])
    started = service.history("promotion_started")[-1]["facts"]
    assert (started["digest"], started["source"]["manifest"]["revision"]) == (digest, commit)
    again = ci("promote", service.name, "--configuration", "--output", "json")
    assert (again.code, again.json["status"]) == (0, "UNCHANGED")

    back = people("rollback", service.name, "prod", "--reason", WHY, "--yes", "--wait")
    assert back.code == 0, back.err
    assert service.pipeline.routing(PROD, service.name) == STABLE
    assert digest not in people("quarantine", service.name, "--output", "json").out
    stays = ci("promote", service.name, "--configuration", "--output", "json").json
    assert (stays["status"], "a rollback took this configuration back" in stays["left_out"]["prod"]) == (
        "UNCHANGED",
        True,
    )
