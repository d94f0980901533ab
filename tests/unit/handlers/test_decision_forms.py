"""The form of the approval page decides, and nothing else."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from gantry.handlers.http_api import decide_approval
from tests.unit.handlers.asking import ask, found
from tests.unit.handlers.http_requests import FORM, OTHER_LINK, answer, nonce_on, posted, request, show, text_of
from tests.unit.handlers.payloads import Said, invoke
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


def form(body: bytes | str | None, content_type: str | None = FORM) -> Any:
    given = body.encode() if isinstance(body, str) else body
    return request("POST", body=given, headers={"content-type": content_type} if content_type else {})


def body_of(length: int, nonce: str) -> str:
    fields = f"decision=approved&nonce={nonce}&padding="
    return fields + "x" * (length - len(fields))


def said(nonce: str, **fields: str) -> Any:
    return posted({"nonce": nonce, "decision": "approved"} | fields)


REFUSED: dict[str, tuple[int, str, Callable[[str], Any]]] = {
    "another type": (
        415,
        "only accepts the approval page's form",
        lambda nonce: form(f'{{"nonce": "{nonce}"}}', "application/json"),
    ),
    "no type": (
        415,
        "only accepts the approval page's form",
        lambda nonce: form(f"decision=approved&nonce={nonce}", None),
    ),
    "another form": (
        415,
        "only accepts the approval page's form",
        lambda nonce: form(f"nonce={nonce}", "multipart/form-data; boundary=x"),
    ),
    "an image": (415, "only accepts the approval page's form", lambda _: form(b"\x89PNG\xff\xfe", "image/png")),
    "too large": (413, "longer than 4096 bytes", lambda nonce: form(body_of(4097, nonce))),
    "too large in bytes": (
        413,
        "Letters outside the Latin script take more room",
        lambda nonce: form(f"nonce={nonce}&x={'ä' * 2100}"),
    ),
    "an unknown decision": (400, "approved or rejected", lambda nonce: said(nonce, decision="approve")),
    "a decision in capitals": (400, "approved or rejected", lambda nonce: said(nonce, decision="Approved")),
    "no decision": (400, "approved or rejected", lambda nonce: posted({"nonce": nonce, "reason": "fine"})),
    "an empty decision": (400, "approved or rejected", lambda nonce: said(nonce, decision="")),
    "nothing": (400, "does not come from the approval page", lambda _: form(None)),
    "no text": (400, "does not come from the approval page", lambda _: form(b"decision=\xff\xfe")),
    "a long reason": (400, "longer than 500 characters", lambda nonce: said(nonce, reason="x" * 501)),
    "a reason of new lines": (400, "longer than 500", lambda nonce: said(nonce, reason="a" + "\r\n" * 500 + "b")),
    "no nonce": (400, "does not come from the approval page", lambda _: posted({"decision": "approved"})),
    "an empty nonce": (400, "does not come from the approval page", lambda _: said("")),
    "a guessed nonce": (403, "does not come from this approval's page", lambda _: said("guessed")),
    "a nonce of dots": (403, "does not come from this approval's page", lambda _: said("...")),
    "a nonce that is no ASCII": (403, "does not come from this approval's page", lambda nonce: said(f"{nonce}ä")),
    "a truncated nonce": (403, "does not come from this approval's page", lambda nonce: said(nonce[:-1])),
    "a longer nonce": (403, "does not come from this approval's page", lambda nonce: said(f"{nonce}0")),
    "a forged nonce": (403, "does not come from this approval's page", lambda nonce: said(f"0{nonce}")),
    "the other link's nonce": (
        403,
        "does not come from this approval's page",
        lambda _: said(nonce_on(show(OTHER_LINK))),
    ),
}


@pytest.mark.parametrize(("status", "sentence", "make"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_but_the_form_is_refused_with_the_reason_and_changes_nothing(
    workloads: Workloads, items: Said, status: int, sentence: str, make: Callable[[str], Any]
) -> None:
    ask(workloads)
    event = make(nonce_on(show()))
    kept = items()
    refusal = invoke(decide_approval.handler, event)
    assert refusal["statusCode"] == status
    assert sentence in text_of(refusal)
    assert "Nothing was changed." in text_of(refusal)
    assert items() == kept
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", FORM.upper(), f" {FORM} ;x"])
def test_the_forms_type_may_be_written_in_any_way(workloads: Workloads, content_type: str) -> None:
    ask(workloads)
    event = request(
        "POST", body=f"decision=approved&nonce={nonce_on(show())}".encode(), headers={"Content-Type": content_type}
    )
    assert invoke(decide_approval.handler, event)["statusCode"] == 200
    assert found().outcome == "approved"


def test_a_form_without_base64_is_read_too(workloads: Workloads) -> None:
    ask(workloads)
    body = f"decision=approved&nonce={nonce_on(show())}&reason=sch%C3%B6n"
    invoke(decide_approval.handler, posted({}) | {"isBase64Encoded": False, "body": body})
    assert found().answers[0].reason == "schön"


def test_the_longest_body_is_accepted(workloads: Workloads) -> None:
    ask(workloads)
    assert invoke(decide_approval.handler, form(body_of(4096, nonce_on(show()))))["statusCode"] == 200
    assert found().outcome == "approved"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("x" * 500, "x" * 500),
        ("a\r\n" * 249 + "b", "a\n" * 249 + "b"),
        ("a" + "\r\n" * 498 + "b", "a" + "\n" * 498 + "b"),
        (" " * 600 + "fine", "fine"),
        ("\r\n ", None),
        ("", None),
    ],
    ids=["the longest", "many lines", "new lines count once", "spaces around it", "only spaces", "none"],
)
def test_a_reason_is_counted_as_the_browser_counts_it(workloads: Workloads, sent: str, kept: str | None) -> None:
    ask(workloads)
    assert answer(reason=sent)["statusCode"] == 200
    assert found().answers[0].reason == kept


def test_broken_text_is_kept_as_replacement_characters(workloads: Workloads) -> None:
    ask(workloads)
    body = urlencode({"decision": "approved", "nonce": nonce_on(show())}).encode() + b"&reason=%ff\xfe%ED%A0%80"
    assert invoke(decide_approval.handler, form(body))["statusCode"] == 200
    assert set(found().answers[0].reason or "") == {"\N{REPLACEMENT CHARACTER}"}


def test_the_first_of_two_fields_with_one_name_counts(workloads: Workloads) -> None:
    ask(workloads)
    body = f"decision=rejected&decision=approved&nonce={nonce_on(show())}"
    invoke(decide_approval.handler, form(body))
    assert found().outcome == "rejected"
