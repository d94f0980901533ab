"""What a reader does at each command block: where, what is answered, what has to be seen. In the order of reading.

A block that is neither here nor in `NOT_RUN` fails the test. Nothing of a block is changed but placeholders, in
capitals, and what `replaced` names.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.driver.ecs_service import CLUSTER, add_ecs_service, image_uri, register_task_definition
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, DEV, PROD, STAGING, WORKLOAD_ACCOUNTS
from tests.pages.blocks import blocks
from tests.pages.reader import APPROVER, BOUNDARY, EXTERNAL_ID, Reader
from tests.pages.terminal import Answers

NEW: Final = "555555555555"
EVERYWHERE: Final = (ASSETS, DEV, STAGING, PROD)
WORKLOADS: Final = (DEV, STAGING, PROD)
YES: Final = (("[y/N]", "y"),)
PIPELINE_ANSWERS: Final = (
    ("Parameter TargetAccounts", ",".join(WORKLOAD_ACCOUNTS.values())),
    ("Parameter ExternalId", EXTERNAL_ID),
    ("Parameter MailSender", "gantry@example.com"),
    ("Disable rollback", ""),
    ("[y/N]", "y"),
    ("]:", ""),
)
Look = Callable[[Reader], None]

NOT_RUN: Final = {
    "README: Gantry #1": "`make demo` and `make test` are what CI runs; a test holds that the targets exist.",
    "README: Deploying on AWS #1": "it has the lines of the deploying page, which are run there; a test compares them.",
    "README: Deploying on AWS #2": "as above",
}
"""The blocks that are not run here, and why."""


def _nothing(reader: Reader) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Step:
    """How one block is followed."""

    block: str
    accounts: tuple[str, ...] = (ASSETS,)
    answers: Answers = ()
    code: int = 0
    replaced: Mapping[str, str] = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    """Patterns, each of which has to be found in what is printed."""
    before: Look = _nothing
    meanwhile: Look = _nothing
    """What somebody else does while the block runs."""
    after: Look = _nothing


def _target_answers(reader: Reader) -> Answers:
    return (
        ("Parameter AssetsAccount", ASSETS),
        ("Parameter ExternalId", EXTERNAL_ID),
        ("Parameter AlarmBusArn", reader.pipeline.outputs["AlarmBusArn"]),
        ("Parameter FunctionNamePatterns", "cowsay"),
        ("Parameter ExecutionRolePatterns", "cowsay"),
        ("Save arguments", "n"),
        ("Disable rollback", ""),
        ("[y/N]", "y"),
        ("]:", ""),
    )


# ---- Deploying ----


def _live(service: str, environment: str, tag: str) -> Look:
    def look(reader: Reader) -> None:
        items = reader.pipeline.ledger(f"service#{service}")
        found = {
            each["current"]["tag"] for each in items if each.get("environment") == environment and "current" in each
        }
        assert found == {tag}, items

    return look


def _approve(tag: str) -> Look:
    return lambda reader: reader.approve(tag)


def _waits_for_prod(reader: Reader) -> None:
    """The new release has come to the new region, and waits for people."""
    reader.pipeline.mail_to(APPROVER, "9c1e4b2", seconds=120)
    _is_live_in_the_region(reader)


def _yaml_of(section: str) -> str:
    return next(each.text for each in blocks("yaml") if each.name == f"deploying: {section} #1")


def _edited(reader: Reader, name: str, before: str, after: str) -> None:
    file = reader.file(name)
    text = file.read_text()
    assert before in text, f"{name} has no {before}"
    file.write_text(text.replace(before, after, 1))


def _add_account(reader: Reader) -> None:
    _edited(reader, "examples/policy.yaml", '"444444444444"]', f'"444444444444", "{NEW}"]')
    environment = _yaml_of("A fourth account")
    _edited(reader, "examples/cowsay/manifest.yaml", "  - name: prod\n", f"{environment}\n  - name: prod\n")


def _add_region(reader: Reader) -> None:
    _edited(reader, "examples/policy.yaml", "regions: [us-east-1]", "regions: [us-east-1, eu-west-1]")
    target = _yaml_of("A second region")
    _edited(reader, "examples/cowsay/manifest.yaml", "    traffic: AllAtOnce\n", f"{target}\n    traffic: AllAtOnce\n")


def _is_live_in_the_region(reader: Reader) -> None:
    assert reader.pipeline.routing(DEV, "cowsay", region="eu-west-1")["version"] == "1"
    _live("cowsay", "staging", "9c1e4b2")(reader)


def _add_tags(reader: Reader) -> None:
    (line,) = (each.text for each in blocks("toml") if each.name == "deploying: Your organisation's rules #1")
    for stack in ("default", "target"):
        _edited(reader, "samconfig.toml", f"[{stack}.deploy.parameters]\n", f"[{stack}.deploy.parameters]\n{line}\n")


def _has(account: str, stack: str, *names: str) -> Look:
    """Whether a stack has its tags and these parameters. The stand-in changes no key and no boundary of what exists."""

    def look(reader: Reader) -> None:
        cloudformation = reader.stand_in.client("cloudformation", account)
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        given = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}
        expected = {"EncryptionKeyArn": reader.given["KEY_ARN"], "PermissionsBoundaryArn": BOUNDARY}
        assert {name: given[name] for name in names} == {name: expected[name] for name in names}
        assert {"Key": "team", "Value": "platform"} in found["Tags"]

    return look


def _newer(reader: Reader) -> None:
    """The checkout has a newer version of a function's code."""
    file = reader.file("functions/gantry/__init__.py")
    file.write_text(f"{file.read_text()}\n# a newer version\n")


