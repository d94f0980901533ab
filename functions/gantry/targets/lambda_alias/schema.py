"""What a manifest may say of this kind."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.aws_partition import partition_of, region_in
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.reference_field import longest_text
from gantry.promotion.manifest.target_schema import SharedDraft, TargetKeys, TargetSchema
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.capabilities import CAPABILITIES
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.lambda_target import NAME, LambdaTarget
from gantry.targets.lambda_alias.manifest_keys import LambdaConfigurationKeys, LambdaTargetKeys

LARGEST_ENVIRONMENT = 4096
"""Bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution"""

_OF_THE_OTHER = {
    ArtifactKind.CONTAINER_IMAGE: ("a zip", ("runtime", "handler", "layers")),
    ArtifactKind.S3_OBJECT: ("an image", ("command", "entry_point", "working_directory")),
}
"""By what a manifest deploys: what else there is, and the settings of that."""


class LambdaSchema:
    """The kind `lambda`, as `TargetSchema` asks for it. It is what every target is that gives no kind."""

    kind = NAME
    is_default = True
    splits_traffic = CAPABILITIES.splits_traffic
    counts_requests = CAPABILITIES.counts_requests
    can_be_invoked = CAPABILITIES.can_be_invoked
    runs_tasks = CAPABILITIES.runs_tasks
    shifts_itself = CAPABILITIES.shifts_itself
    runs_code = True
    artifacts = frozenset({ArtifactKind.CONTAINER_IMAGE, ArtifactKind.S3_OBJECT})
    reads_own_region = True
    target_keys: type[TargetKeys] = LambdaTargetKeys
    configuration_keys: type[Keys] = LambdaConfigurationKeys

    def target(self, keys: Mapping[str, Any]) -> Target:
        """Return the function and its alias."""
        return LambdaTarget(**LambdaTargetKeys.model_validate(keys).model_dump()).as_target()

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what `LambdaConfiguration.of_manifest` takes."""
        return LambdaConfigurationKeys.model_validate(keys).model_dump(exclude_unset=True)

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft:
        """Return `$LATEST`, which all aliases of a function share. The role is one of its settings too."""
        keys = {*configuration, *(("role",) if target.get("role") else ())}
        name = f"the function {target['function']} in {target['account']}, {target['region']}"
        return SharedDraft(name, frozenset(keys))

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Return the time-out. Without one it stays as the live version has it."""
        found: int | None = configuration.get("timeout_seconds")
        return found

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield a problem when the role is in another account, or in another partition than the region."""
        account, region, role = keys.get("account"), keys.get("region"), keys.get("role")
        match = re.match(r"arn:([a-z-]+):iam::([0-9]{12}):", role) if isinstance(role, str) else None
        if match and isinstance(account, str) and match[2] != account:
            message = f"the role is in account {match[2]}; give one in the target's account {account}"
            yield Problem(("role",), message)
        if match and isinstance(region, str) and match[1] != (own := partition_of(region).name):
            yield Problem(("role",), f"the role is in {match[1]}; in {region}, ARNs begin with arn:{own}:")

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield a problem when the variables are too large, and one for each setting that the artifact cannot have."""
        yield from _misplaced(keys, artifact)
        given = keys.get("environment")
        pairs = given.items() if isinstance(given, dict) else ()
        texts = ((name, longest_text(value)) for name, value in pairs if isinstance(name, str))
        variables = {name: text for name, text in texts if text is not None}
        # As Lambda measures it: its refusal quotes the variables as a JSON object ("String measured: …").
        size = len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode())
        if size > LARGEST_ENVIRONMENT:
            message = (
                f"the variables have {size} bytes with what is shared; AWS Lambda takes {LARGEST_ENVIRONMENT} at most"
            )
            yield Problem(("environment",), message)

    def region_problems(self, keys: Mapping[Any, Any], region: str) -> Iterator[Problem]:
        """Yield a problem for each layer of another region, as an inspection of the target would find it."""
        layers = keys.get("layers")
        for index, layer in enumerate(layers if isinstance(layers, list) else ()):
            own = region_in(layer) if isinstance(layer, str) else ""
            if own and own != region:
                message = (
                    f"the layer is in {own}, and a target in {region}; give the targets of each region an "
                    "environment of their own, with that region's layers"
                )
                yield Problem(("layers", index), message)

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        """Return the settings as people may see them, without the role, which is each target's own."""
        return LambdaConfiguration.of_manifest(configuration).masked(masking)


def _misplaced(keys: Mapping[Any, Any], artifact: ArtifactKind | None) -> Iterator[Problem]:
    """Lambda refuses these: https://github.com/aws/aws-cdk/issues/13037."""
    for kind, (called, others) in _OF_THE_OTHER.items():
        for key in others if artifact is kind else ():
            if key in keys:
                yield Problem((key,), f"a function has this only if it is made of {called}; leave it out")


SCHEMA: TargetSchema = LambdaSchema()
