"""The state of many targets in one word, and the command that puts one right."""

import shlex
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gantry.command_line.naming import named_revision
from gantry.promotion.drift.remedy import remedy
from gantry.promotion.drift.states import DriftState, worst
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.target import Target

TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay:live", "arn:aws:lambda:us-east-1:444444444444:function")
DIGEST = "sha256:" + "a" * 64


@given(st.lists(st.sampled_from(DriftState)))
def test_all_together_are_green_only_if_each_is(states: list[DriftState]) -> None:
    assert (worst(states) is DriftState.SYNCED) is all(each is DriftState.SYNCED for each in states)
    if DriftState.OUT_OF_SYNC in states:
        assert worst(states) is DriftState.OUT_OF_SYNC
    elif DriftState.UNKNOWN in states:
        assert worst(states) is DriftState.UNKNOWN


@given(revision=st.text("abc123:?=&'/-_. ", min_size=1))
def test_the_command_names_the_very_revision_that_is_live(revision: str) -> None:
    current = LiveRevision(revision, DIGEST, "2026-11-20T08:00:00.000Z")
    live = Live("team/cowsay", "prod", TARGET, current)

    command = shlex.split(remedy(live, can_go_back=True))

    assert command[:6] == ["gantry", "rollback", "team/cowsay", "prod", "--target", TARGET.id]
    assert command[6] == "--to"
    assert named_revision(command[7]) == {"version": revision}


def test_what_cannot_go_back_is_promoted_again() -> None:
    live = Live("cowsay", "prod", TARGET, LiveRevision("7", DIGEST, "2026-11-20T08:00:00.000Z", "4f0c2d1"))
    assert remedy(live, can_go_back=False) == f"gantry promote cowsay {DIGEST} --to prod"
    of_object = replace(live, service="s3/acme/glue/etl.py")
    assert remedy(of_object, can_go_back=False).startswith("gantry promote s3/acme/glue/etl.py sha256:")
