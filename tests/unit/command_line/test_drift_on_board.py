"""What the last daily look for drift found, in `gantry status` and on the pages, by queries that are made anyway."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import ledger_keys
from gantry.aws.board_items import to_drift_item
from gantry.aws.board_reading import BoardReading
from gantry.aws.ledger_items import to_item
from gantry.promotion.drift.record import DriftFinding, DriftRecord
from gantry.promotion.drift.states import DriftState
from gantry.promotion.lease import Contender, EndedRollback, Lease
from gantry.promotion.live_now import LiveFor, LiveNow
from gantry.promotion.status_page.view import StatusView
from gantry.promotion.target import Target
from gantry.use_cases.operator.status_pages import show_board, show_service
from gantry.use_cases.services import Services
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CHECKED, LATER, BEFORE = "2026-11-23T04:20:00.000Z", "2026-11-23T05:00:00.000Z", "2026-11-20T08:00:00.000Z"
TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay/live", "arn:live")
LIVE = LiveNow("7", "sha256:" + "a" * 64, BEFORE, "4f0c2d1")
LEASE = Lease(TARGET, live_for=LiveFor("cowsay", "prod"), live_now=LIVE)
FINDING = DriftFinding(
    TARGET.id, "arn:live", "prod", DriftState.OUT_OF_SYNC, CHECKED, "traffic: 7 expected, <9> found", "f", "gantry …"
)


@pytest.fixture
def kept_of(kept: "Table") -> Any:
    def keep(lease: Lease = LEASE, *findings: DriftFinding) -> None:
        kept.put_item(Item=ledger_keys.lease(TARGET.id) | to_item(lease))
        kept.put_item(Item=to_drift_item(DriftRecord("cowsay", CHECKED, findings)))

    return keep


def shown(capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    code = run("status", "cowsay", "--output", "json")
    printed = json.loads(capsys.readouterr().out)
    require_documented("status", printed)
    return code, printed["services"][0]


def test_what_was_found_comes_back_from_the_ledger_as_it_was(kept: "Table", kept_of: Any) -> None:
    kept_of(LEASE, FINDING)
    assert BoardReading(kept).board() == [DriftRecord("cowsay", CHECKED, (FINDING,))]


@pytest.mark.parametrize(
    ("state", "code", "word"),
    [(DriftState.OUT_OF_SYNC, 1, "out_of_sync"), (DriftState.UNKNOWN, 3, "unknown")],
)
def test_drift_is_shown_and_is_not_healthy(
    kept_of: Any, capsys: pytest.CaptureFixture[str], state: DriftState, code: int, word: str
) -> None:
    kept_of(LEASE, replace(FINDING, state=state))
    ended, service = shown(capsys)
    assert (ended, service["state"]) == (code, word)
    assert service["environments"][0]["targets"][0]["drift"]["state"] == state

    assert run("status") == 0
    drawn = capsys.readouterr().out
    assert state in drawn
    assert "gantry drift cowsay" in drawn


@pytest.mark.parametrize(
    "lease",
    [
        replace(LEASE, live_now=replace(LIVE, since=LATER)),
        replace(LEASE, last_rollback=EndedRollback("arn:rollback", "7", LATER)),
        replace(LEASE, holder=Contender("arn:deployment", "cowsay", "prod", LATER, LATER)),
    ],
)
def test_what_was_released_rolled_back_or_is_deployed_since_is_not_shown(
    kept_of: Any, capsys: pytest.CaptureFixture[str], lease: Lease
) -> None:
    kept_of(lease, FINDING)
    _, service = shown(capsys)
    assert service["environments"][0]["targets"][0]["drift"] is None
    assert service["state"] in {"healthy", "in_flight"}


def test_it_is_in_sync_when_nothing_was_found(kept_of: Any, capsys: pytest.CaptureFixture[str]) -> None:
    kept_of()
    code, service = shown(capsys)
    assert (code, service["state"]) == (0, "healthy")


def test_both_pages_show_it_with_the_command_and_escape_it(kept_of: Any) -> None:
    kept_of(LEASE, FINDING)
    services = Services({"LEDGER_TABLE": "ledger"})
    board = show_board(StatusView(), services).html
    assert "Not as released (1)" in board
    assert "OUT_OF_SYNC on 1" in board
    for page in (board, show_service("cowsay", StatusView(), services).html):
        assert "traffic: 7 expected, &lt;9&gt; found" in page
        assert "gantry drift cowsay" in page


FILES = DriftFinding(
    "git/acme/infra/main/cowsay/prod", "", "prod", DriftState.OUT_OF_SYNC, CHECKED, "app_version: <v9> found", "g"
)
MANIFEST = DriftFinding("manifest/cowsay", "", None, DriftState.OUT_OF_SYNC, CHECKED, "edited", "h")
COPIES = [replace(FILES, what="git_file"), replace(MANIFEST, what="manifest")]


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.what)
@pytest.mark.parametrize(("state", "code"), [(DriftState.OUT_OF_SYNC, 1), (DriftState.UNKNOWN, 3)])
def test_a_copy_is_shown_in_status_and_is_never_healthy(
    kept_of: Any, capsys: pytest.CaptureFixture[str], copy: DriftFinding, state: DriftState, code: int
) -> None:
    kept_of(LEASE, replace(copy, state=state))
    ended, service = shown(capsys)
    assert (ended, service["state"]) == (code, state.lower())
    (found,) = service["drift"]
    assert (found["what"], found["target_id"], found["state"]) == (copy.what, copy.target_id, state)
    assert service["environments"][0]["targets"][0]["drift"] is None

    assert run("status") == 0
    where = " in prod" if copy.environment else ""
    assert f"cowsay{where}: {copy.target_id} is {state}. gantry drift cowsay" in " ".join(
        capsys.readouterr().out.split()
    )


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.what)
@pytest.mark.parametrize("state", [DriftState.OUT_OF_SYNC, DriftState.UNKNOWN])
def test_a_copy_is_on_both_pages_with_its_state(kept_of: Any, copy: DriftFinding, state: DriftState) -> None:
    kept_of(LEASE, replace(copy, state=state, sentence="<b>v9</b> found"))
    services = Services({"LEDGER_TABLE": "ledger"})
    for page in (show_board(StatusView(), services).html, show_service("cowsay", StatusView(), services).html):
        assert f"<strong>{state}</strong>" in page
        assert "&lt;b&gt;v9&lt;/b&gt; found" in page
        assert copy.target_id in page
        assert "gantry drift cowsay" in page


def test_files_of_an_environment_that_was_released_since_are_not_shown_and_the_manifest_is(
    kept_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept_of(replace(LEASE, live_now=replace(LIVE, since=LATER)), *COPIES)
    _, service = shown(capsys)
    assert [each["what"] for each in service["drift"]] == ["manifest"]
