"""What folder the sandbox makes an image of, and what it says of the others.

https://docs.aws.amazon.com/lambda/latest/dg/python-image.html
"""

from pathlib import Path

import pytest

from sandbox.driver.folder_image import FolderError, image_of
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_role, invoke, new_name, soon

APP = "import words\n\ndef handler(event, context):\n    return words.WORD\n"
BASE = "FROM public.ecr.aws/lambda/python:3.13\n"


def a_folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        file = path / name.replace("__", ".").replace("_in_", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return path


def with_dockerfile(path: Path, instructions: str) -> Path:
    folder = a_folder(path, app__py=APP, src_in_words__py="WORD = 'moo'\n", requirements__txt="\n# none\n")
    (folder / "Dockerfile").write_text(BASE + instructions)
    return folder


def test_a_folder_with_an_app_is_an_image_as_it_is(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, app__py=APP, words__py="WORD = 'moo'\n", data_in_a__txt="a")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "app.pyc").write_bytes(b"\0")

    image = image_of(folder)

    assert image.command == "app.handler"
    assert image.files == {"app.py": APP.encode(), "words.py": b"WORD = 'moo'\n", "data/a.txt": b"a"}
    assert image_of(folder).tag == image.tag
    (folder / "words.py").write_text("WORD = 'baa'\n")
    assert image_of(folder).tag != image.tag
    assert len(image.tag) == 7
    assert int(image.tag, 16) >= 0


@pytest.mark.parametrize(
    "copies",
    [
        "COPY app.py src/words.py ${LAMBDA_TASK_ROOT}\n",
        "COPY app.py ./\nCOPY src/ /var/task/\n",
        'WORKDIR /var/task\nCOPY ["app.py", "./"]\nCOPY src/words.py ${LAMBDA_TASK_ROOT}/words.py\n',
        "COPY app.py \\\n  src/words.py \\\n  ./\n",
    ],
)
def test_a_dockerfile_says_what_is_copied(tmp_path: Path, copies: str) -> None:
    run = "RUN pip install --no-cache-dir -r requirements.txt\n"
    folder = with_dockerfile(tmp_path, f'# a comment\n{copies}COPY requirements.txt ./\n{run}CMD ["app.handler"]\n')

    image = image_of(folder)

    assert {name: content.decode() for name, content in image.files.items() if name.endswith(".py")} == {
        "app.py": APP,
        "words.py": "WORD = 'moo'\n",
    }


def test_it_runs(aws: StandIn, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, main__py=APP, words__py="WORD = 'moo'\n")
    (folder / "Dockerfile").write_text(f'{BASE}COPY main.py words.py ./\nCMD ["main.handler"]\n')
    image, ecr, name = image_of(folder), aws.client("ecr", ASSETS), new_name("folder")
    ecr.create_repository(repositoryName=name)
    registry = Registry(ecr)
    digest = registry.push(name, image.tag, image.files, command=image.command)
    aws.client("lambda", ASSETS).create_function(
        FunctionName=name, Role=a_role(aws), PackageType="Image", Code={"ImageUri": registry.uri(name, digest)}
    )

    def is_active() -> bool:
        found = aws.client("lambda", ASSETS).get_function_configuration(FunctionName=name)
        return bool(found["State"] == "Active")

    soon(is_active)
    assert invoke(aws, name)["Payload"] == "moo"


@pytest.mark.parametrize(
    ("instructions", "said"),
    [
        ("COPY app.py ./\nRUN dnf install -y gcc\n", "line 3: `RUN dnf install -y gcc` cannot be done here"),
        ("COPY app.py ./\nRUN pip install requests\n", "It can take packages in a requirements.txt."),
        ("COPY app.py ./\nRUN pip install -r requirements.txt && make\n", "pip install -r requirements.txt"),
        ("COPY --from=build /out ./\n", "It can take files of the folder itself."),
        ("COPY app.py /opt/\n", "It can take files in /var/task."),
        ("COPY missing.py ./\n", "line 2: there is no missing.py"),
        ("ENV A=b\nCOPY app.py ./\n", "the manifest's configuration for variables"),
        ("COPY app.py ./\nFROM scratch\n", "It can take one base image with Python."),
        ('COPY app.py ./\nENTRYPOINT ["/bin/sh"]\n', "because the sandbox has no container engine."),
        ('COPY app.py ./\nCMD ["python", "app.py"]\n', 'It can take CMD ["app.handler"].'),
        ('COPY app.py ./\nCMD ["other.handler"]\n', "no other.py for the handler other.handler"),
    ],
)
def test_what_cannot_be_made_here_is_told_with_its_line(tmp_path: Path, instructions: str, said: str) -> None:
    with pytest.raises(FolderError) as refused:
        image_of(with_dockerfile(tmp_path, instructions))

    assert said in str(refused.value)


def test_another_language_is_refused(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, index__js="", Dockerfile="FROM public.ecr.aws/lambda/nodejs:22\nCOPY index.js ./\n")

    with pytest.raises(FolderError, match=r"line 1: .*nodejs.*one base image with Python"):
        image_of(folder)


def test_a_folder_without_either_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"neither a Dockerfile nor an app\.py"):
        image_of(tmp_path)
    with pytest.raises(FolderError, match="is no folder"):
        image_of(tmp_path / "missing")


def test_packages_that_cannot_be_installed_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    folder = a_folder(tmp_path, app__py=APP, requirements__txt="no-such-package-of-gantry==1.0\n")

    with pytest.raises(FolderError, match=r"requirements\.txt cannot be installed for Python [\s\S]*no-such-package"):
        image_of(folder)
