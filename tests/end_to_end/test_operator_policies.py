"""Each statement of the operators' policies is needed: without it, the command that it is for is not allowed."""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.driver.command_line import CommandLine
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, REGION
from tests.end_to_end.service import NewService, Service
from tests.sandbox.given import a_role
from tests.sandbox.plain_api import assumed
from tests.template.parsed import if_there, resources
from tests.unit.command_line.a_repository import Repository, manifest

TRUST = {"AWS": f"arn:aws:iam::{ASSETS}:root"}
NOT_ALLOWED = 5
POLICIES = [name for name in resources("AWS::IAM::ManagedPolicy") if name.startswith("Operator")]
STATEMENTS = [
    (name.removeprefix("Operator").removesuffix("Policy"), if_there(each)["Sid"])
    for name in POLICIES
    for each in resources("AWS::IAM::ManagedPolicy")[name]["PolicyDocument"]["Statement"]
]


@dataclass(frozen=True)
class Asker:
    """Somebody with a role of their own."""

    pipeline: Pipeline
    service: Service
    cli: CommandLine
    execution: str
    """Of a promotion that has ended."""
    digest: str
    """Of its release."""


def command(*arguments: str) -> Callable[[Asker], bool]:
    """Whether a command is allowed, whatever comes of it."""

    def is_allowed(asker: Asker) -> bool:
        named = {"SERVICE": asker.service.name, "EXECUTION": asker.execution, "RELEASE": asker.digest}
        return asker.cli.run(*(named.get(each, each) for each in arguments)).code != NOT_ALLOWED

    return is_allowed


def page(asker: Asker) -> bool:
    """Whether the board answers a signed call."""
    return status_of(asker, "GET", "/iam/status") == HTTPStatus.OK


def board(asker: Asker) -> bool:
    """Whether the board can be read, as a command does that waits until a deployment has heard it."""
    cli = asker.cli
    client = asker.pipeline.stand_in.session_client("dynamodb", REGION, cli.key_id, cli.secret, cli.token)
    try:
        client.query(
            TableName=asker.pipeline.outputs["LedgerTableName"],
            KeyConditionExpression="pk = :board",
            ExpressionAttributeValues={":board": {"S": "board"}},
        )
    except client.exceptions.ClientError as error:
        return "AccessDenied" not in str(error)
    return True


def answered(asker: Asker) -> bool:
    """Whether a signed answer reaches the function, which knows no such approval."""
    return status_of(asker, "POST", f"/decisions/{'0' * 32}") != HTTPStatus.FORBIDDEN


def status_of(asker: Asker, method: str, path: str) -> int:
    """The status of the answer to a signed call."""
    url = f"{asker.pipeline.outputs['ApprovalUrl']}{path}"
    signed = AWSRequest(method, url, {"content-type": "application/json"}, b"{}" if method == "POST" else None)
    SigV4Auth(Credentials(asker.cli.key_id, asker.cli.secret, asker.cli.token), "execute-api", REGION).add_auth(signed)
    asked = urllib.request.Request(url, signed.data, dict(signed.headers), method=method)  # noqa: S310 -- our own port
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 -- our own port
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def sync(*arguments: str, is_there: bool = False, is_deleted: bool = False) -> Callable[[Asker], bool]:
    """Whether a manifest of a new service may be synced, which the bucket or Git may have or not."""

    def is_allowed(asker: Asker) -> bool:
        with TemporaryDirectory() as folder:
            name = f"synced-{uuid4().hex[:8]}"
            repository = Repository.make(Path(folder, name), f"git@github.com:acme/{name}.git")
            repository.commit(**{name: manifest(name)})
            paths = ("manifest", "sync", str(repository.path))
            if is_there:
                assert CommandLine.of_root(asker.pipeline.stand_in).run(*paths).code == 0
            if is_deleted:
                repository.commit(**{name: None})
            ran = asker.cli.run(*paths, *arguments)
            assert ran.code in {0, NOT_ALLOWED}, ran
            return ran.code == 0

    return is_allowed


def effect(*, is_there: bool) -> Callable[[Asker], bool]:
    """Whether the effect of a manifest may be seen, which the bucket may have or not."""

    def is_allowed(asker: Asker) -> bool:
        with TemporaryDirectory() as folder:
            file = Path(folder, "manifest.yaml")
            file.write_text(manifest(asker.service.name if is_there else f"new-{uuid4().hex[:8]}"))
            return asker.cli.run("manifest", "check", str(file), "--effect").code != NOT_ALLOWED

    return is_allowed


