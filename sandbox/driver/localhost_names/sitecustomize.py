"""Python imports this at its start where this folder is on its path: names that end in `.localhost` are this machine.

Browsers and curl know that by themselves: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
"""

import socket
from typing import Any

_look_up = socket.getaddrinfo


def _getaddrinfo(host: Any, *given: Any, **more: Any) -> Any:  # noqa: ANN401 -- as the original
    is_here = isinstance(host, str) and host.endswith(".localhost")
    return _look_up("127.0.0.1" if is_here else host, *given, **more)


socket.getaddrinfo = _getaddrinfo
