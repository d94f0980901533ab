"""What the alias itself needs before Gantry can move its traffic."""

from collections.abc import Iterator

from gantry.command_line.adoption.about import PAGE, About
from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.adoption.naming import EDGE
from gantry.command_line.results.adopted import Finding

LATEST = "$LATEST"


def alias_findings(found: FoundFunction) -> Iterator[Finding]:
    """Yield what is to be said of the alias, and of whoever else moves it."""
    about = About(found)
    if found.is_edge:
        yield about.blocks("lambda_at_edge", "The function is one of Lambda@Edge.", EDGE)
    if found.routing is None:
        yield _missing(about)
    elif found.routing.revision == LATEST:
        yield about.blocks(
            "alias_on_latest",
            f"The alias {found.alias} routes to $LATEST: new code would get all traffic before it is published.",
            f"aws lambda publish-version --function-name {found.name}, then "
            f"aws lambda update-alias --function-name {found.name} --name {found.alias} --function-version VERSION",
        )
    if found.routing and found.routing.weights:
        yield about.blocks(
            "alias_split",
            f"The alias is split just now: {found.routing}. Somebody's canary has not ended.",
            "Let it end, or take it back: aws lambda update-alias "
            f"--function-name {found.name} --name {found.alias} --routing-config AdditionalVersionWeights={{}}",
        )
    yield from _code_deploy(about)
    yield from _concurrency(about)


def _missing(about: About) -> Finding:
    found = about.found
    others = f" It has {', '.join(found.aliases)}: callers may use one of these." if found.aliases else ""
    named = f" If callers use another alias, name it: --alias {found.aliases[0]}" if found.aliases else ""
    return about.changes(
        "alias_missing",
        f"There is no alias {found.alias}.{others} So the manifest names the role, and the first promotion creates the "
        "alias on the version that it publishes.",
        f"Add the role {found.latest.role.rpartition('/')[2]} to the target stack's ExecutionRolePatterns.{named}",
    )


def _code_deploy(about: About) -> Iterator[Finding]:
    group = about.found.deployment_group
    if group is None:
        return
    running = " It is deploying just now." if group.is_deploying else ""
    yield about.blocks(
        "code_deploy",
        f"CodeDeploy moves this alias: {group.application}/{group.name}, {group.configuration}.{running} Two that move "
        "one alias overwrite each other.",
        f"Take CodeDeploy out first: {PAGE}, A canary that CodeDeploy moves today. Its checks become before_traffic.",
    )


def _concurrency(about: About) -> Iterator[Finding]:
    found = about.found
    if found.alias in found.provisioned:
        yield about.changes(
            "provisioned_on_alias",
            f"The alias has provisioned concurrency ({found.provisioned[found.alias]}), so it takes no weights: the "
            "manifest says AllAtOnce. Lambda moves the traffic once the new version has its concurrency.",
            "For canaries, take the provisioned concurrency away.",
        )
    for qualifier in (each for each in found.provisioned if each.isdecimal()):
        yield about.changes(
            "provisioned_on_version",
            f"Version {qualifier} has provisioned concurrency ({found.provisioned[qualifier]}). It stays there, and "
            "costs money, when the alias has left that version; the new one has none.",
            "aws lambda delete-provisioned-concurrency-config "
            f"--function-name {found.name} --qualifier {qualifier}; give the alias its own if that is needed.",
        )
    if found.reserved_concurrency == 0:
        yield about.blocks(
            "concurrency_of_zero",
            "Its reserved concurrency is 0, so every request is throttled and no canary is ever healthy.",
            f"aws lambda delete-function-concurrency --function-name {found.name}",
        )
    elif found.reserved_concurrency is not None:
        yield about.stays(
            "reserved_concurrency",
            f"Its reserved concurrency ({found.reserved_concurrency}) is the function's: both versions of a canary "
            "share it.",
        )
