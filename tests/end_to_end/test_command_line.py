"""`gantry` on the deployed pipeline, with the policies that its stack offers to operators."""

from typing import Any

import pytest

from sandbox.driver.command_line import CommandLine, Ran
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from tests.end_to_end.service import LONG, NewService, Service
from tests.sandbox.given import a_role
from tests.sandbox.plain_api import assumed
from tests.unit.command_line.printed import require_documented

READ, PROMOTE, ROLL_BACK, APPROVE = (f"Operator{each}PolicyArn" for each in ("Read", "Promote", "RollBack", "Approve"))
TRUST = {"AWS": f"arn:aws:iam::{ASSETS}:root"}
WHY = "the tests say so"


class Operator:
    """A role with some of the policies, and its command line."""

    def __init__(self, pipeline: Pipeline, *outputs: str) -> None:
        self.role = a_role(pipeline.stand_in, trusts=TRUST)
        iam, name = pipeline.stand_in.client("iam", ASSETS), self.role.rpartition("/")[2]
        for each in outputs:
            iam.attach_role_policy(RoleName=name, PolicyArn=pipeline.outputs[each])
        keys = assumed(pipeline.stand_in, self.role, f"somebody-{name}")
        self.cli = CommandLine(pipeline.stand_in, keys[0], keys[1], keys[2] or "")

    def __call__(self, *arguments: str) -> Ran:
        """Run a command. What it prints as JSON has to be as documented."""
        ran = self.cli.run(*arguments)
        if "json" in arguments and ran.out:
            words = arguments[:2] if arguments[0] == "manifest" else arguments[:1]
            require_documented("-".join(words), ran.json)
        return ran


@pytest.fixture(scope="module")
def reader(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ)


@pytest.fixture(scope="module")
def promoter(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ, PROMOTE)


@pytest.fixture(scope="module")
def approver(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, APPROVE)


@pytest.fixture(scope="module")
def on_call(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, ROLL_BACK)


@pytest.fixture(scope="module")
def asking(new_service: NewService, approver: Operator) -> Service:
    """A service whose prod asks a role."""
    service = new_service()
    approval = {"approvers": [approver.role], "expires_after": "1h"}
    service.add(service.environment("dev"), service.environment("prod", approval=approval))
    return service


def json_of(ran: Ran) -> Any:
    assert ran.code in {0, 1, 4}, ran.err
    return ran.json


def test_a_release_from_the_command_to_promote_it_to_the_one_that_takes_it_back(
    asking: Service, reader: Operator, promoter: Operator, approver: Operator, on_call: Operator
) -> None:
    name, tag = asking.name, f"wip-{asking.tag()}"
    asking.push(tag)  # such a tag starts nothing by itself
    first = promoter.cli.start("promote", name, tag, "--to", "dev", "--to", "prod", "--wait", "--output", "json")
    (waiting,) = eventually("an approval", lambda: json_of(reader("approvals", name, "--output", "json")) or None)
    assert (waiting["environment"], waiting["tag"], waiting["approvers"]) == ("prod", tag, [approver.role])
    assert reader("status", name).code == 4
    assert tag in reader("why", name, "prod").out
    refused = promoter("approve", waiting["id"], "--reason", WHY)
    assert (refused.code, "IAM does not allow" in refused.err) == (5, True)
    answered = approver("approve", waiting["id"][:12], "--reason", WHY, "--output", "json")
    assert (answered.code, answered.json["decision"]) == (0, "approved"), answered.err
    out, err = first.communicate(timeout=120)
    assert (first.returncode, "waits for" in err) == (0, True), err
    assert tag not in out, "stdout has the result only"

    status = reader("status", name, "--output", "json")
    (known,) = status.json["services"]
    assert (status.code, known["state"], known["last_end"]["tag"]) == (0, "healthy", tag)
    live = {each["name"]: each["targets"][0]["tag"] for each in known["environments"]}
    assert live == {"dev": tag, "prod": tag}

    second = f"wip-{asking.tag()}"
    asking.push(second)
    assert promoter("promote", name, second, "--to", "dev", "--wait").code == 0
    back = on_call("rollback", name, "dev", "--reason", WHY, "--yes", "--output", "json")
    assert back.code == 0, back.err
    asking.pipeline.wait(back.json["execution"])
    after = reader("status", name, "--output", "json")
    assert (after.code, after.json["services"][0]["state"]) == (1, "rolled_back")
    assert second in reader("quarantine", name).out
    assert WHY in reader("why", back.json["execution"]).out
    newest = reader("history", name, "--limit", "1", "--output", "json").json["entries"]
    assert [each["kind"] for each in newest] == ["rolled_back"]
    assert reader("watch", name).code == 1


def test_a_canary_is_seen_on_its_way(new_service: NewService, reader: Operator) -> None:
    service = new_service()
    service.add(service.environment(traffic=LONG))
    service.release()
    _, promotion, deployment = service.bakes()
    (known,) = reader("status", service.name, "--output", "json").json["services"]
    (target,) = known["environments"][0]["targets"]
    canary = target["in_flight"]["canary"]
    assert (canary["weight"], canary["step"], canary["steps"], canary["waits_for"]) == (50, 1, 1, "bake")
    assert "50 %" in reader("status", service.name).out
    timed_out = reader("watch", service.name, "--timeout", "1s")
    assert (timed_out.code, "50 %" in timed_out.out) == (3, True)
    service.stop(deployment)
    service.fails(promotion)


@pytest.mark.parametrize(
    ("who", "arguments"),
    [
        ("reader", ("rollback", "cowsay", "prod", "--reason", WHY, "--yes")),
        ("promoter", ("rollback", "cowsay", "prod", "--reason", WHY, "--yes")),
        ("on_call", ("promote", "cowsay", "4f0c2d1")),
        ("on_call", ("status",)),
        ("approver", ("status",)),
    ],
)
def test_a_policy_allows_nothing_of_another_one(
    who: str, arguments: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    refused = request.getfixturevalue(who)(*arguments)
    assert refused.code == 5
    assert "Traceback" not in refused.err
    assert refused.out == ""


@pytest.mark.parametrize("partition", ["approval#1", "link#1", "hook#1", "alarm#1", "steering#1", "start#1"])
def test_a_reader_cannot_read_what_decides(partition: str, reader: Operator, pipeline: Pipeline) -> None:
    own = reader.cli
    client = pipeline.stand_in.session_client("dynamodb", "us-east-1", own.key_id, own.secret, own.token)
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.query(
            TableName=pipeline.outputs["LedgerTableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )
