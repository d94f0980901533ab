"""A problem says its line and its environment or rule: people do not count lists from zero."""

import pytest

from gantry.command_line.results.found_problem import found_problems
from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.reading import parse
from gantry.promotion.policy.reading import parse_policy
from tests.unit.manifest.documents import SCHEMAS

TARGET = "{account: '222222222222', region: us-east-1, function: cowsay, alias: live}"
MANIFEST = f"""\
repository: cowsay
versioning: git-sha
environments:
  - name: dev
    targets: [{TARGET}]
  - name: prod
    targets:
      - {TARGET.replace("2222", "4444")}
    traffic:
      - weight: 10
        bake: 10
"""
POLICY = "floors:\n  - rule: prod is careful\n    environments: [prod]\n    minimum_quorum: two\n"


def test_a_manifests_problem_has_its_line_and_its_environment() -> None:
    with pytest.raises(ManifestError) as raised:
        parse(MANIFEST, SCHEMAS)
    said = (
        "environments[1].traffic[0].bake (environment prod): 10 has no unit; give a whole number and one of s, m, h, d"
    )
    assert str(raised.value).startswith(f"line 11: {said}")
    (found,) = found_problems(raised.value)
    assert (found.line, found.about, found.path) == (11, "environment prod", "environments[1].traffic[0].bake")
    assert found.after("cowsay.yaml").startswith(f"cowsay.yaml:11: {said}")


def test_what_is_missing_has_the_line_of_what_misses_it() -> None:
    with pytest.raises(ManifestError, match=r"line 6: environments\[1\]\.targets \(environment prod\): missing"):
        parse(MANIFEST.split("    targets:\n", maxsplit=1)[0], SCHEMAS)


def test_a_policys_problem_has_its_line_and_its_rule() -> None:
    with pytest.raises(
        PolicyError, match=r"\nline 4: floors\[0\]\.minimum_quorum \(rule prod is careful\): 'two' is not"
    ):
        parse_policy(POLICY, None, ["lambda"], "lambda")


def test_what_yaml_itself_refuses_has_its_line_too() -> None:
    with pytest.raises(ManifestError) as raised:
        parse("a: 1\nb: [\n", SCHEMAS)
    (found,) = found_problems(raised.value)
    assert found.after("x.yaml").startswith("x.yaml:3: YAML cannot read it")


def test_what_comes_by_an_anchor_has_the_line_where_it_is_written() -> None:
    text = MANIFEST.replace("bake: 10\n", "<<: *slow\n").replace("repository", "x: &slow {bake: 10}\nrepository", 1)
    with pytest.raises(ManifestError) as raised:
        parse(text, SCHEMAS)
    assert {each.line for each in found_problems(raised.value)} == {1}
