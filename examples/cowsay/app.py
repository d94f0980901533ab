"""A cow says what the environment variable TO_SAY holds: the code is one part of a release, the variable the other."""

import os
import textwrap
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="cowsay")

COW = r"""
        \   ^__^
         \  (oo)\_______
            (__)\       )\/\
                ||----w |
                ||     ||"""
WIDTH = 40


def cow_says(text: str) -> str:
    """The text in a speech bubble, and the cow below it."""
    lines = textwrap.wrap(text, WIDTH) or [""]
    width = max(map(len, lines))
    bubble = [f"| {line:<{width}} |" for line in lines]
    return "\n".join([f" _{'_' * width}_ ", *bubble, f" -{'-' * width}- "]) + COW


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request of a function URL, of API Gateway or of a test event; the event makes no difference."""
    logger.info("a cow was asked", version=context.function_version)
    return {
        "statusCode": 200,
        "headers": {"content-type": "text/plain; charset=utf-8"},
        "body": cow_says(os.environ.get("TO_SAY", "moo")) + "\n",
    }
