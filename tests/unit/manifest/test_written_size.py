import copy
import json
from dataclasses import asdict
from typing import Any

from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.written_size import LARGEST
from tests.unit.manifest.documents import SCHEMAS, VALID, changed, problems, text

PAYLOAD = 256 * 1024
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
TARGET = VALID["environments"][0]["targets"][0]


def with_command(*lengths: int) -> dict[str, Any]:
    return changed("configuration.command", ["x" * length for length in lengths])


def many_environments() -> dict[str, Any]:
    environments = [{"name": f"e{n}", "targets": [TARGET | {"function": f"f{n}"}]} for n in range(20)]
    return with_command(13_500) | {"environments": environments}


def written_out(document: dict[str, Any]) -> int:
    environment = parse(text(document), SCHEMAS).environments[0]
    return len(json.dumps(asdict(environment), ensure_ascii=False, separators=(",", ":")).encode())


def test_many_environments_may_be_larger_together_than_a_payload_because_each_is_carried_alone() -> None:
    document = many_environments()
    assert len(text(document)) < 20_000
    assert 20 * written_out(document) > PAYLOAD
    assert problems(document) == []


def test_an_environment_that_is_too_large_with_what_is_shared_is_refused_with_its_largest_part() -> None:
    document = with_command(16_000)
    document["environments"][1]["configuration"]["command"] = ["x" * 16_000] * 4
    assert problems(document) == []
    document["environments"][1]["configuration"]["command"].append("x" * 16_000)
    (problem,) = problems(document)
    assert problem.startswith("environments[1]: 'prod' has 8")
    assert (
        "when it is written out with what is shared; give 65536 at most. The largest part is configuration, with 80"
        in problem
    )


def test_every_environment_that_is_too_large_is_reported() -> None:
    found = problems(with_command(*[16_000] * 5))
    assert [each.partition(":")[0] for each in found] == ["environments[0]", "environments[1]"]


def test_the_size_is_counted_in_bytes_to_the_last_one() -> None:
    document = with_command(*[16_000] * 4) | {"environments": VALID["environments"][:1]}
    commas = 12  # each of thirteen parts is measured with braces of its own
    rest = LARGEST - written_out(document) - commas - len(',""')
    document["configuration"]["command"].append("x" * (rest % 2) + "é" * (rest // 2))
    assert problems(document) == []
    document["configuration"]["command"][-1] += "x"
    assert problems(document)[0].startswith("environments[0]: 'dev' has 65537 bytes when it is written out ")


def test_an_alarm_that_people_are_told_about_counts_in_each_account_and_region() -> None:
    document = changed("environments.0.targets", [TARGET | {"account": f"2222222222{n:02}"} for n in range(40)])
    document["alarms"] = [f"{n:02}-{'a' * 80}" for n in range(20)]
    assert problems(document) == []
    document["environments"][0]["approval"] = {"approvers": ["ops@example.com"]}
    (problem,) = problems(document)
    assert "environments[0]: 'dev' has " in problem
    assert "The largest part is alarms, with 91" in problem
    few = copy.deepcopy(document)
    few["alarms"] = few["alarms"][:8]
    assert problems(few) == []
