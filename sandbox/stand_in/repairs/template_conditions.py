"""A template's conditions know which account and region they are in.

Restores: `Ref` in a condition takes pseudo parameters as it takes parameters. The library compares their names.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import changesets, engine, handlers, stacks

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Give pseudo parameters their values. Each module has the function under a name of its own."""
    for module in (changesets, engine, handlers, stacks):
        put_in_front(module, "_evaluate_conditions", _evaluate)


def _evaluate(original: Original, template: Json, params: Json) -> Json:
    own = {"AWS::AccountId": get_account_id(), "AWS::Region": get_region(), "AWS::Partition": "aws"}
    found: Json = original(template, {**{name: {"Value": value} for name, value in own.items()}, **params})
    return found
