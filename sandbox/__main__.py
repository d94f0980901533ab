"""`make sandbox` runs the pipeline until Ctrl-C. `python -m sandbox COMMAND` works with it from another terminal."""

import sys

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.driver import use
from sandbox.driver.deploy import DeployError
from sandbox.driver.notices import mails_to
from sandbox.driver.running import chosen_port, forget, remember
from sandbox.driver.waiting import NotSeenError, meanwhile
from sandbox.driver.wrapping import wrapped
from sandbox.stand_in.process import StandIn, StandInError, why_it_stopped
from sandbox.stories.demo import INTERRUPTED, TIME_SCALE, beginning, deployed, first_release, interrupted
from sandbox.stories.live_view import follow
from sandbox.stories.ready import ready
from sandbox.stories.story import Story
from sandbox.stories.watching import Watching, reader


def main() -> int:
    """Run the sandbox, or one command for the one that runs."""
    if sys.argv[1:]:
        return use.run(sys.argv[1:])
    story = Story()
    try:
        with story.screen:
            beginning(story)
            with StandIn(port=chosen_port(), time_scale=TIME_SCALE) as stand_in:
                run(stand_in, story)
    except KeyboardInterrupt:
        return interrupted("The sandbox has stopped. Nothing of it is left running.")
    except (StandInError, DeployError, NotSeenError, OSError, BotoCoreError, ClientError) as error:
        print("", *wrapped(f"The sandbox stopped: {why_it_stopped(error)}"), sep="\n", file=sys.stderr)
        if "is not free" in str(error):
            print("Choose another port: GANTRY_PORT=4601 make sandbox", file=sys.stderr)
        return 1
    return 1


def run(stand_in: StandIn, story: Story) -> None:
    """Deploy, release a first version of cowsay, and show what happens until somebody ends it."""
    pipeline = deployed(stand_in, story)
    watching = Watching(story, reader(stand_in))
    with meanwhile(watching.look):
        first_release(pipeline, story)
    remember(stand_in.endpoint, len(mails_to(stand_in, None)))
    try:
        story.screen.be_silent()
        story.show(ready(stand_in.endpoint))
        follow(pipeline, story, watching)
    finally:
        forget()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # of a command
        sys.exit(INTERRUPTED)
