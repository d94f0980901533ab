from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from gantry.aws.manifests import Manifests
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.place import likeliest

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

BUCKET, KEY = "manifests", "services/team/cowsay.yaml"


@pytest.fixture
def manifests(s3: "S3Client") -> Manifests:
    return Manifests(s3, BUCKET)


def test_the_latest_manifest_comes_with_its_version(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: old")
    latest = s3.put_object(Bucket=BUCKET, Key=KEY, Body="repository: team/cowsay # für dich".encode())

    assert manifests.latest("team/cowsay") == ("repository: team/cowsay # für dich", latest["VersionId"])


def test_an_older_revision_is_read_as_it_was(manifests: Manifests, s3: "S3Client") -> None:
    old = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: old")
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: team/cowsay")

    assert manifests.at("team/cowsay", old["VersionId"]) == "repository: old"


@pytest.fixture
def reads(s3: "S3Client") -> list[str]:
    """What is read of the bucket from now on."""
    found: list[str] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda **_: found.append("GetObject"))
    return found


def test_a_revision_is_read_once(manifests: Manifests, s3: "S3Client", reads: list[str]) -> None:
    one, other = (s3.put_object(Bucket=BUCKET, Key=KEY, Body=text)["VersionId"] for text in (b"one", b"other"))

    assert [manifests.at("team/cowsay", each) for each in (one, other, one, other)] == ["one", "other"] * 2
    assert len(reads) == 2


def test_what_was_the_latest_manifest_is_known_by_its_revision(
    manifests: Manifests, s3: "S3Client", reads: list[str]
) -> None:
    latest = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: team/cowsay")["VersionId"]
    manifests.latest("team/cowsay")

    assert manifests.at("team/cowsay", latest) == "repository: team/cowsay"
    assert len(reads) == 1


def test_which_manifest_is_the_latest_is_asked_each_time(manifests: Manifests, s3: "S3Client") -> None:
    for text in (b"one", b"other"):
        revision = s3.put_object(Bucket=BUCKET, Key=KEY, Body=text)["VersionId"]
        assert manifests.latest("team/cowsay") == (text.decode(), revision)


def test_only_the_last_eight_revisions_are_kept(manifests: Manifests, s3: "S3Client", reads: list[str]) -> None:
    first, *others = (s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"#")["VersionId"] for _ in range(9))
    for each in (first, *others, *others):
        manifests.at("team/cowsay", each)
    assert len(reads) == 9

    manifests.at("team/cowsay", first)
    assert len(reads) == 10


def test_a_revision_that_was_deleted_is_an_error_that_says_what_to_do(manifests: Manifests, s3: "S3Client") -> None:
    old = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: old")["VersionId"]
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: team/cowsay")
    s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=old)

    with pytest.raises(ManifestError, match=rf"version {old} of s3://manifests/{KEY} was deleted\. Upload"):
        manifests.at("team/cowsay", old)


