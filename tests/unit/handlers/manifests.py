"""Manifests in the bucket."""

import boto3

MANIFEST = """\
repository: cowsay
versioning: git-sha
configuration: {timeout_seconds: 10}
environments:
  - name: dev
    targets: [{account: "222222222222", region: us-east-1, function: cowsay, alias: live}]
    traffic: AllAtOnce
    configuration: {environment: {TO_SAY: "Hello from dev"}}
  - name: prod
    targets: [{account: "444444444444", region: us-east-1, function: cowsay, alias: live}]
    approval: {approvers: [ops@example.com], expires_after: 72h}
    traffic: [{weight: 10, bake: 5m}, {weight: 50, bake: 10m}]
    alarms: [cowsay-errors]
    configuration: {memory_mb: 512, environment: {TO_SAY: "Hello from prod"}}
"""


def upload(text: str = MANIFEST, bucket: str = "manifests", service: str = "cowsay") -> str:
    """Upload a manifest; return the revision that the bucket gives it."""
    answer = boto3.client("s3").put_object(Bucket=bucket, Key=f"services/{service}.yaml", Body=text.encode())
    return str(answer.get("VersionId"))
