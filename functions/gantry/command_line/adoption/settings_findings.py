"""What becomes of code, settings and infrastructure."""

from collections.abc import Iterator

from gantry.command_line.adoption.about import PAGE, About
from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.adoption.variables import secret_names
from gantry.command_line.results.adopted import Finding
from gantry.promotion.object_name import is_object_name
from gantry.targets.lambda_alias.package_types import ZIP

_MANAGERS = (
    ("terraform", "Terraform", "Terraform"),
    ("opentofu", "OpenTofu", "Terraform"),
    ("pulumi", "Pulumi", "Terraform"),
)


def settings_findings(found: FoundFunction, *, is_artifact_named: bool) -> Iterator[Finding]:
    """Yield what becomes of them.

    Args:
        found: the function.
        is_artifact_named: whether somebody has said which service it is of, and not this command guessed it.
    """
    about = About(found)
    yield from _manager(about)
    yield from _zip(about, is_artifact_named=is_artifact_named) if found.latest.package_type == ZIP else _image(about)
    yield from _variables(about)
    yield from _latest(about)
    yield from _infrastructure(about)
    yield from _alarms(about)
    for each in found.unread:
        refused = each.why.startswith(("AccessDenied", "Unauthorized"))
        remedy = f"Allow {each.action}, and run it again." if refused else f"Run it again: it asks {each.action}."
        yield about.unknown("not_looked_at", f"It is not known {each.what}: {each.why}.", remedy)


def _manager(about: About) -> Iterator[Finding]:
    tags = about.found.tags
    stack = tags.get("aws:cloudformation:stack-name")
    if stack:
        is_sam = tags.get("lambda:createdBy") == "SAM"
        name, section = ("SAM", "SAM") if is_sam else ("CloudFormation, or CDK", "CloudFormation or CDK")
        yield about.changes(
            "managed",
            f"The stack {stack} manages the function ({name}). Its next update would put back whatever it declares.",
            f"Take alias, code and settings out of its template, in the order of {PAGE}, {section}.",
        )
        return
    words = " ".join(f"{key}={value}" for key, value in tags.items()).lower()
    for word, name, section in _MANAGERS:
        if word in words:
            yield about.changes(
                "managed",
                f"By its tags, {name} manages the function. Its next apply would put back whatever it declares.",
                f"Let it ignore alias, code and settings, in the order of {PAGE}, {section}.",
            )
            return
    yield about.check(
        "managed",
        "No tag says what manages the function. Terraform and CDK need not leave one.",
        f"If something does, see {PAGE} before the first promotion.",
    )


def _image(about: About) -> Iterator[Finding]:
    found = about.found
    registry, _, repository = found.image.partition("/")
    yield about.check(
        "registry",
        f"Its image comes from {repository.partition('@')[0]} in {registry}. Gantry takes images from the registry of "
        f"the assets account in {found.region} only.",
        "Let CI push there from now on. The repository's policy has to let this account pull: "
        "examples/service.template.yaml.",
    )


def _zip(about: About, *, is_artifact_named: bool) -> Iterator[Finding]:
    found, layers = about.found, about.found.in_use.configuration.layers
    yield about.changes(
        "zip",
        "It is a zip. From now on its code comes from the versions of one object, in a versioned bucket of the assets "
        "account; each new version is a release.",
        "Let CI upload there, and add the bucket to ArtifactBuckets of both stacks.",
    )
    if not is_artifact_named:
        yield about.blocks(
            "artifact_not_named", "Nobody has said which object that is.", "Give --service s3/BUCKET/KEY."
        )
    if found.latest.package_key:
        yield about.blocks(
            "encrypted_zip",
            f"Lambda keeps the zip encrypted with {found.latest.package_key}. Gantry's update would take the key away, "
            "so it is refused.",
            "If it may go, update the code once without SourceKMSKeyArn.",
        )
    if layers:
        yield about.check(
            "layers",
            f"Its layers become a setting of the manifest: {' '.join(layers)}.",
            "Add them to the target stack's LayerPatterns.",
        )
    if found.code_signing:
        yield about.check(
            "code_signing",
            f"It takes only zips that are signed as {found.code_signing} says.",
            "Sign each zip before it is uploaded.",
        )


def _variables(about: About) -> Iterator[Finding]:
    found = about.found
    if found.variables_error:
        yield about.unknown(
            "variables",
            f"Lambda does not show the variables: {found.variables_error}. The manifest gives none, so they stay as "
            "they are.",
            "Allow kms:Decrypt for their key here, and add the key to the target stack's KmsKeyArns.",
        )
    elif "kms_key" in found.in_use.infrastructure.settings:
        yield about.check(
            "variables_key",
            f"The key {found.in_use.infrastructure.settings['kms_key']} encrypts the variables.",
            "Add it to the target stack's KmsKeyArns, and let its policy allow this account's use.",
        )
    secrets = secret_names(found.in_use.configuration.environment or {})
    if secrets:
        yield about.changes(
            "secrets",
            f"{', '.join(secrets)} look like secrets, so no variables are in the manifest: a list without these would "
            "remove them. All variables stay as the live version has them, and each new version gets them too.",
            "Put each secret into Secrets Manager or Parameter Store, let the code read it, remove the variable, and "
            "run this again. The manifest's comment has the others.",
        )


def _latest(about: About) -> Iterator[Finding]:
    """What $LATEST has otherwise than the version that has the traffic."""
    found = about.found
    if found.live is None or found.live.version == "$LATEST":
        return
    if found.latest.code_sha256 != found.live.code_sha256:
        yield about.check(
            "latest_code",
            f"$LATEST has other code than version {found.live.version}, which has the traffic. No release takes it.",
            "If it should go live, push it as a release.",
        )
    differences = found.live.configuration.differences(found.latest.configuration)
    own = [each for each in differences if not each.startswith("role:")]
    if own:
        yield about.check(
            "latest_settings",
            f"$LATEST has other settings than version {found.live.version}: {'; '.join(own)}. The manifest has those "
            "of the version, and no release takes the others.",
        )
    before, now = found.live.infrastructure.settings, found.latest.infrastructure.settings
    changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if found.latest.role != found.live.role:
        changed.append("role")
    if changed:
        yield about.changes(
            "latest_infrastructure",
            f"$LATEST has other infrastructure than version {found.live.version}: {', '.join(changed)}. The first "
            "release takes these from $LATEST. An alias cannot be split over another role or dead-letter queue.",
            "Compare them first, and if the role or the queue differs, let the first promotion be AllAtOnce.",
        )


def _infrastructure(about: About) -> Iterator[Finding]:
    names = sorted(about.found.latest.infrastructure.settings)
    if names:
        yield about.stays(
            "infrastructure",
            f"Infrastructure as code goes on setting {', '.join(names)}; each release takes them from $LATEST.",
        )
    if "snap_start" in names:
        yield about.stays("snap_start", "With SnapStart, each new version takes some minutes until it is ready.")


def _alarms(about: About) -> Iterator[Finding]:
    group = about.found.deployment_group
    known = set(group.alarms) if group else set()
    others = [each for each in about.found.alarms if each not in known]
    if others:
        yield about.check(
            "alarms",
            f"These alarms are about the function: {', '.join(others)}.",
            "Name those under alarms that should roll a release back.",
        )
    elif not known:
        remedy = "Add one, and name it under alarms."
        yield about.check("alarms", "No alarm on the function's errors was found.", remedy)


def is_named_object(service: str) -> bool:
    """Whether a service's name is that of an object."""
    prefix, _, rest = service.partition("/")
    bucket, _, key = rest.partition("/")
    return prefix == "s3" and is_object_name(bucket, key)
