"""Why a value was not written back to Git. The queue tries again, and an alarm tells people when it gives up."""

from gantry.promotion.gantry_error import GantryError


class WrittenFileError(GantryError):
    """A file that should say what is live does not exist, cannot be read, or has not the one value to replace."""


class GitRepositoryNotFoundError(GantryError):
    """GitHub has no repository of this name, or Gantry's App is not installed on it: GitHub does not say which."""


class GitBranchNotFoundError(GantryError):
    """The repository is there, and the branch is not."""


class GitBranchProtectedError(GantryError):
    """Rules of the repository keep Gantry's App from writing to the branch."""


class GitBranchMovedError(GantryError):
    """Somebody else was faster at a branch each time. Nothing of theirs is overwritten."""


class GitRightsError(GantryError):
    """GitHub does not accept Gantry's App, or the App may not do this."""


class GitRefusedError(GantryError):
    """GitHub refused a request otherwise; the message has its words."""


class GitBusyError(GantryError):
    """GitHub wants fewer requests for now; the message says for how long."""


class GitUnreachableError(GantryError):
    """GitHub did not answer, or failed itself."""