def _is_enabled(*, expected: bool) -> Look:
    def look(reader: Reader) -> None:
        rule = reader.stand_in.client("events", ASSETS).describe_rule(Name=reader.given["PUSH_RULE"])
        assert (rule["State"] == "ENABLED") == expected

    return look


def _is_gone(reader: Reader) -> None:
    stacks = reader.stand_in.client("cloudformation", ASSETS).list_stacks()["StackSummaries"]
    (status,) = {each["StackStatus"] for each in stacks if each["StackName"] == "gantry"}
    assert status == "DELETE_COMPLETE"
    for account in WORKLOADS:
        alias = reader.stand_in.client("lambda", account).get_alias(FunctionName="cowsay", Name="live")
        assert alias["FunctionVersion"]
    kept = {each["Name"] for each in reader.stand_in.client("s3", ASSETS).list_buckets()["Buckets"]}
    assert reader.given["MANIFEST_BUCKET_NAME"] in kept


def _remember_the_bucket(reader: Reader) -> None:
    reader.given["MANIFEST_BUCKET_NAME"] = reader.pipeline.outputs["ManifestBucketName"]


FIRST: Final = (
    Step("deploying: 1. The sender of approval mails (assets account) #1", shows=("EMAIL_ADDRESS",)),
    Step("deploying: 2. The pipeline (assets account) #1", answers=PIPELINE_ANSWERS, shows=("Successfully created",)),
    Step("deploying: 2. The pipeline (assets account) #2", shows=("AlarmBusArn", "pending confirmation|arn:aws:sns")),
    Step("deploying: 3. Each workload account #1", WORKLOADS, (("", ""),), shows=("Successfully created",)),
    Step("deploying: 4. The policy file (assets account) #1", shows=("upload: ",)),
    Step("deploying: 5. A service's stack (each account) #1", EVERYWHERE, shows=("Successfully created",)),
    Step("deploying: 5. A service's stack (each account) #2", shows=("oidc-provider/token.actions",)),
    Step("deploying: 6. Its manifest (assets account) #1", shows=("upload: ",)),
    Step("deploying: 7. The first push #1", meanwhile=_approve("4f0c2d1"), after=_live("cowsay", "prod", "4f0c2d1")),
    Step("deploying: 7. The first push #2", shows=(r"prod\s+1 \(4f0c2d1\)",)),
)
LATER: Final = (
    Step("deploying: A further service #1", WORKLOADS, YES, shows=("Successfully created/updated",)),
    Step("deploying: A further service #2", EVERYWHERE, shows=("Successfully created",)),
    Step(
        "deploying: A further service #3", meanwhile=_approve("7d3e9aa"), after=_live("orders-api", "prod", "7d3e9aa")
    ),
    Step("deploying: A fourth account #1", answers=YES, shows=("Successfully created/updated",)),
    Step("deploying: A fourth account #2", (NEW,), YES, shows=("Successfully created/updated",)),
    Step("deploying: A fourth account #3", (ASSETS, NEW), shows=("Successfully created",)),
    Step("deploying: A fourth account #4", before=_add_account, after=_live("cowsay", "qa", "4f0c2d1")),
    Step("deploying: A second region #1", (ASSETS, DEV), shows=("Successfully created",)),
    Step("deploying: A second region #2", (DEV,), YES, shows=("Successfully created/updated",)),
    Step("deploying: A second region #3", shows=("eu-west-1",)),
    Step("deploying: A second region #4", before=_add_region, after=_waits_for_prod),
    Step(
        "deploying: Your organisation's rules #1",
        answers=YES,
        before=_add_tags,
        shows=("Successfully created/updated",),
        after=_has(ASSETS, "gantry", "EncryptionKeyArn", "PermissionsBoundaryArn"),
    ),
    Step(
        "deploying: Your organisation's rules #2",
        (*WORKLOADS, NEW),
        YES,
        shows=("Successfully created/updated",),
        after=_has(PROD, "gantry-target", "PermissionsBoundaryArn"),
    ),
    Step("deploying: Updating while things run #1", shows=(r"\[\]\s+\[\]",), after=_is_enabled(expected=False)),
    Step(
        "deploying: Updating while things run #2", answers=YES, before=_newer, shows=("Successfully created/updated",)
    ),
    Step("deploying: Updating while things run #3", (*WORKLOADS, NEW), YES, shows=("up to date|Successfully created",)),
    Step("deploying: Updating while things run #4", shows=("9c1e4b2",), after=_is_enabled(expected=True)),
)
LAST: Final = (
    Step("deploying: Uninstalling #1", (*WORKLOADS, NEW), before=_remember_the_bucket),
    Step("deploying: Uninstalling #2", answers=YES, after=_is_gone),
)


