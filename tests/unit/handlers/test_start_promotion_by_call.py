"""People and programs that IAM knows start promotions by POST /promotions."""

import json
import re
from typing import Any

import pytest

from gantry.handlers.promotion_machine import resolve_release
from gantry.use_cases.services import Services
from tests.unit.handlers.http_requests import start_by_call
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import DIGEST, ENTERED_AT, Said, invoke, payload
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket", "workloads")

CALLER = "arn:aws:sts::111111111111:assumed-role/developer/bob@example.com"
WISH = {"repository": "cowsay", "tag": "4f0c2d1", "environments": ["prod"]}


def accepted(answer: Any) -> str:
    assert answer["statusCode"] == 202, answer["body"]
    assert answer["headers"]["Cache-Control"] == "no-store"
    return str(json.loads(answer["body"])["execution"])


def refused(answer: Any, status: int = 400) -> str:
    assert answer["statusCode"] == status
    return str(json.loads(answer["body"])["error"])


def test_the_caller_is_the_one_who_started_it_and_that_is_proved(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)
    execution = accepted(start_by_call(CALLER, WISH))
    assert workloads.executions.started == {execution: WISH}
    answer = invoke(resolve_release.handler, payload("ResolveRelease", event=WISH, execution=execution))
    assert answer["environments"] == ["prod"]
    assert answer["origin"] == {
        "is_manual": True,
        "is_verified": True,
        "started_by": CALLER,
        "pushed_by": None,
        "tags": ["4f0c2d1"],
    }


def test_a_reason_to_release_from_quarantine_comes_with_it(services: Services) -> None:
    wish = {"repository": "cowsay", "digest": DIGEST, "release_from_quarantine": "the alarm was about the database"}
    execution = accepted(start_by_call(CALLER, wish))
    found = services.promotion_starts.get(execution.rpartition(":")[2], ENTERED_AT)
    assert found
    assert (found.digest, found.release_from_quarantine) == (DIGEST, wish["release_from_quarantine"])


def test_two_calls_are_two_promotions(workloads: Workloads) -> None:
    first, second = (accepted(start_by_call(CALLER, WISH, request_id=each)) for each in ("one", "two"))
    assert list(workloads.executions.started) == [first, second]


def test_a_call_that_is_sent_again_with_its_key_starts_nothing_more(workloads: Workloads) -> None:
    first = accepted(start_by_call(CALLER, WISH, key="release-7", request_id="one"))
    assert accepted(start_by_call(CALLER, WISH, key="release-7", request_id="two", time_epoch=1795339999000)) == first
    workloads.executions.running.clear()
    assert accepted(start_by_call(CALLER, WISH, key="release-7", request_id="three")) == first
    assert list(workloads.executions.started) == [first]


def test_a_key_belongs_to_one_promotion(workloads: Workloads) -> None:
    accepted(start_by_call(CALLER, WISH, key="release-7"))
    error = refused(start_by_call(CALLER, WISH | {"tag": "another"}, key="release-7"), 409)
    assert "was used for another promotion. Use another Idempotency-Key" in error
    assert len(workloads.executions.started) == 1


def test_a_key_belongs_to_one_caller(workloads: Workloads) -> None:
    for caller in (CALLER, CALLER.replace("bob", "eve")):
        accepted(start_by_call(caller, WISH, key="release-7"))
    assert len(workloads.executions.started) == 2


def test_an_execution_that_somebody_else_has_started_under_the_name_is_not_taken_for_the_callers(
    workloads: Workloads, services: Services
) -> None:
    execution = accepted(start_by_call(CALLER, WISH, key="release-7"))
    workloads.executions.started[execution] = {"repository": "other"}
    services.promotion_starts._table.delete_item(Key={"pk": f"start#{execution.rpartition(':')[2]}", "sk": "start"})
    assert "started before, and not by this request" in refused(start_by_call(CALLER, WISH, key="release-7"), 409)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (WISH | {"started_by": "alice@example.com"}, "Leave started_by out: the call's signature says who"),
        (WISH | {"tag": "a b"}, "tag: .*give letters, digits"),
        (WISH | {"enviroments": ["prod"]}, "enviroments: unknown key; did you mean 'environments'[?]"),
        ({"repository": "cowsay"}, "give a tag or a digest"),
        ([], "not a JSON object"),
        (b"{", "not a JSON object"),
        (b"[" * 5000, "not a JSON object"),
        (b'{"repository": "' + b"a" * 16_384 + b'"}', "longer than 16384 bytes"),
    ],
)
def test_what_cannot_be_used_starts_nothing(workloads: Workloads, items: Said, body: Any, problem: str) -> None:
    error = refused(start_by_call(CALLER, body))
    assert re.search(problem, error)
    assert error.endswith("Nothing was started.")
    assert (workloads.executions.started, items()) == ({}, [])


def test_a_key_that_is_too_long_starts_nothing(workloads: Workloads) -> None:
    assert "longer than 255" in refused(start_by_call(CALLER, WISH, key="k" * 256))
    assert workloads.executions.started == {}


def test_without_a_signature_nobody_is_proved_to_be_anybody(workloads: Workloads) -> None:
    assert "not signed" in refused(start_by_call(None, WISH))
    assert workloads.executions.started == {}
