"""The regions that the SDK knows, and whether a name that it does not know leads anywhere."""

import socket
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from gantry.aws.clients import MAKING, aws

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What a resolver says of a name that does not exist. All else, such as EAI_AGAIN, says nothing of the name:
https://man7.org/linux/man-pages/man3/getaddrinfo.3.html"""


@cache
def known_regions() -> frozenset[str]:
    """Return the regions of all partitions that this version of the SDK knows. AWS may have newer ones.

    https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
    """
    session: Any = aws()._session  # boto3 itself lists the regions of one service only, which takes longer
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    return frozenset(name for each in partitions for name in each["regions"] if not name.endswith("-global"))


def is_nowhere(region: str) -> bool:
    """Whether there is no such region: the SDK does not know it, and the name of its Lambda endpoint does not exist.

    Where the name cannot be looked up, nothing is known, so it may be anywhere.
    """
    if region in known_regions():
        return False
    with MAKING:  # nothing is signed, and looking for credentials takes seconds where there are none
        make: Any = aws().client
        client = make("lambda", region_name=region, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 -- no call is made
    try:
        socket.getaddrinfo(urlsplit(client.meta.endpoint_url).hostname, 443, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return error.errno in _NO_SUCH_NAME
    return False
