import subprocess
import sys
from pathlib import Path

import pytest

from gantry.promotion.manifest.json_schema import json_schema
from tests.unit.command_line.running import run
from tests.unit.manifest.documents import SCHEMAS, VALID, changed, text

FUNCTIONS = Path(__file__).parents[3] / "functions"


def written(file: Path, document: object) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(document), encoding="utf-8")
    return str(file)


def test_a_valid_file_is_said_to_be_valid_with_its_environments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "manifest.yaml", VALID)
    assert run("manifest", "check", file) == 0
    said = "a valid manifest; 2 environments: dev, prod; upload it as services/cowsay.yaml"
    assert capsys.readouterr().out == f"{file}: {said}\n"


def test_one_environment_is_not_called_environments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = {"environments": VALID["environments"][:1]}
    assert run("manifest", "check", written(tmp_path / "manifest.yaml", VALID | one)) == 0
    assert capsys.readouterr().out.endswith("; 1 environment: dev; upload it as services/cowsay.yaml\n")


def test_every_file_is_checked_and_every_problem_has_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path / "good.yaml", VALID)
    bad = written(tmp_path / "bad.yaml", changed("repository", "Cow") | {"versioning": "none", "colour": "blue"})
    assert run("manifest", "check", bad, good) == 1
    lines = capsys.readouterr().out.splitlines()
    in_bad = [line.partition(": ")[0].removeprefix(f"{bad}:") for line in lines[:-1]]
    assert sorted(map(int, in_bad)) == [1, 2, 33]
    assert lines[-1].startswith(f"{good}: a valid manifest")


@pytest.mark.parametrize(("folder", "code"), [("services", 1), ("services/team", 1), ("service", 0)])
def test_a_file_below_services_must_be_named_by_its_repository(tmp_path: Path, folder: str, code: int) -> None:
    assert run("manifest", "check", written(tmp_path / folder / "horse.yaml", VALID)) == code


def test_a_file_below_services_that_is_named_by_its_repository_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "services" / "services" / "team" / "cow.yaml"
    assert run("manifest", "check", written(file, VALID | {"repository": "team/cow"})) == 0


@pytest.mark.parametrize(
    ("path", "repository"),
    [
        ("services/cowsay.yaml", "cowsay"),
        ("manifests/services/team/cowsay.yaml", "team/cowsay"),
        ("services/services/team/cow.yaml", "services/team/cow"),
        ("services/checkout/services/cowsay.yaml", "cowsay"),
    ],
)
def test_a_file_where_the_pipeline_looks_for_it_is_valid_without_advice(
    path: str, repository: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / path, VALID | {"repository": repository})
    assert run("manifest", "check", file) == 0
    assert capsys.readouterr().out == f"{file}: a valid manifest; 2 environments: dev, prod\n"


RENAME = "the extension has to be .yaml: rename the file to {}/services/"
FOLDER = "has to be called services: the pipeline reads services/"


@pytest.mark.parametrize(
    ("path", "repository", "problem"),
    [
        ("services/cowsay.yml", "cowsay", f"{RENAME}cowsay.yaml"),
        ("services/cowsay.YAML", "cowsay", f"{RENAME}cowsay.yaml"),
        ("services/cowsay.json", "cowsay", f"{RENAME}cowsay.yaml"),
        ("services/cowsay", "cowsay", f"{RENAME}cowsay.yaml"),
        ("services/team/cow.yml", "team/cow", f"{RENAME}team/cow.yaml"),
        ("services/api.v2", "api.v2", f"{RENAME}api.v2.yaml"),
        ("service/cowsay.yaml", "cowsay", f"the folder service {FOLDER}cowsay.yaml"),
        ("Services/team/cow.yaml", "team/cow", f"the folder Services {FOLDER}team/cow.yaml"),
        ("SERVICE/cowsay.yml", "cowsay", f"the folder SERVICE {FOLDER}cowsay.yaml"),
        (
            "services/cowsay/manifest.yaml",
            "cowsay",
            "repository: the manifest of 'cowsay' has to be services/cowsay.yaml, not services/cowsay/manifest.yaml; "
            "rename the file, or give cowsay/manifest",
        ),
        (
            "services/cowsay.yaml",
            "team/cowsay",
            "repository: the manifest of 'team/cowsay' has to be services/team/cowsay.yaml, not services/cowsay.yaml; "
            "rename the file, or give cowsay",
        ),
    ],
)
def test_a_file_where_the_pipeline_would_not_find_it_is_refused_with_the_right_place(
    path: str, repository: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / path, VALID | {"repository": repository})
    assert run("manifest", "check", file) == 1
    line = ":1" if problem.startswith("repository") else ""
    assert capsys.readouterr().out == f"{file}{line}: {problem.format(tmp_path)}\n"


@pytest.mark.parametrize("path", ["manifest.yaml", "cowsay.yml", "manifests/cowsay.yaml", "service/manifest.yaml"])
def test_anywhere_else_a_file_may_have_any_name_and_its_place_is_named(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / path, VALID)
    assert run("manifest", "check", file) == 0
    assert capsys.readouterr().out.endswith("; upload it as services/cowsay.yaml\n")


def test_a_wrong_extension_is_reported_with_all_other_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "services" / "cowsay.yml", changed("versioning", "none") | {"repository": "horse"})
    assert run("manifest", "check", file) == 1
    assert [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()] == [
        "the extension has to be .yaml",
        "versioning",
        "repository",
    ]


