"""What to do with a running sandbox: `python -m sandbox.driver.use ENDPOINT push TAG | mail | rollback ENVIRONMENT`."""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.mailbox import mails
from sandbox.stand_in.process import StandIn
from sandbox.stories.demo import APPROVER, BAD, GOOD, SERVICE, table


class Running(StandIn):
    """A stand-in that another process has started and will stop."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.endpoint = endpoint

    def check(self) -> None:
        """Whether it still runs shows in its answers."""


def main() -> int:
    """Do one thing, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.driver.use", description=__doc__)
    parser.add_argument("endpoint", help="what `make sandbox` printed")
    commands = parser.add_subparsers(dest="command", required=True)
    push = commands.add_parser("push", help="push a new version")
    push.add_argument("tag", help="7 to 40 hexadecimal digits, as of a commit")
    push.add_argument("--bad", action="store_true", help="a version that fails in prod")
    commands.add_parser("mail", help=f"the newest mail to {APPROVER}")
    commands.add_parser("rollback", help="put the version before back").add_argument("environment")
    commands.add_parser("live", help="what is live where")
    options = parser.parse_args()
    stand_in = Running(options.endpoint)
    try:
        found = stand_in.client("cloudformation", ASSETS).describe_stacks(StackName="gantry")["Stacks"][0]["Outputs"]
        print(done(options, Pipeline(stand_in, {each["OutputKey"]: each["OutputValue"] for each in found})))
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"The sandbox at {options.endpoint} does not answer as it should: {error}", file=sys.stderr)
        return 1
    return 0


def done(options: argparse.Namespace, pipeline: Pipeline) -> str:
    """Do what was asked; what came of it."""
    if options.command == "push":
        digest = pipeline.push(SERVICE, options.tag, (BAD if options.bad else GOOD) % options.tag)
        return f"pushed {SERVICE}:{options.tag} as {digest}; a mail to {APPROVER} follows once staging has it"
    if options.command == "mail":
        found = [mail for mail in mails(pipeline.stand_in, ASSETS) if APPROVER in mail.to]
        return f"Subject: {found[-1].subject}\n\n{found[-1].text}" if found else "no mail yet"
    if options.command == "rollback":
        ended = pipeline.wait(pipeline.start("Rollback", {"service": SERVICE, "environment": options.environment}))
        return f"{ended['status']}: {ended.get('output') or ended.get('cause')}"
    return table(pipeline)


if __name__ == "__main__":
    sys.exit(main())
