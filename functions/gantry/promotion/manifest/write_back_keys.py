"""The keys by which a manifest says which files in Git show what is live."""

from typing import Annotated, get_args

from pydantic import Field

from gantry.promotion.manifest.collection_fields import ListField, MappingField
from gantry.promotion.manifest.field_types import ChoiceField, StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.name_fields import EnvironmentName
from gantry.promotion.write_back import key_path
from gantry.promotion.write_back.settings import Fact, Format, Mode, WriteBack, WrittenFile

# https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
_GIT_REPOSITORY = StringField(
    "a repository on GitHub",
    "give <owner>/<name>, like acme/infrastructure",
    pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$",
)
# A part of what Git takes: https://git-scm.com/docs/git-check-ref-format
_BRANCH = StringField(
    "a branch",
    "give its name alone, like main: letters, digits, and single . _ - / between them, 100 characters at most",
    pattern=r"^(?=.{1,100}$)(?!.*\.lock(/|$))[A-Za-z0-9_]+([._/-]?[A-Za-z0-9_-]+)*$",
)
_PATH = StringField(
    "a file in the repository",
    "give its path from the root, like prod/gantry.auto.tfvars.json: parts that do not begin with a dot, 200 "
    "characters at most",
    pattern=r"^(?=.{1,200}$)[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*(/[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*)*$",
)
_KEY = StringField(
    "the path of a key",
    "give names with dots between them, like versions.cowsay; each has letters, digits, _ and -, and a list's items "
    "count from 0",
    pattern=key_path.PATTERN,
)
_KEYS = MappingField(_KEY, minimum=1, maximum=20, pairs="key: tag or key: digest pairs")
MOST_FILES = 40


class WrittenFileKeys(Keys):
    """One file, and which of its keys say what is live in an environment."""

    environment: EnvironmentName = Field(description="The environment whose live release the keys show.")
    path: Annotated[str, _PATH] = Field(description="The file's path from the repository's root.")
    format: Annotated[Format, ChoiceField(get_args(Format))] = Field(
        description="tfvars.json is a file that only Gantry writes, like gantry.auto.tfvars.json. Of a file that is "
        "yours, tfvars, json or yaml, it changes one value."
    )
    set: Annotated[dict[Annotated[str, _KEY], Annotated[Fact, ChoiceField(get_args(Fact))]], _KEYS] = Field(
        description="What each key gets, by its path, like {versions.cowsay: tag}: the live release's tag or digest."
    )


class WriteBackKeys(Keys):
    """Where the live releases are written to, so that Git says what runs."""

    repository: Annotated[str, _GIT_REPOSITORY] = Field(
        description="The repository on GitHub, like acme/infrastructure."
    )
    branch: Annotated[str, _BRANCH] = Field("main", description="The branch; main when not given.")
    mode: Annotated[Mode, ChoiceField(get_args(Mode))] = Field(
        "pull_request",
        description="pull_request keeps one pull request an environment, and is used when nothing is given; commit "
        "writes onto the branch itself.",
    )
    files: Annotated[list[WrittenFileKeys], ListField("files", minimum=1, maximum=MOST_FILES)] = Field(
        description="The files, each with its environment, path and format, and with the keys to set."
    )

    def write_back(self) -> WriteBack:
        """Return what they say."""
        files = tuple(WrittenFile(each.environment, each.path, each.format, each.set) for each in self.files)
        return WriteBack(self.repository, self.branch, self.mode, files)
