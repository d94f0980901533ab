import time
from typing import TYPE_CHECKING

import pytest

from gantry.aws.notices import Notices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

DAY = 24 * 3600


@pytest.fixture
def notices(table: "Table") -> Notices:
    return Notices(table)


def test_who_told_of_an_execution_notes_it_for_everybody(notices: Notices) -> None:
    assert not notices.is_told("arn:one")

    notices.note_told("arn:one")
    notices.note_told("arn:one")

    assert notices.is_told("arn:one")
    assert not notices.is_told("arn:other")


def test_the_table_forgets_it_only_when_step_functions_has_forgotten_the_execution(
    notices: Notices, table: "Table"
) -> None:
    notices.note_told("arn:one")

    (item,) = table.scan()["Items"]
    assert time.time() + 90 * DAY < float(str(item["expires_at"])) < time.time() + 110 * DAY


def test_the_environment_names_the_table(notices: Notices) -> None:
    notices.note_told("arn:one")

    assert Notices.from_env().is_told("arn:one")
