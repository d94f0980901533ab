from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.release import Release
from gantry.promotion.repair import InterruptedTarget, RoutingRepair
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing

TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay/live", "arn:aws:target")
AT = "2026-11-22T12:00:00.000Z"
IMAGE = Artifact(ArtifactKind.CONTAINER_IMAGE, f"sha256:{8:064x}", "cowsay")
RELEASE = Release("cowsay", IMAGE, "revision-8", "tag8")
DEPLOYMENT = Contender("arn:deployment", "cowsay", "prod", AT, AT, RELEASE)
ROLLBACK = replace(DEPLOYMENT, owner="arn:rollback", release=None)


def revision(number: int) -> LiveRevision:
    since = "2026-11-20T09:00:00.000Z"
    return LiveRevision(str(number), f"sha256:{number:064x}", since, f"tag{number}", sequence=number)


LIVE = Live("cowsay", "prod", TARGET, revision(7), (revision(6), revision(5)), sequence=7)
BEFORE = RestorePoint("7", f"sha256:{7:064x}")
DEPLOYING = InterruptedTarget(TARGET, DEPLOYMENT, BEFORE, LIVE)
ROLLING_BACK = InterruptedTarget(TARGET, ROLLBACK, RestorePoint("6", f"sha256:{6:064x}"), LIVE)
FIRST = InterruptedTarget(TARGET, DEPLOYMENT, None, None)


def runs(*revisions: str) -> Callable[[str], bool]:
    """Which revisions run the artifact of the release that the holder deployed."""
    return lambda revision: revision in revisions


def not_asked(revision: str) -> NoReturn:
    raise AssertionError(f"nobody needs to know what {revision} runs")


@pytest.mark.parametrize(
    ("known", "revision"),
    [(DEPLOYING, "7"), (ROLLING_BACK, "6"), (replace(DEPLOYING, restore_point=None), None), (FIRST, None)],
    ids=["what it noted", "what it restores", "it noted nothing", "there was nothing"],
)
def test_the_traffic_belongs_where_its_holder_noted_and_a_holder_that_noted_nothing_has_not_moved_it(
    known: InterruptedTarget, revision: str | None
) -> None:
    assert known.restores == revision


@pytest.mark.parametrize("found", [Routing("7"), Routing("7", {"8": 10.0})], ids=["untouched", "split"])
def test_the_canary_of_a_deployment_that_has_ended_gets_no_traffic_any_more(found: Routing) -> None:
    assert DEPLOYING.routing(found, not_asked) == Routing("7")


def test_a_deployment_that_ended_before_it_was_recorded_is_taken_back() -> None:
    assert DEPLOYING.routing(Routing("8"), runs("8")) == Routing("7")


@pytest.mark.parametrize("known", [DEPLOYING, replace(DEPLOYING, restore_point=None)])
def test_a_revision_that_somebody_else_routed_to_stays_without_the_canary_beside_it(known: InterruptedTarget) -> None:
    assert known.routing(Routing("9", {"8": 10.0}), runs("8")) == Routing("9")


@pytest.mark.parametrize("found", [Routing("8"), Routing("7", {"8": 10.0}), Routing("6"), Routing("9")])
def test_a_rollback_is_carried_to_its_end_wherever_the_traffic_goes(found: Routing) -> None:
    assert ROLLING_BACK.routing(found, not_asked) == Routing("6")


@pytest.mark.parametrize("found", [Routing("1"), Routing("1", {"2": 10.0})])
def test_the_first_revision_of_all_stays(found: Routing) -> None:
    assert FIRST.routing(found, not_asked) == Routing("1")


def test_the_first_revision_of_all_is_live() -> None:
    assert FIRST.live_after(revision(1)) == Live("cowsay", "prod", TARGET, revision(1))


def test_when_the_ledger_is_right_already_nothing_is_to_be_written() -> None:
    assert DEPLOYING.live_after(replace(revision(7), since=AT, tag=None)) is None


def test_the_ledger_keeps_what_it_knows_of_a_revision_that_was_live_before() -> None:
    assert DEPLOYING.live_after(LiveRevision("6", f"sha256:{6:064x}", AT)) == replace(
        LIVE, current=revision(6), lineage=(revision(5),)
    )


def test_a_revision_that_the_ledger_does_not_know_is_the_newest_whatever_it_is_called() -> None:
    somebodys = LiveRevision("2", f"sha256:{9:064x}", AT)
    assert DEPLOYING.live_after(somebodys) == replace(
        LIVE,
        current=replace(somebodys, sequence=8),
        lineage=(revision(7), revision(6), revision(5)),
        sequence=8,
    )


@pytest.mark.parametrize(
    ("before", "revision", "is_changed", "text"),
    [
        (None, None, False, "takes no traffic yet"),
        (Routing("7"), "7", False, "routes to version 7, as before"),
        (Routing("7", {"8": 10.0}), "7", True, "routed to 7 with 10 % on 8; all traffic is on version 7 again"),
        (Routing("8"), "7", True, "routed to 8; all traffic is on version 7 again"),
    ],
)
def test_a_repair_says_whether_it_changed_the_routing(
    before: Routing | None, revision: str | None, is_changed: bool, text: str
) -> None:
    repair = RoutingRepair(before, revision)
    assert (repair.is_changed, str(repair)) == (is_changed, text)
