"""What would fail in an emergency is told before it is needed, on the deployed stack."""

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import PROD
from tests.end_to_end.service import NewService


def test_a_version_that_a_rollback_would_pass_over_is_told_once(
    new_service: NewService, pipeline: Pipeline, people: Inbox
) -> None:
    service = new_service()
    service.add()
    for _ in range(3):
        service.release()
    routing = service.routing()
    pipeline.fail(PROD, service.name, "2")

    for _ in range(2):
        answer = pipeline.run("RehearseRollbacks", {})
        assert answer["environments"] >= 1

    target = f"{PROD}/us-east-1/{service.name}/live"
    told = people.all(lambda message: f"{target}: version 2 " in message["Message"])
    assert len(told) == 1, "once until it changes"
    assert told[0]["Subject"].startswith("Rehearsal of rollbacks: ")
    assert "A rollback would restore version 1" in told[0]["Message"]
    (kept,) = [item for item in pipeline.ledger("rehearsal") if item["sk"] == f"{service.name}#prod"]
    assert [each["revision"] for each in kept["targets"]] == ["1"]
    assert (service.routing(), service.lease()) == (routing, None)

    service.succeeds(service.roll_back(reason="what the rehearsal said", started_by="alice@example.com"))
    assert service.routing() == {"version": "1", "weights": {}}
    message = people.one("the news", lambda news: news["Subject"] == f"{service.name} in prod: rolled back manually")
    assert "alice@example.com" in message["Message"]
    assert "what the rehearsal said" in message["Message"]
    assert "Passed over: version 2" in message["Message"]
