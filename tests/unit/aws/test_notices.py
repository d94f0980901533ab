import time
from typing import TYPE_CHECKING

import pytest

from gantry.aws.notification_log import NotificationLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

DAY = 24 * 3600


@pytest.fixture
def notices(table: "Table") -> NotificationLog:
    return NotificationLog(table)


def test_who_told_of_an_execution_notes_it_for_everybody(notices: NotificationLog) -> None:
    assert not notices.was_sent("arn:one")

    notices.mark_sent("arn:one")
    notices.mark_sent("arn:one")

    assert notices.was_sent("arn:one")
    assert not notices.was_sent("arn:other")


def test_the_table_forgets_it_only_when_step_functions_has_forgotten_the_execution(
    notices: NotificationLog, table: "Table"
) -> None:
    notices.mark_sent("arn:one")

    (item,) = table.scan()["Items"]
    assert time.time() + 90 * DAY < float(str(item["expires_at"])) < time.time() + 110 * DAY


def test_the_environment_names_the_table(notices: NotificationLog) -> None:
    notices.mark_sent("arn:one")

    assert NotificationLog.from_env().was_sent("arn:one")
