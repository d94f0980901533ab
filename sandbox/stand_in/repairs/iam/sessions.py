"""Many threads can register sessions of roles.

Restores: many roles can be assumed at once. The library looks for expired sessions before it registers a new one, which
fails when another thread registers one in between. The engine registers a session for every call that it makes.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import threading

from ministack.services import sts

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_registering = threading.Lock()


def apply(settings: Settings) -> None:
    """Register one session at a time."""
    put_in_front(sts, "register_session", _one_at_a_time)


def _one_at_a_time(original: Original, access_key: str, session: Json) -> None:
    with _registering:
        original(access_key, session)
