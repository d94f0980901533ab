"""The one port of a stand-in."""

import socket


class PortTakenError(Exception):
    """The port on 127.0.0.1 is in use; the message is one line."""


def listen(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1; a port of 0 takes a free one. Raises PortTakenError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise PortTakenError(f"port {port} on 127.0.0.1 is not free ({error.strerror}): choose another") from error
    listener.listen(1024)
    return listener
