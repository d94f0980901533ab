"""What is live in an environment, as its files should say it."""

from collections.abc import Iterable, Mapping, Sequence

from gantry.promotion.live import Live
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.settings import Fact, WrittenFile


def newest_of(lives: Sequence[Live]) -> Live | None:
    """Return the last of an environment's targets that changed; None while they have different releases, or none.

    An environment between two releases has no one tag. The event of the target that comes last brings it.
    """
    if len({each.current.digest for each in lives}) != 1:
        return None
    return max(lives, key=lambda each: each.current.since)


def facts_of(live: Live, files: Iterable[WrittenFile]) -> Mapping[Fact, str]:
    """Return what of a live release the files ask for.

    Raises:
        WrittenFileError: one asks for the tag, and the ledger knows none.
    """
    facts: dict[Fact, str] = {"digest": live.current.digest}
    if live.current.tag:
        facts["tag"] = live.current.tag
    for file in files:
        for key, fact in file.keys.items():
            if fact not in facts:
                problem = f"{key} should get the tag, and {live.current.digest} has none that the ledger knows"
                raise WrittenFileError(f"{file.path}: {problem}; promote it by a tag, or let the key have the digest")
    return facts


def went_back(live: Live) -> bool:
    """Whether a rollback has made it live: something newer was live before."""
    return (live.current.sequence or 0) < live.sequence
