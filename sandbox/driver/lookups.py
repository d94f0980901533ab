"""What a person can look up about the pipeline: aliases, the ledger, API calls."""

import itertools
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from sandbox.driver.stack import Stack
from sandbox.stand_in.accounts import ASSETS, REGION, WORKLOAD_ACCOUNTS

_ROOT_KEYS = {ASSETS, *WORKLOAD_ACCOUNTS.values()}


@dataclass
class Lookups(Stack):
    """Reads what the pipeline did, and uses the functions that it deployed."""

    def routing(self, account: str, function: str, alias: str = "live", region: str = REGION) -> dict[str, Any]:
        """Return what an alias routes to: its version, and the weights of other versions."""
        found = self.stand_in.client("lambda", account, region).get_alias(FunctionName=function, Name=alias)
        return {
            "version": found["FunctionVersion"],
            "weights": (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
        }

    def invoke(self, account: str, function: str, alias: str = "live") -> dict[str, Any]:
        """Send one request through the alias; return its answer, and whether the function failed."""
        answer = self.stand_in.client("lambda", account).invoke(FunctionName=function, Qualifier=alias, Payload=b"{}")
        return {
            "failed": "FunctionError" in answer,
            "version": answer.get("ExecutedVersion"),
            "payload": json.loads(answer["Payload"].read() or b"null"),
        }

    def function_name(self, function: str) -> str:
        """Return what one of the pipeline's own functions is called in its account."""
        described = self.stand_in.client("cloudformation", ASSETS).describe_stack_resource(
            StackName="gantry", LogicalResourceId=f"{function}Function"
        )
        return str(described["StackResourceDetail"]["PhysicalResourceId"])

    def run(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke one of the pipeline's own functions, as EventBridge does; return its answer."""
        answer = self.stand_in.client("lambda", ASSETS).invoke(
            FunctionName=self.function_name(function), Payload=json.dumps(event).encode()
        )
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{function} failed: {found}")
        return found

    def ledger(self, partition: str) -> list[dict[str, Any]]:
        """Return the ledger's items of one partition, such as `service#cowsay`."""
        table = self.stand_in.client("dynamodb", ASSETS)
        answer = table.query(
            TableName=self.outputs["LedgerTableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )
        decode = TypeDeserializer().deserialize
        return [{name: decode(value) for name, value in item.items()} for item in answer["Items"]]

    def live(self, service: str) -> dict[str, dict[str, Any]]:
        """Return what the ledger calls live, by environment, from dev to prod."""
        found = {
            item["environment"]: item["current"] for item in self.ledger(f"service#{service}") if "current" in item
        }
        return {environment: found[environment] for environment in WORKLOAD_ACCOUNTS if environment in found}

    def quarantined(self, service: str) -> list[str]:
        """Return the digests that are in quarantine."""
        items = self.ledger(f"service#{service}")
        quarantines = (item for item in items if item["sk"].startswith("quarantine#"))
        return [item["digest"] for item in quarantines if "released" not in item]

    def calls_between(self, start: datetime, stop: datetime, regions: Collection[str] = (REGION,)) -> Counter[str]:
        """Count the API calls of roles in all accounts, by name; calls of root users are left out."""
        counted: Counter[str] = Counter()
        for account, region in itertools.product((ASSETS, *WORKLOAD_ACCOUNTS.values()), regions):
            pages = self.stand_in.client("cloudtrail", account, region).get_paginator("lookup_events")
            events = (event for page in pages.paginate(StartTime=start, EndTime=stop) for event in page["Events"])
            counted.update(event["EventName"] for event in events if event["AccessKeyId"] not in _ROOT_KEYS)
        return counted
