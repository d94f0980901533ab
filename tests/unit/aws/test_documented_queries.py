"""The commands by which the pages look into the ledger find what is there."""

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import jmespath  # type: ignore[import-untyped]  # boto3's own dependency, which has no types
import pytest

from gantry.aws.approvals import Approvals
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.rehearsals import Rehearsals
from gantry.promotion.approval_outcome import history_facts, outcome_facts
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.rehearsal import Rehearsal, RehearsedTarget
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from tests.unit.promotion.an_approval import ALICE, after, answer, approval
from tests.unit.stubbed_aws import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import Table

PAGES = Path(__file__).parents[3] / "docs"
AT = "2026-11-22T12:00:00.000Z"
EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-8"
OTHER = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-9"


def commands() -> list[str]:
    """Every `aws dynamodb` command, in one line."""
    shell = "\n".join(
        block
        for page in sorted(PAGES.glob("*.md"))
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    )
    return re.findall(r"^aws dynamodb .*$", shell.replace("\\\n", ""), re.MULTILINE)


def arguments(command: str) -> tuple[str, dict[str, Any]]:
    """The name of the call, and its arguments as boto3 takes them; `Query` is the AWS CLI's own."""
    _, _, call, *words = shlex.split(command)
    given: dict[str, Any] = {}
    for name, value in zip(words, [*words[1:], "--"], strict=True):
        if name.startswith("--"):
            key = "".join(part.capitalize() for part in name.removeprefix("--").split("-"))
            given[key] = True if value.startswith("--") else json.loads(value) if value.startswith("{") else value
    if given.pop("NoScanIndexForward", None):
        given["ScanIndexForward"] = False
    given.pop("Output", None)
    return call.replace("-", "_"), given


def unknown(found: object) -> bool:
    """Whether anything in an answer is not there."""
    if isinstance(found, list | dict):
        values = found.values() if isinstance(found, dict) else found
        return not found or any(map(unknown, values))
    return found is None


@pytest.fixture
def filled(table: "Table", target: Target, release: Release, deployment: Contender) -> "Table":
    """A ledger that holds one of everything that the pages look for."""
    ledger, leases = Ledger(table), Leases(table)
    current = LiveRevision("8", release.digest, AT, release.tag, release.manifest_revision, EXECUTION)
    completed = HistoryEntry("cowsay", AT, HistoryKind.DEPLOYMENT_COMPLETED, EXECUTION, "prod", target.id)
    quarantine = Quarantine("cowsay", "sha256:" + "c" * 64, AT, "errors went off", EXECUTION)
    live = Live.first("cowsay", "prod", target, current)
    ledger.record_end(completed, target, 0, live=live, quarantine=quarantine)
    leases.change(target, lambda lease: lease.joined(deployment))
    leases.change(target, lambda lease: lease.joined(Contender(OTHER, "cowsay", "prod", AT, AT, release, "a token")))
    Rehearsals(table).keep(Rehearsal("cowsay", "prod", AT, (RehearsedTarget(target.id, "7", None),)))
    decided = after(approval(id="APPROVAL_ID"), answer(ALICE, "rejected", "not today"))
    outcome = outcome_facts(decided)
    assert outcome
    facts = history_facts(decided, outcome)
    ledger.record(HistoryEntry("cowsay", AT, HistoryKind.APPROVAL_DECIDED, "arn:one", "prod", target.id, facts))
    Approvals(table).open(decided)
    return table


@pytest.fixture(scope="module")
def client() -> "DynamoDBClient":
    """What the AWS CLI uses: unlike the table, it does not translate values into Python's types."""
    return boto3.client("dynamodb", REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(re.findall(r'"S": "([^"]+)"', command)))
def test_a_command_on_a_page_finds_what_it_says(filled: "Table", client: "DynamoDBClient", command: str) -> None:
    call, given = arguments(command)
    query = given.pop("Query", "Item.approval.M.[outcome.S, answers.L[].M.decision.S]")
    response = getattr(client, call)(**given | {"TableName": filled.name})
    assert not unknown(jmespath.search(query, response))
