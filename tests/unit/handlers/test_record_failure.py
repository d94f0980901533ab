import json
from typing import Any

import pytest

from aws.leases import Leases
from aws.ledger import Ledger
from aws.quarantines import Quarantines
from handlers import record_failure
from promotion.ledger import Quarantine
from tests.unit.handlers.payloads import DEPLOYMENT, DIGEST, ENTERED_AT, TARGET, Said, Told, invoke, payload
from tests.unit.handlers.records import history, lease, live, record_lease, record_live

pytestmark = pytest.mark.usefixtures("ledger", "told")

UNHEALTHY = {
    "Error": "CanaryUnhealthyError",
    "Cause": json.dumps({"errorMessage": "the alarm cowsay-errors changed to ALARM", "errorType": "…"}),
}
CONFLICT = {"Error": "AliasChangedError", "Cause": json.dumps({"errorMessage": "somebody else changed the alias"})}
VERDICTS = ["AlarmRaisedError", "CanaryUnhealthyError", "CanaryWithoutEvidenceError"]


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


def fail(alias: str, error: dict[str, Any] | None = None, **more: Any) -> str:
    failure = (error or UNHEALTHY) | {"alias": alias} | more
    answer = invoke(record_failure.handler, payload("RecordFailure", failure=failure))
    assert answer.keys() == {"cause"}
    return str(answer["cause"])


def quarantined() -> Quarantine | None:
    return Quarantines.from_env().get("cowsay", DIGEST)


@pytest.mark.parametrize(
    ("alias", "sentence"),
    [
        ("untouched", "The alias was not touched."),
        ("restored", "The alias is back on the stable version."),
        ("shifted", "The alias may be split between two versions: roll it back with the rollback machine."),
        ("unknown", "The rollback failed too, so the alias may be split: look at it, and start the rollback machine."),
    ],
)
def test_the_cause_says_what_went_wrong_and_what_it_means_for_the_alias(alias: str, sentence: str) -> None:
    assert fail(alias, CONFLICT) == f"AliasChangedError: somebody else changed the alias {sentence}"
    (entry,) = history()
    assert (entry.at, entry.execution, entry.environment, entry.target_id) == (
        ENTERED_AT,
        DEPLOYMENT,
        "prod",
        TARGET.id,
    )
    assert entry.kind == ("deployment_rolled_back" if alias == "restored" else "deployment_failed")
    assert entry.facts == {
        "error": "AliasChangedError",
        "reason": "somebody else changed the alias",
        "alias": alias,
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
    }


def test_when_the_rollback_failed_too_its_own_error_is_told_as_well() -> None:
    rollback = {"Error": "TargetAccessError", "Cause": json.dumps({"errorMessage": "the account is closed"})}
    cause = fail("unknown", CONFLICT, rollback=rollback)
    assert cause.endswith(" The rollback's own error: TargetAccessError: the account is closed")


@pytest.mark.parametrize("error", VERDICTS)
def test_a_digest_that_was_rolled_back_for_what_it_did_goes_into_quarantine(error: str) -> None:
    record_live(live(7))
    cause = fail("restored", UNHEALTHY | {"Error": error})
    reason = "rolled back in prod: the alarm cowsay-errors changed to ALARM"
    expected = Quarantine("cowsay", DIGEST, ENTERED_AT, reason, DEPLOYMENT)
    assert quarantined() == expected
    assert cause.endswith(expected.explain())


def test_a_failure_of_the_machinery_is_not_held_against_the_digest() -> None:
    fail("restored", CONFLICT)
    assert quarantined() is None


@pytest.mark.parametrize("alias", ["untouched", "shifted", "unknown"])
def test_only_what_was_rolled_back_goes_into_quarantine(alias: str) -> None:
    fail(alias)
    assert quarantined() is None


def test_when_the_stable_version_runs_the_same_digest_its_configuration_was_to_blame() -> None:
    stable = live(7)
    same = stable.current.__class__("7", DIGEST, stable.current.since, "4f0c2d1", "revision-1")
    record_live(stable.__class__("cowsay", "prod", TARGET, same))
    fail("restored")
    assert quarantined() is None


def test_the_lease_ends() -> None:
    fail("untouched")
    assert Leases.from_env().held(TARGET.id) is None


def test_a_lease_of_somebody_else_is_left_to_them() -> None:
    another = lease(owner=f"{DEPLOYMENT}-another")
    Ledger.from_env().record_rollback([], [], None, [lease()])
    record_lease(another)
    fail("untouched", {"Error": "LeaseHeldError", "Cause": "{}"})
    assert Leases.from_env().held(TARGET.id) == another


@pytest.mark.parametrize(
    ("alias", "title"),
    [("restored", "Rolled Back"), ("untouched", "Failed"), ("shifted", "Failed"), ("unknown", "Failed")],
)
def test_automation_and_people_are_told(announced: Said, told: Told, counted: Any, alias: str, title: str) -> None:
    cause = fail(alias)
    (event,) = announced()
    assert event["detail-type"] == f"Promotion Deployment {title}"
    assert event["resources"] == [TARGET.alias_arn]
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "error": "CanaryUnhealthyError",
        "reason": "the alarm cowsay-errors changed to ALARM",
        "alias": alias,
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
        "execution": DEPLOYMENT,
    }
    text = f"cowsay 4f0c2d1 on {TARGET.id}\n\n{cause}\n\nExecution: {DEPLOYMENT}"
    assert told() == [(f"cowsay in prod: {title.lower()}", text)]
    assert counted() == {f"Deployments{title.replace(' ', '')}": 1}


@pytest.mark.parametrize("alias", ["untouched", "restored"])
def test_a_retry_records_nothing_more_and_answers_the_same(alias: str, items: Said) -> None:
    once, kept = fail(alias), items()
    assert fail(alias) == once
    assert items() == kept
