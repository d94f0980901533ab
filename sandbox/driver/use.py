"""Commands for a running sandbox: `python -m sandbox.driver.use ENDPOINT push|mail|rollback|live …`."""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.driver.cowsay import APPROVER, BAD, GOOD, SERVICE
from sandbox.driver.live_table import table
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.mailbox import mails
from sandbox.stand_in.process import StandIn


class Running(StandIn):
    """A stand-in that another process has started and will stop."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.endpoint = endpoint

    def check(self) -> None:
        """Check nothing: the stand-in's answers show whether it runs."""


def main() -> int:
    """Run one command and print its result; return 1 if the sandbox does not answer."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.driver.use", description=__doc__)
    parser.add_argument("endpoint", help="the endpoint that `make sandbox` printed")
    commands = parser.add_subparsers(dest="command", required=True)
    push = commands.add_parser("push", help="push a new version")
    push.add_argument("tag", help="7 to 40 hexadecimal digits, like a commit's")
    push.add_argument("--bad", action="store_true", help="push a version that fails in prod")
    commands.add_parser("mail", help=f"show the newest mail to {APPROVER}")
    commands.add_parser("rollback", help="restore the previous version").add_argument("environment")
    commands.add_parser("live", help="show what is live in each environment")
    options = parser.parse_args()
    try:
        print(run(options, Pipeline.of_running(Running(options.endpoint))))
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"The sandbox at {options.endpoint} does not answer correctly: {error}", file=sys.stderr)
        return 1
    return 0


def run(options: argparse.Namespace, pipeline: Pipeline) -> str:
    """Run the command, and return its result for people."""
    if options.command == "push":
        digest = pipeline.push(SERVICE, options.tag, (BAD if options.bad else GOOD) % options.tag)
        return f"pushed {SERVICE}:{options.tag} as {digest}; {APPROVER} gets a mail when it is live in staging"
    if options.command == "mail":
        found = [mail for mail in mails(pipeline.stand_in, ASSETS) if APPROVER in mail.to]
        return f"Subject: {found[-1].subject}\n\n{found[-1].text}" if found else "no mail yet"
    if options.command == "rollback":
        ended = pipeline.wait(pipeline.start("Rollback", {"service": SERVICE, "environment": options.environment}))
        return f"{ended['status']}: {ended.get('output') or ended.get('cause')}"
    return table(pipeline)


if __name__ == "__main__":
    sys.exit(main())
