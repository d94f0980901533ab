"""What a manifest would be for functions that exist already, and what is in the way."""

import re
from collections.abc import Iterator, Sequence

from gantry.command_line.adoption.alias_findings import alias_findings
from gantry.command_line.adoption.caller_findings import caller_findings
from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.adoption.naming import GivenFunction
from gantry.command_line.adoption.reading import read_function
from gantry.command_line.adoption.settings_findings import is_named_object, settings_findings
from gantry.command_line.adoption.shifting import shifting_findings
from gantry.command_line.adoption.written_manifest import WrittenManifest, written_manifest
from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.manifest_reading import read_manifest
from gantry.command_line.results.adopted import Adopted, Finding, Level
from gantry.promotion.manifest.name_fields import REPOSITORY_PATTERN
from gantry.promotion.object_name import BUCKET_REMEDY
from gantry.targets.lambda_alias.package_types import ZIP

_UNNAMED_BUCKET = "name-your-artifact-bucket"
_OF_CDK = re.compile(r"cdk-[a-z0-9]+-container-assets-")
"""CDK pushes the images of all of an account's apps into one repository:
https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"""
_SHORT = 2


def adopt(given: Sequence[GivenFunction], service: str | None) -> Adopted:
    """Read functions and return what their manifest would be.

    Args:
        given: the functions, in the order in which releases will reach them.
        service: the repository or `s3/<bucket>/<key>` that the releases come from; None to guess it.

    Raises:
        CommandError: one does not exist or may not be read, or the service has no valid name.
    """
    found = [read_function(each) for each in given]
    _require_different(found)
    is_zip = found[0].latest.package_type == ZIP
    named = service or (_object_of(found[0]) if is_zip else _repository_of(found[0]))
    _require_name(named, is_zip=is_zip)
    written = written_manifest(named, found, is_zip=is_zip)
    findings = [*_all_findings(found, is_artifact_named=service is not None), *_of_all(found, named, written)]
    return Adopted(named, written.text, tuple(findings))


def _all_findings(found: Sequence[FoundFunction], *, is_artifact_named: bool) -> Iterator[Finding]:
    for each in found:
        yield from alias_findings(each)
        yield from caller_findings(each)
        yield from settings_findings(each, is_artifact_named=is_artifact_named)


def _of_all(found: Sequence[FoundFunction], service: str, written: WrittenManifest) -> Iterator[Finding]:
    """Yield what is so of the targets together, and what the pipeline itself would say of the manifest."""
    first = found[0]
    for other in found[1:]:
        if other.latest.package_type != first.latest.package_type:
            yield _about(other, "package_types", f"One is an {_kind(first)}, the other an {_kind(other)}.")
        if other.latest.architecture != first.latest.architecture:
            said = f"It runs on {other.latest.architecture}, and {first.name} on {first.latest.architecture}."
            yield _about(other, "architectures", said)
    for environment, names in written.differing.items():
        said = f"Its targets differ in {', '.join(names)}, so the manifest does not give that."
        remedy = "It stays as each live version has it. Or make an environment of its own of each."
        yield Finding("differing", Level.CHANGES, environment, None, said, remedy)
    for environment, names in written.hidden.items():
        said = f"{', '.join(names)} has an argument that looks like a secret, so the manifest does not give it."
        yield Finding("secret_argument", Level.CHANGES, environment, None, said, "It stays as the live version has it.")
    for environment, shifting in written.shifting.items():
        yield from shifting_findings(environment, shifting)
    yield from _repositories(found, service)
    for problem in read_manifest(written.text.encode(), "manifest.yaml", "the manifest").problems:
        remedy = "Change the manifest until gantry manifest check finds nothing."
        yield Finding(
            "manifest", Level.BLOCKS, first.environment, None, f"The manifest is not valid: {problem}", remedy
        )


def _about(found: FoundFunction, name: str, said: str) -> Finding:
    remedy = "A service has one artifact for all its targets: adopt them as two services, with a manifest each."
    return Finding(name, Level.BLOCKS, found.environment, found.id, said, remedy)


def _kind(found: FoundFunction) -> str:
    return "object, a zip" if found.latest.package_type == ZIP else "image"


def _repositories(found: Sequence[FoundFunction], service: str) -> Iterator[Finding]:
    for each in found:
        name = _image_name(each)
        if name and name != service:
            said = f"Its images come from {name} today, and from {service} from now on."
            remedy = "Create that repository in the assets account, or give --service."
            yield Finding("repository", Level.CHANGES, each.environment, each.id, said, remedy)


def _image_name(found: FoundFunction) -> str:
    """Return the repository of the image that is live; empty for a zip."""
    return found.image.partition("/")[2].partition("@")[0].partition(":")[0]


def _repository_of(found: FoundFunction) -> str:
    name = _image_name(found)
    return _as_repository(found.name) if not name or _OF_CDK.match(name) else name


def _object_of(found: FoundFunction) -> str:
    return f"s3/{_UNNAMED_BUCKET}/{found.name}.zip"


def _as_repository(function: str) -> str:
    """Return a function's name as a repository may be called."""
    name = re.sub(r"[-_]{2,}", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", function).lower()).strip("-_")
    return name if len(name) >= _SHORT else f"{name}-function"


def _require_name(service: str, *, is_zip: bool) -> None:
    if is_zip and not is_named_object(service):
        message = f"{service} names no object. Give --service s3/BUCKET/KEY, as the function is a zip: {BUCKET_REMEDY}."
        raise CommandError(message, Exit.USAGE)
    if not is_zip and not re.fullmatch(REPOSITORY_PATTERN, service):
        raise CommandError(f"{service} is no ECR repository's name. Give --service REPOSITORY.", Exit.USAGE)


def _require_different(found: Sequence[FoundFunction]) -> None:
    ids = [each.id for each in found]
    twice = next((each for each in ids if ids.count(each) > 1), None)
    if twice:
        raise CommandError(
            f"{twice} is named twice. Give each target once; do two profiles reach one account?", Exit.USAGE
        )
