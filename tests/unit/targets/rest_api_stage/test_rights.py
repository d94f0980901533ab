from fnmatch import fnmatchcase

from gantry.targets.rest_api_stage.rights import rights
from tests.unit.targets.rest_api_stage.api_targets import API, TARGET


def test_only_the_targets_own_stage_is_changed() -> None:
    (patch,) = [each for each in rights(TARGET) if each.actions == ("apigateway:PATCH",)]
    beta = f"arn:aws:apigateway:us-east-1::/restapis/{API}/stages/beta"
    assert patch.resources == (TARGET.arn,)
    assert not any(fnmatchcase(beta, name) for each in rights(TARGET) for name in each.resources if name != "*")
