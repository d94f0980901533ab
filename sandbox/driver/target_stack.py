"""What the people of a workload account do with the target stack there: let the pipeline deploy to more."""

from collections.abc import Iterable

from sandbox.driver.rest_api import RestApi
from sandbox.stand_in.process import StandIn

STACK = "gantry-target"


def let_deploy(stand_in: StandIn, apis: Iterable[RestApi]) -> None:
    """Add REST APIs to the parameter RestApiIds of their accounts' target stacks."""
    by_account: dict[str, set[str]] = {}
    for api in apis:
        by_account.setdefault(api.account, set()).add(api.api_id)
    for account, ids in by_account.items():
        _add_to(stand_in, account, ids, "RestApiIds")


def let_deploy_functions(stand_in: StandIn, account: str, name: str) -> None:
    """Add a function, and a role of the same name, to the patterns of an account's target stack."""
    _add_to(stand_in, account, {name}, "FunctionNamePatterns", "ExecutionRolePatterns")


def _add_to(stand_in: StandIn, account: str, names: set[str], *parameters: str) -> None:
    cloudformation = stand_in.client("cloudformation", account)
    before = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Parameters"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in before}
    for parameter in parameters:
        values[parameter] = ",".join(sorted(names | set(filter(None, values.get(parameter, "").split(",")))))
    cloudformation.update_stack(
        StackName=STACK,
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
