"""The costs in the README are those that the counts and the list prices give."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from sandbox.stories.costs import prices, scenario
from sandbox.stories.costs.table import lines, table
from sandbox.stories.costs.walk import WayError, entered

ROOT = Path(__file__).resolve().parents[2]


def section(page: str, title: str) -> str:
    found = (ROOT / page).read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    assert found, title
    return found


def test_the_readme_has_the_table_that_the_counts_give() -> None:
    assert f"\n{table()}\n" in section("README.md", "What it costs")


def test_the_readme_says_for_how_much_and_as_of_when() -> None:
    text = " ".join(section("README.md", "What it costs").split())
    assert f"{scenario.PROMOTIONS} promotions a month" in text
    assert prices.AS_OF in text


def test_the_sum_is_that_of_the_lines() -> None:
    found = lines()
    month = sum(float(re.findall(r"\$(\d+\.\d\d) \|$", str(line))[0]) for line in found)
    (together,) = re.findall(r"\*\*\$([\d.]+)\*\* \|$", table())
    assert float(together) == pytest.approx(month, abs=0.005 * len(found))


def test_each_metric_of_the_namespace_is_paid_for() -> None:
    first_cells = re.findall(r"^\| (`.+?) \|", section("docs/events.md", "Metrics"), re.MULTILINE)
    assert len(re.findall(r"`\w+`", " ".join(first_cells))) == scenario.METRICS


def test_every_price_has_its_source() -> None:
    found = [each for each in vars(prices).values() if isinstance(each, prices.Price)]
    assert len(found) > 10
    assert [each.what for each in found if not each.source.startswith("https://aws.amazon.com/")] == []


def test_a_price_is_for_its_number_of_units() -> None:
    assert prices.Price(0.025, 1_000, "transitions", "").of(71) == pytest.approx(0.001775)


def operations() -> dict[str, str]:
    """The operations of DynamoDB and S3, by the names that Python has for them."""
    session = get_session()
    models = (session.get_service_model(service) for service in ("dynamodb", "s3"))
    return {xform_name(name): name for model in models for name in model.operation_names}


def names_in(code: str) -> Iterator[str]:
    """What a module calls as a method, or gives to get_paginator."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
            if node.func.attr == "get_paginator":
                yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


OF_OTHERS = {"GetResourcePolicy", "TagResource"}
"""Of Secrets Manager and of ECS. DynamoDB and S3 have them too, and no function calls them there."""


FREE = {"DeleteObject"}
"""https://aws.amazon.com/s3/pricing/"""


def called_by_functions() -> set[str]:
    known = {method: name for method, name in operations().items() if name not in OF_OTHERS}
    files = (ROOT / "functions").rglob("*.py")
    return {known[name] for file in files for name in names_in(file.read_text()) if name in known}


def called_by_machines() -> set[str]:
    texts = (file.read_text() for file in (ROOT / "statemachine").glob("*.json"))
    found = {name for text in texts for name in re.findall(r":states:::(?:aws-sdk:)?(?:dynamodb|s3):(\w+)", text)}
    return {name[0].upper() + name[1:] for name in found}


def test_every_call_of_the_ledger_and_of_a_bucket_is_paid_for() -> None:
    functions, machines = called_by_functions(), called_by_machines()
    assert {"TransactGetItems", "Query", "GetObject", "ListObjectsV2"} <= functions
    assert machines == {"UpdateItem"}
    counted = FREE | {name for names in scenario.NAMES.values() for name in names}
    assert functions | machines <= counted


def test_what_is_counted_has_a_most_and_nothing_is_counted_twice() -> None:
    assert scenario.CALLS.keys() == {*scenario.NAMES, "mails"}
    names = [name for each in scenario.NAMES.values() for name in each]
    assert len(names) == len(set(names))


def test_the_readme_says_how_many_prices_were_not_read_on_the_pages_of_aws() -> None:
    found = [each for each in vars(prices).values() if isinstance(each, prices.Price)]
    text = " ".join(section("README.md", "What it costs").split())
    unread = sum(each.is_unverified for each in found)
    assert unread > 0
    assert f"{unread} of the {len(found)} prices were not read on AWS' own pages" in text


MACHINE: dict[str, Any] = {
    "StartAt": "Ask",
    "States": {
        "Ask": {"Type": "Choice", "Choices": [{"Next": "Each"}], "Default": "Done"},
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Work", "States": {"Work": {"Type": "Task", "End": True}}},
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    file = tmp_path / "machine.asl.json"
    file.write_text(json.dumps(MACHINE))
    return file


def test_each_iteration_enters_the_states_inside(machine: Path) -> None:
    assert entered(machine, {"Ask": ["Each"], "Each": [2]}) == {"Ask": 1, "Each": 1, "Work": 2, "Done": 1}
    assert entered(machine, {"Ask": ["Done"]}) == {"Ask": 1, "Done": 1}


@pytest.mark.parametrize(
    ("ways", "problem"),
    [
        ({"Ask": ["Work"]}, "Ask does not lead to Work"),
        ({"Ask": ["Each"]}, "nothing is decided for Each"),
        ({"Ask": ["Done"], "Each": [2]}, r"nobody came to {'Each': \[2\]}"),
    ],
)
def test_a_way_that_the_definition_does_not_have_is_refused(machine: Path, ways: dict[str, Any], problem: str) -> None:
    with pytest.raises(WayError, match=problem):
        entered(machine, ways)
