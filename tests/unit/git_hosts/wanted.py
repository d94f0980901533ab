"""What a test wants to be written."""

from gantry.promotion.write_back.message import CommitMessage
from gantry.promotion.write_back.settings import Format, Mode, WriteBack, WrittenFile
from gantry.use_cases.write_back.writing import Wanted
from tests.unit.git_hosts.conftest import OWNED

MESSAGE = CommitMessage("cowsay in prod: 4f0c2d1 (deployed)", "Tag: 4f0c2d1\n\nGantry-Execution: arn:of:it")


def wanted(  # noqa: PLR0913 -- each test changes one of them
    tag: str = "4f0c2d1",
    mode: Mode = "commit",
    *,
    path: str = OWNED,
    form: Format = "tfvars.json",
    key: str = "versions.cowsay",
    branch: str = "main",
    service: str = "cowsay",
) -> Wanted:
    """The live tag in one file of prod."""
    file = WrittenFile("prod", path, form, {key: "tag"})
    write_back = WriteBack("acme/infra", branch, mode, (file,))
    return Wanted(service, "prod", write_back, {"tag": tag, "digest": "sha256:1"}, MESSAGE)
