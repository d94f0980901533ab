"""The program from which functions' processes are forked. It has imported the runtime's boto3, most of a cold start.

It starts like the runtime, without this project and without site-packages, and never runs anything of a function
itself. Each message on its socket is a process to start: the standard streams come with it. The answer is the number
of the process, with a descriptor that tells when it has ended, whoever has its number by then.
"""

import gc
import importlib
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

LONGEST = 256 * 1024
"""Bytes of a message. Of them a function's variables are 4 KB at most."""
_STREAMS = 3


def main() -> None:
    """Fork until the socket closes."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    import_what_the_runtime_brings(os.environ["_RUNTIME_PACKAGES"])
    while True:
        message, streams, _, _ = socket.recv_fds(requests, LONGEST, _STREAMS)
        if not message:
            return
        process = os.fork()
        if process == 0:
            requests.close()
            become(json.loads(message), streams)
        for stream in streams:
            os.close(stream)
        ended = os.pidfd_open(process)
        socket.send_fds(requests, [str(process).encode()], [ended])
        os.close(ended)
        collect()


def import_what_the_runtime_brings(packages: str) -> None:
    """Import what nearly every function does. The path stays as it was: each process makes its own."""
    sys.path.append(packages)
    for module in ("boto3.session", "boto3.dynamodb.conditions", "botocore.client", "urllib3"):
        importlib.import_module(module)
    sys.path.remove(packages)
    gc.collect()
    gc.freeze()


def become(wanted: dict[str, Any], streams: list[int]) -> None:
    """Run a program in this process as Python would that was started for it, and end."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv[:] = [wanted["program"]]
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    program, code = wanted["program"], 0
    try:
        text = Path(program).read_text(encoding="utf-8")
        exec(compile(text, program, "exec"), {"__name__": "__main__", "__file__": program})  # noqa: S102 -- a program
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # whatever Python itself would report
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def collect() -> None:
    """Let the processes go that have ended meanwhile."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    main()
