"""The commands that start or answer something, and how all of them fail."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError
from hypothesis import given
from hypothesis import strategies as st

from gantry.command_line.aws_errors import as_command_error
from gantry.command_line.naming import named_artifact, named_release, named_revision
from gantry.command_line.pipeline import Answer, Pipeline
from gantry.command_line.rolling_back import Wish
from gantry.handlers.rollback_machine.rollback_input import rollback_input
from tests.unit.command_line.running import run
from tests.unit.handlers.status_records import write_services

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

FUNCTIONS = Path(__file__).parents[3] / "functions"
CALLER = "arn:aws:sts::111111111111:assumed-role/Operators/alice"
EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:call-1"
APPROVAL = "1f3a8c52d9e04b7f8a6c"


class Calls:
    """What was sent to the pipeline, and what it answers."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, Any, dict[str, str]]] = []
        self.answer = Answer(202, {"execution": EXECUTION})

    def __call__(self, _: Pipeline, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        self.made.append((method, url, body, headers))
        return self.answer


@pytest.fixture
def calls(known_outputs: None, monkeypatch: pytest.MonkeyPatch) -> Calls:
    made = Calls()

    def call(*given: Any, **headers: Any) -> Answer:
        return made(*given, **headers)

    monkeypatch.setattr(Pipeline, "call", call)
    return made


def test_promoting_names_the_release_and_prints_the_execution(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("promote", "cowsay", "4f0c2d1", "--to", "dev", "--to", "prod", "--release-from-quarantine", "fixed it") == 0
    )
    looked, (method, url, body, headers) = calls.made
    assert looked[:2] == (
        "GET",
        "https://api.example.com/previews/cowsay?tag=4f0c2d1&environment=dev%2Cprod&release_from_quarantine=true",
    )
    assert (method, url) == ("POST", "https://api.example.com/promotions")
    wanted = {"repository": "cowsay", "tag": "4f0c2d1", "environments": ["dev", "prod"]}
    assert body == wanted | {"release_from_quarantine": "fixed it"}
    assert headers["idempotency-key"]
    said = capsys.readouterr()
    assert (said.out.strip(), "gantry watch cowsay" in said.err) == (EXECUTION, True)


@pytest.mark.parametrize(("status", "code"), [(400, 2), (403, 5), (409, 1), (503, 1)])
def test_what_the_pipeline_refuses_is_said_in_its_words(
    calls: Calls, status: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.answer = Answer(status, {"error": "tag: that is none. Nothing was started."})
    assert run("promote", "cowsay", "4f0c2d1") == code
    assert "tag: that is none." in capsys.readouterr().err


def test_an_approval_is_found_by_the_beginning_of_its_id(
    calls: Calls, kept: "Table", capsys: pytest.CaptureFixture[str]
) -> None:
    write_services(kept, 3)
    calls.answer = Answer(200, {"decision": "approved", "explanation": "It was approved."})
    assert run("approve", APPROVAL[:6], "--reason", "looks good") == 0
    ((_, url, body, _),) = calls.made
    assert url.startswith(f"https://api.example.com/decisions/{APPROVAL}")
    assert (body["decision"], body["reason"]) == ("approved", "looks good")
    assert body["digest"].startswith("sha256:")
    assert "It was approved." in capsys.readouterr().out


@pytest.mark.usefixtures("calls")
def test_an_unknown_approval_is_not_answered(kept: "Table", capsys: pytest.CaptureFixture[str]) -> None:
    write_services(kept, 3)
    assert run("reject", "0000", "--reason", "no") == 2
    assert "gantry approvals lists them" in capsys.readouterr().err


@pytest.fixture
def started(known_outputs: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the rollback machine is started with."""
    made: list[tuple[str, dict[str, Any]]] = []

    def start(_: Pipeline, machine: str, name: str, given: dict[str, Any]) -> str:
        made.append((machine, given))
        return f"arn:aws:states:us-east-1:111111111111:execution:gantry-rollback:{name}"

    monkeypatch.setattr(Pipeline, "start", start)
    monkeypatch.setattr("gantry.command_line.rolling_back._caller", lambda: CALLER)
    return made


def test_a_rollback_says_who_and_why(started: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rollback", "cowsay", "prod", "--to", "7", "--reason", "5xx since 10:00", "--yes") == 0
    ((machine, given_input),) = started
    assert machine == "RollbackMachineArn"
    assert given_input == {
        "repository": "cowsay",
        "environment": "prod",
        "version": "7",
        "reason": "5xx since 10:00",
        "started_by": CALLER,
    }
    assert "gantry why rollback-" in capsys.readouterr().err


def test_without_a_terminal_a_rollback_has_to_be_meant(
    started: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert run("rollback", "cowsay", "prod", "--reason", "5xx") == 2
    assert "Give --yes." in capsys.readouterr().err
    assert started == []


@given(
    st.sampled_from(["cowsay", "team/cowsay", "s3/acme-artifacts/glue/etl.py"]),
    st.sampled_from(
        [None, "7", "4f0c2d1", "tag:123", "version:a1", f"sha256:{'0' * 64}", "cowsay:12", "a1b2c3?alias=live"]
    ),
    st.lists(st.sampled_from(["444444444444/us-east-1/cowsay/live"]), max_size=1),
    st.text(min_size=1).filter(str.strip),
    st.sampled_from([None, CALLER]),
)
def test_the_machine_takes_what_the_command_sends(
    service: str, to: str | None, targets: list[str], reason: str, caller: str | None
) -> None:
    sent = Wish(service, "prod", to, reason, tuple(targets)).as_input(caller)
    typed = rollback_input(json.loads(json.dumps(sent)))
    assert (typed.service, typed.environment, typed.started_by) == (service, "prod", caller)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("7", {"version": "7"}),
        ("tag:7", {"tag": "7"}),
        ("version:4f0c2d1", {"version": "4f0c2d1"}),
        ("4f0c2d1", {"tag": "4f0c2d1"}),
        ("1.2.3", {"tag": "1.2.3"}),
        ("cowsay:12", {"version": "cowsay:12"}),
        ("a1b2c3?alias=live&table=cowsay", {"version": "a1b2c3?alias=live&table=cowsay"}),
        (f"sha256:{'a' * 64}", {"digest": f"sha256:{'a' * 64}"}),
    ],
)
def test_what_to_go_back_to_is_told_apart(typed: str, named: dict[str, str]) -> None:
    assert named_revision(typed) == named


def test_an_object_is_named_by_its_bucket_and_key_and_its_release_by_the_version() -> None:
    service = "s3/acme-artifacts/glue/etl.py"
    assert named_artifact(service) == {"artifact": {"bucket": "acme-artifacts", "key": "glue/etl.py"}}
    assert named_release(service, "3HL4kqtJlcp") == {"version_id": "3HL4kqtJlcp"}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Query")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refusal("AccessDeniedException"), 5),
        (refusal("ExpiredTokenException"), 5),
        (refusal("ThrottlingException"), 1),
        (NoCredentialsError(), 5),
        (NoRegionError(), 2),
        (EndpointConnectionError(endpoint_url="https://x"), 1),
    ],
)
def test_what_aws_refuses_is_a_sentence_with_an_exit_code(error: Exception, code: int) -> None:
    said = as_command_error(error)
    assert said.exit_code == code
    assert said.message.endswith((".", "?"))


def test_what_aws_refuses_ends_in_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Pipeline) -> Any:
        raise refusal("AccessDenied")

    monkeypatch.setattr(Pipeline, "outputs", property(refuse))
    assert run("status") == 5
    assert "IAM does not allow it" in capsys.readouterr().err


def test_ctrl_c_is_told_from_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Pipeline) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pipeline, "outputs", property(interrupted))
    assert run("status") == 130


def test_help_imports_neither_the_sdk_nor_what_draws() -> None:
    code = (
        "import sys; from gantry.command_line.main import gantry\n"
        "try: gantry.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print({'boto3', 'botocore', 'rich', 'pydantic', 'aws_lambda_powertools', 'yaml'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=FUNCTIONS, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(shell: str) -> None:
    environment = {"_GANTRY_COMPLETE": f"{shell}_source", "PYTHONPATH": str(FUNCTIONS), "PATH": "/usr/bin:/bin"}
    code = "from gantry.command_line.main import gantry; gantry.main(prog_name='gantry')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert "_GANTRY_COMPLETE" in done.stdout
