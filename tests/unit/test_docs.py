"""Whatever the pages name is there, whatever people meet is described, and the pages stay short."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from gantry.handlers.promotion_input import PromotionInput
from gantry.handlers.rollback_machine.rollback_input import RollbackInput
from gantry.promotion import errors, events
from gantry.promotion.approval_answer import Outcome
from gantry.promotion.approval_outcome import outcome_facts
from gantry.promotion.deployment import PreparationOutcome
from gantry.promotion.difference import Change
from gantry.promotion.drift.record import DriftChanges, DriftRecord
from gantry.promotion.drift.report import NewestManifest, ServiceDrift, TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.drift.telling import drift_events
from gantry.promotion.events import CompletedDeployment, DeploymentEnd, EndedDeployment, Event, StartedPromotion
from gantry.promotion.failure import Failure
from gantry.promotion.gantry_error import FileError, GantryError
from gantry.promotion.live_parameter import errors as live_parameter_errors
from gantry.promotion.needs.needs_events import infrastructure_awaited, infrastructure_found
from gantry.promotion.needs.waiting import waiting
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.traffic import Rollout, Routing, Step, TrafficState
from gantry.promotion.write_back import errors as write_back_errors
from tests.template.parsed import PIPELINE, TARGET, resources, template
from tests.unit.promotion.an_approval import a_question, approval
from tests.unit.promotion.deployments import EXECUTION, RELEASE, STATE
from tests.unit.promotion.deployments import TARGET as A_TARGET

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/README.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *EXAMPLES]
TEXTS = {page.stem: page.read_text() for page in PAGES if page not in EXAMPLES}
CODE = "".join(path.read_text() for path in sorted((ROOT / "functions").rglob("*.py")))
WAITS = waiting(
    RELEASE, "prod", EXECUTION, "2026-11-22T09:30:00.000Z", "2026-11-22T09:40:00.000Z", "2026-11-23T09:40:00.000Z"
)
MOST_WORDS = 46_100
LONGEST_PARAGRAPH, MOST_SENTENCES = 5, 2
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def code(text: str, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(text: str, title: str) -> str:
    found = text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    assert found, title
    return found


def first_cells(text: str) -> set[str]:
    """The code in the first cells of all tables."""
    return {name for cell in re.findall(r"^\| (.*?) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", cell)}


def test_the_pages_are_short() -> None:
    assert sum(len(page.read_text().split()) for page in PAGES) < MOST_WORDS


@every_page
def test_no_paragraph_is_long_and_no_cell_has_many_sentences(page: Path) -> None:
    for paragraph in re.split(r"\n\s*\n", without_code(page.read_text())):
        lines = paragraph.strip().splitlines()
        if lines and lines[0].startswith("|"):
            cells = [cell for line in lines for cell in re.split(r" \| ", line.strip("| "))]
            assert [cell for cell in cells if len(re.findall(r"[.!?](?= [A-Z*`]|$)", cell)) > MOST_SENTENCES] == []
        elif lines and not re.match(r"\s*([-*]|\d+\.) |<img", lines[0]):
            assert len(lines) <= LONGEST_PARAGRAPH, lines[0]


@every_page
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)\s]*)\)", without_code(page.read_text()))
    for link in links:
        name, _, anchor = link.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link


@every_page
def test_every_picture_exists(page: Path) -> None:
    for picture in re.findall(r'src="([^"]+)"', page.read_text()):
        assert (page.parent / picture).exists(), picture


@every_page
def test_every_make_target_and_module_that_is_named_exists(page: Path) -> None:
    known = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make (\w+)", page.read_text(), re.MULTILINE)) <= set(known)
    for module in re.findall(r"python -m ([\w.]+)", page.read_text()):
        named = ROOT / "functions" / module.replace(".", "/")
        assert named.with_suffix(".py").exists() or (named / "__main__.py").exists(), module


@every_page
def test_every_file_of_the_project_that_is_named_exists(page: Path) -> None:
    named = re.findall(
        r"(?<![\w-])(?:docs|events|examples|functions|layer|sandbox|statemachine|target|tests)/[\w./-]*\w",
        without_code(page.read_text()),
    )
    relative = {"target/", "tests/"}
    found = [name for name in named if not (ROOT / name).exists() and not (page.parent / name).exists()]
    assert [name for name in found if name not in relative] == []


@every_page
def test_every_example_is_json_or_yaml(page: Path) -> None:
    for text in code(page.read_text(), "json"):
        json.loads(text)
    for text in code(page.read_text(), "yaml"):
        yaml.safe_load(text)


def test_on_call_no_test_is_named() -> None:
    assert re.findall(r"test_\w+", TEXTS["operations"]) == []


def test_on_call_causes_are_quoted_as_they_are() -> None:
    definitions = "".join(path.read_text() for path in (ROOT / "statemachine").glob("*.json"))
    quoted = [
        quote
        for cell in re.findall(r"^\| \*\*(.*?)\*\* \|", TEXTS["operations"], re.MULTILINE)
        for quote in re.findall(r'"([^"]+)"', cell)
    ]
    assert quoted
    assert [quote for quote in quoted if quote not in CODE + definitions] == []


def test_what_has_to_be_answered_when_deploying_is_explained_and_nothing_else_is() -> None:
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", TEXTS["deploying"]))
    parameters = [template(path)["Parameters"] for path in (PIPELINE, TARGET)]
    outputs = {name for path in (PIPELINE, TARGET) for name in template(path)["Outputs"]}
    required = {name for each in parameters for name, own in each.items() if "Default" not in own}
    assert required <= named
    service = yaml_parse((ROOT / "examples" / "service.template.yaml").read_text())
    known = {*template(PIPELINE)["Resources"], *service["Parameters"], "PromotionIgnored"}
    assert named <= {name for each in parameters for name in each} | outputs | known


def test_every_error_is_explained_and_no_other() -> None:
    raised = {
        name
        for name, kind in (vars(errors) | vars(write_back_errors) | vars(live_parameter_errors)).items()
        if isinstance(kind, type) and issubclass(kind, GantryError) and kind not in {GantryError, FileError}
    }
    explained = {name for name in first_cells(TEXTS["operations"]) if name.endswith("Error")}
    assert raised <= explained
    assert [name for name in explained - {"ClientError"} if f"class {name}(" not in CODE] == []


def published() -> Iterator[Event]:
    """Every event, as its builder makes it."""
    origin, failure = PromotionOrigin(is_manual=False), Failure("SomeError", "for some reason")
    ended = EndedDeployment("cowsay", "prod", A_TARGET, None, None, None, TrafficState.LOST, "SomeError", "", EXECUTION)
    open_approval = approval()
    completed = CompletedDeployment("2", PreparationOutcome.PUBLISHED, None, "revision-2", None)
    outcome = outcome_facts(open_approval.ended("expired", open_approval.expires_at))
    assert outcome
    started = StartedPromotion(origin, ("dev",), None, "it is safe by now", {"prod": "it is live"})
    yield events.promotion_started(RELEASE, started, EXECUTION)
    pushed = {"digest": RELEASE.digest, "tag": "4f0c2d1", "version_id": None}
    yield events.promotion_ignored("cowsay", pushed, "it is live already", EXECUTION)
    yield events.promotion_ended("cowsay", RELEASE, None, EXECUTION)
    yield events.promotion_ended("cowsay", RELEASE, failure, EXECUTION)
    yield events.safeguards_weakened(RELEASE, ["prod: nobody is asked any more"], EXECUTION)
    yield infrastructure_awaited(RELEASE, WAITS, ())
    yield infrastructure_found(RELEASE, WAITS, {})
    yield events.approval_requested(open_approval)
    yield events.approval_escalated(open_approval)
    yield events.approval_decided(open_approval, outcome)
    question = a_question()
    decided = outcome_facts(question.ended("expired", question.expires_at))
    assert decided
    yield events.approval_requested(question)
    yield events.approval_escalated(question)
    yield events.approval_decided(question, decided)
    yield events.deployment_started(STATE)
    yield events.draft_ignored(STATE, [Change("memory_mb", "256", "1024")])
    yield events.traffic_shifted(STATE, Rollout(Routing("1"), "2", (Step(10, 60),)), 0)
    yield events.deployment_completed(STATE, completed)
    yield from (events.deployment_ended(how, ended) for how in DeploymentEnd)
    astray = TargetDrift("a target", "lambda", "arn:live", "prod", DriftState.UNKNOWN, "7", None, "sha256:a", None)
    service = ServiceDrift.of("cowsay", NewestManifest("revision-2"), [astray])
    found = DriftRecord.of(service, None, "2026-11-22T04:20:00.000Z")
    yield from drift_events(DriftChanges.between(None, found), service)
    yield from drift_events(DriftChanges.between(found, replace(found, findings=())), service)


def test_every_event_is_described_with_its_keys() -> None:
    everywhere, of_no_release = {"service", "digest", "tag", "execution"}, "Promotion Ignored"
    described = {
        name: everywhere | ({"source"} if name != of_no_release else set()) | set(re.findall(r"`([a-z_]+)`", keys))
        for name, keys in re.findall(r"^\| `(Promotion [\w ]+)` \| .*? \| (.*) \|$", TEXTS["events"], re.MULTILINE)
    }
    assert described == {event.detail_type: set(event.detail) for event in published()}


def test_every_state_of_the_traffic_and_every_outcome_of_an_approval_is_described() -> None:
    assert all(f"`{state}`" in TEXTS["events"] for state in TrafficState if state is not TrafficState.SHIFTED)
    assert all(f"`{outcome}`" in TEXTS["approvals"] for outcome in get_args(Outcome))


def test_every_metric_is_described() -> None:
    counted = set(re.findall(r'add_metric\(\s*"(\w+)"', CODE)) | {"PromotionsCompleted", "PromotionsFailed"}
    counted |= {f"Deployments{end.replace(' ', '')}" for end in DeploymentEnd}
    counted |= {f"Approvals{outcome.capitalize()}" for outcome in get_args(Outcome) if outcome != "keep_waiting"}
    never = {"superseded"}
    ends = (each.title().replace("_", "") for each in get_args(Outcome) if each not in never)
    counted |= {f"CanaryQuestions{end}" for end in ends}
    assert first_cells(section(TEXTS["events"], "Metrics")) == counted


def test_every_log_group_and_every_alarm_is_described() -> None:
    groups = {own["LogGroupName"]["Fn::Sub"] for own in resources("AWS::Logs::LogGroup").values()}
    described = first_cells(section(TEXTS["events"], "Logs"))
    assert described == {name.replace("${PipelineName}", "gantry") for name in groups}
    alarms = set(resources("AWS::CloudWatch::Alarm"))
    assert alarms <= first_cells(section(TEXTS["operations"], "Gantry's own alarms"))
    assert alarms <= first_cells(section(TEXTS["events"], "Notifications"))


@pytest.mark.parametrize(
    ("page", "model"),
    [("operations", PromotionInput), ("rollback", RollbackInput)],
    ids=["promotion", "rollback"],
)
def test_every_input_on_a_page_is_accepted(page: str, model: type[PromotionInput | RollbackInput]) -> None:
    inputs = code(TEXTS[page], "json")
    assert inputs
    for text in inputs:
        model.model_validate(json.loads(text))


def test_every_key_of_a_persons_input_is_described() -> None:
    described = first_cells(section(TEXTS["operations"], "Start a promotion manually"))
    assert described >= set(PromotionInput.model_fields)
    promotions_own = {"promotion", "link"}
    names = {"repository" if key == "service" else key for key in RollbackInput.model_fields.keys() - promotions_own}
    assert all(f'"{key}":' in TEXTS["rollback"] for key in names)
