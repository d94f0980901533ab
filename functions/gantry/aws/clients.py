"""The timeouts and retries of every AWS client, and how to read AWS errors."""

from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 5})
"""The SDK waits a minute for each response by default. Most of the functions may not run as long."""


def code_of(error: ClientError) -> str:
    """Return the error's name: `ResourceNotFoundException`."""
    return error.response["Error"]["Code"]


def message_of(error: ClientError) -> str:
    """Return the error's message for people; empty when it has none."""
    return error.response["Error"].get("Message", "")
