from botocore.exceptions import ClientError

from gantry.aws.clients import client, code_of, ledger_table, message_of


def test_a_client_gives_up_before_the_function_it_serves_does() -> None:
    config = client("sts").meta.config

    assert (config.connect_timeout, config.read_timeout) == (3, 15)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}


def test_a_warm_function_keeps_its_clients() -> None:
    assert client("sts") is client("sts")
    assert ledger_table() is ledger_table()


def test_the_ledger_is_the_table_that_the_environment_names() -> None:
    assert ledger_table().name == "ledger"


def test_an_error_is_read_by_its_code_and_its_message() -> None:
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "GetAlias")

    assert code_of(error) == "ThrottlingException"
    assert message_of(error) == "Rate exceeded"


def test_an_error_without_a_message_has_an_empty_one() -> None:
    assert message_of(ClientError({"Error": {"Code": "ThrottlingException"}}, "GetAlias")) == ""
