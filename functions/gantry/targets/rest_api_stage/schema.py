"""What a manifest may say of this kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.reference_field import longest_text
from gantry.promotion.manifest.target_schema import SharedDraft, TargetKeys, TargetSchema
from gantry.promotion.masking import Masking
from gantry.promotion.secret_values import is_secret
from gantry.promotion.target import Target
from gantry.targets.rest_api_stage.capabilities import CAPABILITIES
from gantry.targets.rest_api_stage.manifest_keys import StageConfigurationKeys, StageTargetKeys
from gantry.targets.rest_api_stage.revision import LARGEST, StageRevision, masked_variables
from gantry.targets.rest_api_stage.stage_target import NAME, StageTarget

_DEPLOYMENT_ID = "d" * 10


class StageSchema:
    """The kind `apigateway`, as `TargetSchema` asks for it."""

    kind = NAME
    is_default = False
    splits_traffic = CAPABILITIES.splits_traffic
    can_be_invoked = CAPABILITIES.can_be_invoked
    runs_tasks = CAPABILITIES.runs_tasks
    shifts_itself = CAPABILITIES.shifts_itself
    counts_requests = CAPABILITIES.counts_requests
    runs_code = False
    reads_own_region = False
    artifacts = frozenset({ArtifactKind.S3_OBJECT})
    target_keys: type[TargetKeys] = StageTargetKeys
    configuration_keys: type[Keys] = StageConfigurationKeys

    def target(self, keys: Mapping[str, Any]) -> Target:
        """Return the REST API and its stage."""
        given = StageTargetKeys.model_validate(keys)
        return StageTarget(
            given.account, given.region, given.rest_api_id, given.stage, given.evidence.namespace
        ).as_target()

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the stage variables, if any are given."""
        return StageConfigurationKeys.model_validate(keys).model_dump(exclude_unset=True)

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft:
        """Return the API as it is edited, which all of its stages share. A release replaces all of it."""
        del configuration
        name = f"the REST API {target['rest_api_id']} in {target['account']}, {target['region']}"
        return SharedDraft(name, frozenset())

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Return None: the document says how long an integration may take."""

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield nothing: single fields say it all."""
        yield from ()

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield a problem for each variable that looks like a secret, and when there are too many to name."""
        given = keys.get("variables")
        pairs = given.items() if isinstance(given, dict) else ()
        variables = {name: text for name, each in pairs if isinstance(name, str) and (text := longest_text(each))}
        for name, value in variables.items():
            if is_secret(name, value):
                yield Problem(("variables", name), SECRET)
        size = len(StageRevision.of(_DEPLOYMENT_ID, variables).name)
        if size > LARGEST:
            message = f"names and values have {size} characters with what is shared; give {LARGEST} at most"
            yield Problem(("variables",), message)

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        """Return the stage variables as people may see them."""
        return masked_variables(configuration.get("variables", {}), masking)


SECRET = (
    "it looks like a secret, and stage variables are no place for one: everybody who may read the stage sees it. "  # noqa: S105 -- a message
    "Keep the value in Secrets Manager or Parameter Store, and give its name"
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html: not for sensitive data."""

SCHEMA: TargetSchema = StageSchema()
