"""What is so of all versions of a function, whichever it is. Nobody is asked."""

from gantry.promotion.target import Target


class NumberedVersions:
    """The answers of the port that are the same for all functions."""

    def draft_to_lock(self, target: Target) -> str | None:
        """Return None: by RevisionId and CodeSha256, Lambda makes no version of somebody else's change."""
        del target
        return None

    def finish(self, target: Target, revision: str) -> bool:
        """Return True: versions stay, so there is always a way back."""
        del target, revision
        return True

    def can_be_revision(self, name: str) -> bool:
        """Return whether it is a version's number. `$LATEST` changes, and so does what an alias names."""
        return name.isdecimal()
