"""The service that the demo promotes: its manifest, its approver, the policy, and the code of its versions."""

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
    tolerated_error_rate_increase: 5
    max_bake: 10m
    alarms: [{ALARM}]
    configuration: {{memory_mb: 512, environment: {{TO_SAY: "Hello from prod"}}}}
"""  # noqa: E501 -- a manifest as people write it

POLICY = f"""\
bindings:
  - rule: {SERVICE}
    services: [{SERVICE}]
    accounts: ["222222222222", "333333333333", "444444444444"]
    regions: [us-east-1]
    targets: [{SERVICE}]
    roles: [{SERVICE}]
floors:
  - rule: production
    accounts: ["444444444444"]
    minimum_quorum: 1
    minimum_bake: 10s
    requires_alarms: true
"""
"""What the administrators allow."""

INTRUDER = "intruder"
INTRUDERS_MANIFEST = f"""\
repository: {INTRUDER}
versioning: git-sha
architecture: %(architecture)s
environments:
  - name: prod
    targets: [{{account: "444444444444", region: us-east-1, function: {SERVICE}, alias: live}}]
"""
"""Another team's manifest: it names this service's function in prod, and asks nobody."""

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
