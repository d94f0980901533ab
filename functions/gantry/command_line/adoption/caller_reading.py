"""Reads who invokes a function, and by which name: its own, an alias or a version."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.command_line.adoption.found_function import EventSource, Permission

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

Json = dict[str, Any]
LATEST = "$LATEST"
ABSENT = {"ResourceNotFoundException", "ProvisionedConcurrencyConfigNotFoundException"}
"""How Lambda says that something is not set."""


class CallerReader:
    """Reads it with a client of Lambda."""

    def __init__(self, client: "LambdaClient", function: str, alias: str) -> None:
        self._client: Any = client  # its operations are named by texts below
        self._function = function
        self._alias = alias

    def _pages(self, operation: str, key: str, **arguments: str) -> Iterator[Json]:
        for page in self._client.get_paginator(operation).paginate(FunctionName=self._function, **arguments):
            yield from page[key]

    def aliases(self) -> tuple[str, ...]:
        """Return the names of all aliases."""
        return tuple(each["Name"] for each in self._pages("list_aliases", "Aliases"))

    def provisioned(self) -> Mapping[str, int]:
        """Return the provisioned concurrency by version or alias."""
        found = self._pages("list_provisioned_concurrency_configs", "ProvisionedConcurrencyConfigs")
        return {
            _qualifier(each["FunctionArn"]) or LATEST: each["RequestedProvisionedConcurrentExecutions"]
            for each in found
        }

    def event_sources(self) -> tuple[EventSource, ...]:
        """Return the event source mappings.

        They are asked for by the name and by the alias: the reference does not say whether a name finds those of
        aliases. https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
        """
        names = (self._function, f"{self._function}:{self._alias}")
        found: dict[str, EventSource] = {}
        for name in names:
            for page in self._client.get_paginator("list_event_source_mappings").paginate(FunctionName=name):
                for each in page["EventSourceMappings"]:
                    source = each.get("EventSourceArn") or "a self-managed source"
                    found[each["UUID"]] = EventSource(each["UUID"], source, _qualifier(each["FunctionArn"]))
        return tuple(found.values())

    def permissions(self) -> tuple[Permission, ...]:
        """Return the statements of the resource policies of function and alias."""
        statements: dict[tuple[str, str], Permission] = {}
        for qualified in ({}, {"Qualifier": self._alias}):
            try:
                answer = self._client.get_policy(FunctionName=self._function, **qualified)
            except ClientError as error:
                if code_of(error) not in ABSENT:
                    raise
                continue
            for each in json.loads(answer["Policy"])["Statement"]:
                found = _permission(each)
                statements[found.sid, found.qualifier or LATEST] = found
        return tuple(statements.values())

    def urls(self) -> tuple[str | None, ...]:
        """Return what each function URL invokes."""
        found = self._pages("list_function_url_configs", "FunctionUrlConfigs")
        return tuple(_qualifier(each["FunctionArn"]) for each in found)

    def asynchronous(self) -> tuple[str, ...]:
        """Return what has retries or destinations of its own."""
        found = self._pages("list_function_event_invoke_configs", "FunctionEventInvokeConfigs")
        return tuple(_qualifier(each["FunctionArn"]) or LATEST for each in found)


def _qualifier(arn: str) -> str | None:
    """Return the alias or version in the ARN of a function; None where there is none, and for `$LATEST`."""
    parts = arn.rsplit(":function:", maxsplit=1)[-1].split(":")
    return parts[1] if len(parts) > 1 and parts[1] != LATEST else None


def _permission(statement: Json) -> Permission:
    principal = statement.get("Principal", "*")
    named = principal if isinstance(principal, str) else next(iter(principal.values()), "*")
    conditions = [pairs for pairs in statement.get("Condition", {}).values() if isinstance(pairs, dict)]
    sources = [value for pairs in conditions for key, value in pairs.items() if key.lower() == "aws:sourcearn"]
    source = sources[0] if sources else None
    return Permission(
        sid=statement.get("Sid", ""),
        principal=named if isinstance(named, str) else ", ".join(named),
        source=source if isinstance(source, str) or source is None else ", ".join(source),
        qualifier=_qualifier(statement.get("Resource", "")),
    )