def test_a_revision_that_may_not_be_read_is_no_deleted_one(
    manifests: Manifests, s3: "S3Client", stubbed: Callable[[Any], Stubber]
) -> None:
    stubbed(s3).add_client_error("get_object", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        manifests.at("team/cowsay", "revision-1")


def test_a_service_without_a_manifest_has_none(manifests: Manifests) -> None:
    assert manifests.latest("team/cowsay") is None


def test_a_manifest_as_long_as_allowed_is_read(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"#" * 128 * 1024)

    found = manifests.latest("team/cowsay")

    assert found is not None
    assert len(found[0]) == 128 * 1024


def test_a_longer_one_is_refused(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"#" * (128 * 1024 + 1))

    with pytest.raises(
        ManifestError, match=r"s3://manifests/services/team/cowsay\.yaml is longer than 128 KiB: shorten it"
    ):
        manifests.latest("team/cowsay")


def test_what_is_no_text_is_refused(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"\xff\xfe")

    with pytest.raises(ManifestError, match="not UTF-8"):
        manifests.latest("team/cowsay")


def test_a_bucket_that_keeps_no_versions_is_refused(s3: "S3Client") -> None:
    s3.create_bucket(Bucket="careless")
    s3.put_object(Bucket="careless", Key=KEY, Body=b"repository: team/cowsay")

    with pytest.raises(ManifestError, match="turn on the bucket's versioning"):
        Manifests(s3, "careless").latest("team/cowsay")


def test_another_error_of_s3_escapes(s3: "S3Client") -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Manifests(s3, "nowhere").latest("team/cowsay")


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("cowsay", "services/cowsay.yml"),
        ("cowsay", "services/cowsay.YAML"),
        ("cowsay", "services/Cowsay.yaml"),
        ("cowsay", "services/cowsay"),
        ("cowsay", "services/cowsay/manifest.yaml"),
        ("cowsay", "services/cowsay/manifest.yml"),
        ("cowsay", "cowsay.yaml"),
        ("cowsay", "service/cowsay.yaml"),
        ("cowsay", "Services/cowsay.yaml"),
        ("cowsay", "manifests/cowsay.yaml"),
        ("cowsay", "manifests/services/cowsay.yaml"),
        ("team/cowsay", "services/team/cowsay.yml"),
        ("team/cowsay", "team/cowsay.yaml"),
        ("team/cowsay", "services/cowsay.yaml"),
        ("org/team/cowsay", "services/team/cowsay.yaml"),
        ("team/manifest", "services/team/manifest.yml"),
    ],
)
def test_a_manifest_in_the_wrong_place_is_found(service: str, key: str, manifests: Manifests, s3: "S3Client") -> None:
    for each in (
        key,
        "services/horse.yaml",
        "services/other/team.yaml",
        "policy/policy.yaml",
        "manifest.yaml",
        "services/",
    ):
        s3.put_object(Bucket=BUCKET, Key=each, Body=b"")
    assert manifests.misplaced(service) == key


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("cowsay", "services/team/cowsay.yaml"),
        ("team/cowsay", "services/other/cowsay.yaml"),
        ("team/cowsay", "services/team.yaml"),
        ("team/cowsay", "services/.yaml"),
        ("cowsay", "services/cowsays.yaml"),
        ("cowsay", "services/cowsay.md"),
        ("cowsay", "a/b/c/cowsay.yaml"),
        ("manifest", "services/cowsay/manifest.yaml"),
    ],
)
def test_what_belongs_to_another_service_is_not_taken_for_a_misplaced_manifest(
    service: str, key: str, manifests: Manifests, s3: "S3Client"
) -> None:
    assert manifests.misplaced(service) is None
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert manifests.misplaced(service) is None


def test_of_several_the_likeliest_is_named(manifests: Manifests, s3: "S3Client") -> None:
    for key in ("services/cowsay.yaml", "services/team/cowsay.yml", "services/org/cowsay.yaml"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert manifests.misplaced("team/cowsay") == "services/team/cowsay.yml"


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("s3/acme-artifacts/Glue/etl.py", "services/s3/acme-artifacts/Glue/etl.py.yml"),
        ("s3/acme-artifacts/Glue/etl.py", "services/acme-artifacts/Glue/etl.py.yaml"),
        ("s3/acme-artifacts/Glue/etl.py", "services/s3/acme-artifacts/Glue/etl.yaml"),
        ("s3/acme-artifacts/Glue/etl.py", "services/Glue/etl.yaml"),
        ("s3/acme-artifacts/openapi.yaml", "services/s3/acme-artifacts/openapi.yaml"),
        ("s3/acme-artifacts/openapi.yaml", "s3/acme-artifacts/openapi.yaml.yaml"),
    ],
)
def test_an_objects_misplaced_manifest_is_found(service: str, key: str, manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert manifests.misplaced(service) == key


def test_a_bucket_of_any_size_is_looked_at_with_two_requests(manifests: Manifests, s3: "S3Client") -> None:
    for number in range(1000):
        s3.put_object(Bucket=BUCKET, Key=f"a/{number}", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="services/cowsay.yml", Body=b"")
    requests: list[str] = []
    s3.meta.events.register("before-call.s3", lambda model, **_: requests.append(model.name))
    assert manifests.misplaced("cowsay") == "services/cowsay.yml"
    assert requests == ["ListObjectsV2", "ListObjectsV2"]


def test_among_many_manifests_an_objects_is_found_without_its_own_extension(
    manifests: Manifests, s3: "S3Client"
) -> None:
    for number in range(1000):
        s3.put_object(Bucket=BUCKET, Key=f"a/{number}", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="services/s3/acme/etl.yaml", Body=b"")
    assert manifests.misplaced("s3/acme/etl.py") == "services/s3/acme/etl.yaml"


@given(st.lists(st.text("sc/.yml", min_size=1, max_size=12) | st.sampled_from(["manifest", "services/manifest.yml"])))
def test_whatever_the_keys_are_only_one_of_them_is_named(keys: list[str]) -> None:
    assert likeliest(keys, "c") in {None, *keys}
