from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from gantry.promotion.lease import Contender, RestorePoint
from gantry.promotion.ledger import Live, LiveRevision
from gantry.promotion.release import Release
from gantry.promotion.repair import Rescue
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing

TARGET = Target("444444444444", "us-east-1", "cowsay", "live")
AT = "2026-11-22T12:00:00.000Z"
RELEASE = Release("cowsay", f"sha256:{8:064x}", "revision-8", "tag8")
DEPLOYMENT = Contender("arn:deployment", "cowsay", "prod", AT, AT, RELEASE)
ROLLBACK = replace(DEPLOYMENT, owner="arn:rollback", release=None)


def version(number: int) -> LiveRevision:
    return LiveRevision(str(number), f"sha256:{number:064x}", "2026-11-20T09:00:00.000Z", f"tag{number}")


LIVE = Live("cowsay", "prod", TARGET, version(7), (version(6), version(5)))
BEFORE = RestorePoint("7", f"sha256:{7:064x}")
DEPLOYING = Rescue(TARGET, DEPLOYMENT, BEFORE, LIVE)
ROLLING_BACK = Rescue(TARGET, ROLLBACK, RestorePoint("6", f"sha256:{6:064x}"), LIVE)
FIRST = Rescue(TARGET, DEPLOYMENT, None, None)


def runs(*versions: str) -> Callable[[str], bool]:
    """Which versions run the image of the release that the holder deployed."""
    return lambda version: version in versions


def not_asked(version: str) -> NoReturn:
    raise AssertionError(f"nobody needs to know what {version} runs")


@pytest.mark.parametrize(
    ("known", "home"),
    [(DEPLOYING, "7"), (ROLLING_BACK, "6"), (replace(DEPLOYING, restore_point=None), None), (FIRST, None)],
    ids=["what it noted", "what it restores", "it noted nothing", "there was nothing"],
)
def test_the_alias_belongs_where_its_holder_noted_and_who_noted_nothing_has_not_moved_it(
    known: Rescue, home: str | None
) -> None:
    assert known.home == home


@pytest.mark.parametrize("found", [Routing("7"), Routing("7", {"8": 10.0})], ids=["untouched", "split"])
def test_a_canary_of_a_deployment_that_is_over_gets_no_traffic_any_more(found: Routing) -> None:
    assert DEPLOYING.routing(found, not_asked) == Routing("7")


def test_a_deployment_that_ended_before_it_was_written_down_is_taken_back() -> None:
    assert DEPLOYING.routing(Routing("8"), runs("8")) == Routing("7")


@pytest.mark.parametrize("known", [DEPLOYING, replace(DEPLOYING, restore_point=None)])
def test_a_version_that_somebody_else_put_there_stays_without_the_canary_beside_it(known: Rescue) -> None:
    assert known.routing(Routing("9", {"8": 10.0}), runs("8")) == Routing("9")


@pytest.mark.parametrize("found", [Routing("8"), Routing("7", {"8": 10.0}), Routing("6"), Routing("9")])
def test_a_rollback_is_carried_to_its_end_whatever_the_alias_routes_to(found: Routing) -> None:
    assert ROLLING_BACK.routing(found, not_asked) == Routing("6")


@pytest.mark.parametrize("found", [Routing("1"), Routing("1", {"2": 10.0})])
def test_the_first_version_of_all_stays(found: Routing) -> None:
    assert FIRST.routing(found, not_asked) == Routing("1")


def test_the_first_version_of_all_is_live() -> None:
    assert FIRST.live_after(version(1)) == Live("cowsay", "prod", TARGET, version(1))


def test_when_the_ledger_is_right_already_nothing_is_to_be_written() -> None:
    assert DEPLOYING.live_after(replace(version(7), since=AT, tag=None)) is None


def test_of_a_version_that_was_live_before_the_ledger_keeps_what_it_knows() -> None:
    assert DEPLOYING.live_after(LiveRevision("6", f"sha256:{6:064x}", AT)) == replace(
        LIVE, current=version(6), lineage=(version(5),)
    )


def test_a_version_that_the_ledger_does_not_know_is_live_before_those_that_are_older() -> None:
    somebodys = LiveRevision("9", f"sha256:{9:064x}", AT)
    assert DEPLOYING.live_after(somebodys) == replace(
        LIVE, current=somebodys, lineage=(version(7), version(6), version(5))
    )
