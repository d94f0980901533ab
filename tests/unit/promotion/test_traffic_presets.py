import re

import pytest
from samtranslator.model.preferences import deployment_preference_collection as sam

from gantry.promotion.traffic import Step
from gantry.promotion.traffic_presets import PRESETS


def test_the_presets_are_those_of_sam() -> None:
    assert set(PRESETS) == set(sam.CODEDEPLOY_PREDEFINED_CONFIGURATIONS_LIST)


def test_all_at_once_has_no_step_before_all_traffic() -> None:
    assert PRESETS["AllAtOnce"] == ()


@pytest.mark.parametrize("name", [name for name in PRESETS if name.startswith("Canary")])
def test_a_canary_preset_gives_ten_per_cent_for_as_long_as_its_name_says(name: str) -> None:
    (minutes,) = re.findall(r"Percent(\d+)Minutes", name)
    assert PRESETS[name] == (Step(weight=10, bake_seconds=60 * int(minutes)),)


@pytest.mark.parametrize("name", [name for name in PRESETS if name.startswith("Linear")])
def test_a_linear_preset_rises_by_ten_per_cent_as_often_as_its_name_says(name: str) -> None:
    (minutes,) = re.findall(r"Every(\d+)Minutes?", name)
    assert [step.weight for step in PRESETS[name]] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert {step.bake_seconds for step in PRESETS[name]} == {60 * int(minutes)}
