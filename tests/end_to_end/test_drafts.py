"""What others leave in `$LATEST`: what a release takes from there, what it ignores, and what it is held to."""

from typing import Any

import pytest

from sandbox.stand_in.accounts import PROD
from tests.end_to_end.question import ANN, Question
from tests.end_to_end.service import NewService, Service

pytestmark = pytest.mark.usefixtures("unanswered")


def draft(service: Service, **settings: Any) -> None:
    """Let somebody change `$LATEST`, and wait until Lambda has done it."""
    client = service.pipeline.stand_in.client("lambda", PROD)
    client.update_function_configuration(FunctionName=service.name, **settings)
    client.get_waiter("function_updated_v2").wait(FunctionName=service.name, WaiterConfig={"Delay": 1})


def version(service: Service, number: str) -> dict[str, Any]:
    client = service.pipeline.stand_in.client("lambda", PROD)
    found: dict[str, Any] = client.get_function_configuration(FunctionName=service.name, Qualifier=number)
    return found


def approve(question: Question) -> None:
    assert question.answer(ANN, "approved")[0] == 200


def test_a_release_ignores_strangers_settings_and_shows_and_holds_what_infrastructure_sets(
    new_service: NewService,
) -> None:
    first = Question.of_push(
        new_service(),
        {"approvers": [ANN]},
        configuration={"environment": {"DB": "prod-db"}, "command": ["app.handler"]},
    ).waits()
    assert "working_directory the image's own" in first.look(ANN)[1]
    approve(first)
    service = first.service
    service.succeeds(first.promotion)
    # From now on the manifest says nothing of the variables, and others write to $LATEST.
    service.change(service.environment(approval={"expires_after": "1h", "approvers": [ANN]}))
    draft(
        service,
        MemorySize=1024,
        Environment={"Variables": {"DB": "dev-db"}},
        ImageConfig={"Command": ["evil.handler"], "EntryPoint": ["/bin/sh"]},
        TracingConfig={"Mode": "Active"},
    )

    second = Question(service, *service.promote()).waits()
    status, page = second.look(ANN)
    assert (status, "infrastructure.tracing" in page, "dev-db" in page, "evil" in page) == (200, True, False, False)
    approve(second)
    service.succeeds(second.promotion)

    live = version(service, "2")
    assert live["Environment"]["Variables"] == {"DB": "prod-db"}
    assert live["ImageConfigResponse"]["ImageConfig"] == {"Command": ["app.handler"]}
    assert (live["MemorySize"], live["TracingConfig"]["Mode"]) == (256, "Active")
    (ignored,) = service.history("draft_ignored")
    assert {"key": "memory_mb", "before": "256", "after": "1024"} in ignored["facts"]["differences"]

    third = Question(service, *service.promote()).waits()
    draft(service, TracingConfig={"Mode": "PassThrough"})
    approve(third)
    third.fails_with("DraftChangedError", "infrastructure.tracing was Active", "Start the promotion again")
    assert service.routing() == {"version": "2", "weights": {}}

    service.succeeds(_approved_again(service, third))
    assert version(service, "3")["TracingConfig"]["Mode"] == "PassThrough"


def _approved_again(service: Service, before: Question) -> str:
    again = Question(service, before.digest, service.start(digest=before.digest)).waits()
    assert "Active → (not set)" in again.look(ANN)[1]
    approve(again)
    return again.promotion