STATUS, PREVIEW, PROMOTE = (
    command("status"),
    command("preview", "SERVICE", "dev"),
    command("promote", "SERVICE", "RELEASE"),
)
BACK = command("rollback", "SERVICE", "dev", "--to", "tag:none", "--reason", "a test", "--yes")
BACK_AND_WAIT = command("rollback", "SERVICE", "dev", "--to", "tag:none", "--reason", "a test", "--yes", "--wait")
ANSWER = command("approve", "no-such-approval", "--reason", "a test")
NEEDED_BY: dict[tuple[str, str], Callable[[Asker], bool]] = {
    ("Read", "FindThePipeline"): STATUS,
    ("Read", "ReadWhatGoesOn"): STATUS,
    ("Read", "SeeHowExecutionsEnded"): command("why", "EXECUTION"),
    ("Read", "LookAtThePage"): page,
    ("Read", "PreviewPromotions"): PREVIEW,
    ("Read", "LookForDrift"): command("drift"),
    ("Read", "ReadManifestsAndThePolicyFile"): effect(is_there=True),
    ("Read", "SeeWhichManifestsAreThere"): effect(is_there=False),
    ("Promote", "FindThePipeline"): PROMOTE,
    ("Promote", "PreviewPromotions"): PREVIEW,
    ("Promote", "StartPromotions"): PROMOTE,
    ("Promote", "FollowThem"): command("promote", "SERVICE", "RELEASE", "--wait", "--timeout", "3s"),
    ("Promote", "LetParametersSayWhatIsLive"): command("write-live", "SERVICE", "dev"),
    ("RollBack", "FollowThem"): BACK_AND_WAIT,
    ("RollBack", "FindThePipeline"): BACK,
    ("RollBack", "StartRollbacks"): BACK,
    ("Steer", "FindThePipeline"): command("pause", "SERVICE", "dev"),
    ("Steer", "SteerCanaries"): command("pause", "SERVICE", "dev"),
    ("Steer", "SeeThatItIsHonoured"): board,
    ("Sync", "FindThePipeline"): sync("--dry-run"),
    ("Sync", "SeeWhichManifestsAreThere"): sync("--dry-run"),
    ("Sync", "CompareManifests"): sync("--dry-run", is_there=True),
    ("Sync", "UploadManifests"): sync(),
    ("Sync", "RemoveManifestsThatGitHasNoLonger"): sync("--prune", is_there=True, is_deleted=True),
    ("Sync", "SeeThatNothingIsLive"): sync("--prune", "--dry-run", is_there=True, is_deleted=True),
    ("Approve", "FindThePipeline"): ANSWER,
    ("Approve", "FindOpenApprovals"): ANSWER,
    ("Approve", "AnswerApprovals"): answered,
}


@pytest.fixture(scope="module")
def released(new_service: NewService) -> tuple[Service, str, str]:
    service = new_service()
    service.add(service.environment("dev"))
    digest, promotion = service.promote()
    service.succeeds(promotion)
    return service, promotion, digest


def with_policy(pipeline: Pipeline, released: tuple[Service, str, str], policy: str, without: str = "") -> Asker:
    """Somebody with what is left of an operators' policy."""
    iam = pipeline.stand_in.client("iam", ASSETS)
    arn = pipeline.outputs[f"Operator{policy}PolicyArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Any = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    left = [each for each in document["Statement"] if each["Sid"] != without]
    keys = assumed(pipeline.stand_in, a_role(pipeline.stand_in, *left, trusts=TRUST), "somebody")
    service, execution, digest = released
    return Asker(pipeline, service, CommandLine(pipeline.stand_in, keys[0], keys[1], keys[2] or ""), execution, digest)


@pytest.mark.parametrize("statement", STATEMENTS, ids="-".join)
def test_without_the_statement_its_command_is_not_allowed(
    statement: tuple[str, str], pipeline: Pipeline, released: tuple[Service, str, str]
) -> None:
    policy, sid = statement
    is_allowed = NEEDED_BY[statement]
    assert is_allowed(with_policy(pipeline, released, policy))
    assert not is_allowed(with_policy(pipeline, released, policy, without=sid))
