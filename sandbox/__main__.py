"""`make sandbox`: deploy the pipeline, release a service to prod, and keep everything running until Ctrl-C."""

import sys
import threading

from sandbox.driver.cowsay import APPROVER, SERVICE
from sandbox.driver.deploy import DeployError
from sandbox.driver.traffic import traffic
from sandbox.driver.waiting import NotSeenError
from sandbox.stand_in.accounts import ASSETS, PROD, ROOT_SECRET, WORKLOAD_ACCOUNTS
from sandbox.stand_in.process import StandIn, StandInError
from sandbox.stories.demo import TIME_SCALE, chosen_port, deployed, first_release
from sandbox.stories.story import Story

READY = """
The sandbox is ready. {service} in prod gets about ten requests a second.

  endpoint   {endpoint}
  accounts   {accounts}
  sign in    AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=<account> AWS_SECRET_ACCESS_KEY={secret}

Four commands to try, in another terminal:

  {use} push 2222222     push a new version (--bad: one that fails in prod)
  {use} mail             show the newest mail to {approver}; open its link to approve
  {use} rollback prod    restore the previous version
  {use} live             show what is live in each environment

Ctrl-C stops the sandbox and cleans up.
"""


def main() -> int:
    """Deploy, release version 1, and wait."""
    story = Story()
    try:
        with StandIn(port=chosen_port(), time_scale=TIME_SCALE) as stand_in:
            pipeline = deployed(stand_in, story)
            first_release(pipeline, story)
            print(_ready(stand_in.endpoint), flush=True)
            with traffic(pipeline, PROD):
                while not threading.Event().wait(1):
                    stand_in.check()
    except KeyboardInterrupt:
        print("\nThe sandbox has stopped.")
    except (StandInError, DeployError, NotSeenError) as error:
        print(f"\nThe sandbox stopped: {error}", file=sys.stderr)
        return 1
    return 1 if story.failures else 0


def _ready(endpoint: str) -> str:
    named = {"assets": ASSETS, **WORKLOAD_ACCOUNTS}
    return READY.format(
        service=SERVICE,
        endpoint=endpoint,
        accounts=", ".join(f"{name} {account}" for name, account in named.items()),
        secret=ROOT_SECRET,
        use=f".venv/bin/python -m sandbox.driver.use {endpoint}",
        approver=APPROVER,
    )


if __name__ == "__main__":
    sys.exit(main())
