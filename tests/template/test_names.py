"""One task, one function, one module, one name; and what the template puts into the definitions."""

import ast
import re

import pytest

from tests.template.parsed import (
    MACHINES,
    ROOT,
    functions,
    handler_of,
    lambda_tasks,
    machine_resource,
    module_of,
    path_of,
    routes,
    source,
)

HANDLERS = ROOT / "functions" / "gantry" / "handlers"


def modules_with_a_handler() -> set[str]:
    """The modules that Lambda can be pointed at, like `gantry.handlers.event_rules.on_alarm`."""
    parsed = {path: ast.parse(path.read_text()) for path in HANDLERS.rglob("*.py")}
    found = [path for path, module in parsed.items() if any(_is_handler(statement) for statement in module.body)]
    return {".".join(path.relative_to(ROOT / "functions").with_suffix("").parts) for path in found}


def folder_of(name: str) -> str:
    """The folder of a function's module, named after what invokes the function."""
    machines = [machine for machine in MACHINES if name in lambda_tasks(machine)]
    if machines:
        return f"{machines[0]}_machine"
    return "http_api" if name in {route.function for route in routes().values()} else "event_rules"


def _is_handler(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef) and statement.name == "handler"


@pytest.mark.parametrize("machine", MACHINES)
def test_every_placeholder_has_its_substitution_and_the_other_way_round(machine: str) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)\}", source(machine)))
    assert placeholders == set(machine_resource(machine)["DefinitionSubstitutions"])


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_its_definition_and_has_its_name(machine: str) -> None:
    own = machine_resource(machine)
    assert own["DefinitionUri"] == f"statemachine/{machine}.asl.json"
    assert own["Name"] == {"Fn::Sub": f"${{PipelineName}}-{machine}"}
    assert own.get("Type", "STANDARD") == "STANDARD"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_task_invokes_the_function_of_its_name_unqualified(machine: str) -> None:
    """Unqualified, because an approval may wait longer than it takes to deploy the next version of Gantry."""
    substitutions = machine_resource(machine)["DefinitionSubstitutions"]
    for state, task in lambda_tasks(machine).items():
        assert task["Arguments"]["FunctionName"] == f"${{{state}FunctionArn}}"
        assert substitutions[f"{state}FunctionArn"] == {"Fn::GetAtt": [f"{state}Function", "Arn"]}


@pytest.mark.parametrize("name", functions())
def test_a_function_runs_the_module_of_its_name_in_the_folder_of_its_caller(name: str) -> None:
    assert functions()[name]["Handler"] == f"gantry.handlers.{folder_of(name)}.{module_of(name)}.handler"
    described = ast.get_docstring(ast.parse(path_of(handler_of(name)).read_text()))
    assert described is not None
    assert described.startswith(f"{name}: ")


def test_every_handler_has_a_function_and_every_function_its_handler() -> None:
    assert modules_with_a_handler() == {handler_of(name) for name in functions()}


def test_every_task_has_a_function_and_only_rules_and_the_api_invoke_the_rest() -> None:
    in_machines = [state for machine in MACHINES for state in lambda_tasks(machine)]
    assert len(in_machines) == len(set(in_machines))
    others = {"OnAlarm", "OnBounce", "RepairTarget", "ClosePromotion", "ShowApproval", "DecideApproval"}
    others |= {
        "OnTargetEvent",
        "StartPromotion",
        "StartPromotionByCall",
        "RehearseRollbacks",
        "AnswerCheck",
        "SteerCanary",
        "ShowStatus",
        "PreviewPromotion",
        "LookForDrift",
        "CheckDrift",
        "WriteBack",
        "WriteLiveParameters",
    }
    assert set(functions()) - set(in_machines) == others
