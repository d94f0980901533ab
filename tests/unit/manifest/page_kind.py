"""A second kind of target for tests: a page in a folder, which is replaced at once."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.collection_fields import MappingField
from gantry.promotion.manifest.document import as_mapping
from gantry.promotion.manifest.field_types import IntegerField, StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.target_schema import SharedDraft, TargetKeys, TargetSchema
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target

NAME = StringField("a name", "give lower-case letters", pattern="^[a-z/]+$")


class PageTargetKeys(TargetKeys):
    """One page."""

    page: Annotated[str, NAME] = Field(description="The page's name.")


class PageConfigurationKeys(Keys):
    """What is published with a page."""

    title: Annotated[str | None, StringField("a title", "give text")] = Field(None, description="The page's title.")
    memory_mb: Annotated[int | None, IntegerField(1, 256, "MB")] = Field(None, description="The page's size.")
    environment: Annotated[dict[Annotated[str, NAME], str], MappingField(NAME)] = Field(
        default_factory=dict, description="Values that the page shows."
    )


class PageSchema:
    """The kind `page`."""

    kind = "page"
    is_default = False
    splits_traffic = False
    counts_requests = False
    can_be_invoked = False
    runs_tasks = False
    shifts_itself = False
    target_keys: type[TargetKeys] = PageTargetKeys
    configuration_keys: type[Keys] = PageConfigurationKeys
    runs_code = False
    artifacts: frozenset[ArtifactKind] = frozenset({ArtifactKind.CONTAINER_IMAGE})
    reads_own_region: bool = True

    def target(self, keys: Mapping[str, Any]) -> Target:
        return Target(self.kind, keys["account"], keys["region"], keys["page"], f"page/{keys['page']}")

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        return PageConfigurationKeys.model_validate(keys).model_dump(exclude_unset=True)

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft | None:
        """All pages of a folder are laid out together."""
        folder = str(target["page"]).rpartition("/")[0]
        return SharedDraft(f"the folder {folder}", frozenset(configuration)) if folder else None

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Nobody says how long a page is read."""

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        if keys.get("page") == "index":
            yield Problem(("page",), "there is an index already; give another name")

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        if keys.get("title") in as_mapping(keys.get("environment")).values():
            yield Problem(("title",), "the title is one of the values; give another title")

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        return {"title": configuration["title"]} if "title" in configuration else {}


class FilePageSchema(PageSchema):
    """Pages that take another artifact than a repository holds."""

    artifacts = frozenset({ArtifactKind.S3_OBJECT})


class RunningPageSchema(FilePageSchema):
    """Pages that run code."""

    runs_code = True


class TaskPageSchema(PageSchema):
    """Pages that run tasks."""

    runs_tasks = True
    shifts_itself = False


class BlankPageSchema(PageSchema):
    """Pages without anything to configure."""

    configuration_keys = Keys


PAGE: TargetSchema = PageSchema()
TASK_PAGE: TargetSchema = TaskPageSchema()
