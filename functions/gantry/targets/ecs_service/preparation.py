"""How an image and settings become one revision of a task definition that holds exactly what was asked for.

Nothing of the service is touched here. RegisterTaskDefinition has no token by which ECS would know a second try, so a
tag says which release a revision was registered for.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import takewhile
from typing import Any

from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.targets.ecs_service.task_definition import TAG_PREFIX, TaskDefinition
from gantry.targets.ecs_service.task_definitions import TaskDefinitions
from gantry.targets.ecs_service.task_differences import differences
from gantry.targets.ecs_service.wanted_revision import WantedRevision
from gantry.targets.findings import Prepared

RELEASE_TAG = f"{TAG_PREFIX}release"
SERVICE_TAG = f"{TAG_PREFIX}service"
"""The release's id, and the service that it is a release of."""
_OUR_TAGS = 4
"""Those two, and one service's `TargetTags`."""
_MOST_OWN_TAGS = 50 - _OUR_TAGS
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#tag-restrictions"""


class Preparation:
    """The preparation of one revision for one deployment. Revisions that are `spent` are not used again."""

    def __init__(
        self, definitions: TaskDefinitions, wanted: WantedRevision, spent: AbstractSet[str] = frozenset()
    ) -> None:
        self._definitions = definitions
        self._spent = spent
        self._wanted = wanted
        self._target = wanted.target

    def advance(self, stable: StableRevision | None) -> Prepared:
        """Find or register the revision.

        Raises:
            IncompatibleTargetError: nothing can be made of the live task definition, or ECS refuses what is.
            TargetConflictError: others register revisions of the same family at the same moment.
            TargetNotFoundError: no task definition is live.
        """
        live = self._live(stable)
        wanted = self._wanted.document(live)
        if not differences(wanted, live.document):
            return Prepared(live.revision, PreparationOutcome.UNCHANGED)
        made = self._made_before(live, wanted) or self._definitions.register(wanted, self._tags(live))
        return Prepared(made.revision, PreparationOutcome.PUBLISHED)

    def _live(self, stable: StableRevision | None) -> TaskDefinition:
        if stable is None:
            raise TargetNotFoundError(f"{self._target.id}: the service has no task definition to start from")
        live = self._definitions.find(stable.revision)
        if live is None:
            message = f"the task definition {stable.revision} was deleted: deploy one that exists to the service first"
            raise IncompatibleTargetError(f"{self._target.id}: {message}")
        if reasons := self._wanted.unsuitable(live):
            raise IncompatibleTargetError(f"{self._target.id}: {'; '.join(reasons)}")
        return live

    def _made_before(self, live: TaskDefinition, wanted: Mapping[str, Any]) -> TaskDefinition | None:
        """Return what an earlier try has registered. It is newer than what is live, or another one does no harm."""
        newer = takewhile(lambda each: each.revision != live.revision, self._definitions.newest(live.family))
        return next((each for each in newer if self._is_ours(each) and not differences(wanted, each.document)), None)

    def _is_ours(self, found: TaskDefinition) -> bool:
        if found.revision in self._spent:
            return False
        return found.is_active and found.tags.get(RELEASE_TAG) == self._wanted.deployment.release.id

    def _tags(self, live: TaskDefinition) -> dict[str, str]:
        release, kept = self._wanted.deployment.release, live.own_tags
        if len(kept) > _MOST_OWN_TAGS:
            message = f"{live.revision} has {len(kept)} tags, and Gantry needs {_OUR_TAGS} of the 50 that ECS takes"
            raise IncompatibleTargetError(f"{self._target.id}: {message}: remove some")
        return {**kept, RELEASE_TAG: release.id, SERVICE_TAG: release.service}
