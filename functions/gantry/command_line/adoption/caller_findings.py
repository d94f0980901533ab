"""Who invokes the function itself, and not its alias: those see no canary and no rollback.

They run `$LATEST`, which Gantry changes before anything is checked. So they are in the way.
"""

import shlex
from collections.abc import Iterator

from gantry.command_line.adoption.about import PAGE, About
from gantry.command_line.adoption.found_function import FoundFunction, Permission
from gantry.command_line.results.adopted import Finding

_RUNS_LATEST = "It runs $LATEST, so it would get each release at once, unjudged, and no rollback reaches it."
_WHERE = f"{PAGE}, Callers of the function itself"
_MOVES = {
    "apigateway.amazonaws.com": "let the integration's URI end with {alias_arn}/invocations, and deploy the API",
    "events.amazonaws.com": "give the rule's target the alias: aws events put-targets --rule RULE "
    "--targets Id=ID,Arn={alias_arn}",
    "s3.amazonaws.com": "name the alias in the bucket's notification: aws s3api put-bucket-notification-configuration",
    "sns.amazonaws.com": "subscribe the alias, then unsubscribe the function: aws sns subscribe --protocol lambda "
    "--notification-endpoint {alias_arn} --topic-arn TOPIC",
    "elasticloadbalancing.amazonaws.com": "register the alias in the target group: aws elbv2 register-targets "
    "--target-group-arn GROUP --targets Id={alias_arn}",
    "logs.amazonaws.com": "give the subscription filter the alias: aws logs put-subscription-filter",
    "cognito-idp.amazonaws.com": "name the alias in the user pool's triggers",
}
_ELSE = "let it invoke the alias, {alias_arn}"


def caller_findings(found: FoundFunction) -> Iterator[Finding]:
    """Yield who invokes the function itself, each with how it is moved to the alias."""
    about = About(found)
    for source in found.callers.event_sources:
        if source.qualifier is None:
            yield about.blocks(
                "event_source",
                f"The event source mapping of {source.source} invokes the function, not the alias. {_RUNS_LATEST}",
                f"Once the alias exists: aws lambda update-event-source-mapping --uuid {source.uuid} "
                f"--function-name {found.name}:{found.alias}",
            )
    if None in found.callers.urls:
        yield about.blocks(
            "function_url",
            f"A function URL invokes the function, not the alias. {_RUNS_LATEST}",
            "The alias needs a URL of its own, which is another address: aws lambda create-function-url-config "
            f"--function-name {found.name} --qualifier {found.alias} --auth-type TYPE. Let callers use that, then "
            "delete the old one.",
        )
    yield from _permissions(about)
    if "$LATEST" in found.callers.asynchronous and found.alias not in found.callers.asynchronous:
        yield about.changes(
            "asynchronous",
            "Retries and destinations of asynchronous invocations are set for the function. The alias has none.",
            f"aws lambda put-function-event-invoke-config --function-name {found.name} --qualifier {found.alias} …",
        )


def _permissions(about: About) -> Iterator[Finding]:
    found = about.found
    of_alias = {(each.principal, each.source) for each in found.callers.permissions if each.qualifier == found.alias}
    for each in found.callers.permissions:
        if each.qualifier is not None:
            continue
        by = each.principal + (f" for {each.source}" if each.source else "")
        if (each.principal, each.source) in of_alias:
            yield about.check(
                "permission_left",
                f"{by} may invoke the function as well as the alias.",
                "Once nobody does: aws lambda remove-permission "
                f"--function-name {found.name} --statement-id {shlex.quote(each.sid)}",
            )
            continue
        yield about.blocks(
            "permission",
            f"{by} may invoke the function, not the alias. {_RUNS_LATEST}",
            f"{_permit(about, each)}. Then {_move(about, each)}. Details: {_WHERE}.",
        )


def _permit(about: About, permission: Permission) -> str:
    found = about.found
    source = f" --source-arn {shlex.quote(permission.source)}" if permission.source else ""
    return (
        f"Once the alias exists: aws lambda add-permission --function-name {found.name} --qualifier {found.alias} "
        f"--action lambda:InvokeFunction --statement-id {shlex.quote(permission.sid)} "
        f"--principal {shlex.quote(permission.principal)}{source}"
    )


def _move(about: About, permission: Permission) -> str:
    return _MOVES.get(permission.principal, _ELSE).format(alias_arn=about.found.target.arn)
