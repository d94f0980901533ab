"""The files in `events/` for the functions behind approvals work as they are, one after the other."""

import json
from pathlib import Path
from typing import Any

import pytest

from gantry.handlers.event_rules import on_bounce
from gantry.handlers.http_api import decide_approval, show_approval
from gantry.handlers.promotion_machine import check_gates, follow_up_approval, request_approval
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from tests.unit.handlers.asking import found
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.mails import Mailed
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import invoke
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

EVENTS = Path(__file__).parents[3] / "events"
MANIFEST = """\
repository: cowsay
versioning: git-sha
environments:
  - name: prod
    targets: [{account: "444444444444", region: us-east-1, function: cowsay, alias: live}]
    approval:
      approvers: [ops@example.com, lead@example.com, "arn:aws:iam::111111111111:role/chat-bot"]
      reminder_after: 24h
      escalate_to: [boss@example.com]
      escalate_after: 48h
      confirm: type-the-environment
    traffic: [{weight: 20, bake: 1m}, {weight: 50, bake: 1m}]
    alarms: [cowsay-errors]
    before_traffic:
      - invoke: {payload: {warm: true}, times: 3, expect: {statusCode: 200}}
      - {codebuild: smoke-test, within: 10m}
    during_bake: {invoke: {}, per_look: 3}
    configuration: {memory_mb: 512, timeout_seconds: 10, environment: {TO_SAY: "Hello from prod"}}
"""


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


CONFIGURATION = LambdaConfiguration(512, 10, 512, {}, [], "arn:aws:iam::444444444444:role/cowsay", [], "")


def test_the_files_are_one_approval_from_the_question_to_the_answer(workloads: Workloads, mailed: Mailed) -> None:
    asked = event("request_approval")
    asked["entered_at"] = "2998-11-22T03:55:44.184Z"
    workloads.alarms(Target(**asked["environment"]["targets"][0])).now = {"cowsay-errors": "ALARM"}
    workloads.executions.running.add(asked["execution"])
    target = Target(**asked["environment"]["targets"][0])
    function = workloads.function(target)
    workloads.alias(target).current = Routing(function.deployed("sha256:" + "b" * 64, CONFIGURATION))
    draft = {key.partition(".")[2]: value for key, value in asked["drafts"][0].items() if key != "role"}
    function.somebody_changes(LATEST, infrastructure=Infrastructure(draft))
    gates = event("check_gates")
    assert gates["release"] == asked["release"]
    gates["release"]["manifest_revision"] = upload(MANIFEST)
    answer = {key: asked[key] for key in ("environment", "firing", "drafts", "forecast", "ends")}
    whole = {
        "artifact": asked["release"]["artifact"] | {"version": None, "copies": {}},
        "source": None,
        "configuration_of": None,
    }
    release = gates["release"] | whole
    assert invoke(check_gates.handler, gates) == answer | {"release": release, "elsewhere": [], "waves": [[0]]}
    assert invoke(request_approval.handler, asked)["decision"] is None
    assert [mail.to for mail in mailed()] == ["ops@example.com", "lead@example.com"]
    invoke(on_bounce.handler, event("on_bounce"))
    identifier = approval_id(asked["execution"], "prod")
    assert found(identifier).undeliverable.keys() == {"lead@example.com"}
    assert invoke(follow_up_approval.handler, event("follow_up_approval"))["decision"] is None
    assert invoke(decide_approval.handler, event("decide_approval.by_call"))["statusCode"] == 200
    assert found(identifier).outcome == "approved"
    assert invoke(follow_up_approval.handler, event("follow_up_approval"))["decision"]["decision"] == "approved"


def test_an_unknown_link_is_not_found() -> None:
    """The form is one that the page sends. Only the link's key can tell whether its nonce is right."""
    assert invoke(show_approval.handler, event("show_approval"))["statusCode"] == 404
    assert invoke(decide_approval.handler, event("decide_approval"))["statusCode"] == 404
