"""Starting and stopping the stand-in, and deploying onto it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.driver.deploy import DeployError, deploy
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn, StandInError
from sandbox.stand_in.workspace import ROOT
from tests.sandbox.given import a_function, invoke, new_name, soon

BUCKET = """
Parameters: {Suffix: {Type: String}}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "gantry-${Suffix}"}}
Outputs:
  Name: {Value: !Ref Bucket}
  Said: {Value: !Ref Suffix}
"""
PROCESS = "import os\ndef handler(event, context):\n    return [os.getpid(), os.getcwd()]"


def is_running(process: int) -> bool:
    """Whether there is such a process, and it is not only waiting to be collected."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[3])


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = f"port {port} on 127.0.0.1 is not free"

        with pytest.raises(StandInError, match=message):
            StandIn(port).start()
        command = [sys.executable, "-m", "sandbox.stand_in.server", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 -- our own

    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1


def test_a_stand_in_that_was_killed_is_one_clear_line() -> None:
    with StandIn() as aws:
        worker, folder = invoke(aws, a_function(aws, PROCESS))["Payload"]
        server = parent_of(parent_of(worker))

        os.kill(server, signal.SIGKILL)
        soon(lambda: not is_running(server))

        with pytest.raises(
            StandInError, match=r"the stand-in has stopped: SIGKILL killed it.*; its log is at .*stand-in-\d+\.log"
        ):
            aws.client("s3", ASSETS).list_buckets()
        soon(lambda: not is_running(worker))
    assert not Path(folder).exists()


def test_stopping_ends_the_workers_and_removes_the_temporary_folder() -> None:
    with StandIn() as aws:
        worker, folder = invoke(aws, a_function(aws, PROCESS))["Payload"]
        assert is_running(worker)

    soon(lambda: not is_running(worker))
    assert not Path(folder).exists()


def test_its_footprint_has_the_workers_too() -> None:
    with StandIn() as aws:
        functions = [a_function(aws, PROCESS) for _ in range(2)]
        with aws.footprint() as peaks:
            for function in functions:
                invoke(aws, function)

            soon(lambda: peaks.processes == len(["the stand-in", "the fork server", *functions]))

    assert peaks.megabytes > peaks.own_megabytes > 0
    assert peaks.threads > 1


def test_the_stand_in_ends_with_the_process_that_started_it() -> None:
    program = (
        "from sandbox.stand_in.process import StandIn\n"
        "aws = StandIn().start()\n"
        "print(aws.endpoint, flush=True)\n"
        "input()"
    )
    parent = subprocess.Popen(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    port = int(parent.stdout.readline().rsplit(":", 1)[-1])

    parent.kill()
    parent.communicate()

    def refuses() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    soon(refuses)


def test_sam_deploys_a_template_with_its_parameters(aws: StandIn, tmp_path: Path) -> None:
    template, suffix = tmp_path / "template.yaml", new_name("bucket")
    template.write_text(BUCKET, encoding="utf-8")

    outputs = deploy(aws, new_name("stack"), template, ASSETS, {"Suffix": suffix})

    assert outputs == {"Name": f"gantry-{suffix}", "Said": suffix}
    assert aws.client("s3", ASSETS).head_bucket(Bucket=outputs["Name"])


def test_a_deployment_that_fails_says_why(aws: StandIn, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Bad: {Type: AWS::Nothing::AtAll}}", encoding="utf-8")

    with pytest.raises(DeployError, match="AWS::Nothing::AtAll"):
        deploy(aws, new_name("stack"), template, ASSETS)
