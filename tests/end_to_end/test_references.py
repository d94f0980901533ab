"""Configuration that lies in the workload account: versions travel through the deployed pipeline, and never a value."""

import json

import pytest

from sandbox.driver.inbox import of_events
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD, REGION
from sandbox.stand_in.mailbox import mails
from tests.end_to_end.reference_steps import REFERRING, let_read, put
from tests.end_to_end.service import APPROVAL, NewService, Service
from tests.end_to_end.test_command_line import PROMOTE, READ, Operator

URLS, PASSWORDS = (
    ("https://first.referred", "https://second.referred"),
    ("hunter2-referred-one", "hunter2-referred-two"),
)


@pytest.fixture(scope="module")
def operator(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ, PROMOTE)


def variables(service: Service, version: str) -> dict[str, str]:
    found = service.pipeline.stand_in.client("lambda", PROD).get_function(FunctionName=service.name, Qualifier=version)
    given: dict[str, str] = found["Configuration"]["Environment"]["Variables"]
    return given


def everything_said(pipeline: Pipeline, executions: list[str]) -> str:
    """The ledger, the executions, what the functions logged, and the mails."""
    dynamodb, logs = pipeline.stand_in.client("dynamodb", ASSETS), pipeline.stand_in.client("logs", ASSETS)
    items = [
        page["Items"] for page in dynamodb.get_paginator("scan").paginate(TableName=pipeline.outputs["LedgerTableName"])
    ]
    histories = [pipeline.history(each) for each in executions]
    groups = [
        each["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for each in page["logGroups"]
    ]
    lines = [
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    return json.dumps([items, histories, lines, [each.text for each in mails(pipeline.stand_in, ASSETS)]], default=str)


def test_who_may_not_read_is_refused_first_then_versions_are_seen_and_nobody_ever_sees_a_value(
    new_service: NewService, pipeline: Pipeline, operator: Operator
) -> None:
    told = of_events(pipeline.stand_in, "promotion.pipeline")
    service = new_service()
    service.add(service.environment("prod", configuration=REFERRING))
    _, missing = service.promote()
    failed = service.fails(missing)
    assert failed["error"] == "PromotionFailedError"
    assert "prod: there is no parameter /referred/url in" in failed["cause"]
    assert "there is no secret referred/db in" in failed["cause"]

    put(pipeline, PROD, URLS[0], PASSWORDS[0])
    _, forbidden = service.promote()
    cause = service.fails(forbidden)["cause"]
    role = f"the role arn:aws:iam::{PROD}:role/{service.name} may not read"
    remedy = "allow it in a policy of the role"
    assert f"prod: {role} parameter /referred/url in {PROD}/{REGION} (ssm:GetParameter): {remedy}" in cause
    assert f"{role} secret referred/db in {PROD}/{REGION} (secretsmanager:GetSecretValue): {remedy}" in cause

    let_read(pipeline, PROD, service.name)
    _, first = service.promote()
    service.succeeds(first)
    got = variables(service, "1")
    assert got["URL"] == "resolve:ssm:/referred/url:1"
    assert got["DB"].startswith("resolve:secretsmanager:referred/db:SecretString:password::")
    ran = operator("drift", service.name, "--output", "json")
    assert (ran.json["services"][0]["targets"][0]["state"], ran.json["services"][0]["targets"][0]["reason"]) == (
        "SYNCED",
        None,
    )

    put(pipeline, PROD, URLS[1], PASSWORDS[1])
    service.change(service.environment("prod", configuration=REFERRING, approval=APPROVAL))
    ran = operator("drift", service.name, "--output", "json")
    (target,) = ran.json["services"][0]["targets"]
    assert "environment.URL has parameter /referred/url, version 1, and 2 is there" in target["reason"]
    (prod,) = operator("preview", service.name, "prod", "--output", "json").json["environments"]
    changes = {each["key"]: each["after"] for each in prod["targets"][0]["changes"]}
    assert changes["environment.URL"] == "parameter /referred/url, version 2"
    ran = operator(*target["command"].split()[1:], "--output", "json")
    promotion = ran.json["execution"]
    mail = service.asked("/referred/url, version 2")
    assert "secret referred/db, key password, version" in mail.text
    put(pipeline, PROD, "https://too.late", "hunter2-referred-three")  # nobody has seen this one
    assert pipeline.answer(mail.links[0], "approved", environment="prod")[0] == 200
    service.succeeds(promotion)
    now = variables(service, "2")
    assert now["URL"] == "resolve:ssm:/referred/url:2"
    assert now["DB"] != got["DB"]

    said = everything_said(pipeline, [missing, first, promotion, *pipeline.deployments_of(promotion)])
    said += json.dumps(told.all(lambda _: True), default=str)
    assert "resolve:ssm:/referred/url:2" in said
    for value in (*URLS, *PASSWORDS, "https://too.late"):
        assert value not in said
