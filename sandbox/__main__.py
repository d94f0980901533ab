"""`make sandbox`: the pipeline with one service live in prod, left running to be played with until Ctrl-C."""

import sys
import threading

from sandbox.driver.deploy import DeployError
from sandbox.driver.pipeline import WORKLOAD_ACCOUNTS, NotSeenError
from sandbox.stand_in.accounts import ASSETS, PROD, ROOT_SECRET
from sandbox.stand_in.process import StandIn, StandInError
from sandbox.stories.demo import APPROVER, SERVICE, TIME_SCALE, Story, chosen_port, deployed, first_release, traffic

TO_TRY = """
The sandbox is ready. People use {service} in prod about ten times a second.

  endpoint   {endpoint}
  accounts   {accounts}
  sign in    AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=<account> AWS_SECRET_ACCESS_KEY={secret}

Three commands to try, in another terminal:

  .venv/bin/python -m sandbox.driver.use {endpoint} push 2222222     push a new version (--bad: one that fails in prod)
  .venv/bin/python -m sandbox.driver.use {endpoint} mail             read the newest mail to {approver}, and open its link
  .venv/bin/python -m sandbox.driver.use {endpoint} rollback prod    put the version before back

Ctrl-C stops it and cleans up.
"""


def main() -> int:
    """Deploy, release version 1, and wait."""
    story = Story()
    try:
        with StandIn(port=chosen_port(), time_scale=TIME_SCALE) as stand_in:
            pipeline = deployed(stand_in, story)
            first_release(pipeline, story)
            named = {"assets": ASSETS, **WORKLOAD_ACCOUNTS}
            accounts = ", ".join(f"{name} {account}" for name, account in named.items())
            print(
                TO_TRY.format(
                    service=SERVICE,
                    endpoint=stand_in.endpoint,
                    accounts=accounts,
                    secret=ROOT_SECRET,
                    approver=APPROVER,
                ),
                flush=True,
            )
            with traffic(pipeline, PROD):
                while not threading.Event().wait(1):
                    stand_in.check()
    except KeyboardInterrupt:
        print("\nThe sandbox is gone.")
    except (StandInError, DeployError, NotSeenError) as error:
        print(f"\nThe sandbox stopped: {error}", file=sys.stderr)
        return 1
    return 1 if story.disappointments else 0


if __name__ == "__main__":
    sys.exit(main())
