"""The real definitions in the stand-in's Step Functions, with a scripted function behind every state."""

import itertools
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, a_machine, a_role, allow, function_arn, new_name
from tests.statemachine.ran import Ended, Execution
from tests.template.parsed import MACHINES, source, tasks

_FUNCTION = Path(__file__).with_name("scripted_function.py")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Raises:
    """A function's error; Step Functions sees the class' name."""

    error: str
    message: str = "as told"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer to the token of a task that waits for one; nothing else ends its waiting."""

    value: Any


Script = Mapping[str, Any]
"""By state: what its function answers. A list is one answer after the other, the last one again and again."""

# The child is told by its target whether it fails, or takes time.
_DEPLOYMENT_STAND_IN: Json = {
    "StartAt": "IsToFail",
    "States": {
        "IsToFail": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $exists($states.input.target.fails_with) %}", "Next": "Failed"},
                {"Condition": "{% $exists($states.input.target.takes) %}", "Next": "TakesTime"},
            ],
            "Default": "Completed",
        },
        "TakesTime": {"Type": "Wait", "Seconds": "{% $states.input.target.takes %}", "Next": "Completed"},
        "Failed": {
            "Type": "Fail",
            "Error": "{% $exists($states.input.target.error) ? $states.input.target.error : 'DeploymentRolledBack' %}",
            "Cause": "{% $states.input.target.fails_with %}",
        },
        "Completed": {"Type": "Succeed", "Output": {"outcome": "published", "revision": "8"}},
    },
}

CANNOT_GO_BACK = "a target that cannot go back"
_ROLLBACK_STAND_IN: Json = {
    "StartAt": "IsToFail",
    "States": {
        "IsToFail": {
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% '{CANNOT_GO_BACK}' in $states.input.target %}}", "Next": "Failed"}],
            "Default": "RolledBack",
        },
        "Failed": {"Type": "Fail", "Error": "RollbackIncompleteError", "Cause": "it is asleep"},
        "RolledBack": {"Type": "Succeed"},
    },
}


@dataclass
class Stage:
    """What the machines need around them: made once, used by every test."""

    aws: StandIn
    _scripts: str = field(default_factory=lambda: new_name("scripts"))

    def machine(self, name: str, instead: dict[str, str] | None = None) -> str:
        """The ARN of a machine made of a real definition; some substitutions may have another value `instead`."""
        return self.machine_of(source(name), instead)

    def machine_of(self, text: str, instead: dict[str, str] | None = None) -> str:
        """The ARN of a machine made of a definition with `${}` in it."""
        values = {each: self._value(each) for each in substitutions(text)} | (instead or {})
        text = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], text)
        return a_machine(self.aws, json.loads(text), role=self._role)

    def machine_without(self, name: str, states: Collection[str]) -> str:
        """The ARN of a machine in which nothing exists of what these states call."""
        gone = substitutions(json.dumps([tasks(name)[state]["Arguments"] for state in states]))
        return self.machine(name, {each: f"{self._value(each)}-missing" for each in gone})

    def start(self, machine: str, value: Json, script: Script, name: str | None = None) -> Execution:
        """A new execution with a script of its own."""
        name = name or self.next_name()
        arn = execution_arn(machine, name)
        lists = {state: answers if isinstance(answers, list) else [answers] for state, answers in script.items()}
        script_of = json.dumps({state: [_answer(each) for each in answers] for state, answers in lists.items()})
        item = {"execution": {"S": arn}, "script": {"S": script_of}}
        self.aws.client("dynamodb", ASSETS).put_item(TableName=self._scripts, Item=item)
        self.aws.client("stepfunctions", ASSETS).start_execution(
            stateMachineArn=machine, name=name, input=json.dumps(value)
        )
        return Execution(self.aws, arn)

    def next_name(self) -> str:
        """A name for an execution."""
        return f"run-{next(_numbers)}"

    @cached_property
    def ledger(self) -> str:
        """The name of a table with the ledger's keys."""
        return self._table(new_name("ledger"), "pk", "sk")

    @cached_property
    def child(self) -> str:
        """The machine that stands for the deployment machine."""
        return a_machine(self.aws, _DEPLOYMENT_STAND_IN)

    @cached_property
    def rollback(self) -> str:
        """The machine that stands for the rollback machine."""
        return a_machine(self.aws, _ROLLBACK_STAND_IN)

    def _value(self, substitution: str) -> str:
        if substitution == "Partition":
            return "aws"
        if substitution == "DeploymentMachineArn":
            return self.child
        if substitution == "RollbackMachineArn":
            return self.rollback
        if substitution == "LedgerTableName":
            return self.ledger
        return f"{function_arn(self._function)}:{substitution.removesuffix('FunctionArn')}"

    @cached_property
    def _function(self) -> str:
        self._table(self._scripts, "execution")
        role = a_role(self.aws, allow(["dynamodb:UpdateItem", "states:SendTaskSuccess"]))
        name = a_function(self.aws, _FUNCTION.read_text(), role=role, environment={"SCRIPTS": self._scripts})
        client = self.aws.client("lambda", ASSETS)
        for state in (state for machine in MACHINES for state in tasks(machine)):
            client.create_alias(FunctionName=name, Name=state, FunctionVersion="$LATEST")
        return name

    @cached_property
    def _role(self) -> str:
        needed = ["lambda:InvokeFunction", "dynamodb:UpdateItem", "states:*", "events:*"]
        return a_role(self.aws, allow(needed), trusts="states.amazonaws.com")

    def _table(self, name: str, *keys: str) -> str:
        self.aws.client("dynamodb", ASSETS).create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        return name


@dataclass
class Machine:
    """One of the three machines, with an input and a script that let it run to its good end."""

    stage: Stage
    name: str
    input: Json
    script: Script

    @cached_property
    def arn(self) -> str:
        """The machine with everything in place."""
        return self.stage.machine(self.name)

    def start(self, value: Json | None = None, /, **answers: Any) -> Execution:
        """An execution in which some states' functions answer otherwise."""
        return self.stage.start(self.arn, self.input | (value or {}), {**self.script, **answers})

    def run(self, value: Json | None = None, /, **answers: Any) -> Ended:
        """How such an execution ends."""
        return self.start(value, **answers).ended()


def substitutions(text: str) -> set[str]:
    """The names in `${}`."""
    return set(re.findall(r"\$\{(\w+)\}", text))


def execution_arn(machine: str, name: str) -> str:
    """The ARN of a machine's execution."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def _answer(answer: Any) -> Json:
    if isinstance(answer, Raises):
        return {"error": answer.error, "message": answer.message}
    if isinstance(answer, Answers):
        return {"value": answer.value, "by_token": True}
    return {"value": answer, "by_token": False}
