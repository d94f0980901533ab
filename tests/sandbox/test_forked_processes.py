"""Functions' processes are forked from one that has imported boto3, and see what a process of their own would see."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.stand_in.process import StandIn
from sandbox.stand_in.repairs.functions.forked import can_fork
from sandbox.stand_in.settings import Limits
from tests.sandbox.given import LEFT_OUT, a_function, invoke

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system has no descriptors of processes")

SURROUNDINGS = """
import os, signal, sys, threading
def handler(event, context):
    return {
        "boto3": "boto3" in sys.modules,
        "variables": sorted(os.environ),
        "path": [os.path.basename(each) for each in sys.path],
        "arguments": [os.path.basename(each) for each in sys.argv],
        "folder": os.path.basename(os.getcwd()),
        "flags": [sys.flags.isolated, sys.flags.no_site, sys.dont_write_bytecode],
        "signals": [str(signal.getsignal(each)) for each in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)],
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "encoding": [sys.stdout.encoding, sys.stderr.encoding, sys.getfilesystemencoding()],
    }
"""


@pytest.fixture(scope="module")
def fresh() -> Iterator[StandIn]:
    """A stand-in that starts each process with an interpreter of its own."""
    with StandIn(without=LEFT_OUT, limits=Limits(forks=False)) as running:
        yield running


def surroundings(stand_in: StandIn) -> Any:
    return invoke(stand_in, a_function(stand_in, SURROUNDINGS, environment={"MINE": "yes"}))["Payload"]


def test_a_forked_process_sees_what_a_fresh_one_does_and_only_boto3_is_there_already(
    aws: StandIn, fresh: StandIn
) -> None:
    forked, started = surroundings(aws), surroundings(fresh)
    assert (forked.pop("boto3"), started.pop("boto3")) == (True, False)
    assert forked == started


def test_two_processes_draw_different_numbers(aws: StandIn) -> None:
    source = "import random\ndef handler(event, context):\n    return random.random()"
    first, second = (invoke(aws, a_function(aws, source))["Payload"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize("end", ["os._exit(3)", "sys.exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_process_that_ends_is_an_error_and_the_next_invocation_starts_another(aws: StandIn, end: str) -> None:
    function = a_function(aws, f"import os, sys\ndef handler(event, context):\n    return event if event else {end}")
    assert "FunctionError" in invoke(aws, function, "")
    assert invoke(aws, function, "still there")["Payload"] == "still there"