# ---- On call ----


def _a_canary_bakes(reader: Reader) -> None:
    """What waited for people during the update goes on, by its old definition and the new functions."""
    reader.approve("9c1e4b2")
    pipeline = reader.pipeline
    eventually("a canary", lambda: pipeline.routing(PROD, "cowsay")["weights"] or None, 120)


def _is_back(reader: Reader) -> None:
    pipeline = reader.pipeline
    stable = {"version": "1", "weights": {}}
    eventually("version 1 in prod", lambda: pipeline.routing(PROD, "cowsay") == stable or None)
    eventually("a quarantine", lambda: pipeline.quarantined("cowsay") or None)
    eventually("no rollback", lambda: None if "rollback" in str(pipeline.ledger("lease")[0].get("holder")) else True)


def _an_event_was_lost(reader: Reader) -> None:
    stack = reader.stand_in.client("cloudformation", ASSETS)
    found = stack.describe_stack_resource(StackName="gantry", LogicalResourceId="UndeliveredEvents")
    reader.stand_in.client("sqs", ASSETS).send_message(
        QueueUrl=found["StackResourceDetail"]["PhysicalResourceId"],
        MessageBody=json.dumps({"detail-type": "ECR Image Action"}),
        MessageAttributes={"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}},
    )


def _was_rehearsed(reader: Reader) -> None:
    reader.pipeline.run("RehearseRollbacks", {})


def _a_service_deploys(reader: Reader) -> None:
    """An ECS service with a second task definition on its way."""
    aws = reader.stand_in
    image = image_uri(aws, "cowsay", reader.pipeline.live("cowsay")["prod"]["digest"])
    add_ecs_service(aws, PROD, "cowsay-web", image)
    second = register_task_definition(aws, PROD, "cowsay-web", image, {"TO_SAY": "second"})
    client = aws.client("ecs", PROD)
    client.update_service(cluster=CLUSTER, service="cowsay-web", taskDefinition=second)


ON_CALL: Final = (
    Step(
        "operations: A deployment waits #1",
        before=_a_canary_bakes,
        shows=(rf"{PROD}/us-east-1/cowsay/live\s+\d+\s+\S*gantry-deployment",),
    ),
    Step("operations: Looking into the ledger #1", shows=("deployment_completed|traffic_shifted|approval", "prod")),
    Step("operations: The ledger and the traffic disagree #1", shows=("4f0c2d1", "sha256:")),
    Step("rollback: Rolling back #1", answers=(("[y/N]", "y"),), after=_is_back),
    Step("operations: A digest is quarantined #1", shows=("sha256:", "5xx since 10:00")),
    Step(
        "operations: Moving the traffic yourself #1",
        (PROD,),
        replaced={"--function-version 7": "--function-version 1"},
        shows=('"FunctionVersion": "1"',),
    ),
    Step("rollback: Rolling back #2", shows=("executionArn",)),
    Step("rollback: The rehearsal #1", before=_was_rehearsed, shows=(f"{PROD}/us-east-1/cowsay/live|summary|20",)),
    Step(
        "operations: A message in the dead-letter queue #1",
        before=_an_event_was_lost,
        shows=("ECR Image Action", "NO_PERMISSIONS"),
    ),
    Step("operations: By a signed call #1", shows=('"execution"',)),
    Step("operations: Repairing a target manually #1", shows=(r'"repaired": ?\[\]',)),
    Step(
        "operations: Moving the traffic of an ECS service #1",
        (PROD,),
        before=_a_service_deploys,
        shows=("service-deployment/main/cowsay-web",),
    ),
    Step("operations: Moving the traffic of an ECS service #2", (PROD,)),
    Step(
        "operations: Moving the traffic of an ECS service #3",
        (PROD,),
        replaced={"cowsay-web:11": "cowsay-web:1"},
        shows=("cowsay-web:1",),
    ),
)

STEPS: Final = (*FIRST, *LATER, *ON_CALL, *LAST)
"""In the order in which they are followed: on call while there is a pipeline."""


def answers_of(step: Step, reader: Reader) -> Answers:
    """Return what is typed, some of which only the stack knows."""
    return _target_answers(reader) if step.block == "deploying: 3. Each workload account #1" else step.answers


def is_shown(pattern: str, printed: str) -> bool:
    """Whether something is in what was printed."""
    return re.search(pattern, printed) is not None
