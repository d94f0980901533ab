"""What is taken as a decision: the form of the approval page and nothing else."""

from typing import Any

import pytest

from aws.approvals import Approvals
from handlers import decide_approval
from promotion.approval import Approval, link_key
from tests.unit.handlers.http_requests import FORM, LINK, TOKEN, ask, posted, request
from tests.unit.handlers.payloads import Said, invoke
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


@pytest.fixture(autouse=True)
def waiting(workloads: Workloads) -> None:
    workloads.executions.waiting.add(TOKEN)


def found() -> Approval:
    there = Approvals.from_env().find(link_key(LINK))
    assert there
    return there[0]


def body_of(length: int) -> Any:
    form = b"decision=approved&padding="
    return request("POST", LINK, form + b"x" * (length - len(form)), {"content-type": FORM})


REFUSED = {
    "another type": (415, request("POST", LINK, b'{"decision": "approved"}', {"content-type": "application/json"})),
    "no type": (415, request("POST", LINK, b"decision=approved")),
    "an image": (415, request("POST", LINK, b"\x89PNG\xff\xfe", {"content-type": "image/png"})),
    "too large": (413, body_of(4097)),
    "too large in bytes": (
        413,
        request("POST", LINK, f"decision=approved&x={'ä' * 2100}".encode(), {"content-type": FORM}),
    ),
    "an unknown decision": (400, posted({"decision": "approve"})),
    "no decision": (400, posted({"reason": "fine"})),
    "nothing": (400, request("POST", LINK, None, {"content-type": FORM})),
    "a long reason": (400, posted({"decision": "approved", "reason": "x" * 501})),
    "no text": (400, request("POST", LINK, b"decision=\xff\xfe", {"content-type": FORM})),
}


@pytest.mark.parametrize(("status", "event"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_form_would_not_send_is_refused_and_changes_nothing(
    workloads: Workloads, items: Said, status: int, event: Any
) -> None:
    ask()
    kept = items()
    answer = invoke(decide_approval.handler, event)
    assert answer["statusCode"] == status
    assert "Nothing was changed." in answer["body"]
    assert items() == kept
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", FORM.upper()])
def test_the_forms_type_may_be_written_in_any_way(content_type: str) -> None:
    ask()
    event = request("POST", LINK, b"decision=approved", {"Content-Type": content_type})
    assert invoke(decide_approval.handler, event)["statusCode"] == 200
    assert found().decision == "approved"


def test_a_form_that_is_not_in_base64_is_understood_too() -> None:
    ask()
    event = posted({}) | {"isBase64Encoded": False, "body": "decision=approved&reason=sch%C3%B6n"}
    invoke(decide_approval.handler, event)
    assert found().reason == "schön"


def test_a_body_of_the_greatest_length_is_taken() -> None:
    ask()
    assert invoke(decide_approval.handler, body_of(4096))["statusCode"] == 200
    assert found().decision == "approved"


def test_a_reason_of_the_greatest_length_is_taken() -> None:
    ask()
    invoke(decide_approval.handler, posted({"decision": "approved", "reason": "x" * 500}))
    assert found().reason == "x" * 500
