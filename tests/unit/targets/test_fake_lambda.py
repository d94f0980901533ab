"""The rules of Lambda that the double keeps, each at the call that would break it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.unit.targets.fake_lambda import REGISTRY, FakeLambda

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
COWSAY: dict[str, Any] = {"FunctionName": "cowsay"}
LIVE = COWSAY | {"Name": "live"}
CREATE = COWSAY | {"PackageType": "Image", "Role": "arn:aws:iam::222222222222:role/cowsay"}


@pytest.fixture
def client() -> FakeLambda:
    client = FakeLambda()
    client.route("cowsay", "live", client.deploy("cowsay", A, MemorySize=256))
    return client


def image(digest: str) -> str:
    return f"{REGISTRY}/cowsay@{digest}"


def revision_id(client: FakeLambda, qualifier: str = "$LATEST") -> Any:
    return client.functions["cowsay"].versions[qualifier]["RevisionId"]


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


def test_every_change_of_a_function_gives_it_another_revision_id_and_its_end_once_more(client: FakeLambda) -> None:
    client.looks_to_settle = None
    seen = [revision_id(client)]

    answer = client.update_function_configuration(**COWSAY, MemorySize=512, RevisionId=seen[0])
    seen += [answer["RevisionId"]]
    client.settle()
    seen += [revision_id(client)]
    client.update_function_code(**COWSAY, ImageUri=image(B))
    seen += [revision_id(client)]
    client.settle()
    client.publish_version(**COWSAY)
    seen += [revision_id(client)]

    assert len(set(seen)) == 5
    published = revision_id(client, "2")
    client.settle()
    assert revision_id(client, "2") == published


def test_every_write_of_an_alias_gives_it_another_revision_id_even_one_that_changes_nothing(client: FakeLambda) -> None:
    before = client.get_alias(**LIVE)

    after = client.update_alias(**LIVE, FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {}})

    assert after == before | {"RevisionId": after["RevisionId"]}
    assert after["RevisionId"] != before["RevisionId"]


def test_an_old_revision_id_is_refused(client: FakeLambda) -> None:
    code = "PreconditionFailedException"
    assert refusal(client.update_function_configuration, **COWSAY, MemorySize=512, RevisionId="old") == code
    assert refusal(client.update_function_code, **COWSAY, ImageUri=image(B), RevisionId="old") == code
    assert refusal(client.publish_version, **COWSAY, RevisionId="old") == code
    assert refusal(client.update_alias, **LIVE, FunctionVersion="1", RevisionId="old") == code


def test_while_a_change_is_in_progress_every_other_one_is_refused(client: FakeLambda) -> None:
    client.looks_to_settle = 2
    answer = client.update_function_code(**COWSAY, ImageUri=image(B))

    assert answer["LastUpdateStatus"] == "InProgress"
    assert refusal(client.update_function_configuration, **COWSAY, MemorySize=512) == "ResourceConflictException"
    assert refusal(client.publish_version, **COWSAY) == "ResourceConflictException"
    looks = [client.get_function(**COWSAY)["Configuration"]["LastUpdateStatus"] for _ in range(3)]
    assert looks == ["InProgress", "InProgress", "Successful"]


def test_a_function_that_is_created_is_pending_and_cannot_be_created_twice(client: FakeLambda) -> None:
    client.looks_to_settle = 0
    created = client.create_function(**CREATE | {"FunctionName": "moo"}, Code={"ImageUri": image(A)})
    assert (created["State"], created["CodeSha256"]) == ("Active", "a" * 64)
    assert refusal(client.create_function, **CREATE, Code={"ImageUri": image(A)}) == "ResourceConflictException"

    client.looks_to_settle = 1
    client.create_function(**CREATE | {"FunctionName": "boo"}, Code={"ImageUri": image(A)})
    assert client.get_function(FunctionName="boo")["Configuration"]["State"] == "Pending"
    assert refusal(client.publish_version, FunctionName="boo") == "ResourceConflictException"
    assert client.get_function(FunctionName="boo")["Configuration"]["State"] == "Active"


def test_an_update_that_fails_keeps_what_there_was(client: FakeLambda) -> None:
    client.functions["cowsay"].failure = ("InvalidImage", "Invalid entrypoint")

    client.update_function_code(**COWSAY, ImageUri=image(B))

    found = client.get_function(**COWSAY)
    assert found["Code"]["ResolvedImageUri"] == image(A)
    assert found["Configuration"]["CodeSha256"] == "a" * 64
    assert found["Configuration"]["LastUpdateStatus"] == "Failed"
    assert found["Configuration"]["LastUpdateStatusReasonCode"] == "InvalidImage"


def test_a_version_never_changes_and_starts_pending(client: FakeLambda) -> None:
    client.update_function_code(**COWSAY, ImageUri=image(B))
    client.looks_to_settle = 1
    assert client.publish_version(**COWSAY, Description="b")["State"] == "Pending"
    client.settle()
    version = client.get_function(**COWSAY, Qualifier="2")["Configuration"]
    client.update_function_configuration(**COWSAY, MemorySize=1024)
    client.settle()

    assert version == client.get_function(**COWSAY, Qualifier="2")["Configuration"]
    assert (version["State"], version["MemorySize"], version["Description"]) == ("Active", 256, "b")
    assert client.get_function(**COWSAY, Qualifier="1")["Code"]["ResolvedImageUri"] == image(A)


def test_nothing_is_published_when_nothing_changed_and_no_number_is_given_twice(client: FakeLambda) -> None:
    before = revision_id(client)
    assert client.publish_version(**COWSAY, Description="again")["Version"] == "1"
    assert revision_id(client) == before

    client.functions["cowsay"].delete("1")
    assert client.publish_version(**COWSAY)["Version"] == "2"


def test_publishing_other_code_than_was_read_is_an_invalid_parameter(client: FakeLambda) -> None:
    with pytest.raises(ClientError, match=r"\(b+\) is different from current CodeSHA256 in \$LATEST \(a+\)"):
        client.publish_version(**COWSAY, CodeSha256="b" * 64)


def test_what_does_not_exist_is_not_found(client: FakeLambda) -> None:
    code = "ResourceNotFoundException"
    assert refusal(client.get_function, FunctionName="moo") == code
    assert refusal(client.get_function, **COWSAY, Qualifier="9") == code
    assert refusal(client.get_alias, **COWSAY, Name="other") == code
    assert refusal(client.update_alias, **LIVE, FunctionVersion="9") == code
    assert refusal(client.create_alias, **COWSAY, Name="other", FunctionVersion="9") == code

    client.missing_images.add(B)
    assert refusal(client.update_function_code, **COWSAY, ImageUri=image(B)) == "InvalidParameterValueException"


def test_an_alias_is_created_once_and_keeps_what_an_update_leaves_out(client: FakeLambda) -> None:
    client.deploy("cowsay", B)
    client.create_alias(**COWSAY, Name="beta", FunctionVersion="1")
    assert refusal(client.create_alias, **LIVE, FunctionVersion="1") == "ResourceConflictException"

    beta = COWSAY | {"Name": "beta"}
    client.update_alias(**beta, RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    client.update_alias(**beta)

    assert client.get_alias(**beta)["FunctionVersion"] == "1"
    assert client.get_alias(**beta)["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}


def test_an_alias_routes_to_no_version_that_is_pending_or_failed(client: FakeLambda) -> None:
    client.deploy("cowsay", B)
    for state in ("Pending", "Failed"):
        client.functions["cowsay"].describe("2", State=state)
        assert refusal(client.update_alias, **LIVE, FunctionVersion="2") == "ResourceConflictException"

    client.functions["cowsay"].describe("2", State="Inactive")
    client.update_alias(**LIVE, FunctionVersion="2")


@pytest.mark.parametrize(
    ("primary", "described"),
    [("$LATEST", {}), ("1", {"Role": "arn:aws:iam::222222222222:role/other"}), ("1", {"DeadLetterConfig": {}})],
)
def test_an_alias_is_not_split_between_versions_that_cannot_share_it(
    client: FakeLambda, primary: str, described: dict[str, Any]
) -> None:
    client.deploy("cowsay", B)
    client.functions["cowsay"].describe("2", **described)
    split = {"FunctionVersion": primary, "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}

    assert refusal(client.update_alias, **LIVE, **split) == "InvalidParameterValueException"


def test_somebody_else_can_act_between_two_calls_and_an_answer_can_get_lost(client: FakeLambda) -> None:
    client.deploy("cowsay", B)
    known = client.get_alias(**LIVE)["RevisionId"]
    client.before("update_alias", lambda: client.route("cowsay", "live", "2"))
    client.refuse("update_alias", "TooManyRequestsException")
    client.lose_answer("update_alias")

    codes = [refusal(client.update_alias, **LIVE, FunctionVersion="1", RevisionId=known) for _ in range(2)]
    with pytest.raises(ReadTimeoutError):
        client.update_alias(**LIVE, FunctionVersion="1")

    assert codes == ["PreconditionFailedException", "TooManyRequestsException"]
    assert client.aliases["cowsay", "live"].writes == [("1", {}), ("2", {}), ("1", {})]
    assert client.calls == {"get_alias": 1, "update_alias": 3}
