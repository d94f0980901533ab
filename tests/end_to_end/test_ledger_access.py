"""What the deployed functions that face the internet could do to the ledger if somebody took them over."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from gantry.aws import bake_keys
from gantry.aws import ledger_keys as keys
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.promotion_start import call_name, push_name
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, REGION
from tests.end_to_end.statements import physical_id

TARGET = "222222222222/us-east-1/taken-over/live"
OF_OTHERS = {
    "lease": keys.lease(TARGET),
    "live": keys.live("taken-over", "prod", TARGET),
    "quarantine": keys.quarantine("taken-over", "sha256:a"),
    "history": keys.history(HistoryEntry("taken-over", "now", HistoryKind.DEPLOYMENT_COMPLETED, "arn:one")),
    "claim": keys.claim("taken-over", "a-release"),
    "deployed": keys.deployed_revision("taken-over", TARGET, "7"),
    "newest start": keys.newest_start("taken-over"),
    "gate": keys.gate("taken-over", "prod"),
    "bake": bake_keys.bake("222222222222/us-east-1/errors", TARGET),
    "notified": keys.notified("arn:one"),
    "question": keys.canary_question("arn:one"),
    "running": keys.running_promotion("arn:one"),
    "start": keys.start(push_name("an-event")),
}
DECIDED = keys.history(HistoryEntry("taken-over", "now", HistoryKind.APPROVAL_DECIDED, "arn:one"))

every_item_of_others = pytest.mark.parametrize("key", OF_OTHERS.values(), ids=OF_OTHERS)


class Intruder:
    """Somebody who has the credentials of a function."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def may(self, call: str, key: keys.Key, **more: Any) -> bool:
        """Whether a call of the client reaches the item."""
        item = TypeSerializer().serialize(key)["M"]
        named = {"Item" if call == "put_item" else "Key": item, "TableName": self._table}
        return self._is_allowed(call, **named, **more)

    def may_scan(self) -> bool:
        return self._is_allowed("scan", TableName=self._table)

    def may_write_together(self, *written: keys.Key) -> bool:
        """Whether one transaction may write all of these items."""
        items = [TypeSerializer().serialize(key)["M"] for key in written]
        puts = [{"Put": {"TableName": self._table, "Item": item}} for item in items]
        return self._is_allowed("transact_write_items", TransactItems=puts)

    def _is_allowed(self, call: str, **arguments: Any) -> bool:
        try:
            getattr(self._client, call)(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            return False
        return True


@contextmanager
def intruder(pipeline: Pipeline, function: str) -> Iterator[Intruder]:
    """Take on the role of a function. Its trust is widened while the block lasts; what it may do is as deployed."""
    stand_in = pipeline.stand_in
    iam, name = stand_in.client("iam", ASSETS), physical_id(stand_in, "gantry", ASSETS, f"{function}FunctionRole")
    role = iam.get_role(RoleName=name)["Role"]
    trust = role["AssumeRolePolicyDocument"]
    everybody = {"Effect": "Allow", "Principal": {"AWS": ASSETS}, "Action": "sts:AssumeRole"}
    _trust(iam, name, {**trust, "Statement": [*trust["Statement"], everybody]})
    try:
        session = stand_in.client("sts", ASSETS).assume_role(RoleArn=role["Arn"], RoleSessionName="intruder")
        given = session["Credentials"]
        client = stand_in.session_client(
            "dynamodb", REGION, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        )
        yield Intruder(client, pipeline.outputs["LedgerTableName"])
    finally:
        _trust(iam, name, trust)


def _trust(iam: Any, role: str, document: dict[str, Any]) -> None:
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))


@pytest.fixture(scope="module")
def deciding(pipeline: Pipeline) -> Iterator[Intruder]:
    with intruder(pipeline, "DecideApproval") as made:
        yield made


@pytest.fixture(scope="module")
def showing(pipeline: Pipeline) -> Iterator[Intruder]:
    with intruder(pipeline, "ShowApproval") as made:
        yield made


@pytest.fixture
def written(pipeline: Pipeline) -> Iterator[list[keys.Key]]:
    """The keys of what a test has written, to be removed after it."""
    found: list[keys.Key] = []
    yield found
    dynamodb = pipeline.stand_in.client("dynamodb", ASSETS)
    for key in found:
        item = TypeSerializer().serialize(key)["M"]
        dynamodb.delete_item(TableName=pipeline.outputs["LedgerTableName"], Key=item)


@every_item_of_others
def test_deciding_writes_nothing_but_approvals(deciding: Intruder, key: keys.Key) -> None:
    assert not [call for call in ("put_item", "update_item", "delete_item") if deciding.may(call, key)]
    assert not deciding.may_write_together(DECIDED, key)


def test_deciding_writes_answers_and_outcomes(deciding: Intruder, written: list[keys.Key]) -> None:
    approval = keys.approval("taken-over")
    written += [approval, DECIDED]
    assert deciding.may("update_item", approval)
    assert deciding.may("put_item", DECIDED)
    assert not deciding.may("put_item", approval), "which would replace the whole approval, with its task token"
    assert not deciding.may("delete_item", DECIDED)


def test_what_a_call_starts_never_passes_as_a_push(pipeline: Pipeline, written: list[keys.Key]) -> None:
    call, push = keys.start(call_name("arn:one", "a key")), keys.start(push_name("an-event"))
    written += [call, push]
    with intruder(pipeline, "StartPromotionByCall") as calling:
        assert [calling.may("put_item", each) for each in (call, push)] == [True, False]
        assert not calling.may("get_item", call)
    with intruder(pipeline, "StartPromotion") as pushing:
        assert [pushing.may("put_item", each) for each in (call, push)] == [False, True]


@every_item_of_others
def test_showing_writes_nothing(showing: Intruder, key: keys.Key) -> None:
    everything = [key, DECIDED, keys.approval("taken-over"), keys.link("a-hash")]
    assert not [(call, each) for call in ("put_item", "update_item") for each in everything if showing.may(call, each)]


def test_task_tokens_of_deployments_are_out_of_reach(deciding: Intruder, showing: Intruder) -> None:
    """They are in leases and bakes."""
    for each in (deciding, showing):
        assert not each.may("get_item", OF_OTHERS["lease"])
        assert not each.may("get_item", OF_OTHERS["bake"])
        assert not each.may_scan()
        assert each.may("get_item", OF_OTHERS["live"])
