"""What checks new versions in an account: CodeBuild projects, and functions of a team's own."""

import json
from typing import Any

import yaml

from sandbox.driver.host import PYTHON
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import PROD, REGION
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.sandbox.given import a_role, allow, settled, zip_of
from tests.sandbox.plain_api import Answer, assumed, request, signature

MAY_TAKE = allow("sts:AssumeRole")
_FUNCTION = """
import json, os

def handler(event, context):
    with open(os.environ["ASKED"], "a") as asked:
        asked.write(json.dumps(event) + chr(10))
    return json.loads(os.environ["ANSWER"])
"""


def a_project(stand_in: StandIn, name: str, *commands: str, account: str = PROD) -> str:
    """A project whose builds run these commands; its name."""
    spec = {"version": 0.2, "phases": {"build": {"commands": list(commands)}}}
    stand_in.client("codebuild", account).create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": yaml.safe_dump(spec)},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=f"arn:aws:iam::{account}:role/builds",
    )
    return name


def a_check(stand_in: StandIn, name: str, answer: Any, asked: str, account: str = PROD) -> str:
    """A function that answers every question like this, and keeps what it was asked in a file; its ARN."""
    role = a_role(stand_in, allow("logs:PutLogEvents"), account=account)
    environment = {"ANSWER": json.dumps(answer), "ASKED": asked}
    stand_in.client("lambda", account).create_function(
        FunctionName=name,
        Role=role,
        Runtime=f"python{PYTHON}",
        Handler="app.handler",
        Code={"ZipFile": zip_of(_FUNCTION)},
        Environment={"Variables": environment},
    )
    settled(stand_in, name, account)
    return f"arn:aws:lambda:{REGION}:{account}:function:{name}"


def taken(pipeline: Pipeline, account: str, session: str) -> Keys:
    """The keys of the hooks' role, as somebody of an account takes it."""
    trusts = {"AWS": f"arn:aws:iam::{account}:root"}
    somebody = assumed(pipeline.stand_in, a_role(pipeline.stand_in, MAY_TAKE, trusts=trusts, account=account))
    sts = pipeline.stand_in.session_client("sts", REGION, *somebody)
    made = sts.assume_role(RoleArn=pipeline.outputs["HooksRoleArn"], RoleSessionName=session)["Credentials"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def answer(pipeline: Pipeline, keys: Keys, callback_id: str, **body: str) -> Answer:
    """Answer a check by a signed call."""
    url, sent = f"{pipeline.outputs['ApprovalUrl']}/hooks/{callback_id}", json.dumps(body).encode()
    return request(url, "POST", sent, {**signature(url, keys, sent), "Content-Type": "application/json"})
