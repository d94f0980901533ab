"""What the documents name is there: files, sections, commands, parameters, errors, events, metrics, inputs."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from gantry.handlers.pushes import PromotionInput
from gantry.handlers.restore_version import RollbackInput
from gantry.promotion import errors
from gantry.promotion.approval import Outcome
from tests.template.parsed import PIPELINE, TARGET, template

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README, OPERATIONS = (ROOT / "README.md").read_text(), (ROOT / "docs" / "operations.md").read_text()
APPROVALS = (ROOT / "docs" / "approvals.md").read_text()
CODE = "".join(path.read_text() for path in sorted((ROOT / "functions").rglob("*.py")))
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)\s]*)\)", without_code(page.read_text()))
    for link in links:
        name, _, anchor = link.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link


@every_page
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    known = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make (\w+)", page.read_text(), re.MULTILINE)) <= set(known)


@every_page
def test_every_file_of_the_project_that_is_named_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:docs|events|examples|functions|sandbox|statemachine|target|tests)/[\w./-]+)`", page.read_text()
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_explains_every_parameter_of_both_templates() -> None:
    for path in (PIPELINE, TARGET):
        for parameter in template(path)["Parameters"]:
            assert f"`{parameter}`" in README


def test_every_error_is_explained() -> None:
    raised = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GantryError) and kind is not errors.GantryError
    }
    explained = set(re.findall(r"^\| `(\w+Error)`", OPERATIONS, re.MULTILINE))
    assert raised <= explained
    assert all(f"class {name}(" in CODE for name in explained - {"ClientError"})


def test_every_event_that_is_announced_is_described() -> None:
    announced = set(re.findall(r'"(Promotion [A-Z][A-Za-z ]+)"', CODE))
    # These are put together from how something ended.
    announced |= {"Promotion Completed", "Promotion Failed"}
    announced |= {"Promotion Deployment Failed", "Promotion Deployment Superseded"}
    assert set(re.findall(r"^### (Promotion .+)$", OPERATIONS, re.MULTILINE)) == announced


def test_every_metric_is_described() -> None:
    counted = set(re.findall(r'add_metric\("(\w+)"', CODE))
    # Three functions put their metric's name together from how something ended.
    counted |= {"PromotionsCompleted", "PromotionsFailed"}
    counted |= {"DeploymentsRolledBack", "DeploymentsSuperseded", "DeploymentsFailed"}
    counted |= {f"Approvals{outcome.capitalize()}" for outcome in get_args(Outcome)}
    described = re.findall(r"^\| (`.*`) \|", section("Metrics"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(described))) == counted


def test_every_message_of_the_logs_is_described_and_no_other() -> None:
    logged = set(re.findall(r'logger\.(?:info|warning|error|exception)\(\s*"([^"]+)"', CODE))
    described = re.findall(r"^\| (`.*?`) \|", section("Logs"), re.MULTILINE)
    assert set(re.findall(r"`([^`]+)`", " ".join(described))) == logged


def test_every_outcome_of_an_approval_is_described() -> None:
    for outcome in get_args(Outcome):
        assert f"`{outcome}`" in APPROVALS
        if outcome != "approved":
            assert f"`Approval{outcome.capitalize()}`" in OPERATIONS


def test_every_test_that_the_threat_model_names_exists() -> None:
    rows = re.findall(r"^\| .* \| .* \| (.*) \|$", APPROVALS.partition("## Threat model\n")[2], re.MULTILINE)[1:]
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    functions = set(re.findall(r"^def (test_\w+)", "\n".join(path.read_text() for path in tests), re.MULTILINE))
    files = {path.relative_to(ROOT / "tests").as_posix() for path in tests}
    for row in rows:
        named = set(re.findall(r"`([\w./]+)`", row))
        assert named <= functions | files, named - functions - files
        assert named or row == "none"
    assert rows


def section(title: str) -> str:
    return OPERATIONS.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("title", "model"),
    [("Starting a promotion by hand", PromotionInput), ("Starting a rollback", RollbackInput)],
    ids=["promotion", "rollback"],
)
def test_every_input_that_is_shown_is_taken(title: str, model: type[PromotionInput | RollbackInput]) -> None:
    shown = re.findall(r"^```json\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)
    assert shown
    for text in shown:
        model.model_validate(json.loads(text))


def test_every_example_is_json() -> None:
    for page in PAGES:
        for text in re.findall(r"^```json\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            json.loads(text)
