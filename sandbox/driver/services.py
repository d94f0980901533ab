"""What a service's team does: add the service, upload its manifest, push its images."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.driver.registry import Registry
from sandbox.driver.stack import Stack
from sandbox.stand_in.accounts import ASSETS, REGION, WORKLOAD_ACCOUNTS
from sandbox.stand_in.workspace import ROOT


@dataclass
class Services(Stack):
    """The services that the pipeline promotes."""

    def add_service(self, service: str, manifest: str, alarms: Sequence[str] = ()) -> None:
        """Add a repository, a manifest, and in each account an execution role and alarms.

        On AWS a service's own stacks bring them.
        """
        self.add_repository(service)
        for account in WORKLOAD_ACCOUNTS.values():
            self.add_role(service, account)
            for alarm in alarms:
                self._add_alarm(account, alarm, service)
        self.upload_manifest(service, manifest)

    def add_role(self, name: str, account: str) -> None:
        """Add a role that functions can run with."""
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.stand_in.client("iam", account).create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )

    def add_repository(self, service: str, region: str = REGION) -> None:
        """Add a service's repository, by the example's template. On AWS, replication fills those in other regions."""
        cloudformation, stack = self.stand_in.client("cloudformation", ASSETS, region), f"{service}-repository"
        accounts = {"AssetsAccount": ASSETS, "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values())}
        parameters = {"FunctionName": service.replace("/", "-"), "RepositoryName": service, **accounts}
        cloudformation.create_stack(
            StackName=stack,
            TemplateBody=(ROOT / "examples" / "service.template.yaml").read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

    def _add_alarm(self, account: str, name: str, function: str) -> None:
        """Add an alarm on the errors of one minute, of all invocations through the alias."""
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
        """Upload a manifest to the bucket, and return its revision."""
        return self._upload(f"services/{service}.yaml", manifest)

    def upload_policy(self, policy: str) -> str:
        """Upload the administrators' policy file, and return its revision."""
        return self._upload("policy/policy.yaml", policy)

    def delete_policy(self) -> None:
        """Delete the policy file, so that nothing is bound any more."""
        self.stand_in.client("s3", ASSETS).delete_object(
            Bucket=self.outputs["ManifestBucketName"], Key="policy/policy.yaml"
        )

    def _upload(self, key: str, text: str) -> str:
        answer = self.stand_in.client("s3", ASSETS).put_object(
            Bucket=self.outputs["ManifestBucketName"], Key=key, Body=text.encode()
        )
        return str(answer["VersionId"])

    def push(self, service: str, tag: str, app: str) -> str:
        """Build an image whose app.py is `app`, push it, and return its digest."""
        return Registry(self.stand_in.client("ecr", ASSETS)).push(service, tag, {"app.py": app})
