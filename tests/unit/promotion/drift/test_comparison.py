"""What differs between the ledger and a target, and what of that counts."""

from dataclasses import replace

import pytest

from gantry.promotion.drift.comparison import DriftDifference, SeenTarget, compare
from gantry.promotion.drift.ignored_drift import NOTHING_IGNORED, IgnoredDrift
from gantry.promotion.live import LiveRevision
from gantry.promotion.traffic import Routing
from tests.unit.masked import MASKING

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
SECRET = "hunter2-hunter2"
SETTINGS = {
    "memory_mb": "512",
    "environment.LOG_LEVEL": "INFO",
    "environment.API_KEY": MASKING.value("API_KEY", SECRET),
    "command": MASKING.command(["--password", SECRET]),
}
LIVE = LiveRevision("7", DIGEST, "2026-11-20T08:00:00.000Z", "4f0c2d1", configuration=SETTINGS)
SEEN = SeenTarget(Routing("7"), DIGEST, SETTINGS)


def what(found: tuple[DriftDifference, ...], *, ignored: bool = False) -> list[str]:
    return [each.what for each in found if each.is_ignored is ignored]


def with_settings(seen: SeenTarget = SEEN, **changed: str) -> SeenTarget:
    return replace(seen, settings=SETTINGS | {name.replace("__", "."): value for name, value in changed.items()})


def test_a_target_that_is_as_the_ledger_says_differs_in_nothing() -> None:
    assert compare(LIVE, SEEN, NOTHING_IGNORED) == ()


def test_traffic_that_goes_elsewhere_is_told_with_what_gets_it() -> None:
    found = compare(LIVE, SeenTarget(Routing("9"), OTHER, SETTINGS), NOTHING_IGNORED)
    assert found == (DriftDifference("traffic", "7", "9"), DriftDifference("artifact", DIGEST, OTHER))


@pytest.mark.parametrize("weight", [0.0, 0.5, 10.0])
def test_a_split_is_drift_whatever_the_weight(weight: float) -> None:
    found = compare(LIVE, replace(SEEN, routing=Routing("7", {"9": weight})), NOTHING_IGNORED)
    assert found == (DriftDifference("traffic", "7", f"7 with {weight:g} % on 9"),)


def test_a_target_that_is_gone_takes_no_traffic() -> None:
    assert compare(LIVE, SeenTarget(None), NOTHING_IGNORED) == (DriftDifference("traffic", "7", None),)


def test_traffic_on_a_revision_that_does_not_exist_has_no_artifact() -> None:
    found = compare(LIVE, SeenTarget(Routing("7"), None, None), NOTHING_IGNORED)
    assert found == (DriftDifference("artifact", DIGEST, None),)


def test_settings_are_compared_one_by_one_and_told_as_approvers_see_them() -> None:
    seen = with_settings(
        memory_mb="1024", environment__API_KEY=MASKING.value("API_KEY", "another"), environment__NEW="1"
    )
    found = {each.what: (each.expected, each.found) for each in compare(LIVE, seen, NOTHING_IGNORED)}

    assert found.keys() == {
        "configuration.memory_mb",
        "configuration.environment.API_KEY",
        "configuration.environment.NEW",
    }
    assert found["configuration.memory_mb"] == ("512", "1024")
    assert found["configuration.environment.NEW"] == (None, "1")
    before, after = found["configuration.environment.API_KEY"]
    assert before != after
    assert str(before).startswith("•")
    assert str(after).startswith("•")
    assert SETTINGS["environment.API_KEY"] not in str(found), "nobody sees the whole hash"


def test_what_the_ledger_has_nothing_of_is_not_compared() -> None:
    assert compare(replace(LIVE, configuration=None), with_settings(memory_mb="1024"), NOTHING_IGNORED) == ()
    assert compare(LIVE, with_settings(architecture="arm64"), NOTHING_IGNORED) == (), (
        "a newer Gantry knows of more settings"
    )
    kept_in_part = replace(LIVE, configuration=SETTINGS | {"environment.API_KEY": "•••••• #1f2e"})
    assert compare(kept_in_part, SEEN, NOTHING_IGNORED) == (), "an older one kept four digits only"


@pytest.mark.parametrize(
    ("name", "is_ignored"),
    [
        ("configuration.memory_mb", True),
        ("configuration", True),
        ("configuration.memory", False),
        ("configuration.environment", False),
        ("memory_mb", False),
    ],
)
def test_a_setting_or_its_group_is_ignored_by_its_whole_name(name: str, is_ignored: bool) -> None:
    found = compare(LIVE, with_settings(memory_mb="1024"), IgnoredDrift((name,)))
    assert what(found, ignored=is_ignored) == ["configuration.memory_mb"]


def test_a_revision_that_differs_in_ignored_settings_only_is_the_same_release() -> None:
    seen = with_settings(replace(SEEN, routing=Routing("9")), memory_mb="1024")
    ignored = IgnoredDrift(("configuration.memory_mb",))
    assert what(compare(LIVE, seen, ignored), ignored=True) == ["traffic", "configuration.memory_mb"]

    for other in (
        replace(seen, routing=Routing("7", {"9": 50.0})),
        replace(seen, digest=OTHER),
        with_settings(seen, memory_mb="1024", environment__LOG_LEVEL="DEBUG"),
        replace(seen, settings=SETTINGS),
    ):
        assert "traffic" in what(compare(LIVE, other, ignored)), other
