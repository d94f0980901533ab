"""The whole pipeline, deployed onto a stand-in, and what its users do with it: push, approve, look, roll back.

Everything goes through AWS' own APIs and through what the templates deploy, as it would on AWS.
"""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from html import unescape
from typing import Any, Self, TypeVar

from boto3.dynamodb.types import TypeDeserializer

from sandbox.driver.deploy import THIS_MACHINE, alone, build, deploy
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, DEV, PROD, STAGING
from sandbox.stand_in.mailbox import Mail, mails
from sandbox.stand_in.process import ROOT, StandIn

WORKLOAD_ACCOUNTS = {"dev": DEV, "staging": STAGING, "prod": PROD}
SENDER = "gantry@example.com"
EXTERNAL_ID = "gantry-sandbox"
FUNCTIONS = "cowsay*"
"""Which functions the pipeline may deploy to, and how their execution roles are called."""

_ROOT_KEYS = {ASSETS, *WORKLOAD_ACCOUNTS.values()}

Found = TypeVar("Found")


class NotSeenError(Exception):
    """Something that had to happen did not happen in time."""


def nonce_on(page: str) -> str:
    """The nonce in an approval page's form; empty when it has no form."""
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def eventually(what: str, look: Callable[[], Found | None], seconds: float = 60) -> Found:
    """What `look` finds, as soon as it finds it.

    Raises:
        NotSeenError: it found nothing in `seconds`.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise NotSeenError(f"not seen within {seconds:g} s: {what}")


def _by_lower_case(headers: Message) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


@dataclass
class Pipeline:
    """A deployed pipeline and the people and programs around it."""

    stand_in: StandIn
    outputs: Mapping[str, str]
    _inputs: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def deploy(cls, stand_in: StandIn, told: Callable[[str], None] = lambda _: None) -> Self:
        """Build and deploy the pipeline's stack into the assets account and the target stack into the others."""
        stand_in.client("sesv2", ASSETS).create_email_identity(EmailIdentity=SENDER)
        with alone():
            told("sam build")
            built = build(ROOT / "template.yaml", THIS_MACHINE)
            told("sam deploy: the pipeline, into the assets account")
            outputs = deploy(
                stand_in,
                "gantry",
                built,
                ASSETS,
                THIS_MACHINE
                | {
                    "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values()),
                    "ExternalId": EXTERNAL_ID,
                    "MailSender": SENDER,
                    "ApprovalBaseUrl": f"{stand_in.endpoint}/_domain",
                    "LedgerDeletionProtection": "false",
                },
            )
        told("sam deploy: the target stack, into the dev, staging and prod accounts")
        target = {"AssetsAccount": ASSETS, "ExternalId": EXTERNAL_ID, "AlarmBusArn": outputs["AlarmBusArn"]}
        target |= {"FunctionNamePattern": FUNCTIONS, "ExecutionRolePattern": FUNCTIONS}
        with ThreadPoolExecutor(len(WORKLOAD_ACCOUNTS)) as pool:
            list(
                pool.map(
                    lambda account: deploy(
                        stand_in, "gantry-target", ROOT / "target" / "template.yaml", account, target
                    ),
                    WORKLOAD_ACCOUNTS.values(),
                )
            )
        return cls(stand_in, outputs)

    def add_service(self, service: str, manifest: str, alarms: Sequence[str] = ()) -> None:
        """What a service's own stacks bring: a repository, an execution role and alarms in each account, a manifest."""
        self.add_repository(service)
        for account in WORKLOAD_ACCOUNTS.values():
            self.add_role(service, account)
            for alarm in alarms:
                self._add_alarm(account, alarm, service)
        self.upload_manifest(service, manifest)

    def add_role(self, name: str, account: str) -> None:
        """A role that functions can run with."""
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.stand_in.client("iam", account).create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )

    def add_repository(self, service: str) -> None:
        """A service's repository, by the example's template."""
        cloudformation, stack = self.stand_in.client("cloudformation", ASSETS), f"{service}-repository"
        parameters = {"RepositoryName": service, "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values())}
        cloudformation.create_stack(
            StackName=stack,
            TemplateBody=(ROOT / "examples" / "repository.template.yaml").read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

    def _add_alarm(self, account: str, name: str, function: str) -> None:
        """Errors of everything that is invoked through the alias, in one minute."""
        self.stand_in.client("cloudwatch", account).put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[
                {"Name": "FunctionName", "Value": function},
                {"Name": "Resource", "Value": f"{function}:live"},
            ],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )

    def upload_manifest(self, service: str, manifest: str) -> str:
        """Put a manifest into the bucket; its revision."""
        answer = self.stand_in.client("s3", ASSETS).put_object(
            Bucket=self.outputs["ManifestBucketName"], Key=f"services/{service}.yaml", Body=manifest.encode()
        )
        return str(answer["VersionId"])

    def push(self, service: str, tag: str, app: str) -> str:
        """Build an image whose app.py is `app` and push it; its digest."""
        return Registry(self.stand_in.client("ecr", ASSETS)).push(service, tag, {"app.py": app})

    def start(self, machine: str, value: Mapping[str, Any]) -> str:
        """Start `Promotion`, `Deployment` or `Rollback` as a person does from the console; the execution's ARN."""
        started = self.stand_in.client("stepfunctions", ASSETS).start_execution(
            stateMachineArn=self.outputs[f"{machine}MachineArn"], input=json.dumps(value)
        )
        return str(started["executionArn"])

    def disable(self, rule: str) -> None:
        """Switch one of the stack's EventBridge rules off."""
        described = self.stand_in.client("cloudformation", ASSETS).describe_stack_resource(
            StackName="gantry", LogicalResourceId=rule
        )
        name = described["StackResourceDetail"]["PhysicalResourceId"]
        self.stand_in.client("events", ASSETS).disable_rule(Name=name)

    def started_with(self, machine: str, text: str) -> list[str]:
        """The executions of a machine whose input holds a text, newest first."""
        sfn = self.stand_in.client("stepfunctions", ASSETS)
        pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=self.outputs[f"{machine}MachineArn"])
        arns = [each["executionArn"] for page in pages for each in page["executions"]]
        for arn in arns:
            if arn not in self._inputs:  # it never changes
                self._inputs[arn] = self.describe(arn)["input"]
        return [arn for arn in arns if text in self._inputs[arn]]

    def promotion_of(self, text: str) -> str:
        """The execution of the promotion machine whose input holds a text, such as a digest or a tag."""
        return eventually(
            f"a promotion of {text}",
            lambda: next(iter(self.started_with("Promotion", text)), None),
        )

    def wait(self, execution: str, seconds: float = 90) -> dict[str, Any]:
        """The execution once it has ended, as DescribeExecution tells of it."""

        def ended() -> dict[str, Any] | None:
            found = self.describe(execution)
            return None if found["status"] == "RUNNING" else found

        return eventually(f"the end of {execution}", ended, seconds)

    def history(self, execution: str) -> list[dict[str, Any]]:
        """The execution's events, oldest first."""
        pages = self.stand_in.client("stepfunctions", ASSETS).get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=execution) for event in page["events"]]

    def states(self, execution: str) -> list[str]:
        """The names of the states that an execution entered, in order; each of them is one billed transition."""
        entered = (event.get("stateEnteredEventDetails") for event in self.history(execution))
        return [details["name"] for details in entered if details]

    def mail_to(self, approver: str, text: str, seconds: float = 60) -> Mail:
        """The newest mail to somebody that holds a text."""

        def arrived() -> Mail | None:
            found = [mail for mail in mails(self.stand_in, ASSETS) if approver in mail.to and text in mail.text]
            return found[-1] if found else None

        return eventually(f"a mail to {approver} about {text}", arrived, seconds)

    def answer(self, link: str, decision: str, reason: str = "", environment: str = "") -> tuple[int, str]:
        """Look at the approval page and press a button on it; the status and the page that comes back."""
        _, shown = self.http("GET", link)
        return self.post(link, decision=decision, reason=reason, environment=environment, nonce=nonce_on(shown))

    def post(self, link: str, **fields: str) -> tuple[int, str]:
        """Send a form as a browser does; the status and the page that comes back."""
        form = urllib.parse.urlencode(fields).encode()
        return self.http("POST", link, form, {"Content-Type": "application/x-www-form-urlencoded"})

    def http(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Send a request to the approval API; the status and the body."""
        status, text, _ = self.exchange(method, url, body, headers)
        return status, text

    def exchange(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, Mapping[str, str]]:
        """Send a request to the approval API; the status, the body and the headers, in small letters."""
        request = urllib.request.Request(url, body, dict(headers or {}), method=method)  # noqa: S310 -- our own links
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read().decode(), _by_lower_case(answer.headers)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(), _by_lower_case(refused.headers)

    def routing(self, account: str, function: str, alias: str = "live") -> dict[str, Any]:
        """What an alias routes to: its version, and the other versions' shares."""
        found = self.stand_in.client("lambda", account).get_alias(FunctionName=function, Name=alias)
        return {
            "version": found["FunctionVersion"],
            "weights": (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
        }

    def invoke(self, account: str, function: str, alias: str = "live") -> dict[str, Any]:
        """One request through the alias: its answer, and whether the function failed."""
        answer = self.stand_in.client("lambda", account).invoke(FunctionName=function, Qualifier=alias, Payload=b"{}")
        return {
            "failed": "FunctionError" in answer,
            "version": answer.get("ExecutedVersion"),
            "payload": json.loads(answer["Payload"].read() or b"null"),
        }

    def ledger(self, partition: str) -> list[dict[str, Any]]:
        """The ledger's items of one partition, such as `service#cowsay`."""
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
        """What the ledger calls live, by environment, in the order of a release's way."""
        found = {
            item["environment"]: item["current"] for item in self.ledger(f"service#{service}") if "current" in item
        }
        return {environment: found[environment] for environment in WORKLOAD_ACCOUNTS if environment in found}

    def quarantined(self, service: str) -> list[str]:
        """The digests that automation may not promote."""
        items = self.ledger(f"service#{service}")
        quarantines = (item for item in items if item["sk"].startswith("quarantine#"))
        return [item["image_digest"] for item in quarantines if "released" not in item]

    def calls_between(self, start: datetime, stop: datetime) -> Counter[str]:
        """The API calls that roles made, in all accounts, by name; those of the people around are left out."""
        counted: Counter[str] = Counter()
        for account in (ASSETS, *WORKLOAD_ACCOUNTS.values()):
            pages = self.stand_in.client("cloudtrail", account).get_paginator("lookup_events")
            events = (event for page in pages.paginate(StartTime=start, EndTime=stop) for event in page["Events"])
            counted.update(event["EventName"] for event in events if event["AccessKeyId"] not in _ROOT_KEYS)
        return counted

    @property
    def architecture(self) -> str:
        """What functions run on here: the machine's own processor."""
        return THIS_MACHINE["Architecture"]

    def describe(self, execution: str) -> dict[str, Any]:
        """As DescribeExecution tells of an execution."""
        found: dict[str, Any] = self.stand_in.client("stepfunctions", ASSETS).describe_execution(executionArn=execution)
        return found

    def deployments_of(self, promotion: str) -> list[str]:
        """The executions of the deployment machine that a promotion started, oldest first."""
        return self.started_with("Deployment", promotion)[::-1]
