"""A pipeline in the middle of its work, and the payloads with which its functions were invoked on the way there."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.accounts import ASSETS, DEV, REGION
from sandbox.pipeline import Pipeline, eventually
from tests.end_to_end.service import APPROVAL, APPROVER, HALF, NewService, Service
from tests.end_to_end.statements import physical_id

Json = dict[str, Any]
LONG = [{"weight": 50, "bake": "10m"}]


@dataclass
class Busy:
    """A service whose canary bakes, and one at rest, whose releases wait for people in staging only."""

    pipeline: Pipeline
    baking: Service
    resting: Service
    digest: str
    """What is live of the service at rest."""
    payloads: dict[str, Json]
    """What each state's function was last invoked with."""

    def invoke(self, function: str, payload: Json) -> str:
        """Invoke one of the pipeline's functions, which must fail; its error."""
        name = physical_id(self.pipeline.stand_in, "gantry", ASSETS, f"{function}Function")
        answer = self.pipeline.stand_in.client("lambda", ASSETS).invoke(
            FunctionName=name, Payload=json.dumps(payload).encode()
        )
        text = answer["Payload"].read().decode()
        assert "FunctionError" in answer, f"{function} answered {text}"
        return str(json.loads(text)["errorMessage"])

    def told_in(self, execution: str) -> str:
        """Everything that the history of an execution tells, once it has ended."""
        self.pipeline.wait(execution)
        return json.dumps(self.pipeline.history(execution), default=str)

    def pending_link(self) -> str:
        """A link to a question that nobody has answered yet."""
        execution = self.resting.start(digest=self.digest, environments=["staging"])
        return self.pipeline.mail_to(APPROVER, execution).links[0].rpartition("/")[2]


def busy(new_service: NewService, pipeline: Pipeline) -> Busy:
    """Promote with an approval and a canary, roll back by hand, promote again and leave the canary baking."""
    baking, resting = new_service(), new_service()
    resting.add(resting.environment("dev"), resting.environment("staging", approval=APPROVAL))
    digest, _ = resting.promote()
    baking.add(baking.environment("dev"))
    baking.release()
    baking.change(baking.environment("dev", approval=APPROVAL, traffic=HALF, alarms=[baking.alarm]))
    _, promotion = baking.promote()
    pipeline.answer(pipeline.mail_to(APPROVER, promotion).links[0], "approved")
    baking.canary("2", DEV)
    baking.use("2", DEV)
    baking.succeeds(promotion)
    rollback = baking.roll_back("dev")
    baking.succeeds(rollback)
    baking.change(baking.environment("dev", traffic=LONG, alarms=[baking.alarm]))
    _, in_flight = baking.promote()
    baking.canary("3", DEV)
    (deployment,) = pipeline.deployments_of(in_flight)
    eventually("a bake", lambda: baking_since(pipeline, deployment))
    done = [promotion, *pipeline.deployments_of(promotion), rollback, in_flight, deployment]
    return Busy(pipeline, baking, resting, digest, payloads(pipeline, done))


def baking_since(pipeline: Pipeline, deployment: str) -> bool | None:
    """Whether the bake's function has answered, so that the bake is registered."""
    kinds = {event["type"] for event in pipeline.history(deployment)}
    return True if "TaskSubmitted" in kinds else None


def payloads(pipeline: Pipeline, executions: Iterable[str]) -> dict[str, Json]:
    """By state, what its function was invoked with; of several invocations the last."""
    found: dict[str, Json] = {}
    for execution in executions:
        state = ""
        for event in pipeline.history(execution):
            state = event.get("stateEnteredEventDetails", {}).get("name", state)
            if scheduled := event.get("taskScheduledEventDetails"):
                found[state] = json.loads(scheduled["parameters"]).get("Payload", {})
    failure = {"Error": "AlarmRaisedError", "Cause": "a test says so", "alias": "untouched"}
    return found | {
        "RollBack": found["CompleteDeployment"],
        "RecordFailure": found["RecordRelease"] | {"failure": failure},
    }


def http_event(method: str, link: str) -> Json:
    """What the HTTP API hands to a function, of what a browser sends.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path = f"/approvals/{link}"
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "a browser"}
    return {
        "version": "2.0",
        "routeKey": f"{method} /approvals/{{link}}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "pathParameters": {"link": link},
        "requestContext": {"stage": "$default", "requestId": "a-request", "http": http},
        "body": "decision=approved",
        "isBase64Encoded": False,
    }


def alarm_event(alarm: str) -> Json:
    """What the rule on the alarms' bus hands on."""
    detail = {
        "alarmName": alarm,
        "state": {"value": "ALARM", "reason": "a test says so", "timestamp": "2026-11-22T09:30:00.000+0000"},
        "previousState": {"value": "OK"},
    }
    return {"source": "aws.cloudwatch", "account": DEV, "region": REGION, "detail": detail}
