"""What events and histories say of a release."""

from typing import Any

from gantry.promotion.release import Release
from gantry.promotion.source_links import source_facts


def release_facts(release: Release) -> dict[str, Any]:
    """Return what every event says of a release.

    Of a change of configuration alone, `configuration_of` has by environment what goes on running there. Where these
    are different artifacts, and the event is about all of them, there is no one digest.
    """
    facts: dict[str, Any] = {"service": release.service, "digest": release.digest, "tag": release.tag}
    if release.configuration_of is not None:
        if not release.is_of_one_artifact:
            facts |= {"digest": None, "tag": None}
        facts["configuration_of"] = dict(release.configuration_of)
    return facts | {"source": source_facts(release.source)}
