"""The service that the demo promotes: its manifest, its approver, and the code of its versions."""

SERVICE = "cowsay"
APPROVER = "ops@example.com"
ALARM = "cowsay-errors"

MANIFEST = f"""\
repository: {SERVICE}
versioning: git-sha
architecture: %(architecture)s
configuration: {{memory_mb: 256, timeout_seconds: 10}}
environments:
  - name: dev
    targets: [{{account: "222222222222", region: us-east-1, function: {SERVICE}, alias: live, role: "arn:aws:iam::222222222222:role/{SERVICE}"}}]
    traffic: AllAtOnce
    configuration: {{environment: {{TO_SAY: "Hello from dev"}}}}
  - name: staging
    targets: [{{account: "333333333333", region: us-east-1, function: {SERVICE}, alias: live, role: "arn:aws:iam::333333333333:role/{SERVICE}"}}]
    traffic: AllAtOnce
    configuration: {{environment: {{TO_SAY: "Hello from staging"}}}}
  - name: prod
    targets: [{{account: "444444444444", region: us-east-1, function: {SERVICE}, alias: live, role: "arn:aws:iam::444444444444:role/{SERVICE}"}}]
    approval: {{approvers: [{APPROVER}], expires_after: 72h}}
    traffic: [{{weight: 20, bake: 8s}}, {{weight: 50, bake: 8s}}]
    alarms: [{ALARM}]
    configuration: {{memory_mb: 512, environment: {{TO_SAY: "Hello from prod"}}}}
"""  # noqa: E501 -- a manifest as people write it

GOOD = """\
import os

def handler(event, context):
    return {"said": os.environ["TO_SAY"], "by": "%s"}
"""
BAD = """\
import os

def handler(event, context):
    if "prod" in os.environ["TO_SAY"]:
        raise RuntimeError("only prod has the data that this version cannot read")
    return {"said": os.environ["TO_SAY"], "by": "%s"}
"""
