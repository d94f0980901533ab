"""One object that others read, in its parts."""

from dataclasses import dataclass
from typing import Self

from gantry.artifacts.artifact_objects import OWN_FOLDER
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target

NAME = "s3"


@dataclass(frozen=True, slots=True)
class ObjectTarget:
    """A key of a bucket in a workload account: the one object itself, or the pointer to many."""

    account: str
    region: str
    bucket: str
    key: str
    """The live key, which others read."""
    prefix: str | None = None
    """Where the objects of all releases lie, with a slash at its end; None when the live key has the only object."""

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return a target in its parts."""
        _, bucket, key = target.name.split("/", 2)
        return cls(target.account, target.region, bucket, key, target.options.get("prefix"))

    def as_target(self) -> Target:
        """Return the target as all other code knows it, with the id `444444444444/us-east-1/s3/acme/glue/etl.py`."""
        return Target(
            kind=NAME,
            account=self.account,
            region=self.region,
            name=f"{NAME}/{self.bucket}/{self.key}",
            arn=f"{self.bucket_arn}/{self.key}",
            options={"prefix": self.prefix} if self.prefix else {},
        )

    @property
    def bucket_arn(self) -> str:
        """The ARN of the bucket."""
        return f"arn:{partition_of(self.region).name}:s3:::{self.bucket}"

    @property
    def place(self) -> str:
        """The bucket and the live key."""
        return f"{self.bucket}/{self.key}"

    @property
    def folder(self) -> str:
        """Where everything lies that Gantry writes besides the live key.

        Beside a single object, so that the same pattern of a policy covers both. Readers of a whole folder pass over
        what begins with a dot: https://github.com/apache/spark/pull/7396
        """
        if self.prefix:
            return self.prefix
        parent, slash, name = self.key.rpartition("/")
        return f"{parent}{slash}{OWN_FOLDER}{name}/"

    def prepared_key(self, revision: str) -> str:
        """Return the key of the object that a revision is."""
        return f"{self.folder}{OWN_FOLDER}{self.key}/{revision}" if self.prefix else f"{self.folder}{revision}"

    def release_folder(self, digest: str) -> str:
        """Return where the many objects of a release lie."""
        return f"{self.folder}{digest.partition(':')[2]}/"

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.as_target().id