def test_a_file_that_cannot_be_read_is_a_problem_like_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"repository: caf\xe9")
    assert run("manifest", "check", str(tmp_path / "none.yaml"), str(tmp_path / "latin.yaml")) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/none.yaml: it cannot be read: No such file or directory",
        f"{tmp_path}/latin.yaml: it is not UTF-8: unexpected end of data at byte 15",
    ]


def test_the_schema_is_printed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("manifest", "schema") == 0
    assert capsys.readouterr().out == json_schema(SCHEMAS)


def test_a_call_without_a_file_says_what_to_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("manifest", "check") == 2
    assert "Missing argument 'FILE...'" in capsys.readouterr().err


def test_the_package_is_a_command(tmp_path: Path) -> None:
    file = written(tmp_path / "manifest.yaml", changed("versioning", "none"))
    command = [sys.executable, "-m", "gantry.command_line", "manifest", "check", file]
    assert subprocess.run(command, cwd=FUNCTIONS, capture_output=True, check=False).returncode == 1  # noqa: S603 - our own


def imported_by(module: str, *others: str) -> list[str]:
    """Which of the other modules a fresh interpreter imports with this one."""
    code = f"import sys, {module}; print(*({set(others)} & sys.modules.keys()))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=FUNCTIONS, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return done.stdout.split()


def test_what_a_module_imports_is_seen() -> None:
    assert imported_by("gantry.promotion.manifest.reading", "yaml", "pydantic", "boto3") != []


def test_reading_manifests_imports_neither_boto3_nor_click() -> None:
    assert imported_by("gantry.promotion.manifest.reading", "boto3", "botocore", "click") == []


def test_reading_manifests_imports_no_kind_of_target() -> None:
    kinds = ["gantry.targets", "gantry.targets.lambda_alias", "gantry.targets.lambda_alias.schema"]
    assert imported_by("gantry.promotion.manifest.reading", *kinds) == []


def test_what_a_manifest_says_of_a_kind_imports_neither_yaml_nor_what_calls_aws() -> None:
    schema, kind = "gantry.targets.lambda_alias.schema", "gantry.targets.lambda_alias.kind"
    assert imported_by(schema, "yaml", "boto3", "botocore", kind) == []


def test_finding_a_kind_imports_no_kind_and_no_schema() -> None:
    package = "gantry.targets.lambda_alias"
    assert imported_by("gantry.targets.registry", package, "pydantic", "yaml", "boto3", "botocore") == []


def test_a_kind_at_work_does_not_import_its_manifest_keys() -> None:
    schema = "gantry.targets.lambda_alias.schema"
    assert imported_by("gantry.targets.lambda_alias.kind", schema, "yaml") == []


def test_the_content_of_manifests_imports_neither_yaml_nor_pydantic() -> None:
    assert imported_by("gantry.promotion.manifest.content", "yaml", "pydantic") == []


QUIET, BUSY = "0.01", "100"


def test_a_rate_of_requests_says_how_long_a_verdict_takes_in_each_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "manifest.yaml", VALID)
    assert run("manifest", "check", file, "--requests-per-second", BUSY) == 0
    _, dev, prod = capsys.readouterr().out.splitlines()
    assert dev.startswith(f"{file}: dev: All traffic moves at once")
    assert prod.startswith(f"{file}: prod: A canary as good as the stable version has its verdict after")


def test_what_max_bake_cannot_be_enough_for_is_a_warning_with_what_would_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "manifest.yaml", VALID)
    assert run("manifest", "check", file, "--requests-per-second", QUIET) == 0
    _, _, warning, *advice = capsys.readouterr().out.splitlines()
    assert warning.startswith(f"{file}: prod: warning: ")
    assert advice
    assert all(each.startswith(f"{file}: prod: this would help: ") for each in advice)


def test_what_evidence_is_too_late_for_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for timeout in (10, 900):
        document = changed("environments.1.configuration.timeout_seconds", timeout)
        document["environments"][1] |= {"max_bake": "20m", "traffic": "Canary10Percent5Minutes"}
        assert (
            run("manifest", "check", written(tmp_path / "manifest.yaml", document), "--requests-per-second", "10") == 0
        )
        said.append(capsys.readouterr().out.splitlines()[2])
    assert "warning" not in said[0]
    assert "which is 2 minutes late" in said[0]
    assert "prod: warning: " in said[1]
    assert "which is 17 minutes late" in said[1]


def test_more_errors_on_the_stable_version_take_longer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "manifest.yaml", VALID)
    said = []
    for errors in ("0.1", "20"):
        assert run("manifest", "check", file, "--requests-per-second", "1", "--error-rate", errors) == 0
        said.append(capsys.readouterr().out.splitlines()[2])
    assert said[0] != said[1]
    assert "warning" in said[1]


def test_a_wrong_manifest_says_nothing_about_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "manifest.yaml", changed("repository", "Cow"))
    assert run("manifest", "check", file, "--requests-per-second", BUSY) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--requests-per-second", "0", "0 is not above 0"),
        ("--requests-per-second", "nan", "nan is not a number"),
        ("--requests-per-second", "many", "many is not a number"),
        ("--error-rate", "101", "101 is not between 0 and 100"),
        ("--error-rate", "inf", "inf is not a number"),
    ],
)
def test_a_rate_that_is_none_is_refused(
    option: str, value: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("manifest", "check", written(tmp_path / "manifest.yaml", VALID), f"{option}={value}") == 2
    assert problem in capsys.readouterr().err
