"""Why a function cannot be read, in words for whoever typed its name."""

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, EndpointConnectionError

from gantry.aws.clients import aws, code_of, message_of
from gantry.aws.regions import known_regions
from gantry.command_line.adoption.naming import GivenFunction
from gantry.command_line.aws_errors import is_access_denied
from gantry.command_line.errors import CommandError, Exit

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_MOST_NAMES = 1000
"""Of an account's functions that are compared with the name; further ones are not looked at."""
_RIGHTS = "AWS' policy ReadOnlyAccess has all rights that gantry adopt needs, and docs/command-line.md lists them."


def why_not_readable(error: ClientError, client: "LambdaClient", given: GivenFunction) -> Exception:
    """Return how the command ends; the error itself where it is about neither the function nor a right."""
    if is_access_denied(error):
        message = (
            f"IAM does not allow lambda:{error.operation_name} on {given.function}: {message_of(error).rstrip('.')}."
        )
        return CommandError(f"{message} {_RIGHTS}", Exit.NOT_ALLOWED)
    if code_of(error) != "ResourceNotFoundException":
        return error
    where = f"in {client.meta.region_name}" + (f" with the profile {given.profile}" if given.profile else "")
    return CommandError(f"There is no function {given.function} {where}. {_similar(client, given)}", Exit.USAGE)


def unknown_region(error: EndpointConnectionError, given: GivenFunction) -> CommandError:
    """Return how the command ends where AWS' address does not answer: most often the region is mistyped."""
    region = given.region or str(aws().region_name)
    if region in known_regions():
        return CommandError(f"{str(error).rstrip('.')}. Is there a network?")
    close = " or ".join(get_close_matches(region, sorted(known_regions()), n=2))
    hint = f" Did you mean {close}?" if close else ""
    return CommandError(f"{region} is no region that this SDK knows, and it does not answer.{hint}", Exit.USAGE)


def _similar(client: "LambdaClient", given: GivenFunction) -> str:
    """Return which functions have a name like it."""
    pages = client.get_paginator("list_functions").paginate()
    try:
        names = [each["FunctionName"] for each in islice(pages.search("Functions[]"), _MOST_NAMES)]
    except ClientError:
        return "Are account and region right? lambda:ListFunctions is not allowed, so similar names are not known."
    close = get_close_matches(given.function, names, n=5, cutoff=0.5)
    close += [each for each in names if given.function in each and each not in close][:5]
    if not close:
        return f"None of its {len(names)} functions has a similar name: is it another account or region?"
    return f"Did you mean {' or '.join(close[:5])}?"
