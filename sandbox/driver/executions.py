"""The executions of the pipeline's state machines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.driver.stack import Stack
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS


@dataclass
class Executions(Stack):
    """Starts, finds and reads executions. Each is named by its ARN."""

    _inputs: dict[str, str] = field(default_factory=dict, repr=False)

    def start(self, machine: str, value: Mapping[str, Any]) -> str:
        """Start `Promotion`, `Deployment` or `Rollback`, as a person does from the console."""
        started = self.stand_in.client("stepfunctions", ASSETS).start_execution(
            stateMachineArn=self.outputs[f"{machine}MachineArn"], input=json.dumps(value)
        )
        return str(started["executionArn"])

    def inputs(self, machine: str) -> dict[str, str]:
        """Return the input of each of a machine's executions, newest first."""
        sfn = self.stand_in.client("stepfunctions", ASSETS)
        pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=self.outputs[f"{machine}MachineArn"])
        arns = [each["executionArn"] for page in pages for each in page["executions"]]
        for arn in arns:
            if arn not in self._inputs:  # an input never changes
                self._inputs[arn] = self.describe(arn)["input"]
        return {arn: self._inputs[arn] for arn in arns}

    def started_with(self, machine: str, text: str) -> list[str]:
        """Return a machine's executions whose input contains a text, newest first."""
        return [arn for arn, value in self.inputs(machine).items() if text in value]

    def promotion_of(self, text: str) -> str:
        """Return the promotion whose input contains a text, such as a digest or a tag, as soon as it exists."""
        return eventually(
            f"a promotion of {text}",
            lambda: next(iter(self.started_with("Promotion", text)), None),
        )

    def deployments_of(self, promotion: str) -> list[str]:
        """Return the deployments that a promotion started, oldest first."""
        return self.started_with("Deployment", promotion)[::-1]

    def describe(self, execution: str) -> dict[str, Any]:
        """Return what DescribeExecution answers."""
        found: dict[str, Any] = self.stand_in.client("stepfunctions", ASSETS).describe_execution(executionArn=execution)
        return found

    def wait(self, execution: str, seconds: float = 90) -> dict[str, Any]:
        """Return what DescribeExecution answers once the execution has ended."""

        def ended() -> dict[str, Any] | None:
            found = self.describe(execution)
            return None if found["status"] == "RUNNING" else found

        return eventually(f"the end of {execution}", ended, seconds)

    def history(self, execution: str) -> list[dict[str, Any]]:
        """Return the execution's events, oldest first."""
        pages = self.stand_in.client("stepfunctions", ASSETS).get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=execution) for event in page["events"]]

    def states(self, execution: str) -> list[str]:
        """Return the names of the states that an execution entered, in order; AWS bills each as one transition."""
        entered = (event.get("stateEnteredEventDetails") for event in self.history(execution))
        return [details["name"] for details in entered if details]
