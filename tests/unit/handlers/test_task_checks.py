"""Checks that run a revision once with a command: begun once, waited for, and decided by the exit code."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.handlers.deployment_machine import await_check, run_check
from gantry.promotion.checks import Check, CheckAnswer, CheckKind, CheckStatus
from gantry.promotion.errors import CheckPendingError, CheckUnavailableError, LeaseLostError
from gantry.promotion.lease import Lease
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.targets.task_runner import TaskCommand, TaskReport, TaskStatus
from tests.unit.handlers.fake_tasks import RUNNING_TARGET
from tests.unit.handlers.payloads import TARGET, as_json, deployment_input, invoke, payload
from tests.unit.handlers.records import LOST, lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

TOKEN, OTHER_TOKEN = "AQCEAAAAKgAAAAMAAAAA", "AQCEAAAAKgAAAAMAAAAB"
COMMAND = TaskCommand(("python", "manage.py", "migrate"), "tools")
MIGRATE = Check(CheckKind.RUN_TASK, 900, COMMAND.container, command=COMMAND.arguments)
TASK = "tasks/cowsay/1"
STOP = "stop it with stop-task"
RUNNING = TaskReport(TaskStatus.RUNNING, "it is RUNNING", to_stop=STOP)
LONG_AGO = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def waiting(ledger: Any, workloads: Workloads) -> None:
    record_lease(replace(lease(), target=RUNNING_TARGET))
    workloads.executions.waiting |= {TOKEN, OTHER_TOKEN}


def of(target: Target) -> dict[str, Any]:
    return deployment_input(target=asdict(target))


def begin(token: str = TOKEN, index: int = 0, target: Target = RUNNING_TARGET, entered_at: datetime = LONG_AGO) -> None:
    values = {"task_token": token, "revision": "cowsay:8", "index": index, "check": as_json(asdict(MIGRATE))}
    values["entered_at"] = iso(entered_at)
    invoke(run_check.handler, payload("RunCheck", deployment=of(target), **values), milliseconds=900_000)


def answered(workloads: Workloads, token: str = TOKEN) -> Any:
    return as_json(workloads.executions.answers.get(token))


def look(workloads: Workloads, *reports: TaskReport, entered_at: datetime | None = None) -> Mapping[str, Any]:
    workloads.tasks.reports = list(reports)
    known = CheckAnswer(CheckStatus.STARTED, "it goes on", TASK)
    values = {"check": as_json(asdict(MIGRATE)), "answer": as_json(asdict(known))}
    since = iso(entered_at or datetime.now(UTC))
    found: Mapping[str, Any] = invoke(
        await_check.handler, payload("AwaitCheck", deployment=of(RUNNING_TARGET), entered_at=since, **values)
    )
    return found


def test_a_task_runs_the_new_revision_with_the_command_and_goes_on(workloads: Workloads) -> None:
    begin()
    assert list(workloads.tasks.begun.values()) == [("cowsay:8", COMMAND)]
    assert answered(workloads) == {"status": "started", "reason": f"the task {TASK} has been started", "run": TASK}


def test_another_try_finds_the_task_and_starts_none(workloads: Workloads) -> None:
    begin()
    begin(OTHER_TOKEN)
    (name,) = workloads.tasks.begun
    assert len(name) == 64
    assert answered(workloads, OTHER_TOKEN)["run"] == TASK


def test_each_check_starts_a_task_of_its_own(workloads: Workloads) -> None:
    begin()
    begin(OTHER_TOKEN, index=1)
    assert len(workloads.tasks.begun) == 2


def test_a_task_that_cannot_be_started_says_nothing_about_the_revision(workloads: Workloads) -> None:
    workloads.tasks.refusal = CheckUnavailableError("RESOURCE:MEMORY")
    begin()
    assert answered(workloads) == {"status": "unanswered", "reason": "RESOURCE:MEMORY", "run": ""}


def test_a_task_that_has_no_room_is_tried_again_and_then_said_to_have_none(workloads: Workloads) -> None:
    workloads.tasks.refusal = CheckPendingError("RESOURCE:MEMORY")
    with pytest.raises(CheckPendingError):
        begin(entered_at=datetime.now(UTC))
    assert answered(workloads) is None
    begin(entered_at=LONG_AGO)
    assert answered(workloads) == {"status": "unanswered", "reason": "for 4m RESOURCE:MEMORY", "run": ""}


def test_a_kind_that_runs_no_tasks_says_so(workloads: Workloads) -> None:
    record_lease(lease())
    begin(target=TARGET)
    assert answered(workloads)["status"] == "unanswered"
    assert answered(workloads)["reason"] == f"{TARGET.id}: targets of the kind lambda run no tasks"


@pytest.mark.parametrize("now", LOST)
def test_no_task_is_started_once_the_lease_is_lost(now: Lease, workloads: Workloads) -> None:
    record_lease(replace(now, target=RUNNING_TARGET))
    with pytest.raises(LeaseLostError):
        begin()
    assert workloads.tasks.begun == {}


@pytest.mark.parametrize(
    ("code", "status"), [(0, CheckStatus.PASSED), (1, CheckStatus.FAILED), (137, CheckStatus.FAILED)]
)
def test_the_exit_code_decides(code: int, status: CheckStatus, workloads: Workloads) -> None:
    found = look(workloads, TaskReport(TaskStatus.ENDED, "it has ended", code))
    assert found == {"status": status, "reason": "it has ended", "run": ""}
    assert workloads.tasks.looked_at == [(TASK, COMMAND)]


@pytest.mark.parametrize(
    "report",
    [
        TaskReport(TaskStatus.ENDED, "it ended somehow"),
        TaskReport(TaskStatus.BROKEN_OFF, "it was stopped", 0),
        TaskReport(TaskStatus.BROKEN_OFF, "CannotPullContainerError"),
    ],
)
def test_what_has_no_exit_code_of_its_own_says_nothing(report: TaskReport, workloads: Workloads) -> None:
    assert look(workloads, report) == {"status": "unanswered", "reason": report.said, "run": ""}


def test_a_task_that_runs_is_looked_at_again(workloads: Workloads) -> None:
    with pytest.raises(CheckPendingError, match="it is RUNNING"):
        look(workloads, RUNNING)


def test_a_task_that_runs_for_too_long_goes_on_and_people_read_how_to_stop_it(workloads: Workloads) -> None:
    found = look(workloads, RUNNING, entered_at=LONG_AGO)
    assert found == {"status": "unanswered", "reason": f"after 900 seconds it is RUNNING; {STOP}", "run": ""}


def test_a_task_that_is_not_shown_yet_is_looked_at_again_and_soon_counts_as_lost(workloads: Workloads) -> None:
    hidden = TaskReport(TaskStatus.NOT_SHOWN, "ECS does not show it")
    with pytest.raises(CheckPendingError):
        look(workloads, hidden)
    lost = look(workloads, hidden, entered_at=datetime.now(UTC) - timedelta(minutes=6))
    assert lost == {"status": "unanswered", "reason": "ECS does not show it", "run": ""}
