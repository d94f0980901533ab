"""The status page on the deployed stack: for callers that IAM lets through, and for nobody else."""

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.end_to_end.service import NewService
from tests.sandbox.given import a_role, allow
from tests.sandbox.plain_api import assumed, request


@pytest.fixture(scope="module")
def reader(pipeline: Pipeline) -> Keys:
    """The keys of a session that may look at the page."""
    may = allow("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ASSETS}:*/$default/GET/iam/status*")
    role = a_role(pipeline.stand_in, may, trusts={"AWS": f"arn:aws:iam::{ASSETS}:root"})
    return assumed(pipeline.stand_in, role, "ops@example.com")


def look(pipeline: Pipeline, keys: Keys, path: str = "") -> tuple[int, str]:
    """The status and the HTML."""
    asked = AWSRequest("GET", f"{pipeline.outputs['ApprovalUrl']}/iam/status{path}")
    SigV4Auth(Credentials(*keys), "execute-api", REGION).add_auth(asked)
    answer = URLLib3Session(timeout=30).send(asked.prepare())
    return answer.status_code, answer.text


def test_a_caller_sees_the_board_and_what_is_live(new_service: NewService, pipeline: Pipeline, reader: Keys) -> None:
    service = new_service()
    service.add(service.environment("dev"))
    service.succeeds(pipeline.promotion_of(service.push("4f0c2d1")))
    status, board = look(pipeline, reader)
    assert status == 200
    assert f"status/{service.name}" in board
    status, page = look(pipeline, reader, f"/{service.name}")
    assert (status, "Promotion completed" in page) == (200, True)
    assert look(pipeline, reader, "/team/nobody")[0] == 404


@pytest.mark.parametrize("path", ["/status", "/status/cowsay", "/iam/status", "/iam/status/cowsay"])
def test_nobody_sees_it_without_a_signature_or_a_sign_in(pipeline: Pipeline, path: str) -> None:
    """This stack has no issuer, so there is nothing at /status."""
    answer = request(f"{pipeline.outputs['ApprovalUrl']}{path}", "GET", None, {})
    assert answer.status == (403 if path.startswith("/iam/") else 404)
