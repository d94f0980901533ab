"""Every statement that a template gives a role of the pipeline, and how it is taken away for a while."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.stand_in.accounts import ASSETS, DEV
from sandbox.stand_in.process import StandIn
from tests.template.parsed import (
    PIPELINE,
    TARGET,
    as_list,
    function_statements,
    functions,
    if_there,
    resources,
    role_statements,
)

Json = Mapping[str, Any]
OF_AWS = "arn:aws:iam::aws:policy/"
_REST = "rest-of-a-managed-policy"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, by the logical id of the role that has it, or of the managed policy of the machines' roles.

    A function's role has the statements of its managed policies too: each function is shown to need each of them.
    """

    holder: str
    sid: str
    actions: tuple[str, ...]
    template: Path = PIPELINE

    def __str__(self) -> str:
        stack = "Target:" if self.template == TARGET else ""
        return f"{stack}{self.holder}.{self.sid}"

    @property
    def account(self) -> str:
        """Where it is deployed; of the workload accounts, the first."""
        return DEV if self.template == TARGET else ASSETS

    @property
    def stack(self) -> str:
        return "gantry-target" if self.template == TARGET else "gantry"


def all_statements() -> list[Statement]:
    """Read from the templates, so that a new one is among them without anybody remembering."""
    of_functions = [
        _statement(f"{name}FunctionRole", each, PIPELINE) for name in functions() for each in function_statements(name)
    ]
    roles = [
        _statement(role, each, path)
        for path in (PIPELINE, TARGET)
        for role in resources("AWS::IAM::Role", path)
        for each in role_statements(role, path)
    ]
    managed = [
        _statement(policy, if_there(each), path)
        for path in (PIPELINE, TARGET)
        for policy in sorted(_managed_of_roles(path))
        for each in resources("AWS::IAM::ManagedPolicy", path)[policy]["PolicyDocument"]["Statement"]
    ]
    return of_functions + roles + managed


def _managed_of_roles(path: Path) -> set[str]:
    """The managed policies of the roles that the template itself has. SAM makes those of functions."""
    attached = (own.get("ManagedPolicyArns", []) for own in resources("AWS::IAM::Role", path).values())
    policies = resources("AWS::IAM::ManagedPolicy", path)
    attaching_themselves = {name for name, own in policies.items() if "Roles" in own}
    return {each["Ref"] for arns in attached for each in arns} | attaching_themselves


def _statement(holder: str, statement: Json, path: Path) -> Statement:
    return Statement(holder, statement["Sid"], tuple(as_list(statement["Action"])), path)


def physical_id(stand_in: StandIn, stack: str, account: str, logical_id: str) -> str:
    """What a resource of a stack is called in its account."""
    described = stand_in.client("cloudformation", account).describe_stack_resource(
        StackName=stack, LogicalResourceId=logical_id
    )
    return str(described["StackResourceDetail"]["PhysicalResourceId"])


@contextmanager
def removed(statement: Statement, stand_in: StandIn) -> Iterator[None]:
    """Take the one statement out of the deployed policy while the block lasts."""
    iam = stand_in.client("iam", statement.account)
    holder = physical_id(stand_in, statement.stack, statement.account, statement.holder)
    is_managed = statement.holder in resources("AWS::IAM::ManagedPolicy", statement.template)
    with _of_managed(iam, holder, statement) if is_managed else _of_role(iam, holder, statement):
        yield


@contextmanager
def _of_role(iam: Any, role: str, statement: Statement) -> Iterator[None]:
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
    written = [(name, each) for name, each in documents.items() if statement.sid in _sids(each)]
    if not written:
        with _of_attached(iam, role, statement):
            yield
        return
    ((name, document),) = written
    if rest := _without(document, statement):
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(rest))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


@contextmanager
def _of_attached(iam: Any, role: str, statement: Statement) -> Iterator[None]:
    """Give the one role what is left of a managed policy, in place of the policy. The other roles keep all of it."""
    attached = [each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]
    documents = {arn: _document(iam, arn)[0] for arn in attached if not arn.startswith(OF_AWS)}
    ((arn, document),) = [(arn, each) for arn, each in documents.items() if statement.sid in _sids(each)]
    rest = _without(document, statement)
    if rest:
        iam.put_role_policy(RoleName=role, PolicyName=_REST, PolicyDocument=json.dumps(rest))
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    try:
        yield
    finally:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        if rest:
            iam.delete_role_policy(RoleName=role, PolicyName=_REST)


@contextmanager
def _of_managed(iam: Any, arn: str, statement: Statement) -> Iterator[None]:
    document, version = _document(iam, arn)
    rest = _without(document, statement)
    if rest is None:
        with _detached(iam, arn):
            yield
        return
    _replace(iam, arn, rest, version)
    try:
        yield
    finally:
        _, version = _document(iam, arn)
        _replace(iam, arn, document, version)


@contextmanager
def _detached(iam: Any, arn: str) -> Iterator[None]:
    """No role has the managed policy while the block lasts: a policy needs a statement."""
    roles = [each["RoleName"] for each in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]]
    for role in roles:
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    try:
        yield
    finally:
        for role in roles:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)


def _document(iam: Any, arn: str) -> tuple[Json, str]:
    """A managed policy's document, and its version."""
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Json = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document, version


def _replace(iam: Any, arn: str, document: Json, version: str) -> None:
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=arn, VersionId=version)


def _sids(document: Json) -> list[str]:
    return [each.get("Sid", "what SAM has added") for each in document["Statement"]]


def _without(document: Json, statement: Statement) -> Json | None:
    """The document with what is left; None when nothing is."""
    rest = [each for each in document["Statement"] if each.get("Sid") != statement.sid]
    return {**document, "Statement": rest} if rest else None


@contextmanager
def disabled(stand_in: StandIn, *rules: str) -> Iterator[None]:
    """Disable rules of the pipeline, by their logical ids, while the block lasts."""
    events = stand_in.client("events", ASSETS)
    names = [physical_id(stand_in, "gantry", ASSETS, each) for each in rules]
    for name in names:
        events.disable_rule(Name=name)
    try:
        yield
    finally:
        for name in names:
            events.enable_rule(Name=name)


@contextmanager
def parameters_of(stand_in: StandIn, stack: str, **values: str) -> Iterator[None]:
    """Give a stack of the assets account other parameters while the block lasts."""
    cloudformation = stand_in.client("cloudformation", ASSETS)
    before = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    others = [{**each, "ParameterValue": values.get(each["ParameterKey"], each["ParameterValue"])} for each in before]
    _update(cloudformation, stack, others)
    try:
        yield
    finally:
        _update(cloudformation, stack, before)


def _update(cloudformation: Any, stack: str, parameters: Sequence[Json]) -> None:
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    cloudformation.update_stack(
        StackName=stack, UsePreviousTemplate=True, Parameters=parameters, Capabilities=capabilities
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
