from typing import TYPE_CHECKING

import pytest

from aws.ledger import Ledger
from aws.quarantines import Quarantines
from promotion.ledger import Quarantine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

BAD = "sha256:" + "b" * 64


@pytest.fixture
def quarantine(table: "Table") -> Quarantine:
    record = Quarantine("cowsay", BAD, "2026-11-22T12:00:00.000Z", "errors went off", "arn:deployment")
    Ledger(table).record_rollback([], [], record, [])
    return record


def test_a_digest_is_in_quarantine_for_its_service_alone(table: "Table", quarantine: Quarantine) -> None:
    quarantines = Quarantines(table)

    assert quarantines.get("cowsay", BAD) == quarantine
    assert quarantines.get("fortune", BAD) is None
    assert quarantines.get("cowsay", "sha256:" + "a" * 64) is None


def test_a_digest_is_released_from_quarantine(table: "Table", quarantine: Quarantine) -> None:
    quarantines = Quarantines(table)

    quarantines.release("cowsay", BAD)
    quarantines.release("cowsay", BAD)

    assert quarantines.get("cowsay", BAD) is None


def test_the_environment_names_the_table(quarantine: Quarantine) -> None:
    assert Quarantines.from_env().get("cowsay", BAD) == quarantine
