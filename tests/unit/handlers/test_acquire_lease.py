from dataclasses import replace

import pytest

from aws.leases import Leases
from handlers import acquire_lease
from promotion.errors import LeaseHeldError, QuarantinedError
from promotion.lease import Lease
from promotion.release import Release
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    ENTERED_AT,
    PROMOTION,
    RELEASE,
    TARGET,
    Said,
    invoke,
    payload,
)
from tests.unit.handlers.records import lease, record_lease, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

ANOTHER = f"{DEPLOYMENT}-another"
MINE = Lease(TARGET.id, DEPLOYMENT, "prod", RELEASE, ENTERED_AT)


def held() -> Lease | None:
    return Leases.from_env().held(TARGET.id)


def test_a_deployment_takes_a_free_lease_and_says_that_it_started(workloads: Workloads, announced: Said) -> None:
    assert invoke(acquire_lease.handler, payload("AcquireLease")) == {}
    assert held() == MINE
    (event,) = announced()
    assert event["detail-type"] == "Promotion Deployment Started"
    assert event["source"] == "promotion.pipeline"
    assert event["resources"] == ["arn:aws:lambda:us-east-1:444444444444:function:cowsay:live"]
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
        "execution": DEPLOYMENT,
    }
    assert not workloads.executions.stopped


@pytest.mark.usefixtures("workloads")
def test_a_retry_finds_its_own_lease_and_keeps_it() -> None:
    invoke(acquire_lease.handler, payload("AcquireLease"))
    assert invoke(acquire_lease.handler, payload("AcquireLease")) == {}
    assert held() == MINE


def test_a_running_deployment_keeps_its_lease_and_the_refusal_says_what_to_do(
    workloads: Workloads, announced: Said
) -> None:
    record_lease(lease(owner=ANOTHER))
    workloads.executions.running.add(ANOTHER)
    with pytest.raises(LeaseHeldError) as raised:
        invoke(acquire_lease.handler, payload("AcquireLease"))
    assert f"{TARGET.id} is being changed by {ANOTHER} since 2026-11-22T09:00:00.000Z" in str(raised.value)
    assert "rollback machine" in str(raised.value)
    assert held() == lease(owner=ANOTHER)
    assert announced() == []


@pytest.mark.usefixtures("workloads")
def test_the_lease_of_a_deployment_that_is_over_is_taken_over(logged: list[str], announced: Said) -> None:
    record_lease(lease(owner=ANOTHER))
    assert invoke(acquire_lease.handler, payload("AcquireLease")) == {}
    assert held() == MINE
    assert ANOTHER in next(line for line in logged if "lease taken over" in line)
    assert [event["detail-type"] for event in announced()] == ["Promotion Deployment Started"]


def test_of_two_that_find_the_lease_left_behind_only_one_takes_it(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_lease(lease(owner=ANOTHER))
    faster = lease(owner=f"{DEPLOYMENT}-faster")

    def while_the_other_one_takes_it(arn: str) -> bool:
        assert Leases.from_env().take_over(faster, arn)
        return False

    monkeypatch.setattr(workloads.executions, "is_running", while_the_other_one_takes_it)
    with pytest.raises(LeaseHeldError):
        invoke(acquire_lease.handler, payload("AcquireLease"))
    assert held() == faster


@pytest.mark.usefixtures("workloads")
def test_a_digest_that_went_into_quarantine_meanwhile_is_not_deployed(announced: Said) -> None:
    record_quarantine(DIGEST)
    with pytest.raises(QuarantinedError, match=r"is in quarantine since 2026-11-20T08:00:00.000Z: rolled back in dev"):
        invoke(acquire_lease.handler, payload("AcquireLease"))
    assert held() is None
    assert announced() == []


@pytest.mark.usefixtures("workloads")
def test_the_quarantine_of_another_digest_does_not_matter() -> None:
    record_quarantine(replace(RELEASE, image_digest="sha256:" + "c" * 64).image_digest)
    invoke(acquire_lease.handler, payload("AcquireLease"))
    assert held() == MINE


@pytest.mark.usefixtures("workloads")
def test_a_release_without_a_tag_can_be_deployed_too(announced: Said) -> None:
    release = {"service": "cowsay", "image_digest": DIGEST, "manifest_revision": "revision-2", "tag": None}
    event = payload("AcquireLease")
    invoke(acquire_lease.handler, event | {"deployment": event["deployment"] | {"release": release}})
    assert held() == replace(MINE, release=Release("cowsay", DIGEST, "revision-2"))
    assert announced()[0]["detail"]["tag"] is None
    assert event["deployment"]["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"] == PROMOTION
