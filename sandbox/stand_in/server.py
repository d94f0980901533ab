"""`python -m sandbox.stand_in.server --port N` runs the stand-in in the foreground until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

from sandbox.stand_in.accounts import ASSETS, REGION, ROOT_SECRET
from sandbox.stand_in.port import PortTakenError, listen
from sandbox.stand_in.settings import Limits, Settings

# The libraries read these while they are imported. IAM is always enforced, only the one port is opened, and API calls
# are recorded for CloudTrail.
_LIBRARY_SETTINGS = {
    "AUTH": "true",
    "BIND_HOST": "127.0.0.1",
    "MINISTACK_ACCOUNT_ID": ASSETS,
    "MINISTACK_REGION": REGION,
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "LAMBDA_WARM_TTL_SECONDS": "60",
    "LOG_LEVEL": "WARNING",
    "CLOUDTRAIL_RECORDING": "1",
    "CLOUDTRAIL_MAX_EVENTS": "20000",
    "MINISTACK_WORKER_THREADS": "128",
    "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
}


def main() -> int:
    """Serve until a signal stops the process; return 1 when the port is taken."""
    arguments = _arguments()
    try:
        listener = socket.socket(fileno=arguments.listener) if arguments.listener else listen(arguments.port)
    except PortTakenError as error:
        print(error, file=sys.stderr)
        return 1
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="stand-in-"))
    folder.mkdir(exist_ok=True)
    limits = Limits(
        arguments.lambda_rate,
        arguments.invocations,
        arguments.processes,
        arguments.deployment_rate,
        arguments.canaries_alone,
        arguments.ecs_minute,
        not arguments.cold_starts,
    )
    settings = Settings(listener.getsockname()[1], folder, arguments.time_scale, arguments.seed, limits)
    _prepare_environment(settings)
    if arguments.until_stdin_closes:
        threading.Thread(target=_stop_when_stdin_closes, daemon=True).start()
    try:
        asyncio.run(_serve(settings, listener, set(arguments.without)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # Threads that wait for a task token or a timer would keep the process alive for as long as they wait.
    os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.stand_in.server", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 takes a free port")
    parser.add_argument("--listener", type=int, help="an inherited, listening socket to use instead of a port")
    parser.add_argument("--time-scale", type=float, default=1.0, help="0.1 makes an alarm's minute six seconds")
    parser.add_argument("--seed", type=int, default=1, help="the seed for the split of weighted aliases")
    parser.add_argument("--lambda-rate", type=float, help="calls a second to Lambda's control plane; AWS answers 15")
    parser.add_argument("--deployment-rate", type=float, help="CreateDeployment calls a second; AWS answers 0.2")
    parser.add_argument("--canaries-alone", action="store_true", help="one UpdateStage removes a canary, or does more")
    parser.add_argument("--ecs-minute", type=float, help="seconds of a minute of ECS' bakes and time-outs")
    parser.add_argument("--invocations", type=int, default=Limits().invocations, help="how many run at once")
    parser.add_argument("--processes", type=int, default=Limits().processes, help="above them, idle workers are ended")
    parser.add_argument(
        "--cold-starts", action="store_true", help="functions import boto3 at each cold start, as on AWS"
    )
    parser.add_argument("--folder", type=Path, help="the temporary folder to use, and to remove")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the parent process ends")
    parser.add_argument("--without", action="append", default=[], metavar="REPAIR", help="leave a repair out")
    return parser.parse_args()


def _prepare_environment(settings: Settings) -> None:
    """Give the libraries their settings, without the caller's AWS profile and temporary folder."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    folder = str(settings.folder)
    os.environ.update(_LIBRARY_SETTINGS, GATEWAY_PORT=str(settings.port), TMPDIR=folder, HOME=folder)
    tempfile.tempdir = folder


def _stop_when_stdin_closes() -> None:
    """Stop when the parent has ended, however it ended: the other end of the pipe is closed then."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


async def _serve(settings: Settings, listener: socket.socket, without: set[str]) -> None:
    # Imported here because the libraries read the environment while they are imported.
    from sandbox.stand_in.gateway import serve  # noqa: PLC0415

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, listener, stop, without)


if __name__ == "__main__":
    raise SystemExit(main())
