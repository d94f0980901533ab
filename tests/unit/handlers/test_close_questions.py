"""No question about a canary stays open once its deployment has ended, whoever ended it."""

import pytest

from gantry.aws.executions import ExecutionEnd
from gantry.handlers import entry
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.unfinished import RepairIncompleteError
from tests.unit.handlers.asking import add_link, answered, give
from tests.unit.handlers.canary_questions import QUESTION, TOKEN, ask, deploying, question, wait
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.http_requests import LINK, answer, nonce_on, show, text_of
from tests.unit.handlers.payloads import DEPLOYMENT, LEAD, OPS, TARGET, Said
from tests.unit.handlers.records import decisions, record_lease
from tests.unit.handlers.repairs import ended, repair
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "told", "mailed"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


@pytest.fixture(autouse=True)
def asked(workloads: Workloads, ledger: object, told: object, mailed: object) -> None:
    deploying(workloads)
    ask()
    wait(workloads)
    add_link(LINK, OPS, question())
    record_lease(Lease(TARGET, 4))


def ends(workloads: Workloads) -> None:
    """The deployment has ended, and gave its lease back."""
    workloads.executions.running.discard(DEPLOYMENT)
    workloads.executions.waiting.discard(TOKEN)
    workloads.executions.ends[DEPLOYMENT] = ExecutionEnd(DEPLOYMENT, "FAILED", "2998-11-22T10:00:00.000Z", {})


def test_while_the_deployment_runs_its_question_stays_open() -> None:
    repair()

    assert question().outcome is None


def test_the_announced_end_of_a_deployment_closes_its_question(workloads: Workloads, announced: Said) -> None:
    ends(workloads)
    announced()

    repair(ended(DEPLOYMENT))

    assert (question().outcome, question().ended_at) == ("stopped", "2998-11-22T10:00:00.000Z")
    decided = [each["detail"] for each in announced() if each["detail-type"] == "Promotion Canary Question Decided"]
    assert [each["decision"] for each in decided] == ["stopped"]
    assert HistoryKind.CANARY_QUESTION_DECIDED in [each.kind for each in decisions()]
    assert list(entry.services().canary_questions.open()) == []


def test_an_end_whose_event_was_lost_is_found_on_schedule(workloads: Workloads) -> None:
    ends(workloads)

    repair()

    assert question().outcome == "stopped"


def test_an_end_that_step_functions_does_not_know_of_yet_is_believed(workloads: Workloads) -> None:
    workloads.executions.late.add(DEPLOYMENT)

    repair(ended(DEPLOYMENT))

    assert (question().outcome, question().ended_at) == ("stopped", ENDED_AT)


def test_what_people_have_decided_before_stays(workloads: Workloads) -> None:
    give(answered("keep_waiting", LEAD), QUESTION)
    ends(workloads)

    repair(ended(DEPLOYMENT))

    assert question().outcome == "keep_waiting"
    assert "stopped" not in [each.facts.get("decision") for each in decisions()]


def test_an_older_page_of_a_closed_question_decides_nothing(workloads: Workloads) -> None:
    nonce = nonce_on(show())
    ends(workloads)
    repair(ended(DEPLOYMENT))

    late = answer("approved", nonce=nonce)

    assert "has ended: there is nothing to answer" in text_of(late)
    assert question().answers == ()
    assert workloads.executions.answers == {}


def test_a_question_that_cannot_be_closed_is_tried_again(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> None:
    ends(workloads)
    with monkeypatch.context() as away:
        away.setattr(entry.services().approvals, "change", _fails)
        with pytest.raises(RepairIncompleteError, match="DynamoDB is away"):
            repair(ended(DEPLOYMENT))
    assert question().outcome is None

    repair()

    assert question().outcome == "stopped"


def test_a_deployment_that_ended_before_it_could_ask_leaves_nothing_behind(workloads: Workloads) -> None:
    ends(workloads)
    entry.services().approvals._table.delete_item(Key={"pk": f"approval#{QUESTION}", "sk": "approval"})

    repair()

    assert list(entry.services().canary_questions.open()) == []


def _fails(*_: object) -> None:
    raise ConnectionError("DynamoDB is away")
